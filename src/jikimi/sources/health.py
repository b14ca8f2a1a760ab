"""Says in one line how a watch is: a source that has gone quiet is an incident, not peace."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from jikimi.model.post import Bounds, Position, Spent

LIFELESS_AFTER = timedelta(minutes=2)  # four heartbeats of the runner
DAY = timedelta(days=1)
QUIET_FOR = 10  # mean pauses between posts; by chance alone it is that quiet once in 22,000 pauses
SHORTEST_QUIET = timedelta(minutes=5)


class Condition(StrEnum):
    """How a watch is."""

    HEALTHY = "healthy"
    SILENT = "silent"  # it runs, but yields less than it should
    FAILING = "failing"  # it cannot read, or it does not run
    HALTED = "halted"  # a person stopped it


ALARMS = frozenset({Condition.SILENT, Condition.FAILING})


@dataclass(frozen=True, slots=True)
class Health:
    """A watch's condition and the one line an operator reads about it."""

    condition: Condition
    line: str

    @property
    def is_alarm(self) -> bool:
        """Tell whether somebody should look."""
        return self.condition in ALARMS


def health(
    position: Position | None, now: datetime, bounds: Bounds | None = None, *, is_halted: bool = False
) -> Health:
    """Judge a watch by its last position, and by how many posts a day somebody said are normal.

    Nobody having said so, silence never alarms. Else it does when nothing came for ten times the mean pause
    (five minutes to a day), or when the last 24 hours brought fewer posts than a day should.
    """
    if is_halted:
        return Health(Condition.HALTED, "halted by a person: jikimi watch resume")
    if position is None:
        return Health(Condition.SILENT, "not started yet: run `jikimi serve`")
    if position.problem:
        return Health(Condition.FAILING, position.problem)
    if now - position.at > LIFELESS_AFTER:
        return Health(
            Condition.FAILING, f"no sign of life for {_length(now - position.at)}: is `jikimi serve` running?"
        )
    newest = position.newest_post_at
    line = "no post so far" if newest is None else f"newest post {_length(now - newest)} old"
    too_few = _too_few(position, now, bounds.posts if bounds else 0)
    return Health(Condition.SILENT, f"{line}, {too_few}") if too_few else Health(Condition.HEALTHY, line)


def _too_few(position: Position, now: datetime, expected: int) -> str:
    """Return what is missing, "" when a watch yields what it should."""
    if not expected:
        return ""
    quiet = min(max(DAY / expected * QUIET_FOR, SHORTEST_QUIET), DAY)
    if position.newest_post_at is None or now - position.newest_post_at > quiet:
        return f"expected one every {_length(DAY / expected)}: look at the site"
    came = _last_day(position.spent, now)
    if position.spent.before and came < expected:
        return f"{came} posts in 24 hours, expected {expected}: look at the site"
    return ""


def _last_day(spent: Spent, now: datetime) -> int:
    """Return about how many posts the last 24 hours brought: today's, and the rest of yesterday's share."""
    midnight = datetime.combine(now.astimezone(UTC).date(), datetime.min.time(), UTC)
    if spent.day != midnight.date():
        return spent.posts
    return spent.posts + round(spent.before * (1 - (now - midnight) / DAY))


def _length(span: timedelta) -> str:
    """Return the span in its largest whole unit, such as "3 hours"."""
    seconds = max(0, int(span.total_seconds()))
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} seconds"
