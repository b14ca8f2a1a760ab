"""A site that was recorded and is replayed by pywb, a program of its own: read as the live one was."""

import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from loopback_site import Site, now
from surroundings import around, web_to
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from jikimi.cli.demo.operator import free_port
from jikimi.media.addresses import AddressPolicy
from jikimi.media.fetch import GuardedFetcher
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.ports import Limits
from jikimi.model.source import Options
from jikimi.sources.website import Website

BIN = Path(os.environ.get("JIKIMI_TEST_PYWB", "/nowhere"))
PATIENCE = 60
POSTS = ("/post/1", "/post/2", "/post/3")

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(
        not (BIN / "wayback").exists(),
        reason="pywb is not installed (tests/pywb/README.md, JIKIMI_TEST_PYWB)",
    ),
]


class Replay:
    """A running pywb that replays what was recorded."""

    def __init__(self, folder: Path, warc: Path) -> None:
        for command in (("init", "site"), ("add", "site", warc)):
            subprocess.run([BIN / "wb-manager", *command], cwd=folder, check=True, capture_output=True)
        self.port = free_port()
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [BIN / "wayback", "--bind", "127.0.0.1", "--port", str(self.port)],
                cwd=folder, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._wait(folder / "log")

    def url(self, recorded: str) -> str:
        return f"http://127.0.0.1:{self.port}/site/mp_/{recorded}"

    def _wait(self, log: Path) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5):
                    return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(log.read_text()[-2000:])

    def stop(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@pytest.fixture
def pictures() -> dict[str, bytes]:
    return {f"{path}.jpg": encode_jpeg(draw(number, 120, 90)) for number, path in enumerate(POSTS)}


@pytest.fixture
def site(pictures: dict[str, bytes]) -> Site:
    site = Site()
    links = "".join(f"<p><a href='{path}'>post</a>" for path in reversed(POSTS))
    site.pages["/board"] = ("text/html", f"<html><head></head><body>{links}</body></html>".encode())
    for path in POSTS:
        page = f"<html><head><title>Specimen</title></head><body><article>Words <img src='{path}.jpg'>"
        site.pages[path] = ("text/html", page.encode())
    site.pages.update({path: ("image/jpeg", body) for path, body in pictures.items()})
    return site


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    shutil.rmtree(tmp_path / "collections", ignore_errors=True)


async def record(site: Site, warc: Path) -> str:
    """Fetch every page of the site into a WARC file; return the address of the list."""
    async with site.opened() as fetcher:
        with warc.open("wb") as file:
            writer = WARCWriter(file, gzip=True)
            for path in site.pages:
                fetched = await fetcher.fetch_async(site.url(path), Limits())
                headers = [(name, value) for name, value in fetched.headers if name != "connection"]
                told = StatusAndHeaders(f"{fetched.status} OK", headers, protocol="HTTP/1.1")
                record = writer.create_warc_record(
                    fetched.url,
                    "response",
                    payload=BytesIO(fetched.body),
                    length=len(fetched.body),
                    http_headers=told,
                )
                writer.write_record(record)
        return site.url("/board")


@pytest.mark.asyncio
async def test_a_replayed_site_is_read_as_the_live_one_was(
    site: Site, pictures: dict[str, bytes], folder: Path
) -> None:
    board = await record(site, folder / "site.warc.gz")
    replay = Replay(folder, folder / "site.warc.gz")
    policy = AddressPolicy(allowed=frozenset({("127.0.0.1", replay.port)}))
    try:
        with GuardedFetcher(policy, user_agent="jikimi-test", clock=now) as fetcher:
            given = Options(Website.manifest, {"url": replay.url(board), "kind": "page", "interval": "1"})
            source = Website(given, around(web_to(fetcher=fetcher), "replay"))
            events = [event async for event in source.stream("=")]
            posts = [event.post for event in events if event.post]
            found = {
                (await fetcher.fetch_async(ref.url, Limits())).body for post in posts for ref in post.media
            }
            assert found >= set(pictures.values())
            assert {"Specimen\nWords"} <= {post.text for post in posts}
            again = Website(given, around(web_to(fetcher=fetcher), "replay"))
            assert not [event.post async for event in again.stream(events[-1].cursor) if event.post]
    finally:
        replay.stop()
