"""Keeps one watch running: anchors it, stores posts with their cursor, waits, and tries again."""

import asyncio
import random as chance
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from jikimi.model.errors import Blocked, Gone, JikimiError, Misconfigured, NeedsHuman, TryLater
from jikimi.model.ports import Clock, Source
from jikimi.model.post import Bounds, Event, Position
from jikimi.sources.journal import STANDARD, Journal, Pacing, Sink
from jikimi.sources.pacer import Wait, sleep
from jikimi.sources.purse import Purse


async def run_watch(  # noqa: PLR0913 - time, chance and waiting come in as arguments
    source: Source,
    sink: Sink,
    *,
    watch: str,
    position: Position | None,
    clock: Clock,
    stop: asyncio.Event,
    random: chance.Random,
    pacing: Pacing = STANDARD,
    wait: Wait = sleep,
    purse: Purse | None = None,
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
    - Gone: posts slipped away unread (a gap). It is recorded and stays visible for a day; reading goes on

    `purse` counts what the watch uses; when its posts cost more than the day may, reading stops until
    tomorrow.

    Any other exception is a bug and propagates, as does every error of the sink.
    """
    began = position or Position(watch, "", clock())
    purse = purse or Purse(source.manifest, Bounds(), began.spent, clock)
    log = Journal(sink, clock, pacing, began, purse, source.manifest)
    pace = _Pace(log, stop, wait, pacing.heartbeat)
    failures = 0
    try:
        while not stop.is_set():
            was_anchored = bool(log.position.cursor)
            ending = await _read_once(source, log, pace, pacing, purse)
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


async def _read_once(source: Source, log: Journal, pace: "_Pace", pacing: Pacing, purse: Purse) -> _Ending:
    """Stream from the stored cursor to the end; all that was read is stored when this returns."""
    queue: asyncio.Queue[Event] = asyncio.Queue(pacing.queue)
    arrived = asyncio.Event()
    reader = asyncio.create_task(_pump(source, log.position.cursor, queue, arrived, purse))
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


async def _pump(
    source: Source, cursor: str, queue: asyncio.Queue[Event], arrived: asyncio.Event, purse: Purse
) -> None:
    """Put events into the queue. While it is full the source is not read: nothing is ever dropped."""
    if not cursor:
        await queue.put(Event(await source.anchor()))
        arrived.set()
        return  # stored first, streamed from next
    purse.check_post()
    stream = source.stream(cursor)
    try:
        async for event in stream:
            if event.post:
                purse.pay_post(is_paid=event.is_paid)
            await queue.put(event)
            arrived.set()
            if not event.is_paid:  # else the rest of the answer is paid as well, and is read
                purse.check_post()
    finally:
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()


def _take(queue: asyncio.Queue[Event], limit: int) -> list[Event]:
    """Return what is there now; a lone post never waits for company."""
    return [queue.get_nowait() for _ in range(min(limit, queue.qsize()))]


class _Pace:
    """Waits for work, for the order to stop, or for the next heartbeat, whichever is first."""

    def __init__(self, log: Journal, stop: asyncio.Event, wait: Wait, heartbeat: timedelta) -> None:
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
