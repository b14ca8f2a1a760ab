"""Where one place stands between found and gone: told from what was added, one event after the other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from jikimi.model.alert import Notice, Presence, Receipt, Recheck, Sent
from jikimi.model.mail import Answer, Reading, Reply


class Standing(StrEnum):
    """Where a place stands. The first ten say how far the request got, the others what a look saw last."""

    FOUND = "found"
    WAITING = "waiting"  # a request is written and waits to go out
    REHEARSED = "rehearsed"
    TAKEN_BACK = "taken back"  # a person took the request back before it went out: nothing was asked
    ASKED = "asked"
    IN_DOUBT = "in doubt"
    UNDELIVERED = "undelivered"  # the other side's server would not take it
    ANSWERED = "answered"  # received, or more is wanted: the clock runs on
    REFUSED = "refused"  # the other side says no
    PARTLY = "partly removed"
    PROMISED = "said to be gone"  # the other side says so; no look has confirmed it
    BLOCKED = "blocked here"
    LOGIN = "login wall"
    MOVED = "moved"
    SEEMS_GONE = "seems gone"  # one look; a second one, later, must confirm it
    GONE = "gone"
    BACK = "back"


class Heard(StrEnum):
    """What was added about a place."""

    WRITTEN = "written"
    SENT = "sent"
    REHEARSED = "rehearsed"
    TAKEN_BACK = "taken back"
    UNDELIVERED = "undelivered"
    IN_DOUBT = "in doubt"
    NOT_NEEDED = "not needed"
    ACKNOWLEDGED = "acknowledged"
    NEEDS_FORM = "needs form"
    REFUSED = "refused"
    PARTLY = "partly"
    REMOVED = "removed"
    SEEN_LIVE = "seen live"
    SEEN_MOVED = "seen moved"
    SEEN_GONE = "seen gone"
    SEEN_GONE_AGAIN = "seen gone again"  # far enough from the first time
    SEEN_BLOCKED = "seen blocked"
    SEEN_LOGIN = "seen login"
    SEEN_BACK = "seen back"
    NOTHING_NEW = "nothing new"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a place, when, and why in words that may be kept."""

    at: datetime
    heard: Heard
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """How far the request got, what was seen last (None: as it was asked), since when, and why."""

    asked: Standing
    seen: Standing | None
    since: datetime
    reason: str = ""

    @property
    def standing(self) -> Standing:
        """Return where the place stands: what was seen counts before what was said."""
        return self.seen or self.asked


LEFT: Final = frozenset({Sent.SENT, Sent.IN_DOUBT})
"""What left the house, or may have: nobody takes it back."""


def told(receipts: Iterable[Receipt]) -> tuple[Receipt, ...]:
    """Return what became of one request as it is told: the last is the outcome, and there is one.

    A person may take a request back while the other side's server is about to say yes. What the server said
    counts, and the taking back is told as too late, in whichever order the two were written down.
    """
    every = tuple(receipts)
    if not any(one.state in LEFT for one in every):
        return every
    wishes = (replace(one, state=Sent.TOO_LATE) for one in every if one.state is Sent.TAKEN_BACK)
    return (*wishes, *(one for one in every if one.state is not Sent.TAKEN_BACK))


ASKED: Final = {
    Heard.WRITTEN: Standing.WAITING,
    Heard.SENT: Standing.ASKED,
    Heard.REHEARSED: Standing.REHEARSED,
    Heard.TAKEN_BACK: Standing.TAKEN_BACK,
    Heard.UNDELIVERED: Standing.UNDELIVERED,
    Heard.IN_DOUBT: Standing.IN_DOUBT,
    Heard.ACKNOWLEDGED: Standing.ANSWERED,
    Heard.NEEDS_FORM: Standing.ANSWERED,
    Heard.REFUSED: Standing.REFUSED,
    Heard.PARTLY: Standing.PARTLY,
    Heard.REMOVED: Standing.PROMISED,
}
SEEN: Final = {
    Heard.SEEN_LIVE: None,
    Heard.SEEN_MOVED: Standing.MOVED,
    Heard.SEEN_GONE: Standing.SEEMS_GONE,
    Heard.NOT_NEEDED: Standing.SEEMS_GONE,
    Heard.SEEN_GONE_AGAIN: Standing.GONE,
    Heard.SEEN_BLOCKED: Standing.BLOCKED,
    Heard.SEEN_LOGIN: Standing.LOGIN,
    Heard.SEEN_BACK: Standing.BACK,
}
STAYS_UNTIL_SENT: Final = {Standing.BACK, Standing.MOVED}
"""A look that saw it there again counts until the next request is out."""


