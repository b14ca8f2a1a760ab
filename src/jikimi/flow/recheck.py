"""Looks again at a place until the copy is verified gone; asks again, or further away, while it is there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from jikimi.flow.course import where_now
from jikimi.flow.escalating import escalation, open_again
from jikimi.flow.keeping import seen_of
from jikimi.flow.looking import Look, host_of, look_at
from jikimi.flow.pursue import is_allowed
from jikimi.flow.words_again import presence_of_words
from jikimi.model.alert import (
    STILL_THERE,
    Evidence,
    Job,
    Notice,
    Place,
    Placeholder,
    Presence,
    Receipt,
    Recheck,
)
from jikimi.model.fingerprint import Kind
from jikimi.model.outcome import Outcome, Record
from jikimi.model.ports import House
from jikimi.removal.recheck import is_verified_gone, next_rung

MOST_ADDRESSES = 3  # the newest ones at which a copy was seen besides its own


def recheck(job: Job, house: House) -> Outcome:
    """Look at a place again and say when to look next.

    A copy that came back is asked for again; one that never went, of whoever is due next. No letter is
    written about words alone.
    """
    place = house.records.get(Place, job.key)
    earlier = house.records.find(Recheck, parent=place.key)
    seen = _seen_now(place, earlier, house)
    look = _recorded(place, seen, earlier, house)
    delay = next_rung(look.rung, look.presence, look.is_verified, house.rules)
    jobs: tuple[Job, ...] = ()
    due: datetime | None = None
    if place.kind is Kind.TEXT:
        pass
    elif look.presence is Presence.BACK:
        jobs = _asked_again(place, house)
    elif look.is_still_there:
        jobs, due = escalation(where_now(place, (*earlier, look)), house)
    again = Job("recheck", place.key, due=min(look.at + delay, due or look.at + delay))
    records: tuple[Record, ...] = (look, *_instead(place, seen, house))
    return Outcome(records=records, next=(again, *jobs))


def _asked_again(place: Place, house: House) -> tuple[Job, ...]:
    """Return the jobs that ask for a copy that is there again: by what was written already, else anew."""
    evidence = house.records.find(Evidence, parent=place.key)
    if not evidence or not is_allowed(place, house):
        return ()
    number = len(house.records.find(Notice, parent=place.key))
    return open_again(place, house) or tuple(Job("draft", one.key, number) for one in evidence)


def _recorded(place: Place, seen: Look, earlier: Sequence[Recheck], house: House) -> Recheck:
    """Return the look as it is kept: there again after it was verified gone is "back"."""
    now = house.clock()
    look = Recheck(
        place.case,
        place.key,
        _rung(place, earlier, house),
        seen.presence,
        is_verified=False,
        detail=seen.detail,
        at=now,
        found_at=seen.found_at,
        page_at=seen.page_at,
        vantages=seen.vantages,
    )
    if is_verified_gone((*earlier, look), now, house.rules):
        return replace(look, is_verified=True)
    if look.is_still_there and was_gone(earlier):
        return replace(look, presence=Presence.BACK)
    return look


def was_gone(rechecks: Sequence[Recheck]) -> bool:
    """Tell whether a copy was verified gone and not seen since; looks without a clear answer do not count."""
    clear = [look for look in rechecks if look.is_still_there or look.presence is Presence.GONE]
    return bool(clear) and clear[-1].is_verified


def addresses_of(rechecks: Sequence[Recheck]) -> tuple[str, ...]:
    """Return where else the medium was seen, newest first."""
    return tuple(dict.fromkeys(look.found_at for look in reversed(rechecks) if look.found_at))[
        :MOST_ADDRESSES
    ]


def _instead(place: Place, seen: Look, house: House) -> tuple[Placeholder, ...]:
    """Remember the picture that a site showed in place of the copy, so that its placeholder becomes known."""
    if seen.instead is None or seen.presence in STILL_THERE:
        return ()
    host, prints = host_of(place.media_url), seen_of(seen.instead)
    return (Placeholder(host, seen.instead.sha256, prints, place.key, house.clock()),) if host else ()


def _rung(place: Place, earlier: Sequence[Recheck], house: House) -> int:
    """Return how often we looked since the newest request: each request starts the ladder anew."""
    receipts = [
        receipt
        for notice in house.records.find(Notice, parent=place.key)
        for receipt in house.records.find(Receipt, parent=notice.key)
    ]
    newest = max((receipt.at for receipt in receipts), default=place.at)
    return sum(look.at > newest for look in earlier)


def presence_of(place: Place, house: House) -> tuple[Presence, str]:
    """Look at a place now, from everywhere, also where the medium was seen besides; keep nothing."""
    seen = _seen_now(place, house.records.find(Recheck, parent=place.key), house)
    return seen.presence, seen.detail


def _seen_now(place: Place, earlier: Sequence[Recheck], house: House) -> Look:
    """Look at a place; a post that was found by its words alone is judged by them."""
    if place.kind is Kind.TEXT:
        return Look(*presence_of_words(place, house))
    return look_at(place, house, addresses_of(earlier))


def first_recheck(place: Place, house: House) -> Job:
    """Return the first look after a request."""
    return Job("recheck", place.key, due=house.clock() + house.rules.ladder[0])
