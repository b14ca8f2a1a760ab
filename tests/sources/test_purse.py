"""What a watch may use a day: counted before it is used, and never more than somebody allowed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from scripted_source import Kept, Script, anchored, event, run_with

from jikimi.model.errors import Misconfigured, TryLater
from jikimi.model.post import Bounds, Position, Spent
from jikimi.model.source import Manifest, Tested
from jikimi.sources.purse import Purse

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FREE = Manifest(
    "quiet", "A source", is_push=False, auth="", cost="none", terms="", tested=Tested.ITSELF, tested_on=""
)
DEAR = replace(FREE, name="dear", cost="$0.005 a post", per_post=Decimal("0.005"))


class Day:
    now = NOON

    def __call__(self) -> datetime:
        return self.now


def test_a_days_requests_end_at_what_was_allowed_and_begin_anew_at_midnight() -> None:
    day = Day()
    purse = Purse(FREE, Bounds(requests=2), Spent(), day)
    purse.pay_request()
    purse.pay_request()
    with pytest.raises(TryLater, match="2 requests a day") as caught:
        purse.pay_request()
    assert caught.value.after == timedelta(hours=12)
    day.now += timedelta(hours=12)
    purse.pay_request()
    assert purse.spent == Spent(day.now.date(), requests=1)


def test_the_platforms_own_limit_holds_where_nobody_typed_one() -> None:
    purse = Purse(replace(FREE, requests=1), Bounds(), Spent(), Day())
    purse.pay_request()
    with pytest.raises(TryLater):
        purse.pay_request()


def test_what_was_spent_before_a_restart_counts() -> None:
    purse = Purse(FREE, Bounds(requests=5), Spent(NOON.date(), requests=5), Day())
    with pytest.raises(TryLater):
        purse.pay_request()


def test_a_source_that_costs_money_runs_only_with_a_limit() -> None:
    with pytest.raises(Misconfigured, match="--money"):
        Purse(DEAR, Bounds(), Spent(), Day())


def test_requests_that_cost_stop_before_the_limit_is_passed() -> None:
    dear = replace(FREE, per_request=Decimal("0.005"))
    purse = Purse(dear, Bounds(money=Decimal("0.012")), Spent(), Day())
    purse.pay_request()
    purse.pay_request()
    with pytest.raises(TryLater, match=r"0\.012 US dollars"):
        purse.pay_request()
    assert purse.spent.money == Decimal("0.010")


def test_yesterdays_posts_are_remembered_for_one_day() -> None:
    day = Day()
    purse = Purse(FREE, Bounds(), Spent(NOON.date(), posts=7), day)
    day.now += timedelta(days=1)
    assert purse.spent == Spent(day.now.date(), before=7)
    day.now += timedelta(days=2)
    assert purse.spent == Spent(day.now.date())


@pytest.mark.asyncio
async def test_a_watch_stops_reading_at_its_money_and_goes_on_the_next_day() -> None:
    source = Script([event("a"), event("b"), event("c")], [event("c"), event("d")])
    source.manifest = replace(source.manifest, per_post=Decimal(1), cost="$1 a post")
    bounds = Bounds(money=Decimal(2))

    def enough(kept: Kept) -> bool:
        return kept.ids[-1:] == ["d"]

    kept, time = await run_with(source, enough, bounds, anchored())
    assert kept.ids == ["a", "b", "c", "d"]
    assert source.taken == 4
    at = {position.spent.day: position for _, position in kept.calls}
    assert [position.spent.money for position in at.values()] == [Decimal(2), Decimal(2)]
    assert time.now.date() == NOON.date() + timedelta(days=1)
    assert any("used up" in problem for problem in kept.problems)
    assert isinstance(kept.calls[-1][1], Position)
