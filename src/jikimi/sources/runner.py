"""Keeps one watch running: anchors it, stores posts with their cursor, waits, and tries again."""

import asyncio
import random as chance
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, Protocol
from urllib.parse import urlsplit

from jikimi.model.errors import Blocked, Gone, JikimiError, Misconfigured, NeedsHuman, TryLater
from jikimi.model.ports import Clock, Source
from jikimi.model.post import Event, MediaRef, Position, Post

WEB = frozenset({"http", "https"})
GAP = "Gap: "
Wait = Callable[[timedelta], Awaitable[None]]


class Sink(Protocol):
    """Takes posts and the position behind them; returns once both are durable, in one transaction."""

    async def __call__(self, posts: Sequence[Post], position: Position) -> None:
        """Store both or neither. A post may come twice; its key does not change."""
        ...


@dataclass(frozen=True, slots=True)
class Pacing:
    """How a watch breathes. `batch` and `queue` count events; `gap_shown` is how long a gap stays visible."""

    batch: int = 100
    queue: int = 500
    heartbeat: timedelta = timedelta(seconds=30)
    first_backoff: timedelta = timedelta(seconds=1)
    longest_backoff: timedelta = timedelta(seconds=60)
    after_refusal: timedelta = timedelta(hours=1)
    gap_shown: timedelta = timedelta(hours=24)


async def sleep(pause: timedelta) -> None:
    """Wait this long."""
    await asyncio.sleep(pause.total_seconds())


async def run_watch(  # noqa: PLR0913 - time, chance and waiting come in as arguments
    source: Source,
    sink: Sink,
    *,
    watch: str,
    position: Position | None,
    clock: Clock,
    stop: asyncio.Event,
    random: chance.Random,
    pacing: Pacing = Pacing(),
    wait: Wait = sleep,
) -> None:
    """Read `source` into `sink` until `stop` is set or a setting turns out to be wrong.

    Every post reaches the sink at least once, in one call with the cursor behind it. `position` is
    what was stored last. Without one (or with an empty cursor) the source is anchored, and the anchor
    stored, before anything is streamed. At least every `pacing.heartbeat` a position is stored.

    What the source's errors lead to; each stands in `Position.problem` until reading works again:

    - TryLater, BadMedia: tried again after a random share of a doubling time (at most a minute), and
      never before the time the other side asked for
    - Blocked, NeedsHuman: tried again hourly, so that it goes on once a person has put it right
    - Misconfigured: the watch ends
    - Gone: posts slipped away unread (a gap). It stays visible for a day; reading goes on

    Any other exception is a bug and propagates, as does every error of the sink.
    """
    log = _Log(sink, clock, pacing, position or Position(watch, "", clock()), source.name)
    pace = _Pace(log, stop, wait, pacing.heartbeat)
    failures = 0
    try:
        while not stop.is_set():
            was_anchored = bool(log.position.cursor)
            ending = await _read_once(source, log, pace, pacing)
            if ending.error is None:
                failures, pause = 0, source.interval if was_anchored else timedelta(0)
                await log.note_success()
            else:
                failures = 1 if ending.has_read else failures + 1
                pause = _pause_after(ending.error, failures, source.interval, random, pacing)
                await log.note(ending.error)
            if isinstance(ending.error, Misconfigured):
                return
            await pace.pause(pause)
        await log.save_as_it_is()
    finally:
        pace.close()


@dataclass(frozen=True, slots=True)
class _Ending:
    """How one stream ended: with what error of the source, if any, and whether anything came before."""

    error: JikimiError | None
    has_read: bool


def _pause_after(
    error: JikimiError, failures: int, interval: timedelta, random: chance.Random, pacing: Pacing
) -> timedelta:
    """Return how long to wait. Full jitter: many watches of one site must not come back together."""
    if isinstance(error, Blocked | NeedsHuman):
        return pacing.after_refusal
    if isinstance(error, Gone):
        return interval
    doubled = min(pacing.longest_backoff, pacing.first_backoff * (1 << min(failures, 16)))
    asked = error.after if isinstance(error, TryLater) else timedelta(0)
    return max(asked, doubled * random.random())


async def _read_once(source: Source, log: "_Log", pace: "_Pace", pacing: Pacing) -> _Ending:
    """Stream from the stored cursor to the end; all that was read is stored when this returns."""
    queue: asyncio.Queue[Event] = asyncio.Queue(pacing.queue)
    arrived = asyncio.Event()
    reader = asyncio.create_task(_pump(source, log.position.cursor, queue, arrived))
    has_read = False
    try:
        while not pace.is_stopped:
            arrived.clear()
            if batch := _take(queue, pacing.batch):
                has_read = True
                await log.store(batch)
            elif reader.done():
                break
            else:
                await pace.until(reader, arrived)
    finally:
        reader.cancel()
        await asyncio.wait({reader})
    while batch := _take(queue, pacing.batch):
        await log.store(batch)
    error = None if reader.cancelled() else reader.exception()
    if error is not None and not isinstance(error, JikimiError):
        raise error
    return _Ending(error, has_read)


