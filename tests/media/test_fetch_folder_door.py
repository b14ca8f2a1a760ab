"""Files of folders a person opened come through the same door as the web, and no other file does."""

import asyncio
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from jikimi.media.fetch import GuardedFetcher
from jikimi.media.folder_door import FolderDoor
from jikimi.model.errors import BadMedia, Blocked, Gone, JikimiError, Misconfigured, TryLater
from jikimi.model.ports import Fetched, Limits
from jikimi.model.post import Secret

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LIMITS = Limits(max_bytes=10)
FROM_THE_WEB = Fetched("http://a/", ("http://a/",), "1.1.1.1", 200, (), b"web", NOW)


class Web:
    """Answers everything, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def fetch(self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None) -> Fetched:
        assert (limits, headers) == (LIMITS, {})
        self.asked.append(url)
        return FROM_THE_WEB

    async def fetch_async(
        self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None
    ) -> Fetched:
        return self.fetch(url, limits, headers)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a file, a folder in it, links in and out, and a pipe; a secret beside it."""
    root = tmp_path / "inbox"
    (root / "deep" / "er").mkdir(parents=True)
    (root / "a.jpg").write_bytes(b"picture")
    (root / "deep" / "er" / "사진 1?#%.jpg").write_bytes(b"deep")
    (root / "large").write_bytes(bytes(11))
    (root / "full").write_bytes(bytes(10))
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "inbox-too").mkdir()
    (tmp_path / "inbox-too" / "secret").write_bytes(b"secret")
    (root / "out").symlink_to(tmp_path / "secret")
    (root / "out-folder").symlink_to(tmp_path)
    (root / "out-neighbour").symlink_to(tmp_path / "inbox-too")
    (root / "in").symlink_to("deep/er")
    (root / "loop").symlink_to("loop")
    (root / "dangling").symlink_to("nowhere")
    os.mkfifo(root / "pipe")
    return root


@pytest.fixture
def door(root: Path) -> FolderDoor:
    return FolderDoor({"inbox": root, "in box": root}, Web(), clock=lambda: NOW)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("a.jpg", b"picture"),
        (quote("deep/er/사진 1?#%.jpg"), b"deep"),
        (quote("deep/er/사진 1?#%.jpg", safe=""), b"deep"),
        (quote("in/사진 1?#%.jpg"), b"deep"),
        ("full", bytes(10)),
    ],
)
def test_a_file_of_an_open_folder_comes_back(path: str, body: bytes, door: FolderDoor) -> None:
    for name in ("inbox", "in%20box"):
        url = f"folder://{name}/{path}"
        expected = Fetched(url=url, hops=(url,), address="", status=200, headers=(), body=body, at=NOW)
        assert door.fetch(url, LIMITS) == expected
        assert asyncio.run(door.fetch_async(url, LIMITS)) == expected


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("inbox/missing.jpg", Gone),
        ("inbox/deep/missing/missing.jpg", Gone),
        ("inbox/dangling", Gone),
        ("inbox/large", BadMedia),
        ("inbox/out", Blocked),
        ("inbox/out-folder/secret", Blocked),
        ("inbox/out-neighbour/secret", Blocked),
        ("inbox/loop", Blocked),
        ("inbox/pipe", Blocked),
        ("inbox/deep", Blocked),
        ("inbox/in", Blocked),
        ("inbox/a.jpg/b", Blocked),
        ("inbox/../secret", Blocked),
        ("inbox/%2e%2e/secret", Blocked),
        ("inbox/%2e%2e%2fsecret", Blocked),
        ("inbox/deep/../../secret", Blocked),
        ("inbox/deep/../a.jpg", Blocked),
        ("inbox/./a.jpg", Blocked),
        ("inbox//etc/passwd", Blocked),
        ("inbox/%2Fetc/passwd", Blocked),
        ("inbox/a.jpg%00.png", Blocked),
        ("inbox/a.jpg?size=1", Blocked),
        ("inbox/a.jpg#part", Blocked),
        ("inbox/", Blocked),
        ("inbox", Blocked),
        ("inbox/" + "a" * 300, Blocked),
        ("outbox/a.jpg", Misconfigured),
        ("/a.jpg", Misconfigured),
        ("", Misconfigured),
    ],
)
def test_anything_else_is_refused(address: str, error: type[JikimiError], door: FolderDoor) -> None:
    with pytest.raises(error) as raised:
        door.fetch(f"folder://{address}", LIMITS)
    assert "secret" not in str(raised.value)


def test_a_folder_whose_disk_is_away_is_tried_later_and_never_called_gone(tmp_path: Path) -> None:
    with pytest.raises(TryLater, match="Connect its disk"):
        FolderDoor({"inbox": tmp_path / "unplugged"}, Web(), clock=lambda: NOW).fetch(
            "folder://inbox/a", LIMITS
        )


def test_a_root_may_itself_be_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    door = FolderDoor({"inbox": tmp_path / "link"}, Web(), clock=lambda: NOW)
    assert door.fetch("folder://inbox/a.jpg", LIMITS).body == b"picture"


@pytest.mark.parametrize(
    "url", ["http://a/", "https://a/folder://inbox/a.jpg", "file:///etc/passwd", "FOLDER://x"]
)
def test_every_other_address_goes_to_the_web(url: str, root: Path) -> None:
    web = Web()
    door = FolderDoor({"inbox": root}, web, clock=lambda: NOW)
    assert door.fetch(url, LIMITS, {}) is FROM_THE_WEB
    assert asyncio.run(door.fetch_async(url, LIMITS, {})) is FROM_THE_WEB
    assert web.asked == [url, url]


def test_a_redirect_never_leads_into_a_folder(
    root: Path, serve: Callable[..., str], fetcher: GuardedFetcher
) -> None:
    door = FolderDoor({"inbox": root}, fetcher, clock=lambda: NOW)
    reply = b"HTTP/1.1 302 Go\r\nLocation: folder://inbox/a.jpg\r\nContent-Length: 0\r\n\r\n"
    with pytest.raises(Blocked, match="Only http and https"):
        door.fetch(serve(reply), LIMITS)
