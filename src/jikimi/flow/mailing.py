"""Requests of one case to one contact go out in one mail: they wait, are gathered, and leave at most once.

A request stands in one mailing only: `gather` runs alone for a group (its job has one name and one lease),
and what it decided is written before a byte is sent. `join` is each request's own guard: it asks for a
gathering until the request stands in a mailing, so that none is left behind.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from jikimi.flow.pursue import is_allowed
from jikimi.flow.reading import is_sending_on
from jikimi.flow.recheck import first_recheck
from jikimi.flow.recipients import is_contact
from jikimi.flow.waiting import LONG_WAIT, has_leave, held_by_people, is_patient
from jikimi.flow.wording import is_clean
from jikimi.model.alert import Evidence, Job, Notice, Place, Receipt, Sent
from jikimi.model.errors import Blocked, InDoubt, NeedsHuman, TryLater
from jikimi.model.keys import key_of
from jikimi.model.mail import About, LeftOut, Mailing, Queued
from jikimi.model.outcome import Outcome
from jikimi.model.ports import Gathering, House
from jikimi.model.standing import LEFT

SETTLE = timedelta(seconds=20)  # the other places of one alert are sealed and written meanwhile
LOOK_AGAIN = timedelta(minutes=1)
MOST_TOGETHER = 50


def about_of(place: Place, *, is_minor: bool) -> About:
    """Return what a request about a place says to machines."""
    return About(place.post_url, place.media_url, place.sha256.hex(), place.seen_at, is_minor)


def group_of(notice: Notice) -> str:
    """Return what must be the same for two requests to stand in one mail.

    The case is part of it: an answer is sealed with one case's key and goes when that case goes.
    """
    return key_of("group", notice.case, notice.channel, notice.recipient, notice.language)


def opening(notice: Notice, house: House) -> datetime | None:
    """Return when a request may be checked for the last time and sent, None for at once."""
    if not _is_gathered(notice, house):
        return None
    return _next_mail(group_of(notice), house)


def hand_over(notice: Notice, house: House) -> Outcome:
    """Send a request that passed its last check on its way: by itself, or with others; never once more."""
    if _has_end(notice, house) or notice.key in _taken(group_of(notice), house):
        return Outcome()  # it is over, or on its way in a mail that was written before the settings changed
    if not _is_gathered(notice, house):
        return Outcome(next=(Job("deliver", notice.key),))
    now, group = house.clock(), group_of(notice)
    queued = Queued(notice.case, notice.key, group, now)
    # What waited before does not settle again: its leave counts from now, and would run out meanwhile.
    has_waited = any(one.notice == notice.key for one in house.records.find(Queued, parent=group))
    due = now if has_waited else now + SETTLE
    return Outcome(records=(queued,), next=(Job("join", notice.key, due=due),))


def join(job: Job, house: House) -> Outcome:
    """See that a waiting request comes into a mail; what missed the last is checked again for the next."""
    notice = house.records.get(Notice, job.key)
    group = group_of(notice)
    if notice.key in _taken(group, house) or _is_ended(notice, house):
        return Outcome()
    now = house.clock()
    due = _next_mail(group, house) or now
    if due > now or not _may_go(notice, house):
        return Outcome(next=(_checked_again(notice, max(due, now), house),))
    return Outcome(next=(Job("gather", group), Job("join", notice.key, due=now + LOOK_AGAIN)))


def gather(job: Job, house: House) -> Outcome:
    """Put the waiting requests of a group into one mailing."""
    taken = _taken(job.key, house)
    waiting = [
        queued
        for queued in house.records.find(Queued, parent=job.key)
        if queued.notice not in taken and _may_go(house.records.get(Notice, queued.notice), house)
    ]
    if not waiting:
        return Outcome()
    keys = tuple(queued.notice for queued in waiting[:MOST_TOGETHER])
    number = len(house.records.find(Mailing, parent=job.key))
    mailing = Mailing(waiting[0].case, job.key, keys, house.clock(), number)
    return Outcome(records=(mailing,), next=(Job("hand_in", mailing.key),))


def hand_in(job: Job, house: House) -> Outcome:
    """Hand a mailing over, at most once: whatever is the end of it is the end of each request in it.

    It goes without what a person took back or holds back since, and without what says by now what must stay
    inside; what is not over is checked again later.
    """
    mailing = house.records.get(Mailing, job.key)
    every = tuple(house.records.get(Notice, key) for key in mailing.notices)
    notices = tuple(
        one for one in every if job.is_interrupted or (_may_go(one, house) and is_clean(one, house))
    )
    rest = _without(mailing, [notice for notice in every if notice not in notices], house)
    if not notices:
        return rest
    ended = _handed_in(job, mailing, notices, house)
    return Outcome(records=(*ended.records, *rest.records), next=(*ended.next, *rest.next))


def _handed_in(job: Job, mailing: Mailing, notices: tuple[Notice, ...], house: House) -> Outcome:
    if job.is_interrupted:
        detail = "the service was stopped while sending; ask the recipient, or request again"
        return _ended(notices, Sent.IN_DOUBT, detail, "", house)
    if not is_sending_on(house):
        return _rehearsed(notices, house)
    channel = house.channels.get(notices[0].channel)
    if not isinstance(channel, Gathering):
        raise NeedsHuman(
            f"The channel {notices[0].channel} is not set up. Set JIKIMI_SMTP and JIKIMI_SENDER."
        )
    try:
        handed = channel.deliver_together(mailing, notices)
    except TryLater:
        if not is_patient(job, notices[0], house):
            raise
        return _without(mailing, notices, house, LONG_WAIT)  # it never left
    except Blocked as error:
        return _ended(notices, Sent.REFUSED, str(error), "", house)
    except InDoubt as error:
        return _ended(notices, Sent.IN_DOUBT, str(error), "", house)
    return _ended(notices, Sent.SENT, handed.detail, handed.trace, house)


def _is_gathered(notice: Notice, house: House) -> bool:
    is_several = isinstance(house.channels.get(notice.channel), Gathering)
    return house.rules.gather > timedelta() and is_several and is_sending_on(house)


def _next_mail(group: str, house: House) -> datetime | None:
    """Return when the next mail of a group may leave, None for at once."""
    left_out = _left_out(group, house)  # a mail that went without all of its requests never left
    mailings = [
        mailing.at
        for mailing in house.records.find(Mailing, parent=group)
        if any((mailing.key, notice) not in left_out for notice in mailing.notices)
    ]
    return max(mailings) + house.rules.gather if mailings else None


def _left_out(group: str, house: House) -> set[tuple[str, str]]:
    return {(one.mailing, one.notice) for one in house.records.find(LeftOut, parent=group)}


def _taken(group: str, house: House) -> set[str]:
    """Return which requests of a group stand in a mailing that did not go without them."""
    left_out = _left_out(group, house)
    return {
        notice
        for mailing in house.records.find(Mailing, parent=group)
        for notice in mailing.notices
        if (mailing.key, notice) not in left_out
    }


def _without(
    mailing: Mailing, notices: Sequence[Notice], house: House, pause: timedelta = timedelta()
) -> Outcome:
    """Say which requests a mailing goes without; those that are not over are checked again after a pause."""
    now = house.clock()
    left_out = tuple(LeftOut(one.case, mailing.group, mailing.key, one.key, now) for one in notices)
    waiting = (one for one in notices if not _is_ended(one, house))
    return Outcome(records=left_out, next=tuple(_checked_again(one, now + pause, house) for one in waiting))


def _checked_again(notice: Notice, soonest: datetime, house: House) -> Job:
    wait = held_by_people(notice, house)
    return Job("send", notice.key, due=soonest if wait is None else max(soonest, wait.until))


def _has_end(notice: Notice, house: House) -> bool:
    """Tell whether anything became of it, a rehearsal and "not needed" too: it never goes out after that."""
    return bool(house.records.find(Receipt, parent=notice.key))


def _is_ended(notice: Notice, house: House) -> bool:
    """Tell whether nobody allows it any more, or it came to its end already.

    What people hold back is not ended: an authority that lapsed may be renewed.
    """
    if _has_end(notice, house) or held_by_people(notice, house) is not None:
        return _has_end(notice, house)
    return not is_allowed(house.records.get(Place, notice.place), house)


def _may_go(notice: Notice, house: House) -> bool:
    """Tell whether it is still allowed and open, nobody holds it back, and it has its leave."""
    if _is_ended(notice, house) or held_by_people(notice, house) is not None:
        return False
    if not is_contact(notice, house):
        return False  # `send` tells a person
    return has_leave(notice, house) or not is_sending_on(house)


def _rehearsed(notices: tuple[Notice, ...], house: House) -> Outcome:
    for notice in notices:
        handed = house.rehearsal.deliver(notice, house.records.get(Evidence, notice.evidence))
    return _ended(notices, Sent.REHEARSED, handed.detail, handed.trace, house)


def _ended(notices: tuple[Notice, ...], state: Sent, detail: str, trace: str, house: House) -> Outcome:
    kept = tuple(one for n in notices for one in receipts(n, state, detail, trace, house))
    looks = tuple(first_recheck(house.records.get(Place, n.place), house) for n in notices)
    return Outcome(records=kept, next=looks)


def receipts(notice: Notice, state: Sent, detail: str, trace: str, house: House) -> tuple[Receipt, ...]:
    """Return the receipt for what became of a request that was handed over.

    Where a person took it back meanwhile that was too late, or, if it never left, is what became of it: ().
    """
    earlier = house.records.find(Receipt, parent=notice.key)
    wish = next((one for one in earlier if one.state is Sent.TAKEN_BACK), None)
    if wish is not None and state not in LEFT:
        return ()
    perhaps = "" if state is Sent.SENT else "perhaps "
    late = "" if wish is None else f"; taken back at {wish.at:%Y-%m-%d %H:%M:%S} UTC, {perhaps}too late"
    return (Receipt(notice.case, notice.place, notice.key, state, f"{detail}{late}", trace, house.clock()),)
