"""Gives sources the words that may leave the house, and writes down each of them before it does."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from jikimi.flow.searching import note_query, searches_due
from jikimi.model.ports import House
from jikimi.model.source import Query, Search

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HouseSearches:
    """The Searches port (see model/ports.py), from the records. It carries words and no picture.

    `after` runs on the thread that read the records, when it is done.
    """

    house: House
    after: Callable[[], None]

    async def due(self, engine: str) -> tuple[Search, ...]:
        """Return what may be asked now, the most urgent first; the same words for every engine."""
        del engine
        return await self._in_thread(lambda: searches_due(self.house))

    async def note(self, query: Query) -> None:
        """Write down that words leave; TryLater when they may not."""
        await self._in_thread(lambda: note_query(self.house, query))

    async def _in_thread(self, read: Callable[[], T]) -> T:
        def reading() -> T:
            try:
                return read()
            finally:
                self.after()

        return await asyncio.to_thread(reading)
