"""A day's queries: shared by urgency, spread over the day, remembered, never more than it has."""

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jikimi.model.errors import TryLater
from jikimi.model.source import Search
from jikimi.sources.answers import until_midnight, wait_asked_for
from jikimi.sources.turns import Pace, Turns

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KOREA = timezone(timedelta(hours=9))
PACIFIC = ZoneInfo("America/Los_Angeles")


def searches(**urgencies: int) -> tuple[Search, ...]:
    return tuple(Search(case, f'"{case}"', urgency) for case, urgency in urgencies.items())


def asked(
    pace: Pace, due: tuple[Search, ...], times: int, turns: Turns | None = None
) -> tuple[Counter[str], Turns]:
    counts, turns, now = Counter[str](), turns or Turns(), NOON
    for _ in range(times):
        search, _, turns = pace.take(turns, due, ("web",), now)
        turns = msgspec.json.decode(msgspec.json.encode(turns), type=Turns)  # as after a restart
        counts[search.case] += 1
        now += pace.spacing
    return counts, turns


def test_cases_are_asked_for_in_proportion_to_their_urgency() -> None:
    counts, _ = asked(Pace(1_000, UTC), searches(child=5, old=1, new=3), 900)
    assert [counts[case] for case in ("child", "old", "new")] == pytest.approx([500, 100, 300], abs=2)


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 10), min_size=1, max_size=8))
def test_no_case_starves_whatever_the_others_are(urgencies: dict[str, int]) -> None:
    total = sum(max(1, urgency) for urgency in urgencies.values())
    counts, _ = asked(Pace(10_000, UTC), searches(**urgencies), 2 * total)
    assert all(counts[case] for case in urgencies)


def test_a_new_case_joins_beside_the_others_and_does_not_catch_up_on_the_past() -> None:
    _, turns = asked(Pace(10_000, UTC), searches(a=1, b=1), 200)
    counts, _ = asked(Pace(10_000, UTC), searches(a=1, b=1, c=1), 30, turns)
    assert all(9 <= counts[case] <= 11 for case in "abc")


def test_every_query_of_a_case_comes_everywhere_before_one_comes_again() -> None:
    due = (Search("a", "one"), Search("a", "two"))
    turns, seen = Turns(), list[tuple[str, str]]()
    for _ in range(4):
        search, where, turns = Pace(100, UTC).take(turns, due, ("web", "image"), NOON)
        seen.append((search.words, where))
    assert len(set(seen)) == 4


def test_a_closed_case_leaves_the_cursor_and_the_cursor_holds_no_words() -> None:
    _, turns = asked(Pace(100, UTC), searches(a=1, b=1), 6)
    _, _, turns = Pace(100, UTC).take(turns, searches(a=1), ("web",), NOON)
    assert set(turns.cases) == {"a"}
    assert b'\\"' not in msgspec.json.encode(turns)


def test_queries_are_spread_over_the_day() -> None:
    pace = Pace(100, UTC)
    _, _, turns = pace.take(Turns(), searches(a=1), ("web",), NOON)
    assert not pace.is_due(turns, NOON + pace.spacing - timedelta(seconds=1))
    assert pace.is_due(turns, NOON + pace.spacing)
    assert pace.is_due(turns, NOON - timedelta(days=30))  # the clock was set back


def test_when_the_day_is_used_up_it_goes_on_at_the_platforms_midnight() -> None:
    pace = Pace(3, KOREA)
    turns = Turns(day="2026-11-22", asked=3)
    with pytest.raises(TryLater) as caught:
        pace.take(turns, searches(a=1), ("web",), NOON)
    assert caught.value.after == timedelta(hours=3)  # 21:00 in Seoul
    _, _, turns = pace.take(turns, searches(a=1), ("web",), NOON + timedelta(hours=3))
    assert (turns.day, turns.asked) == ("2026-11-23", 1)


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 11, 22, 12, tzinfo=UTC), 20),
        (datetime(2026, 3, 8, 8, tzinfo=UTC), 23),  # the day on which the clocks go forward
        (datetime(2026, 11, 1, 7, tzinfo=UTC), 25),
    ],
)
def test_midnight_in_pacific_time_knows_summer_time(now: datetime, hours: int) -> None:
    assert until_midnight(now, PACIFIC) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"x-ratelimit-remaining": "0, 900", "x-ratelimit-reset": "1, 86000"}, 1),
        ({"x-ratelimit-remaining": "1, 0", "x-ratelimit-reset": "1, 3600"}, 3600),
        ({"x-ratelimit-remaining": "0, 0", "x-ratelimit-reset": "1, 1419704"}, 86400),
        ({"x-ratelimit-remaining": "nonsense", "x-ratelimit-reset": "1"}, None),
        ({}, None),
    ],
)
def test_a_server_that_asks_us_to_wait_is_understood(headers: dict[str, str], seconds: int | None) -> None:
    assert wait_asked_for(headers, NOON) == (None if seconds is None else timedelta(seconds=seconds))
