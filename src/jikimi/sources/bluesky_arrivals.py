"""Merges what a Bluesky stream sends with posts whose authors' servers were still being looked up."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from jikimi.model.ports import Socket
from jikimi.model.post import Event

MOST_WAITING = 256  # posts; then nothing more is taken from the socket


@dataclass(frozen=True, slots=True)
class Finished:
    """A post that is complete, and the position of the message that brought it."""

    event: Event
    position: int


class Arrivals:
    """Messages and finished posts, as they come: no slow look-up holds up the posts behind it.

    `held` is the position before the oldest post that is still being looked up: nothing behind it may
    count as read.
    """

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._receiving: asyncio.Task[bytes] | None = None
        self._waiting: dict[asyncio.Task[Event], tuple[int, int]] = {}

    @property
    def held(self) -> int | None:
        """Return the position that must not be passed yet, None when nothing waits."""
        return next((before for before, _ in self._waiting.values()), None)

    def look_up(self, work: Coroutine[Any, Any, Event], before: int, position: int) -> None:
        """Let a post be finished in the background; `before` is the position before its message's."""
        self._waiting[asyncio.create_task(work)] = before, position

    async def next(self, patience: float | None, *, takes_more: bool = True) -> bytes | Finished | None:
        """Return the next message or finished post; None after `patience` seconds without one.

        No new message is taken while too many posts wait, or `takes_more` is not set and one waits.
        """
        if self._receiving is None and (
            not self._waiting or (takes_more and len(self._waiting) < MOST_WAITING)
        ):
            self._receiving = asyncio.create_task(_whole(self._socket))
        tasks = [*self._waiting, *([self._receiving] if self._receiving else [])]
        done, _ = await asyncio.wait(tasks, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        for task in self._waiting:
            if task in done:
                finished = Finished(task.result(), self._waiting[task][1])
                del self._waiting[task]
                return finished
        if self._receiving in done:
            received, self._receiving = self._receiving.result(), None
            return received
        return None

    async def close(self) -> None:
        """Give up what is under way; it is read again from the stored position."""
        tasks = [*self._waiting, *([self._receiving] if self._receiving else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _whole(socket: Socket) -> bytes:
    return await socket.receive()
