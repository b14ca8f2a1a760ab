"""Keeps the sums the console lists: what each new record means for its case, alert, place and watch."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, assert_never

import msgspec

from jikimi.model.alert import Alert, Notice, Place, Presence, Receipt, Recheck, Sent
from jikimi.model.case import Approval, Case, Closure, Decision, Lapse, Renewal, Verdict
from jikimi.model.contact import Contact
from jikimi.model.keys import key_of
from jikimi.model.mail import Reading, Reply
from jikimi.model.outcome import Record
from jikimi.model.post import Position, Watch, WatchEnd
from jikimi.model.spell import Hosting
from jikimi.model.text import names_a_case
from jikimi.model.writing import Writing
from jikimi.store import spells
from jikimi.store.codec import storable
from jikimi.store.models import (
    AlertRow,
    AlertState,
    CaseRow,
    CaseState,
    JobRow,
    PlaceRow,
    PostRow,
    RecordRow,
    SightingRow,
    WatchRow,
)


def add(record: Record, now: datetime) -> None:
    """Bring the sums up to date with one new record. Call inside the writer's transaction."""
    change = CHANGES.get(type(record))
    if change is not None:
        change(record, now)


def open_case(case: Case, wrapped_key: bytes) -> None:
    """Give a new case its row and its key."""
    CaseRow.objects.create(
        key=case.key,
        number=case.number,
        wrapped_key=wrapped_key,
        opened_at=case.at,
        expires_on=case.consent.expires_on,
    )


def is_renewed(lapse: Lapse) -> bool:
    """Tell whether the case's authority no longer ends on the day of the lapse."""
    return CaseRow.objects.filter(key=lapse.case).exclude(expires_on=lapse.expired_on).exists()


def move(position: Position) -> None:
    """Save how far a watch has read."""
    row, _ = WatchRow.objects.get_or_create(name=position.watch)
    row.cursor = position.cursor
    row.at = position.at
    row.newest_post_at = position.newest_post_at or row.newest_post_at
    row.posts += position.posts
    row.skipped += position.skipped
    row.problem = storable(position.problem)
    row.spent = msgspec.to_builtins(position.spent)
    row.save()


def _approve(approval: Approval, _now: datetime) -> None:
    CaseRow.objects.filter(key=approval.case, state=CaseState.PROPOSED).update(state=CaseState.LIVE)


def _lapse(lapse: Lapse, _now: datetime) -> None:
    CaseRow.objects.filter(key=lapse.case, state=CaseState.LIVE).update(state=CaseState.EXPIRED)


def _renew(renewal: Renewal, _now: datetime) -> None:
    row = CaseRow.objects.get(key=renewal.case)
    row.expires_on = renewal.consent.expires_on
    if row.state == CaseState.EXPIRED:
        row.state = CaseState.LIVE
    row.save()


def _shred(closure: Closure, _now: datetime) -> None:
    """Destroy the case's key, every sealed body, and every job about them."""
    case = closure.case
    keys = RecordRow.objects.filter(case=case).values("key")
    JobRow.objects.filter(key__in=keys).delete()
    RecordRow.objects.filter(case=case).update(body=b"")
    CaseRow.objects.filter(key=case).update(wrapped_key=None, state=CaseState.CLOSED)
    spells.forget(case)
    AlertRow.objects.filter(case=case).delete()
    PlaceRow.objects.filter(case=case).delete()


def _add_alert(alert: Alert, now: datetime) -> None:
    AlertRow.objects.create(key=alert.key, case=alert.case, reference=alert.reference, alerted_at=now)


def _add_place(place: Place, now: datetime) -> None:
    PlaceRow.objects.create(
        key=place.key,
        alert=place.alert,
        case=place.case,
        post=place.post,
        watch=place.watch,
        tier=place.tier.rank,
        visible_at=place.visible_at,
        alerted_at=now,
    )
    spells.found(place, now)
    alert = AlertRow.objects.get(key=place.alert)
    alert.tier = min(alert.tier, place.tier.rank)
    alert.is_named |= names_a_case(place.hits)
    alert.places += 1
    alert.visible_at = min(alert.visible_at or place.visible_at, place.visible_at)
    alert.gone_at = None
    alert.save()
    PostRow.objects.filter(key=place.post).update(is_matched=True, is_tidy=False)
    SightingRow.objects.filter(key=key_of("sighting", place.post, str(place.part))).delete()


