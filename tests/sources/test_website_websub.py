"""A website that names a hub: asked to tell us, told at once, asked again in time, and read all the same."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from hub import FORM, Hub, Mailbox
from loopback_site import Site
from surroundings import around, web_to

from jikimi.model.ports import Fetcher
from jikimi.model.post import Event
from jikimi.model.source import Options
from jikimi.sources.website import Website

pytestmark = pytest.mark.asyncio
PATIENCE = 30


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Told:
    """A site with a hub, and the watch on it."""

    def __init__(self, site: Site, fetcher: Fetcher, hub: Hub, address: str, clock: Clock) -> None:
        self.site, self.fetcher, self.hub, self.address, self.clock = site, fetcher, hub, address, clock
        self.topic = site.url("/feed")
        self.source = self.restarted()
        self.show("old")

    def restarted(self) -> Website:
        web = web_to(self.address, fetcher=self.fetcher, clock=self.clock)
        given = Options(Website.manifest, {"url": self.topic, "interval": "3600"})
        return Website(given, around(web, "board", self.clock, deliveries=self.hub.mailbox))

    def feed(self, *names: str) -> bytes:
        items = (f"<item><guid>{name}</guid><link>/{name}</link></item>" for name in names)
        links = f'<a:link rel="hub" href="{self.address}"/><a:link rel="self" href="{self.topic}"/>'
        links = links.replace("a:link", "atom:link")
        return f'<rss version="2.0"><channel>{links}{"".join(items)}</channel></rss>'.encode()

    def show(self, *names: str) -> None:
        self.site.pages["/feed"] = ("application/rss+xml", self.feed(*names))
        for name in names:
            self.site.pages[f"/{name}"] = ("text/html", b"<p>words<img src=a.jpg>")


@pytest_asyncio.fixture
async def told() -> AsyncIterator[Told]:
    site, clock = Site(), Clock()
    hub = Hub(Mailbox(clock))
    async with site.opened() as fetcher, hub.opened() as address:
        yield Told(site, fetcher, hub, address, clock)


async def until_post(stream: AsyncIterator[Event]) -> Event:
    async with asyncio.timeout(PATIENCE):
        async for event in stream:
            if event.post:
                return event
    raise AssertionError("the stream ended without a post")


async def until(stream: AsyncIterator[Event], number: int) -> Event:
    async with asyncio.timeout(PATIENCE):
        async for event in stream:
            if event.cursor.endswith(f"#{number}"):
                return event
    raise AssertionError("the stream ended")


async def test_what_a_hub_delivers_is_read_at_once(told: Told) -> None:
    stream = told.source.stream(await told.source.anchor())
    await until(stream, 1)  # verified
    (asked,) = told.hub.asked
    assert asked["hub.topic"] == told.topic
    assert asked["hub.secret"] == "sesame"
    told.show("new")
    await told.hub.publish(told.topic, told.feed("new"))
    event = await until_post(stream)
    assert event.post
    assert event.post.id == "new"
    looks = told.site.requests.count("/feed")
    await until(stream, 2)
    assert told.site.requests.count("/feed") == looks
    await stream.aclose()


async def test_killed_before_it_was_stored_a_delivery_is_read_again(told: Told) -> None:
    anchor = await told.source.anchor()
    stream = told.source.stream(anchor)
    verified = await until(stream, 1)
    told.show("new")
    await told.hub.publish(told.topic, told.feed("new"))
    first = await until_post(stream)
    await stream.aclose()
    assert first.cursor.endswith("#1")  # not behind the delivery yet
    told.show()
    again = told.restarted().stream(verified.cursor)
    assert (await until_post(again)).post == first.post
    assert told.hub.mailbox.forgotten == 1
    await again.aclose()


async def test_a_delivery_that_is_no_feed_means_look(told: Told) -> None:
    stream = told.source.stream(await told.source.anchor())
    await until(stream, 1)
    told.show("new", "old")
    await told.hub.publish(told.topic, b"something", "text/plain")
    event = await until_post(stream)
    assert event.post
    assert event.post.id == "new"
    await stream.aclose()


async def test_it_asks_again_before_the_lease_ends_and_not_earlier(told: Told) -> None:
    stream = told.source.stream(cursor := await told.source.anchor())
    await until(stream, 1)
    await stream.aclose()
    for passed, asked in ((2800, 1), (100, 2)):
        told.clock.now += timedelta(seconds=passed)
        told.hub.mailbox.listening.clear()
        stream = told.source.stream(f"{cursor}#{asked}")
        await anext(stream)
        waiting = asyncio.ensure_future(anext(stream))  # it asks, then listens
        async with asyncio.timeout(PATIENCE):
            await told.hub.mailbox.listening.wait()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert len(told.hub.asked) == asked


@pytest.mark.parametrize("status", [404, 503])
async def test_a_hub_that_refuses_leaves_the_looks(told: Told, status: int) -> None:
    told.hub.status = status
    stream = told.source.stream(await told.source.anchor())
    assert [event.post async for event in stream] == [None]
    assert told.source.interval == timedelta(hours=1)
    assert [event async for event in told.source.stream(await told.source.anchor())]
    assert len(told.hub.asked) == 1  # not at every look


async def test_once_the_hub_denies_it_the_looks_go_on_at_their_interval(told: Told) -> None:
    stream = told.source.stream(await told.source.anchor())
    await until(stream, 1)
    told.hub.mailbox.put(FORM, f"hub.mode=denied&hub.topic={told.topic}".encode())
    await until(stream, 2)
    assert told.source.interval == timedelta(hours=1)
    await stream.aclose()


async def test_without_a_public_address_no_hub_is_asked(told: Told) -> None:
    told.hub.mailbox.callback = ""
    stream = told.source.stream(await told.source.anchor())
    assert [event.post async for event in stream] == [None]
    assert not told.hub.asked


async def test_it_leaves_a_hub_for_another(told: Told) -> None:
    stream = told.source.stream(cursor := await told.source.anchor())
    await until(stream, 1)
    await stream.aclose()
    told.topic += "?moved"
    told.show("old")
    stream = told.source.stream(cursor + "#1")
    await until(stream, 3)
    assert [asked["hub.mode"] for asked in told.hub.asked] == ["subscribe", "unsubscribe", "subscribe"]
    assert [topic for _, topic in told.hub.subscribers] == [told.topic]
    await stream.aclose()
