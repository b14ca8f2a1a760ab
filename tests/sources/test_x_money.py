"""Watching X within a day's money: a page of a search is asked for no larger than the day still pays."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import pytest_asyncio
from scripted_source import Kept, anchored
from scripted_x import RULE, ScriptedX
from surroundings import around

from jikimi.model.errors import Misconfigured
from jikimi.model.post import Bounds, Spent
from jikimi.model.source import Options
from jikimi.sources.allowance import WatchAllowance
from jikimi.sources.pacer import Pacer
from jikimi.sources.purse import Purse
from jikimi.sources.runner import run_watch
from jikimi.sources.x import X
from jikimi.sources.x_post import id_at

pytestmark = pytest.mark.asyncio
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Watch = Callable[[str, Callable[[Kept], bool]], Awaitable[Kept]]


async def nobody_halts() -> None:
    """Let everything be asked."""


async def no_pause(pause: timedelta) -> None:
    await asyncio.sleep(0 if pause < timedelta(seconds=30) else 30)


@pytest.fixture
def server() -> ScriptedX:
    return ScriptedX("hush")


@pytest_asyncio.fixture
async def watch(server: ScriptedX) -> AsyncIterator[Watch]:
    clock = lambda: START  # noqa: E731  # too short for a name
    async with server.opened(clock) as (url, web):

        async def reading(money: str, enough: Callable[[Kept], bool]) -> Kept:
            purse = Purse(X.manifest, Bounds(money=Decimal(money)), Spent(), clock)
            allowance = WatchAllowance(X.manifest, purse, Pacer(), nobody_halts)
            options = Options(X.manifest, {"api": url, "token": "hush", "rules": RULE})
            source = X(options, around(web, clock=clock, allowance=allowance))
            stop = asyncio.Event()
            kept = Kept(stop, enough)
            async with asyncio.timeout(30):
                await run_watch(
                    source, kept, watch="watch", stop=stop, clock=clock, random=random.Random(1),
                    position=anchored(str(id_at(START - timedelta(hours=1)))), purse=purse, wait=no_pause,
                )  # fmt: skip
            return kept

        yield reading


def is_used_up(kept: Kept) -> bool:
    return "used up" in kept.problems[-1]


def money(kept: Kept) -> Decimal:
    return kept.calls[-1][1].spent.money


@pytest.mark.parametrize(
    ("allowed", "pages", "spent"),
    [
        ("0.10", ["20"], "0.10"),
        ("0.52", ["100"], "0.50"),  # four posts are fewer than X gives a page
        ("0.58", ["100", "16"], "0.58"),
    ],
)
async def test_a_search_never_costs_more_than_the_day_may(
    server: ScriptedX, watch: Watch, allowed: str, pages: list[str], spent: str
) -> None:
    for number in range(150):
        await server.put_up(START - timedelta(seconds=900 - number))
    kept = await watch(allowed, is_used_up)
    assert [asked["max_results"] for asked in server.searches] == pages
    assert money(kept) == Decimal(spent)
    assert len(kept.ids) == Decimal(spent) / X.manifest.per_post  # all that was paid was read


async def test_what_a_page_holds_is_paid_though_it_cannot_be_read(server: ScriptedX, watch: Watch) -> None:
    await server.put_up(START - timedelta(seconds=300))
    broken = await server.put_up(START - timedelta(seconds=299))
    server.posts[-1]["data"] = {"id": broken, "text": 7}
    kept = await watch("1.00", lambda kept: len(kept.ids) == 1)
    assert money(kept) == Decimal("0.010")


async def test_a_bound_that_pays_no_page_is_named(server: ScriptedX, watch: Watch) -> None:
    kept = await watch("0.04", lambda kept: "jikimi watch bound" in kept.problems[-1])
    assert server.searches == []
    assert kept.problems[-1].startswith("x is asked for 10 posts at least, which cost 0.050 US dollars")
    with pytest.raises(Misconfigured):
        Purse(X.manifest, Bounds(money=Decimal("0.04")), Spent(), lambda: START).room(100, 10)
