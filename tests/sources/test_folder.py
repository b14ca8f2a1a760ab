"""Watching a folder: only finished files, each version once, and nothing that is not a file."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from surroundings import around

from jikimi.model.errors import Gone, Misconfigured, NeedsHuman, TryLater
from jikimi.model.fingerprint import Kind
from jikimi.model.post import Post
from jikimi.model.source import Options
from jikimi.sources import folder
from jikimi.sources.folder import Folder

pytestmark = pytest.mark.asyncio
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def watching(path: Path, **options: str) -> Folder:
    return Folder(
        Options(Folder.manifest, {"path": str(path), **options}), around(watch="hot & new", clock=lambda: NOW)
    )


async def look(source: Folder, cursor: str) -> tuple[list[Post], str]:
    posts = []
    async for event in source.stream(cursor):
        cursor = event.cursor
        if event.post:
            posts.append(event.post)
    return posts, cursor


async def test_a_file_is_read_once_it_stayed_the_same_over_two_looks(tmp_path: Path) -> None:
    source = watching(tmp_path)
    anchor = await source.anchor()
    file = tmp_path / "a.jpg"
    file.write_bytes(b"half")
    assert await look(source, anchor) == ([], anchor)
    file.write_bytes(b"half and half")
    assert await look(source, anchor) == ([], anchor)
    posts, cursor = await look(source, anchor)
    assert len(posts) == 1
    assert await look(source, cursor) == ([], cursor)


async def test_its_address_names_watch_and_path_percent_encoded(tmp_path: Path) -> None:
    (tmp_path / "sub folder").mkdir()
    (tmp_path / "sub folder" / "한 #1?.MP4").write_bytes(b"1234")
    source = watching(tmp_path, existing="yes")
    anchor = await source.anchor()
    await look(source, anchor)
    ((post,), _) = await look(source, anchor)
    (ref,) = post.media
    assert ref.url == "folder://hot%20%26%20new/sub%20folder/%ED%95%9C%20%231%3F.MP4"
    assert (ref.kind, ref.size, post.url) == (Kind.VIDEO, 4, ref.url)
    assert post.published_at is None
    assert post.visible_at == NOW


async def test_a_name_that_is_no_text_is_read_too(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff.jpg")).write_bytes(b"1")
    source = watching(tmp_path, existing="yes")
    await look(source, await source.anchor())
    ((post,), _) = await look(source, await source.anchor())
    assert post.url.endswith("/%FF.jpg")


async def test_a_file_that_was_there_before_is_left_alone_unless_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"1")
    for existing, expected in (("no", 0), ("yes", 1)):
        source = watching(tmp_path, existing=existing)
        anchor = await source.anchor()
        await look(source, anchor)
        assert len((await look(source, anchor))[0]) == expected


async def test_an_old_file_moved_in_is_new(tmp_path: Path) -> None:
    source = watching(tmp_path)
    anchor = await source.anchor()
    (tmp_path / "a.jpg").write_bytes(b"1")
    os.utime(tmp_path / "a.jpg", (1, 1))
    await look(source, anchor)
    assert len((await look(source, anchor))[0]) == 1


async def test_a_file_that_changed_is_another_post(tmp_path: Path) -> None:
    source = watching(tmp_path, existing="yes")
    cursor = await source.anchor()
    names = set()
    for content in (b"1", b"22"):
        (tmp_path / "a.jpg").write_bytes(content)
        await look(source, cursor)
        (post,), cursor = await look(source, cursor)
        names.add(post.key)
    assert len(names) == 2


async def test_hidden_unfinished_empty_and_linked_files_do_not_count(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.jpg").write_bytes(b"1")
    watched = tmp_path / "watched"
    (watched / ".git").mkdir(parents=True)
    for name in (".a.jpg", "a.jpg.part", "a.TMP", "a~", ".git/a.jpg"):
        (watched / name).write_bytes(b"1")
    (watched / "empty.jpg").touch()
    (watched / "link.jpg").symlink_to(outside / "b.jpg")
    (watched / "linked").symlink_to(outside)
    os.mkfifo(watched / "pipe.jpg")
    source = watching(watched, existing="yes")
    anchor = await source.anchor()
    await look(source, anchor)
    assert await look(source, anchor) == ([], anchor)


async def test_nothing_is_modified(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(b"1")
    before = file.stat()
    source = watching(tmp_path, existing="yes")
    for _ in range(2):
        await look(source, await source.anchor())
    assert file.stat() == before
    assert os.listdir(tmp_path) == [file.name]  # noqa: PTH208 - no async path is needed here


async def test_a_folder_that_vanished_may_be_mounted_again(tmp_path: Path) -> None:
    source = watching(tmp_path / "gone")
    with pytest.raises(TryLater, match="mounted"):
        await source.anchor()


async def test_a_file_in_place_of_the_folder_needs_a_person(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NeedsHuman):
        await watching(tmp_path / "file").anchor()


async def test_too_many_files_need_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MOST_FILES", 3)
    for number in range(4):
        (tmp_path / f"{number}.jpg").write_bytes(b"1")
    with pytest.raises(NeedsHuman, match="Move old ones away"):
        await watching(tmp_path).anchor()


@pytest.mark.parametrize(
    "options", [{}, {"path": "here"}, {"path": "/x", "existing": "maybe"}, {"path": "/x", "interval": "0"}]
)
async def test_a_wrong_option_is_named(options: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match=r"^Option (path|existing|interval): type"):
        Folder(Options(Folder.manifest, options), around())


async def test_a_foreign_cursor_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        await look(watching(tmp_path), "{}")


async def test_what_lies_beside_a_file_says_where_it_was_posted(tmp_path: Path) -> None:
    said = {
        "url": "https://board.invalid/post/1",
        "author": "passer-by",
        "text": "words",
        "published_at": "2026-11-22T20:00:00+09:00",
        "more": "is ignored",
    }
    (tmp_path / "한 1.json").write_text(json.dumps(said))
    (tmp_path / "한 1.jpg").write_bytes(b"1234")
    source = watching(tmp_path, existing="yes")
    anchor = await source.anchor()
    await look(source, anchor)
    ((post,), _) = await look(source, anchor)
    assert (post.url, post.author, post.text) == (said["url"], "passer-by", "words")
    assert post.published_at == datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
    assert post.media[0].url.startswith("folder://")


@pytest.mark.parametrize(
    "said",
    [
        "{",
        '{"url": "ftp://board.invalid"}',
        '{"url": 7}',
        '{"published_at": "2026-11-22T20:00:00"}',
        '{"more": ' + "[" * 50_000 + "]" * 50_000 + "}",
        " " * 2**19,
    ],
)
async def test_a_broken_word_beside_a_file_is_counted_and_the_file_is_read(tmp_path: Path, said: str) -> None:
    (tmp_path / "a.json").write_text(said)
    (tmp_path / "a.jpg").write_bytes(b"1234")
    source = watching(tmp_path, existing="yes")
    anchor = await source.anchor()
    await look(source, anchor)
    events = [event async for event in source.stream(anchor)]
    (post,) = [event.post for event in events if event.post]
    assert post.url == post.media[0].url
    assert sum(event.skipped for event in events) == 1


async def test_a_moment_before_all_years_keeps_no_file_from_being_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"text": "words", "published_at": "0001-01-01T00:00:00+09:00"}')
    (tmp_path / "a.jpg").write_bytes(b"1234")
    source = watching(tmp_path, existing="yes")
    anchor = await source.anchor()
    await look(source, anchor)
    ((post,), _) = await look(source, anchor)
    assert (post.text, post.published_at) == ("words", None)


async def test_a_link_beside_a_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "watched").mkdir()
    (tmp_path / "elsewhere.json").write_text('{"text": "private"}')
    (tmp_path / "watched" / "a.json").symlink_to(tmp_path / "elsewhere.json")
    (tmp_path / "watched" / "a.jpg").write_bytes(b"1234")
    source = watching(tmp_path / "watched", existing="yes")
    anchor = await source.anchor()
    await look(source, anchor)
    ((post,), _) = await look(source, anchor)
    assert post.text == ""


async def test_a_folder_within_that_cannot_be_read_is_told_once_a_day_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("open", "closed"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jpg").write_bytes(b"1234")
    listed = os.scandir

    def refusing(path: str) -> Iterator[os.DirEntry[str]]:
        if path.endswith("closed"):
            raise PermissionError
        return listed(path)

    monkeypatch.setattr(os, "scandir", refusing)  # who runs the tests may read everything
    source = watching(tmp_path, existing="yes")
    cursor, ids = await source.anchor(), list[str]()
    with pytest.raises(Gone, match="1 folders within"):
        await look(source, cursor)
    posts, cursor = await look(source, cursor)
    ids += [post.id.partition("@")[0] for post in posts]
    assert ids == ["open/a.jpg"]
    monkeypatch.setattr(os, "scandir", listed)
    await look(source, cursor)
    posts, _ = await look(source, cursor)
    assert [post.id.partition("@")[0] for post in posts] == ["closed/a.jpg"]


async def test_a_folder_that_is_nested_too_deeply_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "DEEPEST", 1)
    (tmp_path / "one" / "two").mkdir(parents=True)
    source = watching(tmp_path)
    with pytest.raises(Gone, match="1 folders within"):
        await look(source, await source.anchor())
