"""Watching Matrix rooms: holes in timelines are filled, lost rooms are named, no room is entered."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
import pytest_asyncio
from scripted_homeserver import ALIAS, ROOM, ScriptedHomeserver
from surroundings import around, web_to

from jikimi.model.errors import Blocked, Gone, JikimiError, Misconfigured, NeedsHuman, TryLater, Unauthorized
from jikimi.model.fingerprint import Kind
from jikimi.model.ports import Web
from jikimi.model.post import Event, Post
from jikimi.model.source import Options
from jikimi.sources.matrix import Matrix

pytestmark = pytest.mark.asyncio
NOW = datetime(2026, 12, 1, tzinfo=UTC)
Scripted = tuple[ScriptedHomeserver, Web]


@pytest_asyncio.fixture
async def scripted() -> AsyncIterator[Scripted]:
    server = ScriptedHomeserver()
    async with server.opened() as fetcher:
        yield server, web_to(fetcher=fetcher)


def watching(scripted: Scripted, clock: Callable[[], datetime] = lambda: NOW, **options: str) -> Matrix:
    server, web = scripted
    typed = {"server": server.url, "token": "hush", "rooms": ALIAS, "limit": "10"} | options
    return Matrix(Options(Matrix.manifest, typed), around(web, clock=clock))


async def read(source: Matrix, cursor: str) -> list[Event]:
    """Read until the source says that it has caught up."""
    events: list[Event] = []
    stream = cast("AsyncGenerator[Event, None]", source.stream(cursor))
    async with asyncio.timeout(30):
        async for event in stream:
            events.append(event)
            if event.post is None and not event.skipped:
                break
    await stream.aclose()
    return events


def posts(events: list[Event]) -> list[Post]:
    return [event.post for event in events if event.post]


def ids(events: list[Event]) -> list[str]:
    return [post.id for post in posts(events)]


def text(body: str = "words", **others: Any) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": body, **others}


@pytest.mark.parametrize("paging", ["bounded", "endless"])
async def test_a_hole_in_the_timeline_is_filled_in_order(scripted: Scripted, paging: str) -> None:
    server, _ = scripted
    server.heeds_to = paging == "bounded"
    server.say(text("before"))
    anchor = await watching(scripted).anchor()
    said = [server.say(text()) for _ in range(250)]
    events = await read(watching(scripted), anchor)
    assert ids(events) == said
    assert {event.cursor for event in events[:249]} == {anchor}
    assert [event.filled for event in events if event.filled] == [events[249].filled]
    assert events[249].cursor == events[250].cursor != anchor


async def test_a_timeline_that_is_whole_is_not_called_filled(scripted: Scripted) -> None:
    server, _ = scripted
    anchor = await watching(scripted).anchor()
    said = [server.say(text()) for _ in range(10)]
    events = await read(watching(scripted), anchor)
    assert ids(events) == said
    assert not any(event.filled for event in events)


async def test_a_history_that_does_not_reach_back_is_a_gap(scripted: Scripted) -> None:
    server, _ = scripted
    server.say(text("before"))
    anchor = await watching(scripted).anchor()
    said = [server.say(text()) for _ in range(50)]
    server.kept = 30
    events: list[Event] = []
    with pytest.raises(Gone, match="does not reach back"):  # noqa: PT012 - what came before it counts
        async for event in watching(scripted).stream(anchor):
            events.append(event)  # noqa: PERF401 - as above
    assert ids(events) == said[-30:]
    assert await read(watching(scripted), events[-1].cursor)  # reading goes on behind the gap


async def test_a_message_taken_down_while_we_were_away_leaves_a_tombstone(scripted: Scripted) -> None:
    server, _ = scripted
    anchor = await watching(scripted).anchor()
    gone = server.say({}, unsigned={"redacted_because": {"type": "m.room.redaction"}})
    newer = server.say({"redacts": "$other"}, "m.room.redaction")
    found = posts(await read(watching(scripted), anchor))
    assert [(post.id, post.is_deleted) for post in found] == [(gone, True), ("$other", True)]
    assert newer not in {post.id for post in found}


async def test_a_name_that_leads_to_another_room_by_now_is_told(scripted: Scripted) -> None:
    server, _ = scripted
    source = watching(scripted)
    cursor = await source.anchor()
    server.named = ""
    assert await read(source, cursor)  # a name that was taken away leads where it led
    server.named = "!upgraded:server.test"
    with pytest.raises(NeedsHuman, match="/join #specimen"):
        await read(source, cursor)
    server.joined.append(server.named)
    assert await read(source, cursor)


async def test_a_name_that_leads_elsewhere_while_we_listen_is_told_within_an_hour(scripted: Scripted) -> None:
    server, _ = scripted
    moment = [NOW]
    source = watching(scripted, clock=lambda: moment[0])
    stream = cast("AsyncGenerator[Event, None]", source.stream(await source.anchor()))
    assert await anext(stream)
    server.named = "!upgraded:server.test"
    moment[0] += timedelta(minutes=61)
    assert await anext(stream)  # what came meanwhile is given first
    with pytest.raises(Gone, match="/join #specimen"):
        await asyncio.wait_for(anext(stream), 30)


async def test_an_edit_with_new_media_and_an_answer_are_posts_of_their_own(scripted: Scripted) -> None:
    server, _ = scripted
    anchor = await watching(scripted).anchor()
    first = server.say({"msgtype": "m.image", "body": "a.jpg", "url": "mxc://server.test/a"})
    edit = {"msgtype": "m.image", "body": "b.jpg", "url": "mxc://server.test/b"}
    relation = {"m.relates_to": {"rel_type": "m.replace", "event_id": first}, "m.new_content": edit}
    edited = server.say({"msgtype": "m.text", "body": "* b.jpg"} | relation)
    thread = {"m.relates_to": {"rel_type": "m.thread", "event_id": first}}
    answered = server.say(text("> <@mina:server.test> old\n\nnew", **thread))
    found = posts(await read(watching(scripted), anchor))
    assert [post.id for post in found] == [first, edited, answered]
    assert [post.text for post in found] == ["a.jpg", "b.jpg", "new"]
    assert found[1].media[0].url == f"{server.url}/_matrix/client/v1/media/download/server.test/b"


async def test_media_carry_the_token_and_never_show_it(scripted: Scripted) -> None:
    server, _ = scripted
    anchor = await watching(scripted).anchor()
    about = {"mimetype": "image/png", "size": 12, "thumbnail_url": "mxc://server.test/small"}
    server.say({"msgtype": "m.image", "body": "a", "url": "mxc://server.test/a", "info": about})
    (post,) = posts(await read(watching(scripted), anchor))
    (ref,) = post.media
    assert (ref.kind, ref.mime, ref.size) == (Kind.IMAGE, "image/png", 12)
    assert ref.headers["Authorization"].reveal() == "Bearer hush"
    assert "hush" not in f"{post!r} {ref!r} {ref.headers} {watching(scripted)!r}"
    assert {authorization for _, _, authorization in server.asked} == {"Bearer hush"}


@pytest.mark.parametrize(
    ("content", "kind", "found"),
    [
        ({"msgtype": "m.video", "body": "a", "url": "mxc://s/a"}, "m.room.message", [Kind.VIDEO]),
        ({"msgtype": "m.audio", "body": "a", "url": "mxc://s/a"}, "m.room.message", [Kind.AUDIO]),
        ({"msgtype": "m.file", "body": "a.PNG", "url": "mxc://s/a"}, "m.room.message", [Kind.IMAGE]),
        (
            {"msgtype": "m.file", "body": "a", "url": "mxc://s/a", "info": {"mimetype": "image/webp"}},
            "m.room.message",
            [Kind.IMAGE],
        ),
        ({"msgtype": "m.file", "body": "a.pdf", "url": "mxc://s/a"}, "m.room.message", []),
        ({"body": "a", "url": "mxc://s/a"}, "m.sticker", [Kind.IMAGE]),
        (text(formatted_body="<img src='mxc://s/a'><img src='https://s/b'>"), "m.room.message", [Kind.IMAGE]),
        ({"msgtype": "m.image", "body": "a", "url": "mxc://s/a", "info": 7}, "m.room.message", [Kind.IMAGE]),
    ],
)
async def test_every_kind_of_file_is_told(
    scripted: Scripted, content: dict[str, Any], kind: str, found: list[Kind]
) -> None:
    server, _ = scripted
    anchor = await watching(scripted).anchor()
    server.say(content, kind)
    (post,) = posts(await read(watching(scripted), anchor))
    assert [ref.kind for ref in post.media] == found


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x"}, "m.room.encrypted"),
        ({"msgtype": "m.image", "body": "a", "file": {"url": "mxc://s/a", "key": {}}}, "m.room.message"),
        ({"msgtype": "m.image", "body": "a", "url": "https://s/a"}, "m.room.message"),
        ({"msgtype": "m.image", "body": "a", "url": "mxc://s/../../a"}, "m.room.message"),
        ({"msgtype": 7}, "m.room.message"),
        ([], "m.room.message"),
    ],
)
async def test_what_is_encrypted_or_malformed_is_counted(scripted: Scripted, content: Any, kind: str) -> None:
    server, _ = scripted
    anchor = await watching(scripted).anchor()
    server.say(content, kind)
    events = await read(watching(scripted), anchor)
    assert not posts(events)
    assert sum(event.skipped for event in events) == 1


async def test_links_that_hide_behind_words_are_read(scripted: Scripted) -> None:
    server, _ = scripted
    anchor = await watching(scripted).anchor()
    server.say(text("here", formatted_body='<a href="https://street.test/7">here</a>'))
    (post,) = posts(await read(watching(scripted), anchor))
    assert post.text == "here\nhttps://street.test/7"
    assert post.url.startswith("https://matrix.to/#/!specimen:server.test/$event1")


async def test_outside_a_room_it_asks_a_person_to_enter_and_never_does_so_itself(scripted: Scripted) -> None:
    server, _ = scripted
    server.joined = []
    for act in (watching(scripted).anchor(), read(watching(scripted), '{"since":"s0"}')):
        with pytest.raises(NeedsHuman, match=f"type: /join {ALIAS}"):
            await act
    assert not [path for method, path, _ in server.asked if method != "GET" or "join/" in path]


async def test_a_room_that_closed_is_named_once_a_day_and_the_others_are_read_on(scripted: Scripted) -> None:
    server, _ = scripted
    moment = [NOW]
    source = watching(scripted, clock=lambda: moment[0], rooms=f"{ROOM},!other:server.test")
    with pytest.raises(Gone, match="/join !other"):
        async for _ in source.stream('{"since":"s0"}'):
            pass
    said = server.say(text())
    events = await read(source, '{"since":"s0"}')
    assert ids(events) == [said]
    moment[0] += timedelta(hours=25)
    with pytest.raises(Gone):
        async for _ in source.stream(events[-1].cursor):
            pass


async def test_a_room_that_turns_us_out_is_named(scripted: Scripted) -> None:
    server, _ = scripted
    anchor = await watching(scripted, rooms="").anchor()
    server.left = [ROOM]
    with pytest.raises(Gone, match="/join !specimen"):
        async for _ in watching(scripted, rooms="").stream(anchor):
            pass


@pytest.mark.parametrize(
    ("status", "body", "error", "after"),
    [
        (429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2500}, TryLater, 2.5),
        (429, {}, TryLater, 60),
        (503, {}, TryLater, 60),
        (401, {"errcode": "M_UNKNOWN_TOKEN", "soft_logout": True}, Unauthorized, 0),
        (403, {"errcode": "M_FORBIDDEN"}, Blocked, 0),
        (404, {}, Blocked, 0),
    ],
)
async def test_a_refusal_says_what_to_do(
    scripted: Scripted, status: int, body: dict[str, Any], error: type[JikimiError], after: float
) -> None:
    server, _ = scripted
    server.answer(status)
    server.body = json.dumps(body)
    with pytest.raises(error) as caught:
        await watching(scripted).anchor()
    if isinstance(caught.value, TryLater):
        assert caught.value.after == timedelta(seconds=after)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("server", "http://matrix.example.org"),
        ("server", "https://me:secret@matrix.example.org"),
        ("server", "matrix.example.org"),
        ("rooms", "room:example.org"),
        ("limit", "0"),
    ],
)
async def test_a_wrong_option_is_named(scripted: Scripted, option: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=f"Option {option}: type"):
        watching(scripted, **{option: value})


@pytest.mark.parametrize("cursor", ["", "s1", "[]", '{"since":7}'])
async def test_a_foreign_cursor_is_refused(scripted: Scripted, cursor: str) -> None:
    with pytest.raises(Misconfigured, match="cursor"):
        await read(watching(scripted), cursor)
