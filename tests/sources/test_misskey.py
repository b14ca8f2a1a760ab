"""Watching a Misskey server: nothing missed between timeline and channel, whatever is shared or dated."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from scripted_misskey import ScriptedMisskey, file, note
from stream_reading import has_caught_up, ids, read
from surroundings import around

from jikimi.model.errors import Blocked, Gone, Misconfigured, TryLater
from jikimi.model.fingerprint import Kind
from jikimi.model.ports import Web
from jikimi.model.post import Event
from jikimi.model.source import Options
from jikimi.sources import misskey
from jikimi.sources.misskey import Misskey

pytestmark = pytest.mark.asyncio
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def cursor(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


class Watched:
    def __init__(self, server: ScriptedMisskey, url: str, web: Web) -> None:
        self.server, self.url, self.web = server, url, web

    def source(self, **options: str) -> Misskey:
        given = {"server": self.url, "token": "hush", **options}
        return Misskey(Options(Misskey.manifest, given), around(self.web, clock=lambda: NOW))


@pytest_asyncio.fixture
async def watched() -> AsyncIterator[Watched]:
    server = ScriptedMisskey("hush")
    async with server.opened(lambda: NOW) as (url, web):
        yield Watched(server, url, web)


async def test_a_long_absence_is_read_page_by_page_and_each_page_moves_the_cursor(watched: Watched) -> None:
    await watched.server.put_up(ago(5000))
    stored = [await watched.server.put_up(ago(4000 - number)) for number in range(250)]
    events = await read(watched.source(), cursor(ago(5000)), has_caught_up)
    assert ids(events)[-250:] == stored
    assert len({event.cursor for event in events}) == 4  # the old one, and one a page
    assert events[-1].cursor == cursor(ago(4000 - 249))


async def test_what_another_server_sent_late_is_read_after_an_absence(watched: Watched) -> None:
    late, too_late = await watched.server.put_up(ago(60)), await watched.server.put_up(ago(200))
    found = ids(await read(watched.source(), cursor(ago(10)), has_caught_up))
    assert late in found
    assert too_late not in found


async def test_a_timeline_that_begins_after_the_cursor_is_a_gap(watched: Watched) -> None:
    await watched.server.put_up(ago(5000))
    stored = [await watched.server.put_up(ago(9 - number)) for number in range(5)]
    watched.server.kept = 5
    events: list[Event] = []

    def never(seen: list[Event]) -> bool:
        events.extend(seen[-1:])
        return False

    with pytest.raises(Gone):
        await read(watched.source(), cursor(ago(5000)), never)
    assert ids(events) == stored
    assert events[-1].cursor == cursor(ago(5))


async def test_an_empty_timeline_has_no_gap_when_the_first_notes_come(watched: Watched) -> None:
    anchor = await watched.source().anchor()
    stored = [await watched.server.put_up(ago(10 - number)) for number in range(3)]
    assert ids(await read(watched.source(), anchor, has_caught_up)) == stored


async def test_a_note_dated_into_the_future_does_not_move_the_cursor_there(watched: Watched) -> None:
    await watched.server.put_up(ago(10))
    future = await watched.server.put_up(NOW + timedelta(days=300))
    events = await read(watched.source(), cursor(ago(10)), has_caught_up)
    assert future in ids(events)
    assert events[-1].cursor == cursor(NOW)
    assert await watched.source().anchor() == cursor(NOW)


async def test_what_comes_before_the_channel_is_said_to_be_open_is_not_lost(watched: Watched) -> None:
    early = note(ago(1))
    inner = {"id": "notes", "type": "note", "body": early}
    watched.server.before = [json.dumps({"type": "channel", "body": inner}), '{"type":"emojiAdded","body":7}']
    events = await read(watched.source(), cursor(NOW), lambda events: bool(ids(events)))
    assert ids(events) == [early["id"]]


async def test_a_server_that_does_not_open_the_channel_is_tried_again(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(misskey, "ANSWER_WITHIN", timedelta(seconds=0.1))
    watched.server.is_mute = True
    with pytest.raises(TryLater, match="token"):
        await read(watched.source(), cursor(NOW), has_caught_up)


async def live(watched: Watched, *shared: dict[str, object]) -> list[Event]:
    """Return what the channel brings of some notes, once the past is read."""
    stream = watched.source().stream(cursor(NOW))
    events = [await anext(stream)]  # type: ignore[call-overload]  # it is a generator
    for one in shared:
        inner = {"id": "notes", "type": "note", "body": one}
        await watched.server.tell({"type": "channel", "body": inner})
    await watched.server.tell("{not JSON")
    while not events[-1].skipped:
        events.append(await anext(stream))  # type: ignore[call-overload]  # it is a generator
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
    return events


async def test_a_note_that_only_shares_another_stands_for_that_other(watched: Watched) -> None:
    inner = note(ago(900))
    share = note(ago(1), text=None, files=[], fileIds=[], renoteId=inner["id"], renote=inner)
    assert ids(await live(watched, share, share)) == [inner["id"]]


async def test_a_quote_is_a_note_beside_the_one_it_quotes(watched: Watched) -> None:
    inner = note(ago(900))
    quote = note(NOW, text="Look", renoteId=inner["id"], renote=inner)
    events = await live(watched, quote)
    assert ids(events) == [quote["id"], inner["id"]]
    assert [event.cursor for event in events if event.post] == [cursor(NOW), cursor(NOW)]


async def test_of_two_posts_of_one_note_only_the_last_moves_the_cursor(watched: Watched) -> None:
    inner = note(ago(900))
    quote = note(ago(1), text="Look", renote=inner)
    stream = watched.source().stream(cursor(ago(300)))
    events = [await anext(stream)]  # type: ignore[call-overload]  # it is a generator
    await watched.server.tell(
        {"type": "channel", "body": {"id": "notes", "type": "note", "body": quote}},
    )
    events += [await anext(stream), await anext(stream)]  # type: ignore[call-overload]  # it is a generator
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
    assert [event.cursor for event in events[1:]] == [cursor(ago(300)), cursor(ago(1))]


async def test_the_words_are_warning_text_choices_and_comments(watched: Watched) -> None:
    made = note(
        NOW,
        cw="A warning",
        text="Two words",
        poll={"multiple": False, "choices": [{"text": "yes", "votes": 1}, {"text": "no", "votes": 0}]},
        files=[
            file("1", comment="a paper crane"),
            file("2", type="video/mp4", isSensitive=True),
            file("3", type="audio/ogg"),
            file("4.pdf?", type="application/pdf"),
        ],
        user={"username": "someone", "host": "other.example"},
    )
    post = next(event.post for event in await live(watched, made) if event.post)
    assert post.text.split("\n") == ["A warning", "Two words", "yes", "no", "a paper crane"]
    assert [ref.kind for ref in post.media] == [Kind.IMAGE, Kind.VIDEO, Kind.AUDIO]
    assert post.media[0].size == 1234
    assert post.author == "someone@other.example"


async def test_only_so_many_deletions_are_asked_for(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(misskey, "MOST_SUBSCRIBED", 2)
    await live(watched, *(note(ago(number)) for number in range(4)))
    assert [told["type"] for told in watched.server.told[1:]] == [
        "subNote", "subNote", "unsubNote", "subNote", "unsubNote", "subNote"
    ]  # fmt: skip


async def test_a_timeline_that_is_switched_off_is_for_a_person(watched: Watched) -> None:
    watched.server.status = 400
    with pytest.raises(Blocked, match="switched off"):
        await watched.source().anchor()


async def test_the_token_stands_in_no_address_unless_asked_for(watched: Watched) -> None:
    await read(watched.source(), cursor(NOW), has_caught_up)
    assert all("hush" not in str(request.url) for request in watched.server.door.asked)
    assert all("i" not in asked for asked in watched.server.asked)


async def test_an_old_server_gets_the_token_in_address_and_body(watched: Watched) -> None:
    watched.server.door.token = ""
    source = watched.source(token_in="address", timeline="hybrid", only_media="yes")
    await read(source, cursor(NOW), has_caught_up)
    opened = next(request for request in watched.server.door.asked if request.path == "/streaming")
    assert opened.query["i"] == "hush"
    assert watched.server.asked[0]["i"] == "hush"
    assert watched.server.asked[0]["withFiles"] is True
    assert watched.server.told[0]["body"]["channel"] == "hybridTimeline"
    assert "hush" not in repr(source)


@pytest.mark.parametrize(
    "options", [{"server": "ftp://a.example"}, {"timeline": "home"}, {"token": ""}, {"token_in": "cookie"}]
)
async def test_options_that_are_wrong_are_refused(watched: Watched, options: dict[str, str]) -> None:
    with pytest.raises(Misconfigured):
        watched.source(**options)


async def test_a_cursor_of_another_source_is_refused(watched: Watched) -> None:
    with pytest.raises(Misconfigured):
        await read(watched.source(), "01KA", has_caught_up)
