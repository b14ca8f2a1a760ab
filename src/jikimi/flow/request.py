"""From evidence to a request: write the notice, ask once more whether it is needed, hand it over once."""

from dataclasses import replace

from jikimi.flow.contacts import NO_WEB, hosts_of
from jikimi.flow.course import where_now
from jikimi.flow.escalating import open_again, recipient_for
from jikimi.flow.mailing import about_of, hand_over, opening, receipts
from jikimi.flow.pursue import is_allowed
from jikimi.flow.reading import is_sending_on
from jikimi.flow.recheck import first_recheck, presence_of
from jikimi.flow.recipients import is_contact
from jikimi.flow.waiting import LONG_WAIT, has_leave, held_by_people, is_over, is_patient, leave_for, wait_of
from jikimi.flow.wording import check, inside_of, is_clean, written
from jikimi.model.alert import Evidence, Job, Notice, Place, Presence, Receipt, Recheck, Sent
from jikimi.model.case import Case
from jikimi.model.errors import Blocked, InDoubt, NeedsHuman, TryLater
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.removal.checking import check_outgoing


def draft(job: Job, house: House) -> Outcome:
    """Write the complete notice for a place. `job.part` counts the requests made before this one."""
    evidence = house.records.get(Evidence, job.key)
    found = house.records.get(Place, evidence.place)
    if any(one.number > job.part for one in house.records.find(Notice, parent=found.key)):
        # Nobody gets the same number twice; what an undone decision had stopped goes on.
        return Outcome(next=open_again(found, house))
    place = where_now(found, house.records.find(Recheck, parent=found.key))
    case = house.records.get(Case, place.case)
    recipient = recipient_for(place, job.part + 1, house)
    if recipient is None and not hosts_of(place):
        raise NeedsHuman(NO_WEB)
    if recipient is None:
        raise NeedsHuman(
            f"No removal address is known for watch {place.watch}. Type: jikimi watch contact {place.watch} "
            "abuse@site.example, or confirm one that was found: jikimi contact list --waiting"
        )
    notice = written(place, evidence, recipient, job.part + 1, house)
    check_outgoing(notice, inside_of(case, house), house.rules)
    notice = replace(notice, about=about_of(place, is_minor=case.is_minor))
    return Outcome(records=(notice,), next=(Job("send", notice.key, due=opening(notice, house)),))


def send(job: Job, house: House) -> Outcome:
    """Look once more just before sending: is it still allowed, is it clean, and is the copy still there?

    What may not leave yet asks again later: on a hold or pause, or while its recipient has had enough.
    """
    notice = house.records.get(Notice, job.key)
    place = house.records.get(Place, notice.place)
    if is_over(notice, house):
        return Outcome()
    wait = wait_of(notice, house)
    if wait is not None:
        return Outcome(next=(Job("send", notice.key, due=wait.until),))
    if not is_allowed(place, house):
        return Outcome()  # somebody took the decision back in time
    _check_contact(notice, house)
    check(notice, house)
    presence, detail = presence_of(place, house)
    if presence is Presence.GONE:
        receipt = _receipt(notice, Sent.NOT_NEEDED, detail, "", house)
        return Outcome(records=(receipt,), next=(first_recheck(place, house),))
    outcome = hand_over(notice, house)
    return replace(outcome, records=(*leave_for(notice, house), *outcome.records))


def deliver(job: Job, house: House) -> Outcome:
    """Hand a notice over, at most once.

    A lease that ended with its worker's death may have ended after the other side took the notice. It is
    not sent again by itself: the receipt says "in doubt" and a person decides. While the other side is away
    the request waits, for days if need be, and is checked again from time to time.
    """
    notice = house.records.get(Notice, job.key)
    place = house.records.get(Place, notice.place)
    states = {receipt.state for receipt in house.records.find(Receipt, parent=notice.key)}
    again = (first_recheck(place, house),)
    was_real = is_sending_on(house) or has_leave(notice, house)  # a rehearsal may be done anew
    if job.is_interrupted and was_real and not states & {Sent.SENT, Sent.REFUSED, Sent.IN_DOUBT}:
        detail = "the service was stopped while sending; ask the recipient, or request again"
        return Outcome(records=receipts(notice, Sent.IN_DOUBT, detail, "", house), next=again)
    if states:
        return Outcome()  # it came to its end already
    instead = _not_now(notice, place, house)
    if instead is not None:
        return instead
    try:
        state, detail, trace = _handed_over(notice, house)
    except TryLater:
        if not is_patient(job, notice, house):
            raise
        return Outcome(next=(Job("send", notice.key, due=house.clock() + LONG_WAIT),))
    return Outcome(records=receipts(notice, state, detail, trace, house), next=again)


def _handed_over(notice: Notice, house: House) -> tuple[Sent, str, str]:
    """Hand a notice over, and return what became of it, in which words, and the channel's name for it."""
    is_real = is_sending_on(house)
    channel = house.channels.get(notice.channel) if is_real else house.rehearsal
    if channel is None:
        raise NeedsHuman(f"The channel {notice.channel} is not set up. Set JIKIMI_SMTP and JIKIMI_SENDER.")
    try:
        handed = channel.deliver(notice, house.records.get(Evidence, notice.evidence))
    except Blocked as error:  # a final "no" is an answer: it is kept, and the ladder goes on
        return Sent.REFUSED, str(error), ""
    except InDoubt as error:
        return Sent.IN_DOUBT, str(error), ""
    return Sent.SENT if is_real else Sent.REHEARSED, handed.detail, handed.trace


def _not_now(notice: Notice, place: Place, house: House) -> Outcome | None:
    """Return what to do instead of handing over, None if nothing speaks against it.

    Between the last check and now a person may have taken it back or pressed pause: the mail server may have
    been away for hours. And of two requests that took the same seat, one goes back to ask for another.
    """
    if is_over(notice, house):
        return Outcome()
    wait = held_by_people(notice, house)
    if wait is not None:  # asked first: a lapsed authority may be renewed
        return Outcome(next=(Job("send", notice.key, due=wait.until),))
    if not is_allowed(place, house):
        return Outcome()
    _check_contact(notice, house)
    is_seated = has_leave(notice, house) or not is_sending_on(house)
    if not is_seated or not is_clean(notice, house):  # `send` tells a person what it says
        return Outcome(next=(Job("send", notice.key),))
    return None


def _check_contact(notice: Notice, house: House) -> None:
    """Raise NeedsHuman if requests may not go to this address any more."""
    if not is_contact(notice, house):
        raise NeedsHuman(
            "Requests may not go to this address any more, or its channel is not set up. Confirm the contact "
            "again, or let the request be written anew."
        )


def _receipt(notice: Notice, state: Sent, detail: str, trace: str, house: House) -> Receipt:
    return Receipt(notice.case, notice.place, notice.key, state, detail, trace, house.clock())