def _add_writing(writing: Writing, _now: datetime) -> None:
    if any(names_a_case(quote.hits) for quote in writing.quotes):
        alerts = PlaceRow.objects.filter(key=writing.place).values("alert")
        AlertRow.objects.filter(key__in=alerts).update(is_named=True)


def _decide(decision: Decision, _now: datetime) -> None:
    at: datetime | None
    match decision.verdict:
        case Verdict.CONFIRMED:
            state, at = AlertState.CONFIRMED, decision.at
        case Verdict.REJECTED:
            state, at = AlertState.REJECTED, decision.at
        case Verdict.REOPENED:
            state, at = AlertState.OPEN, None
        case _:
            assert_never(decision.verdict)
    AlertRow.objects.filter(key=decision.alert).update(state=state, decided_at=at)


def _write(notice: Notice, _now: datetime) -> None:
    spells.noted(notice)


def _receive(receipt: Receipt, _now: datetime) -> None:
    spells.noted(receipt)
    if receipt.state is not Sent.SENT:
        return
    PlaceRow.objects.filter(key=receipt.place, requested_at=None).update(requested_at=receipt.at)
    alerts = PlaceRow.objects.filter(key=receipt.place).values("alert")
    AlertRow.objects.filter(key__in=alerts, requested_at=None).update(requested_at=receipt.at)


def _look_again(recheck: Recheck, _now: datetime) -> None:
    """A copy that is there again opens its alert again: it stands among those that came back."""
    spells.noted(recheck)
    if recheck.is_still_there:
        PlaceRow.objects.filter(key=recheck.place).update(gone_at=None)
    elif recheck.is_verified:
        PlaceRow.objects.filter(key=recheck.place, gone_at=None).update(gone_at=recheck.at)
    for alert in AlertRow.objects.filter(key__in=PlaceRow.objects.filter(key=recheck.place).values("alert")):
        is_gone = not PlaceRow.objects.filter(alert=alert.key, gone_at=None).exists()
        alert.gone_at = (alert.gone_at or recheck.at) if is_gone else None
        if alert.state != AlertState.REJECTED:
            alert.state = _state_of(alert, recheck)
        alert.save()


def _state_of(alert: AlertRow, recheck: Recheck) -> AlertState:
    """Return "back" from the look that saw it until all are gone or somebody decides, else as decided."""
    if recheck.presence is Presence.BACK:
        return AlertState.BACK
    if alert.state == AlertState.BACK and alert.gone_at is not None:
        return AlertState.OPEN if alert.decided_at is None else AlertState.CONFIRMED
    return AlertState(alert.state)


def _hear(heard: Reply | Reading, _now: datetime) -> None:
    """Let an answer change where the places stand that its requests were about."""
    notices = RecordRow.objects.filter(kind=Notice.__name__, key__in=heard.notices)
    for place in dict.fromkeys(notices.values_list("parent", flat=True)):
        spells.heard(place, heard)


def _place_contact(contact: Contact, _now: datetime) -> None:
    spells.suggest_country(contact)


def _place_host(hosting: Hosting, _now: datetime) -> None:
    spells.set_country(hosting)


def _set_watch(watch: Watch, _now: datetime) -> None:
    WatchRow.objects.update_or_create(
        name=watch.name, defaults={"source": watch.source, "record": watch.key, "is_ended": False}
    )


def _end_watch(end: WatchEnd, _now: datetime) -> None:
    WatchRow.objects.filter(name=end.watch).update(is_ended=True)


CHANGES: dict[type, Callable[[Any, datetime], None]] = {
    Approval: _approve,
    Lapse: _lapse,
    Renewal: _renew,
    Closure: _shred,
    Alert: _add_alert,
    Place: _add_place,
    Writing: _add_writing,
    Decision: _decide,
    Notice: _write,
    Receipt: _receive,
    Reply: _hear,
    Reading: _hear,
    Contact: _place_contact,
    Hosting: _place_host,
    Recheck: _look_again,
    Watch: _set_watch,
    WatchEnd: _end_watch,
}
