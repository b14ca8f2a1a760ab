"""Keeps every watch reading: starts what was set up, stops what was taken away, restarts what fell over."""

import asyncio
import random
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

import structlog

from jikimi.flow.ingest import ingest
from jikimi.model.case import Switch
from jikimi.model.errors import Busy, JikimiError, Misconfigured
from jikimi.model.ports import House, Source
from jikimi.model.post import Position, Post, Spent, Watch, WatchEnd
from jikimi.model.source import Gap
from jikimi.sources.health import Health, health
from jikimi.sources.purse import Purse
from jikimi.sources.runner import run_watch

LOOK_EVERY_SECONDS = 1.0
RESTART_AFTER_SECONDS = 10.0
MISCONFIGURED_AFTER_SECONDS = 3600.0  # a setting typed anew starts it at once
DATABASE_THREADS = 4
WHILE_HALTED = timedelta(minutes=5)  # between two tries of what waits for a watch to go on

T = TypeVar("T")
Made = tuple[Source, Purse]

log = structlog.get_logger("watches")


def standing_watches(house: House) -> dict[str, Watch]:
    """Return the watches that are to run, by name: the newest setting of each, unless it was ended since."""
    standing = {watch.name: watch for watch in house.records.find(Watch)}
    for end in house.records.find(WatchEnd):
        if end.watch in standing and standing[end.watch].at <= end.at:
            del standing[end.watch]
    return standing


HALT = "halt watching"
"""The switch that stops every watch."""
HALT_SOURCE, HALT_WATCH = f"{HALT} of ", "halt watch "
"""How the switches that stop all watches of a source, or one, begin. No name makes one the other."""


def halts(house: House) -> frozenset[str]:
    """Return the switches that hold watches now: kill switches of all, of a source, of one watch."""
    newest = {switch.name: switch.is_on for switch in house.records.find(Switch)}
    return frozenset(
        name
        for name, is_on in newest.items()
        if is_on and (name == HALT or name.startswith((HALT_SOURCE, HALT_WATCH)))
    )


def halt_switch(*, watch: str = "", source: str = "") -> str:
    """Return the name of a kill switch: of one watch, of all of a source, or of everything."""
    if source:
        return f"{HALT_SOURCE}{source}"
    return f"{HALT_WATCH}{watch}" if watch else HALT


def check_halts(watch: Watch, house: House) -> None:
    """Raise Busy, so that nothing is given up for it, while a person halts this watch."""
    if _is_halted(watch, halts(house)):
        raise Busy(f"Watch {watch.name} is halted. Type: jikimi watch resume", WHILE_HALTED)


def _is_halted(watch: Watch, held: frozenset[str]) -> bool:
    """Tell whether one of the switches that are on holds this watch."""
    return not held.isdisjoint({HALT, halt_switch(source=watch.source), halt_switch(watch=watch.name)})


@dataclass(frozen=True, slots=True)
class Judged:
    """A watch that was not ended, how far it has read, and how it is."""

    watch: Watch
    position: Position | None
    health: Health


def judged_watches(house: House) -> list[Judged]:
    """Return every watch that was not ended, by name, with its health."""
    held, now, found = halts(house), house.clock(), []
    for name, watch in sorted(standing_watches(house).items()):
        position = house.records.position(name)
        state = health(position, now, watch.bounds, is_halted=_is_halted(watch, held))
        found.append(Judged(watch, position, state))
    return found


def running_watches(house: House) -> dict[str, Watch]:
    """Return the watches that are to be read now: those that stand and that nobody has halted."""
    held = halts(house)
    return {name: watch for name, watch in standing_watches(house).items() if not _is_halted(watch, held)}


