"""YouTube: what is pushed, listed and found; quotas, keys, and what must not happen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web as server
from hub import FORM, Mailbox
from loopback_site import Site, now
from recorded_engines import Allowed
from recorded_youtube import CHANNEL, OTHER, STILL, described, entry, feed, found, refusal, tombstone
from surroundings import around, web_to

from jikimi.model.errors import BadMedia, Gone, Misconfigured, TryLater
from jikimi.model.fingerprint import Kind
from jikimi.model.post import Event, MediaRef
from jikimi.model.source import Options
from jikimi.sources.turns import Pace
from jikimi.sources.youtube import PACIFIC, YouTube
from jikimi.sources.youtube_feed import read_feed

pytestmark = pytest.mark.asyncio
SECRET = "hush-hush"
ATOM = "application/atom+xml"
FEED = "/feeds/videos.xml"


class YouTubeSite(Site):
    """YouTube, its API and a hub on one server; `refused` is what the API answers instead."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: tuple[int, bytes] | None = None
        self.asked: list[tuple[str, str, str]] = []
        self.gone, self.busy = set[str](), set[str]()
        self.pages |= {"/hub": ("text/plain", b""), FEED: (ATOM, feed([]))}
        self.pages |= {
            "/v3/search": ("application/json", found([])),
            "/v3/videos": ("application/json", b"{}"),
        }

    async def _serve(self, request: server.Request) -> server.Response:
        body = (await request.read()).decode()
        self.asked.append((request.path_qs, request.headers.get("X-goog-api-key", ""), body))
        if self.refused and request.path.startswith("/v3/"):
            return server.Response(status=self.refused[0], body=self.refused[1])
        if request.path_qs in self.gone | self.busy:
            return server.Response(status=404 if request.path_qs in self.gone else 503)
        return await super()._serve(request)


class Clips:
    """Implements the port Players."""

    async def resolve(self, url: str) -> tuple[MediaRef, ...]:
        return (MediaRef(Kind.VIDEO, url.replace("watch?v=", "clip/")),)


@asynccontextmanager
async def opened(**given: str) -> AsyncIterator[tuple[YouTube, YouTubeSite, Mailbox, Allowed]]:
    site, allowed, mailbox = YouTubeSite(), Allowed(), Mailbox(now, given.pop("callback", ""))
    async with site.opened() as fetcher:
        at = {"site": site.url(""), "api": site.url("/v3"), "hub": site.url("/hub"), "interval": "1"}
        others: dict[str, Any] = {"deliveries": mailbox, "searches": allowed, "players": Clips()}
        made = around(web_to(site.url(""), fetcher=fetcher), "tube", **others)
        yield YouTube(Options(YouTube.manifest, at | given), made), site, mailbox, allowed


async def look(source: YouTube, cursor: str) -> list[Event]:
    return [event async for event in source.stream(cursor)]


def named(events: list[Event]) -> list[str]:
    return [event.post.id for event in events if event.post]


async def test_with_a_public_address_it_subscribes_to_each_channel_and_signs() -> None:
    async with opened(channels=f"{CHANNEL},{OTHER}", callback="https://centre.invalid/push/x") as parts:
        source, site, mailbox, _ = parts
        mailbox.put(ATOM, feed([]))
        await look(source, await source.anchor())
        wishes = [body for path, _, body in site.asked if path == "/hub"]
        assert len(wishes) == 2
        assert all("hub.mode=subscribe" in body and "hub.secret=sesame" in body for body in wishes)
        assert f"xml%2Ffeeds%2Fvideos.xml%3Fchannel_id%3D{CHANNEL}" in wishes[0]
        assert source.interval == timedelta(0)


async def test_without_one_no_hub_is_asked_and_the_feed_is_read() -> None:
    async with opened(channels=CHANNEL) as (source, site, _, _):
        cursor = await source.anchor()
        site.pages[FEED] = (ATOM, feed([entry("aaaaaaaaaaa")]))
        events = await look(source, cursor)
        assert named(events) == ["aaaaaaaaaaa"]
        assert not [path for path, _, _ in site.asked if path == "/hub"]
        (post,) = [event.post for event in events if event.post]
        assert (post.author, post.published_at) == (
            "Willow Channel",
            datetime(2026, 11, 22, 8, 30, tzinfo=UTC),
        )
        assert [ref.url for ref in post.media] == [STILL.format("aaaaaaaaaaa")]


async def test_what_is_pushed_of_another_channel_is_not_taken() -> None:
    async with opened(channels=CHANNEL, callback="https://centre.invalid/push/x") as parts:
        source, _, mailbox, _ = parts
        cursor = await source.anchor()
        mailbox.put(ATOM, feed([entry("bbbbbbbbbbb", OTHER), entry("aaaaaaaaaaa")]))
        assert named(await look(source, cursor)) == ["aaaaaaaaaaa"]


