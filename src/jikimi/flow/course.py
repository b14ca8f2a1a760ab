"""Where one place stands, and what was asked and answered about it, read from all that was added."""

from collections.abc import Sequence
from dataclasses import replace

from jikimi.model.alert import Notice, Place, Receipt, Recheck
from jikimi.model.mail import Reading, Reply
from jikimi.model.ports import House
from jikimi.model.standing import Course, Event, event_of, standing_of, told


def receipts_of(place: Place, house: House) -> tuple[tuple[Notice, tuple[Receipt, ...]], ...]:
    """Return the requests about a place, oldest first, each with what became of it."""
    notices = house.records.find(Notice, parent=place.key)
    return tuple((notice, told(house.records.find(Receipt, parent=notice.key))) for notice in notices)


def replies_of(place: Place, house: House) -> tuple[tuple[Reply, Reading | None], ...]:
    """Return the answers to requests about a place, oldest first, each as a person read it."""
    own = {notice.key for notice in house.records.find(Notice, parent=place.key)}
    if not own:
        return ()
    found = [reply for reply in house.records.find(Reply, case=place.case) if own & set(reply.notices)]
    return tuple((reply, _read(reply, house)) for reply in found)


def course_of(place: Place, house: House) -> Course:
    """Return where a place stands, since when and why."""
    events: list[Event] = []
    for notice, receipts in receipts_of(place, house):
        events += [event_of(notice), *(event_of(receipt) for receipt in receipts)]
    for reply, reading in replies_of(place, house):
        events += [event_of(reply), *([event_of(reading)] if reading else [])]
    events += [event_of(look) for look in house.records.find(Recheck, parent=place.key)]
    return standing_of(place.at, events)


def where_now(place: Place, rechecks: Sequence[Recheck]) -> Place:
    """Return the place with the addresses at which the copy was seen last, and when: what a request names."""
    last = next((look for look in reversed(rechecks) if look.is_still_there), None)
    if last is None:
        return place
    seen = replace(place, seen_at=last.at)
    if not last.found_at:
        return seen
    return replace(seen, media_url=last.found_at, post_url=last.page_at or place.post_url)


def _read(reply: Reply, house: House) -> Reading | None:
    readings = house.records.find(Reading, parent=reply.key)
    return readings[-1] if readings else None