class Watches:
    """A thread with an event loop in which every watch is a task."""

    def __init__(
        self, house: House, make_source: Callable[[Watch, Spent], Made], after: Callable[[], None]
    ) -> None:
        """`make_source` builds the source of a watch and its purse, given what was used today already.

        `after` runs on each database thread when it ends.
        """
        self._house = house
        self._make_source = make_source
        self._after = after
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watches", daemon=True)
        self._pool = ThreadPoolExecutor(DATABASE_THREADS, "watch-store")
        self._running: dict[str, _Running] = {}
        self._ending: dict[str, _Running] = {}

    @property
    def reading(self) -> frozenset[str]:
        """Return the names of the watches that are being read."""
        return frozenset(self._running)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Store what was read, then end every watch."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        for _ in range(DATABASE_THREADS):
            self._pool.submit(self._after)
        self._pool.shutdown()

    def _run(self) -> None:
        asyncio.run(self._supervise())

    async def _supervise(self) -> None:
        running = self._running
        while not self._stopping.is_set():
            self._follow(await self._wanted())
            await asyncio.sleep(LOOK_EVERY_SECONDS / 4 if not running else LOOK_EVERY_SECONDS)
        await asyncio.gather(*(entry.end() for entry in (*running.values(), *self._ending.values())))

    async def _wanted(self) -> dict[str, Watch]:
        """Return the watches that are to be read; as before while the store does not say."""
        try:
            return await self._in_thread(partial(running_watches, self._house))
        except JikimiError as error:
            log.warning("the store cannot be used now", problem=str(error))
        except Exception:  # a bug must not end all watches silently
            log.exception("watches")
        return {name: entry.watch for name, entry in self._running.items()}

    def _follow(self, wanted: dict[str, Watch]) -> None:
        """Let what is wanted run, and what is not end: at once, and none waits for another to have ended."""
        running = self._running
        for name in [n for n, entry in running.items() if wanted.get(n) != entry.watch]:
            running[name].ask_to_end()
            self._ending[name] = running.pop(name)
        self._ending = {name: entry for name, entry in self._ending.items() if not entry.has_ended}
        for name, watch in wanted.items():
            if name not in running and name not in self._ending:
                running[name] = _Running(watch, self._keep_reading)

    async def _keep_reading(self, watch: Watch, stop: asyncio.Event) -> None:
        """Read, and begin anew after whatever happened; what was used meanwhile stays counted."""
        purse: Purse | None = None
        while not stop.is_set():
            pause = RESTART_AFTER_SECONDS
            try:
                position = await self._in_thread(partial(self._house.records.position, watch.name))
                stored = position.spent if position else Spent()
                source, purse = self._make_source(watch, purse.spent if purse else stored)
                await run_watch(
                    source,
                    partial(self._store, watch),
                    watch=watch.name,
                    position=position,
                    clock=self._house.clock,
                    stop=stop,
                    random=random.Random(),  # noqa: S311  # spreads retries; nothing secret
                    purse=purse,
                )
                pause = MISCONFIGURED_AFTER_SECONDS  # nothing else ends it by itself
            except Misconfigured as error:
                pause = MISCONFIGURED_AFTER_SECONDS
                await self._note(watch, str(error), purse)
            except JikimiError as error:
                await self._note(watch, f"{type(error).__name__}: {error}", purse)
            except Exception as error:  # a bug in one source must not end the others, nor stay silent
                log.exception("watch failed", watch=watch.key)
                await self._note(watch, f"bug: {type(error).__name__}. Please report it with the log.", purse)
            try:
                await asyncio.wait_for(stop.wait(), pause)
            except TimeoutError:
                continue

    async def _store(
        self, watch: Watch, posts: Sequence[Post], position: Position, gaps: Sequence[Gap] = ()
    ) -> None:
        def write() -> None:
            outcome = ingest(posts, position, self._house, gaps)
            self._house.records.apply(outcome, by=f"watch {watch.name}")

        await self._in_thread(write)

    async def _note(self, watch: Watch, problem: str, purse: Purse | None) -> None:
        def write() -> None:
            held = self._house.records.position(watch.name)
            held = held or Position(watch.name, "", self._house.clock())
            spent = purse.spent if purse else held.spent
            position = replace(held, at=self._house.clock(), posts=0, skipped=0, problem=problem, spent=spent)
            self._house.records.apply(ingest((), position, self._house), by=f"watch {watch.name}")

        try:
            await self._in_thread(write)
        except JikimiError as error:
            log.warning("the store cannot be used now", problem=str(error))
        except Exception:  # it is tried again with the watch
            log.exception("watch", watch=watch.key)

    async def _in_thread(self, action: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, action)


class _Running:
    """One watch that is being read."""

    def __init__(
        self, watch: Watch, read: Callable[[Watch, asyncio.Event], Coroutine[None, None, None]]
    ) -> None:
        self.watch = watch
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(read(watch, self._stop))

    @property
    def has_ended(self) -> bool:
        return self._task.done()

    def ask_to_end(self) -> None:
        self._stop.set()

    async def end(self) -> None:
        self.ask_to_end()
        await asyncio.wait({self._task})
