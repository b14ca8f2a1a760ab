"""Keeps the pauses between requests to one host, for all watches of a process together."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from threading import Lock

Wait = Callable[[timedelta], Awaitable[None]]
MOST_HOSTS = 10_000


async def sleep(pause: timedelta) -> None:
    """Wait this long."""
    await asyncio.sleep(pause.total_seconds())


class Pacer:
    """Hands out turns: each host is asked at most once a `spacing`, and not at all while it asked for rest.

    `seconds` is a clock that only runs forward. Safe from several threads and event loops.
    """

    def __init__(self, seconds: Callable[[], float] = time.monotonic, wait: Wait = sleep) -> None:
        self._seconds = seconds
        self._wait = wait
        self._free: dict[str, float] = {}
        self._rests: dict[str, float] = {}
        self._lock = Lock()

    async def turn(self, host: str, spacing: timedelta) -> None:
        """Wait for this caller's turn at a host; anew if it asked for rest meanwhile."""
        pause = self._take(host, spacing.total_seconds())
        while pause > 0:
            await self._wait(timedelta(seconds=pause))
            pause = self._take(host, spacing.total_seconds()) if self._is_resting(host) else 0

    def rest(self, host: str, length: timedelta) -> None:
        """Leave a host alone for a while, because it said so (Retry-After)."""
        with self._lock:
            until = self._seconds() + length.total_seconds()
            self._free[host] = max(self._free.get(host, until), until)
            self._rests = {name: end for name, end in self._rests.items() if end > self._seconds()}
            self._rests[host] = max(self._rests.get(host, until), until)

    def _is_resting(self, host: str) -> bool:
        with self._lock:
            return self._rests.get(host, 0.0) > self._seconds()

    def _take(self, host: str, spacing: float) -> float:
        with self._lock:
            now = self._seconds()
            if len(self._free) > MOST_HOSTS:
                self._free = {name: free for name, free in self._free.items() if free > now}
            begins = max(now, self._free.get(host, now))
            self._free[host] = begins + spacing
            return begins - now
