"""The contract suite's hands on YouTube: pushed, read from a feed, and found by words; all recorded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

from hub import Mailbox
from loopback_site import Site, now
from recorded_engines import Allowed, Striding
from recorded_youtube import CHANNEL, described, entry, feed, found, tombstone
from source_cases import SECRET, WATCH, SourceCase
from surroundings import around, web_to

from jikimi.model.ports import Source, Surroundings
from jikimi.model.source import Delivery, Options
from jikimi.sources.youtube import YouTube

NUMBERS = count(1)
BRISK = timedelta(milliseconds=20)
ATOM = "application/atom+xml"


class BriskMailbox(Mailbox):
    """A mailbox at which nobody waits long."""

    async def after(self, number: int, wait: timedelta = timedelta(0)) -> tuple[Delivery, ...]:
        return await super().after(number, min(wait, BRISK))


def built(site: Site, given: dict[str, str], surroundings: Surroundings) -> Source:
    at = {"site": site.url(""), "api": site.url("/v3"), "hub": site.url("/hub"), "interval": "1"}
    return YouTube(Options(YouTube.manifest, at | given), surroundings)


def fresh(number: int) -> list[str]:
    return [f"video{next(NUMBERS):06d}" for _ in range(number)]


@asynccontextmanager
async def pushed(_: Path) -> AsyncIterator[SourceCase]:
    """A channel whose uploads and removals a hub delivers."""
    site, mailbox = Site(), BriskMailbox(now, "https://centre.invalid/push/x")

    async def put_up(number: int) -> list[str]:
        videos = fresh(number)
        for video in videos:
            mailbox.put(ATOM, feed([entry(video)]))
        return videos

    async def delete(video: str) -> None:
        mailbox.put(ATOM, feed([tombstone(video)]))

    async def garble() -> None:
        mailbox.put(ATOM, feed([entry("")]))

    async with site.opened() as fetcher:
        site.pages |= {"/hub": ("text/plain", b""), "/feeds/videos.xml": (ATOM, feed([]))}
        surroundings = around(web_to(site.url(""), fetcher=fetcher), WATCH, deliveries=mailbox)
        yield SourceCase(
            lambda: built(site, {"channels": CHANNEL}, surroundings), put_up, delete, garble=garble
        )


@asynccontextmanager
async def listed(_: Path) -> AsyncIterator[SourceCase]:
    """A channel's feed, where no hub can reach us."""
    site, videos = Site(), list[str]()

    def put_on_list(names: list[str]) -> None:
        videos.extend(names)
        site.pages["/feeds/videos.xml"] = (ATOM, feed(map(entry, reversed(videos))))

    async def put_up(number: int) -> list[str]:
        names = fresh(number)
        put_on_list(names)
        return names

    async def garble() -> None:
        put_on_list([""])

    async with site.opened() as fetcher:
        put_on_list(fresh(1))
        surroundings = around(web_to(site.url(""), fetcher=fetcher), WATCH)
        yield SourceCase(
            lambda: built(site, {"channels": CHANNEL}, surroundings),
            put_up,
            answer=site.answer,
            garble=garble,
        )


@asynccontextmanager
async def searched(_: Path) -> AsyncIterator[SourceCase]:
    """Videos that are found by words."""
    site, videos, clock = Site(), list[str](), Striding()

    def put_on_list(names: list[str]) -> None:
        videos.extend(names)
        site.pages["/v3/search"] = ("application/json", found(reversed(videos)))
        site.pages["/v3/videos"] = ("application/json", described(videos))

    async def put_up(number: int) -> list[str]:
        names = fresh(number)
        put_on_list(names)
        return names

    async def garble() -> None:
        put_on_list([""])

    async with site.opened() as fetcher:
        put_on_list([])
        clock.stride *= 4  # a search is due every 14 minutes
        surroundings = around(web_to(site.url(""), fetcher=fetcher), WATCH, clock, searches=Allowed())
        yield SourceCase(
            lambda: built(site, {"key": SECRET}, surroundings), put_up, answer=site.answer, garble=garble
        )


OPENERS = {"youtube-pushed": pushed, "youtube-feed": listed, "youtube-search": searched}
