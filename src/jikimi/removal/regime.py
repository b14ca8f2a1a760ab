"""The shape of a regime: the rules a removal request is made under; and the check that it keeps them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from jikimi.model.alert import Notice
from jikimi.model.errors import NeedsHuman
from jikimi.model.notice import Field, Material, Particulars, Role

EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")


@dataclass(frozen=True, slots=True)
class Law:
    """Where a rule stands, where to read it, and when somebody last did. `note` says what was not read."""

    citation: str
    url: str
    checked: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class Regime:
    """One set of rules. `countries` are the recipients' ISO 3166-1 codes, empty for all.

    `clock` is how long to wait after a request before escalation may go on; `clock_note` says whose figure
    that is. `languages` are those it wants by law or habit, the best first. `check` returns in words what
    else is wrong with a request, "" if nothing is.
    """

    name: str
    title: str
    countries: frozenset[str]
    roles: frozenset[Role]
    materials: frozenset[Material]
    languages: tuple[str, ...]
    required: tuple[Field, ...]
    clock: timedelta
    clock_note: str
    laws: tuple[Law, ...]
    gives: tuple[str, ...]  # what it gives and what it does not, for the people who use it
    never: tuple[str, ...]  # what a request under it must not hold, in words
    refuses: tuple[re.Pattern[str], ...] = ()  # the same, where a program can see it
    warning: str = ""  # shown before a person chooses it
    is_last_resort: bool = False  # never chosen by itself; a person allows it for each case
    check: Callable[[Notice, Particulars], str] | None = None


def missing(notice: Notice, regime: Regime) -> tuple[Field, ...]:
    """Return the required fields that are empty, or that do not stand in the letter as they were entered."""
    said = notice.particulars
    if said is None:
        return regime.required
    letter = f"{notice.subject}\n{notice.body}"
    return tuple(
        wanted
        for wanted in regime.required
        if not said.texts(wanted) or any(text not in letter for text in said.texts(wanted))
    )


def check_against(notice: Notice, regime: Regime) -> None:
    """Raise NeedsHuman where a request lacks what its regime requires, or holds what it refuses."""
    if notice.particulars is None or notice.regime != regime.name:
        raise NeedsHuman("The removal request names no rules. Let the request be written again.")
    lacking = missing(notice, regime)
    if lacking:
        names = ", ".join(lacking)
        raise NeedsHuman(
            f"The removal request lacks its {names}. {regime.title} requires it. Enter it first."
        )
    said = notice.particulars
    if said.material not in regime.materials or said.role not in regime.roles:
        raise NeedsHuman(f"{regime.title} does not fit this recipient or material. Choose other rules.")
    if any(pattern.search(notice.body) for pattern in regime.refuses):
        raise NeedsHuman(f"The removal request says what {regime.title} must not hear. Write it again.")
    wrong = regime.check(notice, said) if regime.check else ""
    if wrong:
        raise NeedsHuman(wrong)


def has_email(_notice: Notice, said: Particulars) -> str:
    """Return what to do where the sender's address for answers is no mail address."""
    if EMAIL.fullmatch(said.email):
        return ""
    return "The removal request has no mail address for answers. Set JIKIMI_CONTACT to one."
