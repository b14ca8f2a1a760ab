"""Says whom to ask next, and when, once a recipient's clock has run out or it said no. Pure rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from jikimi.model.contact import Scope

SCOPES: Final = tuple(scope.value for scope in Scope)
"""In this order contacts are asked: the nearest to the copy first."""
MOST_REMINDERS: Final = 7
"""To one recipient, beside the first request. Hotlines repeat a notice each day until it is heeded; who lets
a week of them pass will not heed the eighth, and a person should look at it (see the dossier)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that went out: to a contact of which scope, when, and when that said no, if it did."""

    scope: str
    at: datetime
    refused_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """The next contact to ask, and not before when."""

    scope: str
    at: datetime


def next_recipient_due(
    asked: Sequence[Asked],
    available: Sequence[str],
    clock: timedelta,
    now: datetime,
    *,
    gone_at: datetime | None = None,
) -> Due | None:
    """Return whom to ask next and when; None while nobody is left, or the copy is gone.

    `available` are the scopes of confirmed contacts, in any order. `clock` is how long the request's rules
    give each recipient. The first is due at once. The next is due when the clock of the last one has run
    out, or at once when it refused or could not be reached; what was refused near by is asked further away,
    never back. A request to a nearer contact that came in later does not start the clock of the further one
    anew.
    """
    if gone_at is not None:
        return None
    order = [scope for scope in SCOPES if scope in set(available)]
    if not asked:
        return Due(order[0], now) if order else None
    last = last_of_furthest(asked)
    beyond = [scope for scope in order if _rank(scope) > _rank(last.scope)]
    if not beyond:
        return None
    return Due(beyond[0], last.refused_at if last.refused_at is not None else last.at + clock)


def last_of_furthest(asked: Sequence[Asked]) -> Asked:
    """Return the last request to the contact furthest away, whose clock counts. At least one was asked."""
    return max(asked, key=lambda one: (_rank(one.scope), one.at))


def reminder_due(requests: Sequence[Asked], clock: timedelta) -> datetime | None:
    """Return when one recipient is asked again; None after a "no", and after `MOST_REMINDERS`.

    `requests` are all that went to this recipient, at least one.
    """
    last = max(requests, key=lambda one: one.at)
    if last.refused_at is not None or len(requests) > MOST_REMINDERS:
        return None
    return last.at + clock


def _rank(scope: str) -> int:
    """A scope that nobody knows stands for the site itself."""
    return SCOPES.index(scope) if scope in SCOPES else 0
