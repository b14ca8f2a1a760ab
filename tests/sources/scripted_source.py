"""A source, a sink and a clock that tests of the runner write by hand."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta

from jikimi.model.errors import JikimiError
from jikimi.model.fingerprint import Kind
from jikimi.model.post import Bounds, Event, MediaRef, Position, Post, Spent
from jikimi.model.source import Gap, Manifest, Tested
from jikimi.sources.journal import Pacing
from jikimi.sources.purse import Purse
from jikimi.sources.runner import run_watch

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Step = Event | JikimiError | Exception | None  # None: the stream ends


class Time:
    """A clock that only waiting moves; every pause is noted."""

    def __init__(self) -> None:
        self.now = START
        self.pauses: list[timedelta] = []

    def __call__(self) -> datetime:
        return self.now

    async def wait(self, pause: timedelta) -> None:
        for _ in range(10):  # let everything that can happen now happen first
            await asyncio.sleep(0)
        self.now += pause
        self.pauses.append(pause)


class Script:
    """A source that plays streams, one list of steps each; when they run out it stays silent."""

    def __init__(self, *streams: Sequence[Step], name: str = "script") -> None:
        self.interval = timedelta(seconds=5)
        self.manifest = Manifest(
            name, "A script", is_push=False, auth="", cost="", terms="", tested=Tested.ITSELF, tested_on="",
            schemes=("folder",) if name == "folder" else (),
        )  # fmt: skip
        self.anchors: list[str | Exception] = ["anchor"]
        self.cursors: list[str] = []
        self.taken = 0
        self.is_closed = False
        self._streams = list(streams)

    async def anchor(self) -> str:
        answer = self.anchors.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        self.cursors.append(cursor)
        try:
            for step in self._streams.pop(0) if self._streams else []:
                if isinstance(step, Exception):
                    raise step
                if step is None:
                    return
                self.taken += 1
                yield step
            await asyncio.Event().wait()
        finally:
            self.is_closed = True


class Kept:
    """A sink that keeps every call and stops the watch once enough has come."""

    def __init__(self, stop: asyncio.Event, enough: Callable[["Kept"], bool]) -> None:
        self.calls: list[tuple[list[str], Position]] = []
        self.posts: list[Post] = []
        self.gaps: list[Gap] = []
        self._stop, self._enough = stop, enough

    async def __call__(self, posts: Sequence[Post], position: Position, gaps: Sequence[Gap] = ()) -> None:
        self.posts += posts
        self.gaps += gaps
        self.calls.append(([post.id for post in posts], position))
        if self._enough(self):
            self._stop.set()

    @property
    def ids(self) -> list[str]:
        return [post.id for post in self.posts]

    @property
    def problems(self) -> list[str]:
        return [position.problem for _, position in self.calls]


def post(name: str, *urls: str, published_at: datetime | None = None) -> Post:
    media = tuple(MediaRef(Kind.IMAGE, url) for url in urls)
    return Post("watch", name, f"https://site.test/{name}", "", "", published_at, START, media)


def event(name: str) -> Event:
    return Event(f"after {name}", post(name))


async def run(
    source: Script,
    enough: Callable[[Kept], bool],
    position: Position | None = None,
    pacing: Pacing | None = None,
) -> tuple[Kept, Time]:
    return await run_with(source, enough, Bounds(), position, pacing)


async def run_with(
    source: Script,
    enough: Callable[[Kept], bool],
    bounds: Bounds,
    position: Position | None = None,
    pacing: Pacing | None = None,
) -> tuple[Kept, Time]:
    stop, time = asyncio.Event(), Time()
    kept = Kept(stop, enough)
    purse = Purse(source.manifest, bounds, position.spent if position else Spent(), time)
    async with asyncio.timeout(20):
        await run_watch(
            source, kept, watch="watch", position=position, clock=time, stop=stop,
            random=random.Random(1), pacing=pacing or Pacing(), wait=time.wait, purse=purse,
        )  # fmt: skip
    return kept, time


def anchored(cursor: str = "anchor") -> Position:
    return Position("watch", cursor, START)
