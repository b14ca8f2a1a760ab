"""Shares a day's queries over cases by urgency: no case starves, no morning uses it up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import msgspec

from jikimi.model.errors import TryLater
from jikimi.model.source import Search
from jikimi.sources.answers import until_midnight

DAY = timedelta(days=1)
SHORT = 16  # hex digits of a case's key; a cursor holds no words


class Turns(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a day was shared. Part of a cursor, so that a restart spends no more and forgets no turn.

    `cases` holds of each case its place in the round (a virtual time, as in weighted fair queueing: Demers,
    Keshav, Shenker 1989) and how often it was asked for. `day` is the platform's.
    """

    next_at: datetime | None = None
    day: str = ""
    asked: int = 0
    cases: dict[str, tuple[float, int]] = {}


@dataclass(frozen=True, slots=True)
class Pace:
    """How many queries one day may have, and where the platform's day begins."""

    a_day: int
    zone: tzinfo

    @property
    def spacing(self) -> timedelta:
        """Return the pause between two queries."""
        return DAY / max(1, self.a_day)

    def until_reset(self, now: datetime) -> timedelta:
        """Return how long it is until the platform counts from nothing again."""
        return until_midnight(now, self.zone)

    def is_due(self, turns: Turns, now: datetime) -> bool:
        """Tell whether the next query may be made; a clock that was set back must not silence it."""
        return turns.next_at is None or not timedelta(0) < turns.next_at - now <= 2 * self.spacing

    def take(
        self, turns: Turns, searches: Sequence[Search], wheres: Sequence[str], now: datetime
    ) -> tuple[Search, str, Turns]:
        """Return what is asked now, where, and the turns after it. `searches` and `wheres` are not empty.

        TryLater, until the platform's day rolls over, when the day has had its queries.
        """
        day = now.astimezone(self.zone).date().isoformat()
        asked = turns.asked if turns.day == day else 0
        if asked >= self.a_day:
            raise TryLater(f"The day has had its {self.a_day} queries.", self.until_reset(now))
        of_case = _by_case(searches)
        places = _places(turns, of_case)
        chosen = min(of_case, key=lambda case: (places[case][0], -of_case[case][0].urgency, case))
        place, times = places[chosen]
        asks = [(search, where) for search in of_case[chosen] for where in wheres]
        search, where = asks[times % len(asks)]
        places[chosen] = (place + 1 / max(1, search.urgency), times + 1)
        return search, where, Turns(now + self.spacing, day, asked + 1, places)


def _by_case(searches: Sequence[Search]) -> dict[str, list[Search]]:
    found: dict[str, list[Search]] = {}
    for search in searches:
        found.setdefault(search.case[:SHORT], []).append(search)
    return found


def _places(turns: Turns, of_case: Mapping[str, Sequence[Search]]) -> dict[str, tuple[float, int]]:
    """Return the places of the cases that may be asked for; a new one joins beside the next."""
    known = [turns.cases[case][0] for case in of_case if case in turns.cases]
    begin = min(known, default=0.0)
    return {case: turns.cases.get(case, (begin, 0)) for case in of_case}
