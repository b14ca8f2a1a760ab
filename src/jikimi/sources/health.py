"""Says in one line how a watch is: a source that has gone quiet is an incident, not peace."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from jikimi.model.post import Position

LIFELESS_AFTER = timedelta(minutes=2)  # four heartbeats of the runner


class Condition(StrEnum):
    """How a watch is."""

    HEALTHY = "healthy"
    SILENT = "silent"  # it runs, but yields less than it should
    FAILING = "failing"  # it cannot read, or it does not run


@dataclass(frozen=True, slots=True)
class Health:
    """A watch's condition and the one line an operator reads about it."""

    condition: Condition
    line: str


def health(position: Position | None, now: datetime, expectation: timedelta | None = None) -> Health:
    """Judge a watch by its last position.

    `expectation` is the longest time without a post that is still normal for this watch; None when
    nobody has said so, and silence then never alarms.
    """
    if position is None:
        return Health(Condition.SILENT, "not started yet: run `jikimi serve`")
    if position.problem:
        return Health(Condition.FAILING, position.problem)
    if now - position.at > LIFELESS_AFTER:
        return Health(
            Condition.FAILING, f"no sign of life for {_length(now - position.at)}: is `jikimi serve` running?"
        )
    newest = position.newest_post_at
    if newest is None:
        line, is_late = "no post so far", expectation is not None
    else:
        line = f"newest post {_length(now - newest)} old"
        is_late = expectation is not None and now - newest > expectation
    if is_late and expectation is not None:
        return Health(
            Condition.SILENT, f"{line}, expected one every {_length(expectation)}: look at the site"
        )
    return Health(Condition.HEALTHY, line)


def _length(span: timedelta) -> str:
    """Return the span in its largest whole unit, such as "3 hours"."""
    seconds = max(0, int(span.total_seconds()))
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} seconds"