async def test_a_removal_is_a_tombstone_even_of_a_video_never_seen() -> None:
    async with opened(channels=CHANNEL, callback="https://centre.invalid/push/x") as parts:
        source, _, mailbox, _ = parts
        cursor = await source.anchor()
        mailbox.put(ATOM, feed([tombstone("aaaaaaaaaaa")]))
        (post,) = [event.post for event in await look(source, cursor) if event.post]
        assert (post.id, post.is_deleted, post.media) == ("aaaaaaaaaaa", True, ())


async def test_an_unreadable_delivery_is_counted_once_and_a_hubs_word_is_none() -> None:
    async with opened(channels=CHANNEL, callback="https://centre.invalid/push/x") as parts:
        source, _, mailbox, _ = parts
        cursor = await source.anchor()
        mailbox.put(ATOM, b"<!DOCTYPE x [<!ENTITY a 'b'>]><feed/>")
        mailbox.put(FORM, b"hub.mode=subscribe&hub.topic=https%3A%2F%2Fother.invalid&hub.lease_seconds=9")
        events = await look(source, cursor)
        assert sum(event.skipped for event in events) == 1
        assert named(events) == []


async def test_a_feed_that_turned_over_whole_is_a_gap_once_it_was_read() -> None:
    async with opened(channels=CHANNEL) as (source, site, _, _):
        site.pages[FEED] = (ATOM, feed([entry("old00000000")]))
        cursor = await source.anchor()
        site.pages[FEED] = (ATOM, feed([entry(f"new{number:08d}") for number in range(15)]))
        events = list[Event]()

        async def read_on() -> None:
            async for event in source.stream(cursor):
                events.append(event)

        with pytest.raises(Gone, match="Shorten the interval"):
            await read_on()
        assert len(named(events)) == 15


async def test_a_hole_in_one_channel_is_told_though_another_ended_the_look() -> None:
    async with opened(channels=f"{CHANNEL},{OTHER}") as (source, site, _, _):
        ours, theirs = (f"{FEED}?channel_id={channel}" for channel in (CHANNEL, OTHER))
        site.pages |= {ours: (ATOM, feed([entry("old00000000")])), theirs: (ATOM, feed([]))}
        cursor = await source.anchor()
        site.pages[ours] = (ATOM, feed([entry(f"new{number:08d}") for number in range(15)]))
        site.busy = {theirs}
        events = list[Event]()

        async def read_on() -> None:
            async for event in source.stream(events[-1].cursor if events else cursor):
                events.append(event)

        with pytest.raises(TryLater):
            await read_on()
        assert len(named(events)) == 15
        site.busy = set()
        with pytest.raises(Gone, match="Shorten the interval"):
            await read_on()
        await read_on()
        assert len(named(events)) == 15


async def test_descriptions_come_from_the_api_with_the_key_in_a_header() -> None:
    async with opened(channels=CHANNEL, key=SECRET, searches="0") as (source, site, _, _):
        cursor = await source.anchor()
        site.pages[FEED] = (ATOM, feed([entry("aaaaaaaaaaa")]))
        site.pages["/v3/videos"] = ("application/json", described(["aaaaaaaaaaa"], "A title"))
        (post,) = [event.post for event in await look(source, cursor) if event.post]
        assert post.text == "A title\nneutral words"
        asked = [(path, key) for path, key, _ in site.asked if path.startswith("/v3/")]
        assert [key for _, key in asked] == [SECRET]
        assert SECRET not in asked[0][0]


async def test_a_search_sends_the_words_that_were_noted_and_finds_the_newest() -> None:
    async with opened(key=SECRET) as (source, site, _, allowed):
        site.pages["/v3/search"] = ("application/json", found(["bbbbbbbbbbb", "aaaaaaaaaaa"]))
        events = await look(source, await source.anchor())
        assert named(events) == ["aaaaaaaaaaa", "bbbbbbbbbbb"]
        (query,) = allowed.noted
        assert (query.engine, query.watch, query.words) == ("youtube", "tube", '"willow_harbour88"')
        path = site.asked[0][0]
        assert "order=date" in path
        assert "q=%22willow_harbour88%22" in path
        assert await look(source, events[-1].cursor)  # spread over the day:
        assert len(allowed.noted) == 1


@pytest.mark.parametrize("reason", ["quotaExceeded", "rateLimitExceeded"])
async def test_a_used_up_quota_waits_for_midnight_in_pacific_time(reason: str) -> None:
    async with opened(key=SECRET) as (source, site, _, _):
        site.refused = (403, refusal(403, reason))
        with pytest.raises(TryLater) as caught:
            await look(source, await source.anchor())
        left = Pace(100, ZoneInfo(PACIFIC)).until_reset(datetime.now(UTC))
        assert abs((caught.value.after - left) % timedelta(days=1)) < timedelta(minutes=1)