def begin(at: datetime) -> Course:
    """Return the course of a place that was just found."""
    return Course(Standing.FOUND, None, at)


def after(course: Course, event: Event) -> Course:
    """Return the course after one more event. What changes nothing leaves moment and reason as they were."""
    asked, seen = course.asked, course.seen
    if event.heard in ASKED:
        asked = ASKED[event.heard]
        if event.heard is Heard.SENT and seen in STAYS_UNTIL_SENT:
            seen = None
    elif event.heard in SEEN:
        seen = _seen(course, event.heard)
        if event.heard is Heard.SEEN_LIVE and asked is Standing.PROMISED:
            asked = Standing.ASKED  # they said so, and it was not so
    moved = Course(asked, seen, event.at, event.reason)
    return (
        moved if moved.standing is not course.standing else Course(asked, seen, course.since, course.reason)
    )


def _seen(course: Course, heard: Heard) -> Standing | None:
    """A verified copy stays gone through looks that only repeat it, and comes back by any that sees it."""
    if course.seen is Standing.GONE:
        if heard in {Heard.SEEN_GONE, Heard.NOT_NEEDED}:
            return Standing.GONE
        if heard in {Heard.SEEN_LIVE, Heard.SEEN_MOVED}:
            return Standing.BACK
    if course.seen is Standing.BACK and heard in {Heard.SEEN_LIVE, Heard.SEEN_MOVED}:
        return Standing.BACK
    return SEEN[heard]


def standing_of(found_at: datetime, events: Iterable[Event]) -> Course:
    """Return where a place stands after these events, in whatever order they are given."""
    course = begin(found_at)
    for event in sorted(events, key=lambda one: one.at):
        course = after(course, event)
    return course


_RECEIPTS: Final = {
    Sent.SENT: Heard.SENT,
    Sent.REHEARSED: Heard.REHEARSED,
    Sent.REFUSED: Heard.UNDELIVERED,
    Sent.IN_DOUBT: Heard.IN_DOUBT,
    Sent.NOT_NEEDED: Heard.NOT_NEEDED,
    Sent.TAKEN_BACK: Heard.TAKEN_BACK,
}
_LOOKS: Final = {
    Presence.LIVE: Heard.SEEN_LIVE,
    Presence.MOVED: Heard.SEEN_MOVED,
    Presence.BACK: Heard.SEEN_BACK,
    Presence.BLOCKED: Heard.SEEN_BLOCKED,
    Presence.LOGIN: Heard.SEEN_LOGIN,
    Presence.GONE: Heard.SEEN_GONE,
    Presence.UNKNOWN: Heard.NOTHING_NEW,
}
_ANSWERS: Final[Mapping[str, Heard]] = {
    Answer.ACKNOWLEDGED: Heard.ACKNOWLEDGED,
    Answer.REMOVED: Heard.REMOVED,
    Answer.REFUSED: Heard.REFUSED,
    Answer.PARTLY: Heard.PARTLY,
    Answer.NEEDS_FORM: Heard.NEEDS_FORM,
    Answer.BOUNCED: Heard.UNDELIVERED,
}


def event_of(record: Notice | Receipt | Recheck | Reply | Reading) -> Event:
    """Return what a record says of its place. An unsure reply says nothing until it is read."""
    match record:
        case Notice():
            return Event(record.at, Heard.WRITTEN)
        case Receipt():
            return Event(record.at, _RECEIPTS.get(record.state, Heard.NOTHING_NEW), record.detail)
        case Recheck():
            heard = Heard.SEEN_GONE_AGAIN if record.is_verified else _LOOKS[record.presence]
            return Event(record.at, heard, record.detail)
        case Reply():
            answer = record.answer if record.is_sure else Answer.UNKNOWN
            return event_of_answer(record.at, answer, record.reason)
        case Reading():
            return event_of_answer(record.at, record.answer, f"read by {record.by}")


def event_of_answer(at: datetime, answer: str, reason: str) -> Event:
    """Return what the other side's answer says; one that nobody understood changes nothing."""
    return Event(at, _ANSWERS.get(answer, Heard.NOTHING_NEW), reason)
