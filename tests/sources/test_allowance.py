"""What a watch may still use, for calls that do not go through its web: counted, in turn, and halted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from jikimi.model.errors import Busy, TryLater
from jikimi.model.post import Bounds, Spent
from jikimi.model.source import Manifest, Tested
from jikimi.sources.allowance import WatchAllowance
from jikimi.sources.pacer import Pacer
from jikimi.sources.purse import Purse

pytestmark = pytest.mark.asyncio
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SLOW = Manifest(
    "slow", "A source", is_push=True, auth="", cost="", terms="", tested=Tested.ITSELF, tested_on="",
    spacing=timedelta(seconds=1),
)  # fmt: skip


class Desk:
    """An allowance, a clock that only waiting moves, and a person who may halt."""

    def __init__(self, bounds: Bounds, manifest: Manifest = SLOW) -> None:
        self.seconds, self.is_halted = 0.0, False
        self.purse = Purse(manifest, bounds, Spent(), lambda: NOON)
        self.allowance = WatchAllowance(
            manifest, self.purse, Pacer(lambda: self.seconds, self._wait), self._check
        )

    async def _wait(self, pause: timedelta) -> None:
        self.seconds += pause.total_seconds()

    async def _check(self) -> None:
        if self.is_halted:
            raise Busy("halted")


async def test_each_call_is_counted_and_waits_for_its_turn() -> None:
    desk = Desk(Bounds(requests=4))
    for _ in range(3):
        await desk.allowance.turn("a.test")
    await desk.allowance.part()  # belongs to the last
    assert (desk.seconds, desk.purse.spent.requests) == (2.0, 4)
    for call in (desk.allowance.turn("b.test"), desk.allowance.part()):
        with pytest.raises(TryLater, match="used up"):
            await call
    assert desk.purse.spent.requests == 4


async def test_a_halted_watch_makes_no_call_and_pays_none() -> None:
    desk = Desk(Bounds())
    desk.is_halted = True
    for call in (desk.allowance.turn("a.test"), desk.allowance.part()):
        with pytest.raises(Busy):
            await call
    assert desk.purse.spent.requests == 0


async def test_a_host_that_asked_for_rest_gets_it() -> None:
    desk = Desk(Bounds())
    desk.allowance.rest("a.test", timedelta(seconds=9))
    await desk.allowance.turn("a.test")
    assert desk.seconds == 9.0


async def test_there_is_room_for_what_the_days_money_still_pays() -> None:
    desk = Desk(Bounds(money=Decimal(2)), replace(SLOW, per_post=Decimal("0.5")))
    assert desk.allowance.room(100) == 4
    desk.allowance.pay(3)
    assert desk.allowance.room(100) == 1
    with pytest.raises(TryLater, match="used up"):
        desk.allowance.room(100, 2)
    assert Desk(Bounds()).allowance.room(100, 10) == 100  # what costs nothing
