"""Reads a pushing source in tests until enough has come."""

import asyncio
from collections.abc import Callable, Sequence

from jikimi.model.ports import Source
from jikimi.model.post import Event


async def read(source: Source, cursor: str, enough: Callable[[list[Event]], bool]) -> list[Event]:
    events: list[Event] = []
    stream = source.stream(cursor)
    async with asyncio.timeout(30):
        while not enough(events):
            events.append(await anext(stream))  # type: ignore[call-overload]  # it is a generator
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
    return events


def has_caught_up(events: Sequence[Event]) -> bool:
    return bool(events) and events[-1].post is None and not events[-1].skipped


def ids(events: Sequence[Event]) -> list[str]:
    return [event.post.id for event in events if event.post]
