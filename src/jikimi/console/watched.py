"""What the console shows of each watch: its condition, what it used today, and what slipped away."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from jikimi.flow.reading import contact_of, priority_of
from jikimi.model.ports import House
from jikimi.model.post import Position, Priority, Spent, Watch
from jikimi.model.source import Gap
from jikimi.sources.health import Condition, Health
from jikimi.worker.watches import Judged, judged_watches

SHOWN_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Watched:
    """One line of the page."""

    watch: Watch
    position: Position | None
    found: Health
    contact: str
    priority: Priority
    spent: Spent
    gaps: int  # of the last seven days that were not filled

    @property
    def is_halted(self) -> bool:
        """Tell whether a person stopped it."""
        return self.found.condition is Condition.HALTED


def watched(house: House) -> list[Watched]:
    """Return every watch that was not ended, by name."""
    return [_line(one, house) for one in judged_watches(house)]


def alarms(house: House) -> int:
    """Return how many watches are silent or failing."""
    return sum(one.health.is_alarm for one in judged_watches(house))


def _line(one: Judged, house: House) -> Watched:
    watch, position, now = one.watch, one.position, house.clock()
    is_today = position is not None and position.spent.day == now.date()
    return Watched(
        watch=watch,
        position=position,
        found=one.health,
        contact=contact_of(watch.name, house),
        priority=priority_of(watch.name, house),
        spent=position.spent if position and is_today else Spent(now.date()),
        gaps=_open_gaps(watch.name, now, house),
    )


def _open_gaps(name: str, now: datetime, house: House) -> int:
    gaps = house.records.find(Gap, parent=name)
    return sum(not gap.is_filled and now - gap.until < SHOWN_FOR for gap in gaps)
