"""Kaplan-Meier against textbook values, and tables that hold back what few people stand behind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jikimi.model.spell import Spell, Stay
from jikimi.model.standing import Standing
from jikimi.removal.figures import (
    FEWEST,
    OTHERS,
    By,
    before_this_month,
    removal_curve,
    return_curve,
    row_of,
    stays_of,
    table_of,
)
from jikimi.removal.survival import survival

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

# Freireich et al., Blood 21 (1963) 699: weeks of remission with 6-MP and with placebo; "+" is censored.
TREATED = [
    "6", "6", "6", "6+", "7", "9+", "10", "10+", "11+", "13", "16", "17+", "19+", "20+", "22", "23", "25+",
    "32+", "32+", "34+", "35+",
]  # fmt: skip
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def test_the_textbook_sample_gives_the_textbook_curve() -> None:
    curve = survival([float(one.rstrip("+")) for one in TREATED], [not one.endswith("+") for one in TREATED])
    assert curve.times == (6, 7, 10, 13, 16, 22, 23)
    assert [round(one, 3) for one in curve.shares] == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert (curve.median, curve.count, curve.ended) == (23, 21, 9)
    assert curve.censored == pytest.approx(12 / 21)


def test_without_censoring_it_is_the_plain_share() -> None:
    curve = survival([float(one) for one in PLACEBO], [True] * 21)
    assert curve.median == 8
    for time, share in zip(curve.times, curve.shares, strict=True):
        assert share == pytest.approx(sum(one > time for one in PLACEBO) / 21)


def test_there_is_no_median_while_more_than_half_last() -> None:
    assert survival([1, 2, 3, 4], [True, False, False, False]).median is None
    assert survival([], []).median is None
    with pytest.raises(ValueError, match="at least 0"):
        survival([-1.0], [True])


@given(st.lists(st.tuples(st.floats(0, 1000), st.booleans()), max_size=40))
def test_the_curve_only_falls_and_stays_between_one_and_nothing(sample: list[tuple[float, bool]]) -> None:
    curve = survival([one for one, _ in sample], [ended for _, ended in sample])
    assert all(0 <= b <= a <= 1 for a, b in zip((1.0, *curve.shares), curve.shares, strict=False))


def spell(host: str = "a.invalid", hours: float | None = 5, **changes: object) -> Spell:
    gone = None if hours is None else NOW + hours * HOUR + timedelta(days=1)
    missing = None if hours is None else NOW + hours * HOUR
    made = Spell(host, "website", "KR", "kr", NOW, gone or NOW + 90 * HOUR, missing, gone, None, 1, 0)
    return replace(made, **changes)  # type: ignore[arg-type]


def test_time_to_removal_ends_with_the_first_look_that_missed_it() -> None:
    curve = removal_curve([spell(hours=h) for h in (1, 2, 3, 4, 5)])
    assert (curve.median, curve.censored) == (3, 0)
    curve = removal_curve([spell(hours=1), spell(hours=2), *[spell(hours=None)] * 3])
    assert (curve.median, curve.censored, curve.longest) == (None, 0.6, 90)


def test_a_copy_that_is_missing_and_not_verified_counts_until_it_was_missed() -> None:
    missed = spell(hours=None, missing_at=NOW + 2 * HOUR)
    assert removal_curve([missed]).longest == 2
    curve = removal_curve([missed, missed, spell(hours=5)])
    assert curve.median == 5


def test_a_half_life_counts_only_what_was_gone() -> None:
    back = NOW + timedelta(days=3)
    again = [spell(returned_at=back), *[spell(hours=None)] * 4]
    curve = return_curve(again)
    assert (curve.count, curve.ended, curve.median) == (1, 1, 43)


def test_small_rows_are_joined_and_the_joined_row_is_not_small() -> None:
    spells = [*[spell("a.invalid")] * 9, *[spell("b.invalid")] * 6, *[spell("c.invalid")] * 2]
    table = table_of(spells, By.HOST)
    assert [(row.name, row.spells) for row in table.rows] == [("a.invalid", 9), (OTHERS, 8)]
    assert table.total is not None
    assert table.total.spells == 17


@given(st.lists(st.sampled_from("abcdefgh"), max_size=60))
def test_nothing_small_can_be_told_from_what_is_shown(hosts: list[str]) -> None:
    table = table_of([spell(host) for host in hosts], By.HOST)
    assert all(row.spells >= FEWEST for row in table.rows)
    if table.total is not None and table.rows:
        assert sum(row.spells for row in table.rows) == table.total.spells == len(hosts)
    if table.total is None:
        assert len(hosts) < FEWEST


def test_a_small_part_of_a_row_and_what_it_leaves_are_held_back() -> None:
    row = row_of("a", [*[spell(hours=None)] * 8, *[spell()] * 2])
    assert (row.removed, row.censored, row.requests, row.removal) == (None, None, None, None)
    row = row_of("a", [*[spell(hours=None)] * 2, *[spell()] * 8])
    assert row.removed is None
    row = row_of("a", [*[spell(hours=None, refusals=2, notices=3)] * 5, *[spell()] * 10])
    assert (row.removed, row.censored, row.refused, row.requests) == (10, 1 / 3, 1 / 3, 2.5)


def test_a_count_that_is_held_back_cannot_be_told_from_the_total_and_the_other_rows() -> None:
    spells = [*[spell("a.invalid")] * 20, *[spell("b.invalid")] * 2, *[spell("b.invalid", hours=None)] * 8]
    spells += [*[spell("c.invalid")] * 6, *[spell("c.invalid", hours=None)] * 6]
    table = table_of(spells, By.HOST)
    assert [(row.name[0], row.removed) for row in table.rows] == [("a", 20), ("c", None), ("b", None)]
    assert [row.censored for row in table.rows] == [0, None, None]
    assert table.total is not None
    assert table.total.removed == 28


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans(), st.booleans()), max_size=80))
def test_no_small_count_can_be_told_by_taking_rows_from_the_total(
    sample: list[tuple[str, bool, bool]],
) -> None:
    spells = [
        spell(host, hours=5 if ended else None, refusals=int(no), returned_at=NOW + 99 * HOUR if no else None)
        for host, ended, no in sample
    ]
    table = table_of(spells, By.HOST)
    if table.total is None or table.total.removed is None:
        return
    hidden = [row for row in table.rows if row.removed is None]
    shown = [row for row in table.rows if row.removed is not None]
    left = table.total.removed - sum(row.removed or 0 for row in shown)
    whole = sum(row.spells for row in hidden)
    if hidden and shown:
        assert left == 0 or left >= FEWEST
        assert whole == left or whole - left >= FEWEST
        assert len(hidden) > 1


def test_stays_are_counted_by_standing_and_small_ones_left_out() -> None:
    asked = [Stay("a", Standing.ASKED, NOW, NOW + h * HOUR) for h in (1, 2, 3, 4, 5)]
    back = [Stay("a", Standing.BACK, NOW, None)] * 4
    (row,) = stays_of([*asked, *back], NOW + 9 * HOUR)
    assert (row.standing, row.stays, row.median, row.censored) == (Standing.ASKED, 5, 3, 0)


def test_what_is_published_ends_with_the_last_month() -> None:
    old, new = spell(requested_at=NOW - timedelta(days=9)), spell()
    assert before_this_month([old, new], NOW) == (old,)
