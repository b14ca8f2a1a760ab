"""Keeps every watch reading: starts what was set up, stops what was taken away, restarts what fell over."""

import asyncio
import random
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import structlog

from jikimi.flow.ingest import ingest
from jikimi.model.errors import JikimiError
from jikimi.model.ports import House, Source
from jikimi.model.post import Position, Post, Watch, WatchEnd
from jikimi.sources.runner import run_watch

LOOK_EVERY_SECONDS = 1.0
RESTART_AFTER_SECONDS = 10.0
DATABASE_THREADS = 4

T = TypeVar("T")

log = structlog.get_logger("watches")


def standing_watches(house: House) -> dict[str, Watch]:
    """Return the watches that are to run, by name: the newest setting of each, unless it was ended since."""
    standing = {watch.name: watch for watch in house.records.find(Watch)}
    for end in house.records.find(WatchEnd):
        if end.watch in standing and standing[end.watch].at <= end.at:
            del standing[end.watch]
    return standing


class Watches:
    """A thread with an event loop in which every watch is a task."""

    def __init__(
        self, house: House, make_source: Callable[[Watch], Source], after: Callable[[], None]
    ) -> None:
        """`make_source` builds the source of a watch; `after` runs on each database thread when it ends."""
        self._house = house
        self._make_source = make_source
        self._after = after
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watches", daemon=True)
        self._pool = ThreadPoolExecutor(DATABASE_THREADS, "watch-store")

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
        running: dict[str, _Running] = {}
        while not self._stopping.is_set():
            try:
                wanted = await self._in_thread(partial(standing_watches, self._house))
            except JikimiError as error:
                log.warning("the store cannot be used now", problem=str(error))
                wanted = {name: entry.watch for name, entry in running.items()}
            for name in [n for n, entry in running.items() if wanted.get(n) != entry.watch]:
                await running.pop(name).end()
            for name, watch in wanted.items():
                if name not in running:
                    running[name] = _Running(watch, self._keep_reading)
            await asyncio.sleep(LOOK_EVERY_SECONDS / 4 if not running else LOOK_EVERY_SECONDS)
        await asyncio.gather(*(entry.end() for entry in running.values()))

    async def _keep_reading(self, watch: Watch, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                position = await self._in_thread(partial(self._house.records.position, watch.name))
                await run_watch(
                    self._make_source(watch),
                    partial(self._store, watch),
                    watch=watch.name,
                    position=position,
                    clock=self._house.clock,
                    stop=stop,
                    random=random.Random(),  # noqa: S311  # spreads retries; nothing secret
                )
            except JikimiError as error:
                await self._note(watch, f"{type(error).__name__}: {error}")
            except Exception as error:  # a bug in one source must not end the others, nor stay silent
                log.exception("watch failed", watch=watch.key)
                await self._note(watch, f"bug: {type(error).__name__}. Please report it with the log.")
            try:
                await asyncio.wait_for(stop.wait(), RESTART_AFTER_SECONDS)
            except TimeoutError:
                continue

    async def _store(self, watch: Watch, posts: Sequence[Post], position: Position) -> None:
        def write() -> None:
            outcome = ingest(posts, position, self._house)
            self._house.records.apply(outcome, by=f"watch {watch.name}")

        await self._in_thread(write)

    async def _note(self, watch: Watch, problem: str) -> None:
        def write() -> None:
            held = self._house.records.position(watch.name)
            cursor, newest = (held.cursor, held.newest_post_at) if held else ("", None)
            position = Position(watch.name, cursor, self._house.clock(), newest, problem=problem)
            self._house.records.apply(ingest((), position, self._house), by=f"watch {watch.name}")

        try:
            await self._in_thread(write)
        except JikimiError as error:
            log.warning("the store cannot be used now", problem=str(error))

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

    async def end(self) -> None:
        self._stop.set()
        await asyncio.wait({self._task})