async def _pump(source: Source, cursor: str, queue: asyncio.Queue[Event], arrived: asyncio.Event) -> None:
    """Put events into the queue. While it is full the source is not read: nothing is ever dropped."""
    if not cursor:
        await queue.put(Event(await source.anchor()))
        arrived.set()
        return  # stored first, streamed from next
    stream = source.stream(cursor)
    try:
        async for event in stream:
            await queue.put(event)
            arrived.set()
    finally:
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()


def _take(queue: asyncio.Queue[Event], limit: int) -> list[Event]:
    """Return what is there now; a lone post never waits for company."""
    return [queue.get_nowait() for _ in range(min(limit, queue.qsize()))]


class _Log:
    """The watch's position, and when it was last stored."""

    def __init__(self, sink: Sink, clock: Clock, pacing: Pacing, position: Position, source: str) -> None:
        self.position = position
        self._sink = sink
        self._clock = clock
        self._pacing = pacing
        self._schemes = WEB | {"folder"} if source == "folder" else WEB
        self._saved_at = position.at
        self._gap = position.problem if position.problem.startswith(GAP) else ""
        self._gap_at = position.at

    @property
    def is_due(self) -> bool:
        """Tell whether the next heartbeat is due; a clock that was set back must not silence it."""
        return not timedelta(0) <= self._clock() - self._saved_at < self._pacing.heartbeat

    async def store(self, events: Sequence[Event]) -> None:
        """Store posts with the cursor behind the last of them. A bare checkpoint waits for a heartbeat."""
        posts = tuple(self._clean(event.post) for event in events if event.post)
        skipped = sum(event.skipped for event in events)
        is_anchor = not self.position.cursor
        had_problem = self.position.problem != self._standing()
        self.position = replace(self.position, cursor=events[-1].cursor)
        if posts or skipped or is_anchor or had_problem or self.is_due:
            await self.save(posts, skipped)

    async def note(self, error: JikimiError) -> None:
        """Store what an operator should know."""
        if isinstance(error, Gone):
            self._gap, self._gap_at = f"{GAP}{error}", self._clock()
            await self.save()
        else:
            await self.save(problem=str(error) or type(error).__name__)

    async def note_success(self) -> None:
        """Take the problem down now that reading works."""
        if self.position.problem != self._standing() or self.is_due:
            await self.save()

    async def beat(self) -> None:
        """Store a sign of life when one is due."""
        if self.is_due:
            await self.save_as_it_is()

    async def save_as_it_is(self) -> None:
        """Store the position; what was wrong is still wrong, but a gap is shown for a day only."""
        problem = self.position.problem
        await self.save(problem=None if problem.startswith(GAP) else problem)

    async def save(self, posts: Sequence[Post] = (), skipped: int = 0, problem: str | None = None) -> None:
        """Hand posts and position to the sink, in one call."""
        now = self._clock()
        newest = max(
            (post.visible_at for post in posts if not post.is_deleted), default=self.position.newest_post_at
        )
        if newest and self.position.newest_post_at:
            newest = max(newest, self.position.newest_post_at)
        position = replace(
            self.position,
            at=now,
            newest_post_at=newest,
            posts=len(posts),
            skipped=skipped,
            problem=self._standing() if problem is None else problem,
        )
        await self._sink(posts, position)
        self.position, self._saved_at = position, now

    def _standing(self) -> str:
        """Return the problem that stands while reading works: a recent gap, or none."""
        return self._gap if self._clock() - self._gap_at < self._pacing.gap_shown else ""

    def _clean(self, post: Post) -> Post:
        """Drop addresses that nobody should fetch: every source's media references pass here."""
        return replace(post, media=tuple(ref for ref in post.media if _may_fetch(ref, self._schemes)))


def _may_fetch(ref: MediaRef, schemes: frozenset[str]) -> bool:
    try:
        parts = urlsplit(ref.url)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.netloc)


class _Pace:
    """Waits for work, for the order to stop, or for the next heartbeat, whichever is first."""

    def __init__(self, log: _Log, stop: asyncio.Event, wait: Wait, heartbeat: timedelta) -> None:
        self._log = log
        self._stop = stop
        self._stopping = asyncio.ensure_future(stop.wait())
        self._wait = wait
        self._heartbeat = heartbeat

    @property
    def is_stopped(self) -> bool:
        """Tell whether the watch was asked to end."""
        return self._stop.is_set()

    async def until(self, reader: asyncio.Task[None], arrived: asyncio.Event) -> None:
        """Wait until something arrived or the reader ended; store heartbeats meanwhile."""
        arriving = asyncio.ensure_future(arrived.wait())
        try:
            await self._first(self._heartbeat, reader, arriving)
        finally:
            arriving.cancel()
        await self._log.beat()

    async def pause(self, length: timedelta) -> None:
        """Wait this long unless stopped; store heartbeats meanwhile."""
        while length > timedelta(0) and not self.is_stopped:
            step = min(length, self._heartbeat)
            await self._first(step)
            length -= step
            await self._log.beat()

    async def _first(
        self, pause: timedelta, *others: asyncio.Future[None] | asyncio.Future[Literal[True]]
    ) -> None:
        timing = asyncio.ensure_future(self._wait(pause))
        try:
            await asyncio.wait({timing, self._stopping, *others}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timing.cancel()

    def close(self) -> None:
        """Stop listening for the order to stop."""
        self._stopping.cancel()
