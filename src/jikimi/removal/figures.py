"""Makes tables of spells that may be shown: medians, shares, requests; small cells are held back."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from jikimi.model.spell import Spell, Stay
from jikimi.model.standing import Standing
from jikimi.removal.survival import Curve, survival

FEWEST: Final = 5
"""A count from 1 to 4 is never shown, nor what could be told from it."""
HOUR: Final = 3600.0
OTHERS: Final = "*"
"""The name of the row that stands for all that are too small to show."""


class By(StrEnum):
    """What spells are told apart by."""

    HOST = "host"
    PLATFORM = "platform"
    COUNTRY = "country"
    REGIME = "regime"


NAMES: Final[dict[By, Callable[[Spell], str]]] = {
    By.HOST: lambda spell: spell.host,
    By.PLATFORM: lambda spell: spell.platform,
    By.COUNTRY: lambda spell: spell.country,
    By.REGIME: lambda spell: spell.regime,
}


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of some spells. None stands for what is not known yet or held back.

    Times are in hours: `removal` the median from the first request until it was missing, `half_life` the
    median from gone until there again. `censored` is the share still there when it was looked at last.
    `refused` is the share to which the other side said no. `requests` is how many went out for one removal.
    """

    name: str
    spells: int
    removed: int | None
    censored: float | None
    removal: float | None
    requests: float | None
    refused: float | None
    returned: int | None
    half_life: float | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows by what they are told apart by, the largest first, then the others in one, then all of them."""

    by: By
    rows: tuple[Row, ...]
    total: Row | None


@dataclass(frozen=True, slots=True)
class StayRow:
    """How long copies were in one standing: median hours, how many, the share that still is."""

    standing: Standing
    stays: int
    median: float | None
    censored: float | None


HELD_BACK: Final[dict[str, Callable[[Row], Row]]] = {
    "removed": lambda row: replace(row, removed=None, censored=None, requests=None),
    "refused": lambda row: replace(row, refused=None),
    "returned": lambda row: replace(row, returned=None),
}
"""How a count is held back: with all that it could be told from."""


def table_of(spells: Sequence[Spell], by: By) -> Table:
    """Return one table. Rows of fewer than five spells are joined; the joined row has five or more, too.

    Where it has not, the smallest of the shown rows joins it. So nobody can tell a hidden row by taking the
    shown ones from the total; nor a count inside a row, see `_covered`.
    """
    groups: dict[str, list[Spell]] = defaultdict(list)
    for spell in spells:
        groups[NAMES[by](spell)].append(spell)
    ordered = sorted(groups.items(), key=lambda one: (-len(one[1]), one[0]))
    shown = [one for one in ordered if len(one[1]) >= FEWEST]
    pooled = [spell for _, group in ordered if len(group) < FEWEST for spell in group]
    while pooled and len(pooled) < FEWEST and shown:
        pooled += shown.pop()[1]
    if len(pooled) >= FEWEST:
        shown.append((OTHERS, pooled))
    total = row_of("", spells) if len(spells) >= FEWEST else None
    return Table(by, _covered([(row_of(name, group), group) for name, group in shown], total), total)


def _covered(rows: Sequence[tuple[Row, Sequence[Spell]]], total: Row | None) -> tuple[Row, ...]:
    """Hold back more counts where one that is held back could be told from the total and the other rows.

    Then those of the smallest rows are held back, too, until one among them need not be small, and all
    that are held back are together no small count either.
    """
    found = [row for row, _ in rows]
    for count, held_back in HELD_BACK.items():
        if total is None or getattr(total, count) is None:
            continue
        parts = [_part(count, group) for _, group in rows]
        hidden = {number for number, row in enumerate(found) if getattr(row, count) is None}
        others = sorted(set(range(len(found))) - hidden, key=lambda number: (found[number].spells, number))
        is_told = bool(hidden)
        while is_told and others:
            hidden.add(others.pop(0))
            is_told = _shown(*(sum(parts[number][side] for number in hidden) for side in (0, 1))) is None
        for number in hidden:
            found[number] = held_back(found[number])
    return tuple(found)


def _part(count: str, spells: Sequence[Spell]) -> tuple[int, int]:
    """Return how many of some spells were removed, refused or came back, and of how many."""
    if count == "refused":
        return sum(spell.refusals > 0 for spell in spells), len(spells)
    curve = removal_curve(spells) if count == "removed" else return_curve(spells)
    return curve.ended, curve.count


def row_of(name: str, spells: Sequence[Spell]) -> Row:
    """Return the figures of at least five spells."""
    curve, again = removal_curve(spells), return_curve(spells)
    removed = _shown(curve.ended, curve.count)
    refused = _shown(sum(spell.refusals > 0 for spell in spells), len(spells))
    returned = _shown(again.ended, again.count)
    return Row(
        name=name,
        spells=len(spells),
        removed=removed,
        censored=None if removed is None else curve.censored,
        removal=curve.median if curve.ended >= FEWEST else None,
        requests=sum(spell.notices for spell in spells) / removed if removed else None,
        refused=None if refused is None else refused / len(spells),
        returned=returned,
        half_life=again.median if again.ended >= FEWEST else None,
    )


def _shown(part: int, whole: int) -> int | None:
    """Return a count unless it, or what it leaves of the whole, is small enough to point at somebody."""
    return None if any(0 < one < FEWEST for one in (part, whole - part)) else part


def removal_curve(spells: Iterable[Spell]) -> Curve:
    """Return how long copies stay up after the first request; those not verified gone are censored."""
    pairs = [(_hours(s.requested_at, _end(s)), s.gone_at is not None) for s in spells]
    return survival([hours for hours, _ in pairs], [ended for _, ended in pairs])


def _end(spell: Spell) -> datetime:
    """Return when it was missing first; else when somebody saw it last.

    One that is missing and not verified is censored there: nobody saw it since.
    """
    return spell.missing_at or spell.gone_at or spell.seen_at


def return_curve(spells: Iterable[Spell]) -> Curve:
    """Return how long copies that are gone stay away; those not seen again are censored at the last look."""
    gone = [
        (spell.gone_at, spell.returned_at or spell.seen_at, spell.returned_at is not None)
        for spell in spells
        if spell.gone_at
    ]
    return survival([_hours(since, until) for since, until, _ in gone], [is_back for *_, is_back in gone])


def stays_of(stays: Iterable[Stay], now: datetime) -> tuple[StayRow, ...]:
    """Return how long copies were in each standing, in the order of the story; small ones are left out."""
    groups: dict[Standing, list[Stay]] = defaultdict(list)
    for stay in stays:
        groups[stay.standing].append(stay)
    rows = []
    for standing in Standing:
        group = groups[standing]
        lengths = [_hours(one.began_at, one.ended_at or now) for one in group]
        curve = survival(lengths, [one.ended_at is not None for one in group])
        if curve.count >= FEWEST:
            is_shown = _shown(curve.ended, curve.count) is not None
            median = curve.median if curve.ended >= FEWEST else None
            rows.append(StayRow(standing, curve.count, median, curve.censored if is_shown else None))
    return tuple(rows)


def before_this_month(spells: Iterable[Spell], now: datetime) -> tuple[Spell, ...]:
    """Return the spells that began before this month, so that two days' tables do not differ by one."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return tuple(spell for spell in spells if spell.requested_at < first)


def _hours(since: datetime, until: datetime) -> float:
    return max(0.0, (until - since).total_seconds() / HOUR)
