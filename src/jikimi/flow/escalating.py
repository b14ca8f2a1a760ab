"""Whom to ask next about a copy that is still there: the next one further away, or the same one again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from jikimi.flow.contacts import DIRECT, contacts_of, hosts_of, lookups_for, recipient_of, recipients_of
from jikimi.flow.course import receipts_of, replies_of
from jikimi.flow.pursue import is_allowed
from jikimi.flow.reading import is_sending_on
from jikimi.flow.waiting import OVER
from jikimi.model.alert import Evidence, Job, Notice, Place, Receipt, Recheck, Sent
from jikimi.model.contact import Contact, Recipient, Scope
from jikimi.model.mail import Answer
from jikimi.model.policy import Choice
from jikimi.model.ports import House
from jikimi.removal.escalation import Asked, last_of_furthest, next_recipient_due, reminder_due
from jikimi.removal.regimes import REGIMES

CLOCK: Final = timedelta(hours=48)
"""Of a request that names no rules: an earlier version wrote it."""


WISHED_BACK: Final = frozenset({Sent.TAKEN_BACK, Sent.TOO_LATE})


@dataclass(frozen=True, slots=True)
class Turn:
    """The next request about a place: to whom, and not before when."""

    recipient: Recipient
    at: datetime


@dataclass(frozen=True, slots=True)
class _Sent:
    """One request that went out, to one recipient, under one clock."""

    recipient: Recipient
    clock: timedelta
    asked: Asked


def next_turn(place: Place, house: House) -> Turn | None:
    """Return whom to ask next about a copy that is still there, and when; None if nobody, or people decide.

    Nobody is asked while an earlier request waits to go out, or sending is off. What was asked since the copy
    came back counts, not what was before.
    """
    written = receipts_of(place, house)
    if not written or any(not receipts for _, receipts in written) or _is_stopped(written):
        return None
    if not is_sending_on(house) or not is_allowed(place, house):
        return None
    out = _out(place, house)
    known = recipients_of(place, house)
    further = _further(out, known, house.clock())
    turns = [turn for turn in (further, *_reminders(out, known)) if turn is not None]
    # Of what is due, who was not asked yet goes first; the others have their turn at the next look.
    return min(turns, key=lambda turn: (max(turn.at, house.clock()), turn is not further), default=None)


def recipient_for(place: Place, number: int, house: House) -> Recipient | None:
    """Return to whom request `number` goes: whoever is due, else the nearest; None if nobody is known.

    What a person chose rules for goes to the nearest.
    """
    is_chosen = any(one.number == number for one in house.records.find(Choice, parent=place.key))
    turn = None if is_chosen else next_turn(place, house)
    return turn.recipient if turn and turn.at <= house.clock() else recipient_of(place, house)


def open_again(place: Place, house: House) -> tuple[Job, ...]:
    """Return the jobs that check what was written and nothing became of, as where a decision was undone."""
    written = receipts_of(place, house)
    return tuple(Job("send", notice.key) for notice, receipts in written if not receipts)


def escalation(place: Place, house: House) -> tuple[tuple[Job, ...], datetime | None]:
    """Return the jobs that ask now, and when somebody is due next if nobody is due yet."""
    if (waiting := open_again(place, house)) and is_allowed(place, house):
        return waiting, None
    turn = next_turn(place, house)
    if turn is None:
        return _lookups(place, house), None
    if turn.at > house.clock():
        return (), turn.at
    number = len(house.records.find(Notice, parent=place.key))
    evidence = house.records.find(Evidence, parent=place.key)
    drafts = tuple(Job("draft", one.key, number) for one in evidence)
    return (*drafts, *_lookups(place, house)), None


def by_hand(place: Place, house: House) -> tuple[Contact, ...]:
    """Return whom a person may ask when nobody nearer is left: search engines and public bodies."""
    looks = house.records.find(Recheck, parent=place.key)
    out = _out(place, house) if looks and looks[-1].is_still_there else ()
    if not out:
        return ()
    last = last_of_furthest([one.asked for one in out])
    first = min((one.asked for one in out if one.asked.scope == last.scope), key=lambda one: one.at)
    is_running = last.refused_at is None and first.at + _clock_of(first, out) > house.clock()
    if is_running or _further(out, recipients_of(place, house), house.clock()) is not None:
        return ()
    found = [one for host in hosts_of(place) for one in contacts_of(host, house) if one.scope not in DIRECT]
    return tuple({(one.channel, one.address): one for one in found}.values())


def _is_stopped(written: tuple[tuple[Notice, tuple[Receipt, ...]], ...]) -> bool:
    """Tell whether people decide: one took the newest request back, or all of it was a rehearsal."""
    every = [receipt for _, receipts in written for receipt in receipts]
    is_rehearsal = any(one.state is Sent.REHEARSED for one in every)
    is_real = any(one.state in OVER for one in every)
    newest = (*written[-1][1], max(every, key=lambda one: one.at))  # an older request may bounce later
    return any(one.state in WISHED_BACK for one in newest) or (is_rehearsal and not is_real)


def _out(place: Place, house: House) -> tuple[_Sent, ...]:
    """Return the requests that went out, or tried to, since the copy was verified gone last."""
    looks = house.records.find(Recheck, parent=place.key)
    since = max((look.at for look in looks if look.is_verified), default=None)
    refused = _refusals(place, house)
    found = []
    for notice, receipts in receipts_of(place, house):
        out = [one for one in receipts if one.state in OVER and one.state is not Sent.TAKEN_BACK]
        if not out or (since is not None and out[0].at <= since):
            continue
        no = next((one.at for one in out if one.state is Sent.REFUSED), refused.get(notice.key))
        scope = Scope.SITE if notice.particulars is None else _scope_of(notice)
        recipient = Recipient(notice.channel, notice.recipient, scope)
        clock = REGIMES[notice.regime].clock if notice.regime in REGIMES else CLOCK
        found.append(_Sent(recipient, clock, Asked(scope.value, out[0].at, no)))
    return tuple(found)


def _scope_of(notice: Notice) -> Scope:
    role = notice.particulars.role.value if notice.particulars else ""
    return Scope.SITE if role == "platform" else Scope(role)


def _refusals(place: Place, house: House) -> dict[str, datetime]:
    """Return when each request was refused by an answer: one that is sure, or as a person read it."""
    no: dict[str, datetime] = {}
    for reply, reading in replies_of(place, house):
        answer = reading.answer if reading else reply.answer if reply.is_sure else Answer.UNKNOWN
        if answer is Answer.REFUSED:
            no |= dict.fromkeys(reply.notices, reading.at if reading else reply.at)
    return no


def _further(out: tuple[_Sent, ...], known: tuple[Recipient, ...], now: datetime) -> Turn | None:
    """Return the next recipient that was not asked yet."""
    written_to = {_named(one.recipient) for one in out}
    fresh = [one for one in known if _named(one) not in written_to]
    asked = [one.asked for one in out]
    clock = _clock_of(last_of_furthest(asked), out) if out else CLOCK
    beside = [one for one in fresh if asked and one.scope.value == last_of_furthest(asked).scope]
    if beside:  # as near as the last one: of the file's host, where that was the page's
        return Turn(beside[0], _over(last_of_furthest(asked), clock))
    due = next_recipient_due(asked, [one.scope.value for one in fresh], clock, now)
    if due is None:
        return None
    return Turn(next(one for one in fresh if one.scope.value == due.scope), due.at)


def _clock_of(last: Asked, out: tuple[_Sent, ...]) -> timedelta:
    return next(one.clock for one in out if one.asked is last)


def _over(last: Asked, clock: timedelta) -> datetime:
    return last.at + clock if last.refused_at is None else last.refused_at


def _named(recipient: Recipient) -> tuple[str, str]:
    return recipient.channel, recipient.address.casefold()


def _reminders(out: tuple[_Sent, ...], known: tuple[Recipient, ...]) -> list[Turn | None]:
    """Return when each recipient that was asked, and still is a contact, is asked again."""
    turns: list[Turn | None] = []
    for recipient in known:
        same = [one for one in out if _named(one.recipient) == _named(recipient)]
        at = reminder_due([one.asked for one in same], same[-1].clock) if same else None
        turns.append(None if at is None else Turn(recipient, at))
    return turns


def _lookups(place: Place, house: House) -> tuple[Job, ...]:
    """Look for somebody further away, where nobody else is known; a person approves what is found."""
    out = _out(place, house)
    if not out or _further(out, recipients_of(place, house), house.clock()):
        return ()
    return lookups_for(place, house, is_wanted=True)
