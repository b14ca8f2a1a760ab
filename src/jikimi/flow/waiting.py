"""May a written request leave now? If not, what does it wait for? Nothing that waits is ever lost.

A waiting request keeps its job: the step `send` puts itself off until `Wait.until` and asks again.
"""

from datetime import timedelta

from jikimi.flow.reading import consent_of, is_sending_on, today
from jikimi.model.alert import Job, Notice, Receipt, Sent
from jikimi.model.case import Case, Switch
from jikimi.model.policy import Hold, LastResort, Leave, Statement, Wait, WaitsFor, Why, day_of
from jikimi.model.ports import House
from jikimi.removal.letter import digest_of
from jikimi.removal.regimes import REGIMES
from jikimi.review.authority import PAUSE, is_in_force, is_on, is_stated, last_resort, standing_holds
from jikimi.review.brake import DAY, free_at, next_seat

ASK_AGAIN = timedelta(minutes=5)
TURN = 8
"""Attempts at what is away before the wait goes on in a job of its own: the worker lays aside at twelve."""

LONG_WAIT = timedelta(minutes=30)
LONGEST_OUTAGE = timedelta(days=5)  # a sender gives up after four or five days (RFC 5321 §4.5.4.1)
OVER = frozenset({Sent.SENT, Sent.IN_DOUBT, Sent.REFUSED, Sent.TAKEN_BACK})
HELD = {Why.POLICE_FIRST: WaitsFor.POLICE, Why.PAUSE: WaitsFor.CASE}


def is_over(notice: Notice, house: House) -> bool:
    """Tell whether a request came to its end: it went out, may have gone, was refused or taken back."""
    return any(receipt.state in OVER for receipt in house.records.find(Receipt, parent=notice.key))


def holds_on(case: str, place: str, house: House) -> tuple[Hold, ...]:
    """Return the holds that stand on a case, and on a place of it if one is named."""
    abouts = {case, place}
    return standing_holds(house.records.find(Hold, case=case), abouts)


def is_patient(job: Job, notice: Notice, house: House) -> bool:
    """Tell whether a request that could not be handed over for hours is checked again and tried later."""
    return job.attempts >= TURN and house.clock() - notice.at < LONGEST_OUTAGE


def is_paused(house: House) -> bool:
    """Tell whether an administrator paused all requests of the centre."""
    return is_on(house.records.find(Switch, parent=PAUSE))


def wait_of(notice: Notice, house: House) -> Wait | None:
    """Return why a request may not leave now, None if it may. The flood brake is asked last."""
    return held_by_people(notice, house) or _braked(notice, house)


def held_by_people(notice: Notice, house: House) -> Wait | None:
    """Return what people hold a request back for, or have not allowed yet; None if nothing."""
    until = house.clock() + ASK_AGAIN
    turns = house.records.find(Switch, parent=PAUSE)
    if is_on(turns):
        return Wait(WaitsFor.CENTRE, until, turns[-1].by)
    for hold in holds_on(notice.case, notice.place, house):
        return Wait(HELD[hold.why], until, hold.by, hold.reason)
    missing = _not_allowed(notice, house)
    return None if missing is None else Wait(missing, until)


def _not_allowed(notice: Notice, house: House) -> WaitsFor | None:
    case = house.records.get(Case, notice.case)
    if not is_in_force(consent_of(case, house), today(house)):
        return WaitsFor.AUTHORITY
    if notice.particulars is None:  # an earlier version wrote it, without a record of what it states
        return None
    statements = house.records.find(Statement, case=case.key)
    if not is_stated(statements, digest_of(notice.particulars.statement)):
        return WaitsFor.STATEMENT
    is_last = notice.regime in REGIMES and REGIMES[notice.regime].is_last_resort
    if is_last and last_resort(house.records.find(LastResort, case=case.key)) is None:
        return WaitsFor.LAST_RESORT
    return None


def _braked(notice: Notice, house: House) -> Wait | None:
    if not is_sending_on(house) or has_leave(notice, house):
        return None
    free = free_at(leaves_for(notice, house), house.clock(), house.rules.most_an_hour, house.rules.most_a_day)
    return None if free is None else Wait(WaitsFor.BRAKE, free)


def leaves_for(notice: Notice, house: House) -> tuple[Leave, ...]:
    """Return the leaves that were given for a request's recipient, today and yesterday (UTC)."""
    now = house.clock()
    days = (day_of(notice.channel, notice.recipient, at) for at in (now - DAY, now))
    return tuple(leave for day in days for leave in house.records.find(Leave, parent=day))


def has_leave(notice: Notice, house: House) -> bool:
    """Tell whether a request holds a seat. One that took a seat at the same instant as another may not."""
    return any(leave.notice == notice.key for leave in leaves_for(notice, house))


def leave_for(notice: Notice, house: House) -> tuple[Leave, ...]:
    """Return the record that takes a seat for a request; () in a rehearsal, or if it has one."""
    if not is_sending_on(house) or has_leave(notice, house):
        return ()
    now = house.clock()
    day = day_of(notice.channel, notice.recipient, now)
    return (Leave(day, next_seat(leaves_for(notice, house), day), notice.key, now),)
