"""What a watch may still use today, for calls that do not go through its polite web."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from jikimi.model.source import Manifest
from jikimi.sources.pacer import Pacer
from jikimi.sources.purse import Purse


@dataclass(frozen=True, slots=True)
class WatchAllowance:
    """The Allowance port (see model/ports.py) of one watch, out of the purse that its web pays from, too.

    `check` raises Busy while a person halts the watch; it is asked last, just before the call.
    """

    manifest: Manifest
    purse: Purse
    pacer: Pacer
    check: Callable[[], Awaitable[None]]

    async def turn(self, host: str) -> None:
        """Count one call and wait for its turn at a host."""
        await self.pacer.turn(host, self.manifest.spacing)
        await self.part()

    async def part(self) -> None:
        """Count one call that waits for no turn."""
        await self.check()
        self.purse.pay_request()

    def rest(self, host: str, length: timedelta) -> None:
        """Leave a host alone for a while."""
        self.pacer.rest(host, length)

    def room(self, most: int, least: int = 1) -> int:
        """Return how many posts may still be paid today."""
        return self.purse.room(most, least)

    def pay(self, posts: int) -> None:
        """Count the money of all posts of one answer."""
        self.purse.pay(posts)
