"""Health: silence and failure are told apart, in one line."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jikimi.model.post import Bounds, Position, Spent
from jikimi.sources.health import Condition, health

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def position(age: timedelta = timedelta(0), newest: timedelta | None = None, problem: str = "") -> Position:
    newest_at = None if newest is None else NOW - newest
    return Position("watch", "cursor", NOW - age, newest_post_at=newest_at, problem=problem)


@pytest.mark.parametrize(
    ("last", "posts", "condition", "line"),
    [
        (None, None, Condition.SILENT, "not started yet: run `jikimi serve`"),
        (position(problem="busy"), None, Condition.FAILING, "busy"),
        (position(3 * HOUR), None, Condition.FAILING,
         "no sign of life for 3 hours: is `jikimi serve` running?"),
        (position(), None, Condition.HEALTHY, "no post so far"),
        (position(), 24, Condition.SILENT, "no post so far, expected one every 1 hour: look at the site"),
        (position(newest=HOUR / 60), 24, Condition.HEALTHY, "newest post 1 minute old"),
        (position(newest=49 * HOUR), None, Condition.HEALTHY, "newest post 2 days old"),
        (position(newest=9 * HOUR), 24, Condition.HEALTHY, "newest post 9 hours old"),
        (position(newest=11 * HOUR), 24, Condition.SILENT,
         "newest post 11 hours old, expected one every 1 hour: look at the site"),
        (position(newest=25 * HOUR), 1, Condition.SILENT,
         "newest post 1 day old, expected one every 1 day: look at the site"),
        (position(newest=HOUR / 15), 1_000_000, Condition.HEALTHY, "newest post 4 minutes old"),
        (position(newest=HOUR / 10), 1_000_000, Condition.SILENT,
         "newest post 6 minutes old, expected one every 0 seconds: look at the site"),
        (position(newest=timedelta(seconds=-5)), 24, Condition.HEALTHY, "newest post 0 seconds old"),
    ],
)  # fmt: skip
def test_a_watch_is_judged_in_one_line(
    last: Position | None, posts: int | None, condition: Condition, line: str
) -> None:
    judged = health(last, NOW, Bounds(posts=posts) if posts else None)
    assert (judged.condition, judged.line) == (condition, line)


@pytest.mark.parametrize(("today", "before", "is_alarm"), [(60, 100, False), (20, 100, True), (20, 0, False)])
def test_fewer_posts_in_a_day_than_are_normal_alarm(today: int, before: int, *, is_alarm: bool) -> None:
    spent = Spent(NOW.date(), posts=today, before=before)  # it is noon: half of yesterday's count
    judged = health(replace(position(newest=HOUR / 60), spent=spent), NOW, Bounds(posts=100))
    assert judged.is_alarm is is_alarm
    assert is_alarm is ("70 posts in 24 hours, expected 100" in judged.line)


def test_what_a_person_halted_is_no_alarm() -> None:
    judged = health(position(3 * HOUR), NOW, is_halted=True)
    assert (judged.condition, judged.is_alarm) == (Condition.HALTED, False)
