"""A platform in a test's hands, and what the contract suite of sources reads it with."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from jikimi.model.ports import Source
from jikimi.model.post import Bounds, Event, Position, Post, Spent
from jikimi.model.source import Gap
from jikimi.sources.journal import Pacing
from jikimi.sources.purse import Purse
from jikimi.sources.runner import run_watch

SECRET = "hush-hush"  # noqa: S105  # what must never be shown
AMPLE = Decimal(1000)  # US dollars; the platform is a recorded one
PATIENCE = 30  # seconds; reached only when something is lost


@dataclass(frozen=True, slots=True)
class SourceCase:
    """A platform in a test's hands.

    `make` returns a fresh source, as after a restart, with SECRET in its options if it takes any.
    `publish` puts up so many posts with a picture each and returns their `Post.id`s. `delete` takes
    one down. `answer` lets the server answer everything with a status and a Retry-After in seconds
    (200 is normal service). `garble` puts up one record that cannot be read. `repeats` tells whether
    posts may come again when a stream is resumed.
    """

    make: Callable[[], Source]
    publish: Callable[[int], Awaitable[list[str]]]
    delete: Callable[[str], Awaitable[None]] | None = None
    answer: Callable[[int, int], None] | None = None
    garble: Callable[[], Awaitable[None]] | None = None
    repeats: bool = False


Opener = Callable[[Path], AbstractAsyncContextManager[SourceCase]]
"""Starts a platform in a folder, and ends it after the test."""


class Memory:
    """A sink that keeps everything, or waits while it is shut."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.gaps: list[Gap] = []
        self.position: Position | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.changed = asyncio.Condition()

    async def __call__(self, posts: Sequence[Post], position: Position, gaps: Sequence[Gap] = ()) -> None:
        """Take posts and position."""
        await self.open.wait()
        async with self.changed:
            self.posts += posts
            self.gaps += gaps
            self.position = position
            self.changed.notify_all()

    @property
    def ids(self) -> set[str]:
        """Return the identifiers of all posts so far."""
        return {post.id for post in self.posts}

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return once something holds."""
        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(holds)


class Running:
    """A watch at work on a source; `kill` ends it without a word."""

    def __init__(self, source: Source, memory: Memory, pacing: Pacing | None = None) -> None:
        purse = Purse(source.manifest, Bounds(money=AMPLE), Spent(), lambda: datetime.now(UTC))
        self._task = asyncio.create_task(
            run_watch(
                source,
                memory,
                watch="specimen",
                position=memory.position,
                clock=lambda: datetime.now(UTC),
                stop=asyncio.Event(),
                random=random.Random(7),  # noqa: S311  # the same in every run
                pacing=pacing or Pacing(),
                purse=purse,
            )
        )

    async def kill(self) -> None:
        """End it."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


class Counting:
    """A source that counts what is taken from it."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._taken = asyncio.Condition()
        self.count = 0
        self.manifest, self.interval = source.manifest, source.interval

    async def anchor(self) -> str:
        """Pass the question on."""
        return await self._source.anchor()

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        """Pass events on."""
        async for event in self._source.stream(cursor):
            async with self._taken:
                self.count += event.post is not None
                self._taken.notify_all()
            yield event

    async def until(self, count: int) -> None:
        """Return once so many posts were taken."""
        async with asyncio.timeout(PATIENCE), self._taken:
            await self._taken.wait_for(lambda: self.count >= count)


async def read(source: Source, cursor: str) -> list[Event]:
    """Read on until the source has caught up: a push source says so with a checkpoint."""
    events: list[Event] = []
    looks = 0
    async with asyncio.timeout(PATIENCE):
        while True:
            looks += 1
            before = len(events)
            stream = source.stream(events[-1].cursor if events else cursor)
            async for event in stream:
                events.append(event)
                if source.manifest.is_push and event.post is None and not event.skipped:
                    break
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()
            if source.manifest.is_push or (looks > 1 and not any(event.post for event in events[before:])):
                return events


def ids(events: Sequence[Event]) -> list[str]:
    """Return the identifiers of the posts among some events."""
    return [event.post.id for event in events if event.post]
