"""Watching a relay: nothing missed between past and present, whatever relays and authors do."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from scripted_relay import ScriptedRelay
from surroundings import around, web_to

from jikimi.model.errors import Blocked, Gone, JikimiError, Misconfigured, TryLater
from jikimi.model.post import Event
from jikimi.model.source import Options
from jikimi.sources import nostr
from jikimi.sources.nostr import Nostr
from nostr_peer import Relay, publish, signed_event

pytestmark = pytest.mark.asyncio
NOW = 1_795_000_000


def watching(url: str, now: int = NOW) -> Nostr:
    return Nostr(
        Options(Nostr.manifest, {"relay": url}),
        around(web_to(url), clock=lambda: datetime.fromtimestamp(now, UTC)),
    )


async def read(source: Nostr, cursor: str, enough: Callable[[list[Event]], bool]) -> list[Event]:
    events: list[Event] = []
    stream = source.stream(cursor)
    async with asyncio.timeout(30):
        while not enough(events):
            events.append(await anext(stream))
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
    return events


def has_caught_up(events: list[Event]) -> bool:
    return bool(events) and events[-1].post is None and not events[-1].skipped


def ids(events: list[Event]) -> list[str]:
    return [event.post.id for event in events if event.post]


@pytest_asyncio.fixture
async def scripted() -> AsyncIterator[tuple[ScriptedRelay, str]]:
    relay = ScriptedRelay()
    async with relay.opened() as url:
        yield relay, url


Scripted = tuple[ScriptedRelay, str]


async def note(relay: ScriptedRelay, created_at: int = NOW, content: str = "") -> str:
    return await relay.store(signed_event(content or f"note {time.monotonic_ns()}", (), created_at))


@pytest.mark.parametrize("until", ["inclusive", "exclusive"])
@pytest.mark.parametrize("most", [7, 100, 500])
async def test_a_long_absence_is_read_back_page_by_page(scripted: Scripted, most: int, until: str) -> None:
    relay, url = scripted
    relay.most, relay.includes_until = most, until == "inclusive"
    stored = [await note(relay, NOW - 900 + 2 * number) for number in range(430)]
    events = await read(watching(url), str(NOW - 900), has_caught_up)
    assert sorted(ids(events)) == sorted(stored)
    assert [event.cursor for event in events] == [str(NOW - 900)] * 430 + [str(NOW - 42)]


async def test_a_page_comes_oldest_first(scripted: Scripted) -> None:
    relay, url = scripted
    stored = [await note(relay, NOW - 10 + number) for number in range(5)]
    assert ids(await read(watching(url), str(NOW - 10), has_caught_up)) == stored


async def test_more_posts_of_one_second_than_a_relay_sends_are_a_gap(scripted: Scripted) -> None:
    relay, url = scripted
    relay.most = 100
    for _ in range(150):
        await note(relay, NOW)
    older = await note(relay, NOW - 5)
    events: list[Event] = []

    def enough(seen: list[Event]) -> bool:
        events.extend(seen[-1:])
        return False

    with pytest.raises(Gone):
        await read(watching(url), str(NOW - 10), enough)
    assert older in ids(events)
    assert len(set(ids(events))) == 101


async def test_resumed_it_reads_the_last_minute_again_and_nothing_older(scripted: Scripted) -> None:
    relay, url = scripted
    ages = [600, 61, 60, 30, 0]
    stored = [await note(relay, NOW - age) for age in ages]
    assert ids(await read(watching(url), str(NOW), has_caught_up)) == stored[2:]


async def test_a_post_dated_into_the_future_does_not_move_the_cursor_there(scripted: Scripted) -> None:
    relay, url = scripted
    future = await note(relay, NOW + 10**7)
    events = await read(watching(url), str(NOW - 5), has_caught_up)
    assert ids(events) == [future]
    assert events[-1].cursor == str(NOW)


async def test_a_post_dated_back_by_years_is_seen_while_we_listen(scripted: Scripted) -> None:
    relay, url = scripted
    late: list[str] = []

    def enough(events: list[Event]) -> bool:
        return bool(late) and late[0] in ids(events)

    source = watching(url)
    stream = source.stream(str(NOW))
    async with asyncio.timeout(30):
        assert has_caught_up([await anext(stream)])
        late.append(await note(relay, 1_000_000_000))
        event = await anext(stream)
    assert enough([event])
    assert event.cursor == str(NOW)


async def test_what_arrives_while_the_past_is_read_does_not_move_the_cursor(scripted: Scripted) -> None:
    relay, url = scripted
    await note(relay, NOW - 500)
    stream = watching(url).stream(str(NOW - 1000))
    relay.raw = []
    async with asyncio.timeout(30):
        first = await anext(stream)
    assert first.cursor == str(NOW - 1000)


async def test_no_post_is_yielded_twice_in_one_connection(scripted: Scripted) -> None:
    relay, url = scripted
    text = signed_event("once", (), NOW)
    post = await relay.store(text)
    await relay.store(text)
    assert ids(await read(watching(url), str(NOW), has_caught_up)) == [post]


@pytest.mark.parametrize(
    "raw",
    [
        "not json",
        "[]",
        "7",
        '["EVENT","live"]',
        '["EVENT","live",{"id":"a"}]',
        '["EVENT",7,{}]',
        "[" * 100_000,
        '["EVENT","live",{"x":' + "[" * 100_000 + "]" * 100_000 + "}]",
        '["EVENT","live",' + signed_event("true").replace("true", "false") + "]",
        '["EVENT","live",' + signed_event("x").replace('"kind":1', '"kind":"1"') + "]",
    ],
)
async def test_nonsense_is_counted_and_skipped(scripted: Scripted, raw: str) -> None:
    relay, url = scripted
    relay.raw = [raw]
    post = await note(relay)
    events = await read(watching(url), str(NOW), has_caught_up)
    assert sum(event.skipped for event in events) == 1
    assert ids(events) == [post]


async def test_other_messages_of_relays_do_no_harm(scripted: Scripted) -> None:
    relay, url = scripted
    relay.raw = ['["NOTICE","hello"]', '["AUTH","challenge"]', '["OK","x",true,""]', '["EOSE","other"]']
    post = await note(relay)
    events = await read(watching(url), str(NOW), lambda events: ids(events) == [post])
    assert not sum(event.skipped for event in events)


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        ("auth-required: sign in", Blocked),
        ("restricted: members", Blocked),
        ("error: shutting down", TryLater),
    ],
)
async def test_a_closed_subscription_says_what_to_do(
    scripted: Scripted, reason: str, error: type[JikimiError]
) -> None:
    relay, url = scripted
    relay.closing = reason
    with pytest.raises(error):
        await read(watching(url), str(NOW), has_caught_up)


@pytest.mark.parametrize(
    ("status", "error"), [(403, Blocked), (451, Blocked), (404, TryLater), (503, TryLater)]
)
async def test_a_refused_connection_says_what_to_do(
    scripted: Scripted, status: int, error: type[JikimiError]
) -> None:
    relay, url = scripted
    relay.answer(status, 90)
    with pytest.raises(error) as caught:
        await read(watching(url), str(NOW), has_caught_up)
    if isinstance(caught.value, TryLater):
        assert caught.value.after == timedelta(seconds=90)


async def test_a_relay_that_does_not_answer_is_tried_later(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay, url = scripted
    relay.is_mute = True
    monkeypatch.setattr(nostr, "ANSWER_WITHIN", timedelta(milliseconds=20))
    with pytest.raises(TryLater, match="answer"):
        await read(watching(url), str(NOW), has_caught_up)


async def test_a_relay_that_answers_members_only_says_what_to_do(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay, url = scripted
    relay.closing = "auth-required: sign in"
    with pytest.raises(Blocked, match="Watch another relay"):
        await read(watching(url), str(NOW), has_caught_up)
    relay.closing, relay.is_mute, relay.challenge = "", True, "challenge"
    monkeypatch.setattr(nostr, "ANSWER_WITHIN", timedelta(milliseconds=200))
    with pytest.raises(Blocked, match="Watch another relay"):
        await read(watching(url), str(NOW), has_caught_up)


async def test_too_many_questions_are_asked_again_when_the_relay_says(scripted: Scripted) -> None:
    relay, url = scripted
    relay.answer(429, 90)
    with pytest.raises(TryLater) as caught:
        await read(watching(url), str(NOW), has_caught_up)
    assert caught.value.after == timedelta(seconds=90)


async def test_what_a_tag_states_of_a_file_goes_along(scripted: Scripted) -> None:
    relay, url = scripted
    digest = "ab" * 32
    address = "https://street.test/a.jpg"
    tag = ["imeta", f"url {address}", "m image/jpeg", f"x {digest}", "size 17"]
    await relay.store(signed_event(address, [tag], NOW))
    (event, _) = await read(watching(url), str(NOW), has_caught_up)
    assert event.post
    (ref,) = event.post.media
    assert (ref.url, ref.sha256, ref.size) == (address, digest, 17)


@pytest.mark.parametrize(("code", "error"), [(1001, TryLater), (1008, Blocked), (1011, TryLater)])
async def test_a_closed_connection_says_what_to_do(
    scripted: Scripted, code: int, error: type[JikimiError]
) -> None:
    relay, url = scripted
    stream = watching(url).stream(str(NOW))
    async with asyncio.timeout(30):
        assert has_caught_up([await anext(stream)])
        await relay.hang_up(code)
        with pytest.raises(error):
            await anext(stream)


async def test_a_redirect_to_another_machine_is_not_followed(scripted: Scripted) -> None:
    relay, url = scripted
    relay.status, relay.location = 302, "ws://127.0.0.2:9/"
    with pytest.raises(Blocked, match="another address"):
        await read(watching(url), str(NOW), has_caught_up)


async def test_nobody_there_is_tried_later() -> None:
    with pytest.raises(TryLater, match="cannot be reached"):
        await read(watching("ws://127.0.0.1:1/"), str(NOW), has_caught_up)


@pytest.mark.parametrize(
    "relay", ["", "https://relay.test", "ws://", "ws://[", "wss://me:secret@relay.test", "ws://a:0"]
)
async def test_a_wrong_address_is_named(relay: str) -> None:
    with pytest.raises(Misconfigured, match="Option relay: type"):
        watching(relay)


@pytest.mark.parametrize("cursor", ["", "x", "-1", "9" * 40, "²"])
async def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Misconfigured):
        await read(watching("ws://127.0.0.1:1/"), cursor, has_caught_up)


@pytest.mark.server
async def test_on_a_real_relay_a_deleted_post_leaves_a_tombstone(relay: Relay) -> None:
    source = watching(relay.url, int(time.time()))
    anchor = await source.anchor()
    stream = source.stream(anchor)
    (post,) = publish(relay.url, [signed_event("soon gone")])
    publish(relay.url, [signed_event("", [["e", post]], kind=5)])
    async with asyncio.timeout(30):
        async for event in stream:
            if event.post and event.post.id == post and event.post.is_deleted:
                break


async def test_a_message_too_large_is_passed_by_as_a_gap_and_does_not_hold_the_watch_for_ever(
    scripted: Scripted,
) -> None:
    relay, url = scripted
    relay.raw.append(json.dumps(["NOTICE", "x" * (2**21 + 1)]))
    events: list[Event] = []

    async def read_on() -> None:
        async for event in watching(url).stream(str(NOW - 60)):
            events.append(event)  # noqa: PERF401 - what came before the error is wanted

    with pytest.raises(Gone, match="too large"):
        await asyncio.wait_for(read_on(), 30)
    assert (events[-1].cursor, events[-1].skipped) == (str(NOW), 1)