async def test_channels_go_on_while_the_quota_is_used_up() -> None:
    async with opened(channels=CHANNEL, key=SECRET) as (source, site, _, allowed):
        cursor = await source.anchor()
        site.refused = (403, refusal(403, "quotaExceeded"))
        site.pages[FEED] = (ATOM, feed([entry("aaaaaaaaaaa")]))
        events = await look(source, cursor)
        assert named(events) == ["aaaaaaaaaaa"]
        await look(source, events[-1].cursor)
        assert len(allowed.noted) == 1


@pytest.mark.parametrize(
    "body",
    [
        refusal(400, "badRequest", "API_KEY_INVALID"),
        refusal(400, "keyInvalid"),
        refusal(403, "accessNotConfigured"),
    ],
)
async def test_a_wrong_key_is_a_setting(body: bytes) -> None:
    async with opened(key=SECRET) as (source, site, _, _):
        site.refused = (400, body)
        with pytest.raises(Misconfigured) as caught:
            await look(source, await source.anchor())
        assert SECRET not in str(caught.value)


async def test_a_clip_is_looked_for_only_where_that_is_allowed() -> None:
    for allowed_clips, kinds in (("no", [Kind.IMAGE]), ("yes", [Kind.IMAGE, Kind.VIDEO])):
        async with opened(channels=CHANNEL, video=allowed_clips) as (source, site, _, _):
            cursor = await source.anchor()
            site.pages[FEED] = (ATOM, feed([entry("aaaaaaaaaaa")]))
            (post,) = [event.post for event in await look(source, cursor) if event.post]
            assert [ref.kind for ref in post.media] == kinds


async def test_a_channel_that_is_not_there_is_no_gap() -> None:
    async with opened(channels=CHANNEL) as (source, site, _, _):
        cursor = await source.anchor()
        site.statuses[FEED] = 404
        with pytest.raises(TryLater, match="Check option channels"):
            await look(source, cursor)


async def test_a_channel_that_is_gone_is_told_once_and_the_others_are_read_on() -> None:
    async with opened(channels=f"{CHANNEL},{OTHER}", key=SECRET) as (source, site, _, _):
        cursor = await source.anchor()
        gone, kept = (f"{FEED}?channel_id={channel}" for channel in (CHANNEL, OTHER))
        site.gone = {gone}
        site.pages[kept] = (ATOM, feed([entry("bbbbbbbbbbb", OTHER)]))
        site.pages["/v3/search"] = ("application/json", found(["ccccccccccc"]))
        events = list[Event]()

        async def read_on() -> None:
            async for event in source.stream(cursor):
                events.append(event)

        with pytest.raises(Gone, match=CHANNEL):
            await read_on()
        assert named(events) == ["bbbbbbbbbbb", "ccccccccccc"]
        assert await look(source, events[-1].cursor)


async def test_a_channel_that_a_hub_refuses_keeps_no_news_of_others_from_being_read() -> None:
    async with opened(channels=f"{CHANNEL},{OTHER}", callback="https://centre.invalid/push/x") as parts:
        source, site, mailbox, _ = parts
        cursor = await source.anchor()
        topic = urlencode({"hub.topic": f"{site.url('')}/xml/feeds/videos.xml?channel_id={OTHER}"})
        mailbox.put(FORM, f"hub.mode=denied&{topic}".encode())
        events = await look(source, cursor)
        mailbox.put(ATOM, feed([tombstone("aaaaaaaaaaa")]))
        (post,) = [event.post for event in await look(source, events[-1].cursor) if event.post]
        assert post.is_deleted
        assert source.interval <= timedelta(seconds=1)


async def test_neither_cursor_nor_name_shows_words_or_key() -> None:
    async with opened(key=SECRET) as (source, site, _, _):
        site.pages["/v3/search"] = ("application/json", found(["aaaaaaaaaaa"]))
        events = await look(source, await source.anchor())
        assert "willow" not in events[-1].cursor
        assert SECRET not in events[-1].cursor + repr(source)


@pytest.mark.parametrize(
    "given",
    [{}, {"channels": "willow"}, {"key": SECRET, "searches": "101"}, {"channels": CHANNEL, "video": "maybe"}],
)
async def test_a_wrong_option_is_told_at_once(given: dict[str, str]) -> None:
    with pytest.raises(Misconfigured):
        YouTube(Options(YouTube.manifest, given), around())


@pytest.mark.parametrize("body", [b"", b"<html>", b"<!DOCTYPE a><feed/>", "<feed>é".encode("latin-1")])
async def test_what_is_no_feed_is_refused(body: bytes) -> None:
    with pytest.raises(BadMedia):
        read_feed(body)
