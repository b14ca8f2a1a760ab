"""What a source is given counts for its watch, whichever way out it takes, and is shut while it is halted."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "sources"))

from surroundings import web_to

from jikimi.app.deliveries import Postroom
from jikimi.app.making import SourceMaker, WatchPlayers
from jikimi.model.case import Switch
from jikimi.model.errors import Busy
from jikimi.model.outcome import Outcome
from jikimi.model.ports import Allowance
from jikimi.model.post import Bounds, MediaRef, Position, Spent, Watch
from jikimi.sources.pacer import Pacer
from jikimi.sources.robots import Robots
from jikimi.store.keyring import Keyring
from jikimi.store.store import Store
from jikimi.store.writer import close_connection
from jikimi.worker.watches import halt_switch

pytestmark = pytest.mark.asyncio
OPTIONS = {"channels": "street", "api_id": "7", "api_hash": "hush-hash", "session": "hush"}


class Players:
    """Finds nothing, and asks two hosts for that."""

    def check(self) -> None:
        """Have nothing to miss."""

    async def resolve(self, url: str, turn: Callable[[str], Awaitable[None]]) -> tuple[MediaRef, ...]:
        del url
        await turn("a.test")
        await turn("b.test")
        return ()


def maker_of(store: Store, clock: Any, doors: list[Allowance]) -> SourceMaker:
    house: Any = SimpleNamespace(records=store, clock=clock)
    room = Postroom(store.deliveries, Keyring(b"k" * 32), "", close_connection)
    players: Any = Players()
    return SourceMaker(
        house, web_to(), room, players, lambda _, allowance: doors.append(allowance), close_connection,
        Robots(web_to(), clock), Pacer(lambda: 0.0, _no_pause),
    )  # fmt: skip


async def _no_pause(_: object) -> None:
    """Wait for nothing."""


async def halt(store: Store, clock: Any, *, is_on: bool) -> None:
    switch = Switch(halt_switch(watch="street"), is_on=is_on, by="ada", at=clock())
    await asyncio.to_thread(store.apply, Outcome(records=(switch,)), by="ada")


async def test_files_and_players_are_counted_for_the_watch_and_shut_while_it_is_halted(
    store: Store, clock: Any
) -> None:
    watch, doors = Watch("street", "telegram", OPTIONS, "", "ada", clock()), list[Allowance]()
    maker = maker_of(store, clock, doors)
    _, purse = maker(watch, Spent(clock().date(), requests=5))
    (door,) = doors
    players = WatchPlayers(maker.players, door)
    await door.turn("telegram")
    await door.part()
    await players.resolve("https://a.test/film")
    assert purse.spent.requests == 5 + 4
    await halt(store, clock, is_on=True)
    for call in (door.turn("telegram"), door.part(), players.resolve("https://a.test/film")):
        with pytest.raises(Busy, match="street is halted"):
            await call
    assert purse.spent.requests == 9
    await halt(store, clock, is_on=False)
    await door.part()
    await asyncio.to_thread(maker.postroom.close)


async def test_before_a_watch_is_read_its_files_are_counted_from_where_it_stood(
    store: Store, clock: Any
) -> None:
    watch = Watch("street", "telegram", OPTIONS, "", "ada", clock(), bounds=Bounds(requests=6))
    spent = Spent(clock().date(), requests=5)
    position = replace(Position("street", "{}", clock()), spent=spent)
    await asyncio.to_thread(store.apply, Outcome(position=position), by="watch street")
    maker = maker_of(store, clock, [])
    door = await asyncio.to_thread(maker.stored_allowance, watch)
    await door.part()
    with pytest.raises(Exception, match="6 requests a day"):
        await door.part()
    await asyncio.to_thread(maker.postroom.close)
