"""Health: silence and failure are told apart, in one line."""

from datetime import UTC, datetime, timedelta

import pytest

from jikimi.model.post import Position
from jikimi.sources.health import Condition, health

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def position(age: timedelta = timedelta(0), newest: timedelta | None = None, problem: str = "") -> Position:
    newest_at = None if newest is None else NOW - newest
    return Position("watch", "cursor", NOW - age, newest_post_at=newest_at, problem=problem)


@pytest.mark.parametrize(
    ("last", "expectation", "condition", "line"),
    [
        (None, None, Condition.SILENT, "not started yet: run `jikimi serve`"),
        (position(problem="busy"), None, Condition.FAILING, "busy"),
        (position(3 * HOUR), None, Condition.FAILING,
         "no sign of life for 3 hours: is `jikimi serve` running?"),
        (position(), None, Condition.HEALTHY, "no post so far"),
        (position(), HOUR, Condition.SILENT, "no post so far, expected one every 1 hour: look at the site"),
        (position(newest=HOUR / 60), HOUR, Condition.HEALTHY, "newest post 1 minute old"),
        (position(newest=49 * HOUR), None, Condition.HEALTHY, "newest post 2 days old"),
        (position(newest=2 * HOUR), HOUR, Condition.SILENT,
         "newest post 2 hours old, expected one every 1 hour: look at the site"),
        (position(newest=timedelta(seconds=-5)), HOUR, Condition.HEALTHY, "newest post 0 seconds old"),
    ],
)  # fmt: skip
def test_a_watch_is_judged_in_one_line(
    last: Position | None, expectation: timedelta | None, condition: Condition, line: str
) -> None:
    judged = health(last, NOW, expectation)
    assert (judged.condition, judged.line) == (condition, line)
