"""Watching an imageboard: nothing missed between a list and its threads, and no more asked than allowed."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from scripted_board import MEDIA, ScriptedBoard
from stream_reading import ids
from surroundings import around

from jikimi.model.errors import Gone, Misconfigured, TryLater
from jikimi.model.fingerprint import Kind
from jikimi.model.ports import Web
from jikimi.model.post import Event, Post
from jikimi.model.source import Options
from jikimi.sources.imageboard import Imageboard
from jikimi.sources.imageboard_engine import LynxChan

pytestmark = pytest.mark.asyncio
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Watched:
    """A board, a source of it, and one clock for both that only `later` moves."""

    def __init__(self) -> None:
        self.now = START
        self.board = ScriptedBoard(lambda: int(self.now.timestamp()))
        self.url = ""
        self.web: Web

    def clock(self) -> datetime:
        return self.now

    def later(self, seconds: float = 30) -> None:
        self.now += timedelta(seconds=seconds)

    def source(self, **options: str) -> Imageboard:
        given = {"board": self.url, "media": MEDIA, **options}
        return Imageboard(Options(Imageboard.manifest, given), around(self.web, clock=self.clock))


@pytest_asyncio.fixture
async def watched() -> AsyncIterator[Watched]:
    made = Watched()
    async with made.board.opened(made.clock) as (url, web):
        made.url, made.web = url, web
        yield made


async def look(source: Imageboard, cursor: str) -> list[Event]:
    return [event async for event in source.stream(cursor)]


async def read_on(stream: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in stream]


def posts(events: list[Event]) -> list[Post]:
    return [event.post for event in events if event.post]


async def anchored(watched: Watched, source: Imageboard) -> str:
    anchor = await source.anchor()
    watched.later()
    return anchor


async def test_a_thread_is_read_on_from_its_last_post(watched: Watched) -> None:
    source = watched.source()
    old = watched.board.put_up()
    watched.later()
    anchor = await anchored(watched, source)
    first = watched.board.put_up(int(old))
    events = await look(source, anchor)
    watched.later()
    second = watched.board.put_up(int(old))
    events += await look(source, events[-1].cursor)
    assert ids(events) == [old, first, second] or ids(events) == [first, second]


async def test_threads_of_before_the_anchor_are_not_asked_for_and_not_told(watched: Watched) -> None:
    source = watched.source()
    old = [watched.board.put_up() for _ in range(5)]
    watched.later()
    watched.board.put_up()
    anchor = await anchored(watched, source)
    watched.board.statuses.clear()
    events = await look(source, anchor)
    assert len(watched.board.statuses) == 2  # the list, and the thread of the last second
    watched.board.archived[int(old[0])] = watched.board.threads.pop(int(old[0]))
    watched.later()
    reply = watched.board.put_up(int(old[1]))
    watched.later()
    assert ids(await look(source, events[-1].cursor)) == [reply]


async def test_threads_that_did_not_change_are_not_asked_for(watched: Watched) -> None:
    source = watched.source()
    anchor = await anchored(watched, source)
    watched.board.put_up()
    watched.later()
    events = await look(source, anchor)
    watched.later()
    watched.board.statuses.clear()
    await look(source, events[-1].cursor)
    assert [path for path, _ in watched.board.statuses] == ["threads.json"]


async def test_a_list_that_did_not_change_is_not_sent_again(watched: Watched) -> None:
    watched.board.settled = 60
    watched.board.put_up()
    source = watched.source()
    events = await look(source, await anchored(watched, source))
    watched.later()
    watched.board.statuses.clear()
    await look(source, events[-1].cursor)
    assert watched.board.statuses == [("threads.json", 304)]


async def test_a_second_that_may_bring_more_is_not_taken_for_settled(watched: Watched) -> None:
    source = watched.source()
    anchor = await anchored(watched, source)
    first = watched.board.put_up()
    events = await look(source, anchor)
    thread = int(first)
    modified = watched.board.modified[thread]
    second = watched.board.put_up(thread)
    watched.later(11)
    watched.board.modified[thread] = modified  # it came within the same second
    events += await look(source, events[-1].cursor)
    assert ids(events) == [first, second]


async def test_a_thread_is_asked_for_at_most_every_ten_seconds(watched: Watched) -> None:
    source = watched.source(interval="1")
    anchor = await anchored(watched, source)
    thread = watched.board.put_up()
    events = await look(source, anchor)
    watched.later(3)
    reply = watched.board.put_up(int(thread))
    watched.board.statuses.clear()
    events += await look(source, events[-1].cursor)
    assert [path for path, _ in watched.board.statuses] == ["threads.json"]
    watched.later(8)
    events += await look(source, events[-1].cursor)
    assert ids(events) == [thread, reply]


async def test_a_thread_that_is_older_than_the_list_is_read_again(watched: Watched) -> None:
    source = watched.source()
    anchor = await anchored(watched, source)
    first = watched.board.put_up()
    watched.board.stale[int(first)] = list(watched.board.threads[int(first)])
    second = watched.board.put_up(int(first))
    events = await look(source, anchor)
    assert ids(events) == [first]
    watched.board.stale.clear()
    watched.later()
    events += await look(source, events[-1].cursor)
    assert ids(events) == [first, second]


async def test_a_thread_that_left_the_list_is_read_once_more(watched: Watched) -> None:
    source = watched.source()
    anchor = await anchored(watched, source)
    first, other = watched.board.put_up(), watched.board.put_up()
    events = await look(source, anchor)
    second = watched.board.put_up(int(first))
    watched.board.archived[int(first)] = watched.board.threads.pop(int(first))
    watched.later()
    events += await look(source, events[-1].cursor)
    assert ids(events) == [first, other, second]
    watched.board.statuses.clear()
    watched.later()
    await look(source, events[-1].cursor)
    assert [path for path, _ in watched.board.statuses] == ["threads.json"]


async def test_a_thread_that_vanished_unread_is_a_gap_once_the_rest_is_read(watched: Watched) -> None:
    source, events = watched.source(), list[Event]()
    anchor = await anchored(watched, source)
    lost, other = watched.board.put_up(), watched.board.put_up()
    watched.board.lost.add(int(lost))
    stream = source.stream(anchor)
    events += [await anext(stream), await anext(stream), await anext(stream)]  # type: ignore[call-overload]
    with pytest.raises(Gone, match="vanished"):
        await anext(stream)  # type: ignore[call-overload]  # it is a generator
    assert ids(events) == [other]
    watched.later()
    del watched.board.threads[int(lost)]
    assert not posts(await look(source, events[-1].cursor))


async def test_a_thread_that_is_pruned_when_all_of_it_was_read_is_no_gap(watched: Watched) -> None:
    source = watched.source()
    anchor = await anchored(watched, source)
    pruned = watched.board.put_up()
    watched.board.put_up()
    events = await look(source, anchor)
    del watched.board.threads[int(pruned)]
    watched.later()
    gone = posts(await look(source, events[-1].cursor))
    assert [(post.id, post.is_deleted) for post in gone] == [(pruned, True)]


async def test_a_board_on_which_nothing_is_known_any_more_has_a_gap(watched: Watched) -> None:
    anchor = await anchored(watched, watched.source())
    watched.board.put_up()
    events = await look(watched.source(), anchor)
    watched.board.threads.clear()
    later = watched.board.put_up()
    stream = watched.source().stream(events[-1].cursor)
    assert ids([await anext(stream)]) == [later]  # type: ignore[call-overload]  # it is a generator
    with pytest.raises(Gone, match="No thread"):
        await read_on(stream)


async def test_a_deleted_post_and_a_deleted_file_are_tombstones(watched: Watched) -> None:
    source = watched.source()
    anchor = await anchored(watched, source)
    thread = watched.board.put_up()
    reply, other = (watched.board.put_up(int(thread)) for _ in range(2))
    events = await look(source, anchor)
    watched.later()
    watched.board.take_down(int(thread), reply)
    watched.board.threads[int(thread)][-1]["filedeleted"] = 1
    gone = posts(await look(source, events[-1].cursor))
    assert [(post.id, post.is_deleted) for post in gone] == [(reply, True), (other, True)]
    assert gone[0].key == posts(events)[1].key


async def test_words_and_files_are_read_as_they_stand(watched: Watched) -> None:
    source = watched.source(page="https://boards.example/{board}/thread/{thread}#p{no}")
    anchor = await anchored(watched, source)
    number = watched.board.put_up(
        sub="Folding &amp; paper", com="one<br>two<wbr>three", filename="crane", tim="1546293948883-0",
        ext=".webm", trip="!trip",
        extra_files=[
            {"tim": "1546293948883-1", "ext": ".jpg", "filename": "second", "fsize": 5},
            {"tim": "1546293948883-2", "ext": ".pdf", "filename": "plan"},
        ],
    )  # fmt: skip
    (post,) = posts(await look(source, anchor))
    assert post.text.split("\n") == ["Folding & paper", "one", "twothree", "crane", "second", "plan"]
    assert [(ref.kind, ref.url) for ref in post.media] == [
        (Kind.VIDEO, "https://i.board.example/po/1546293948883-0.webm"),
        (Kind.IMAGE, "https://i.board.example/po/1546293948883-1.jpg"),
    ]
    assert post.url == f"https://boards.example/po/thread/{number}#p{number}"
    assert post.author == "Anonymous!trip"
    assert post.published_at == watched.now


async def test_a_thread_that_cannot_be_read_is_skipped_until_it_changes(watched: Watched) -> None:
    source = watched.source()
    anchor = await anchored(watched, source)
    thread = watched.board.put_up()
    watched.board.raw[f"thread/{thread}.json"] = "[]"
    events = await look(source, anchor)
    watched.later()
    events += await look(source, events[-1].cursor)
    assert sum(event.skipped for event in events) == 1
    del watched.board.raw[f"thread/{thread}.json"]
    watched.later()
    reply = watched.board.put_up(int(thread))
    assert ids(await look(source, events[-1].cursor)) == [thread, reply]


@pytest.mark.parametrize("raw", ["{}", "<html>", '[{"threads":[{"no":"x"}]}]'])
async def test_a_list_that_is_none_is_tried_again(watched: Watched, raw: str) -> None:
    watched.board.raw["threads.json"] = raw
    with pytest.raises(TryLater):
        await watched.source().anchor()


@pytest.mark.parametrize(
    "options", [{"board": "nonsense"}, {"engine": "other"}, {"media": ""}, {"media": "file:///{tim}"}]
)
async def test_options_that_are_wrong_are_refused(watched: Watched, options: dict[str, str]) -> None:
    with pytest.raises(Misconfigured):
        watched.source(**options)


async def test_a_cursor_of_another_source_is_refused(watched: Watched) -> None:
    with pytest.raises(Misconfigured):
        await look(watched.source(), "17")


LYNX_POST = {
    "creation": "2026-11-22T12:00:00.000Z",
    "name": "Anonymous",
    "message": "Specimen",
    "files": [{"path": "/.media/crane", "originalName": "crane.png", "mime": "image/png", "size": 9}],
}


async def test_a_board_of_lynxchan_is_read_by_its_catalog(watched: Watched) -> None:
    listed = {"threadId": 7, "lastBump": "2026-11-22T12:00:00.000Z", "postCount": 1}
    thread = {**LYNX_POST, "threadId": 7, "posts": [{**LYNX_POST, "postId": 8}, {**LYNX_POST, "postId": "x"}]}
    watched.board.raw = {"catalog.json": "[]"}
    source = watched.source(engine="lynxchan", media="")
    anchor = await anchored(watched, source)
    watched.board.raw = {"catalog.json": json.dumps([listed]), "res/7.json": json.dumps(thread)}
    events = await look(source, anchor)
    assert ids(events) == ["7", "8"]
    assert sum(event.skipped for event in events) == 1
    assert posts(events)[0].media[0].url == watched.url.removesuffix("/po") + "/.media/crane"
    assert posts(events)[0].url == f"{watched.url}/res/7.html#7"


async def test_files_of_lynxchan_may_lie_elsewhere() -> None:
    body = json.dumps({**LYNX_POST, "threadId": 7, "files": [{"path": "https://cdn.example/a.png"}]}).encode()
    (post,) = LynxChan("https://board.example").posts(body)
    assert post
    assert [ref.url for ref in post.media] == ["https://cdn.example/a.png"]
