"""Gathers what the alert pages show: the queue's cards, and everything about one alert."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import QuerySet

from jikimi.console.sketches import Sketch, sketch_of
from jikimi.console.strips import Strip, strip_of
from jikimi.flow.course import replies_of
from jikimi.flow.escalating import by_hand
from jikimi.flow.steering import already_out
from jikimi.flow.waiting import holds_on, wait_of
from jikimi.model.alert import WORDS, Alert, Evidence, Notice, Place, Receipt, Recheck
from jikimi.model.case import Case, Decision, Export, Exposure, Reference
from jikimi.model.contact import Contact
from jikimi.model.custody import Captured, HandOver, Stamp
from jikimi.model.errors import Gone
from jikimi.model.fingerprint import Kind
from jikimi.model.mail import Reading, Reply
from jikimi.model.policy import Hold, Wait
from jikimi.model.ports import House
from jikimi.model.standing import told
from jikimi.model.text import KnownAs
from jikimi.model.writing import Lead, Where, Writing
from jikimi.review.leads import joined, leads_in
from jikimi.store.models import AlertRow, AlertState, PlaceRow, RecordRow

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Card:
    """One alert of the queue. `picture` is the place whose blurred preview may be shown, "" for none.

    `look` is the look that found its first place and thereby started the second clock.
    """

    row: AlertRow
    number: str
    label: str
    edit: str
    watch: str
    picture: str
    is_minor: bool
    look: int
    decided_by: str


@dataclass(frozen=True, slots=True)
class PlacePage:
    """Everything about one place where a copy was found.

    `sketch` is None for a match of whole pictures, `strip` for one without times. `is_seen` tells what can be
    looked at from what can only be heard. `writing` is None until the medium was read for letters and codes;
    `leads` are the links of the post's text and of the medium. `captured` and `stamp` are None where there is
    none (yet); `is_stamping` tells whether a time authority is set, so that one is to come.
    """

    place: Place
    row: PlaceRow
    sealed_at: datetime | None
    notices: tuple[tuple[Notice, tuple[Receipt, ...]], ...]
    rechecks: tuple[Recheck, ...]
    views: int
    has_preview: bool
    sketch: Sketch | None
    strip: Strip | None
    is_seen: bool
    writing: Writing | None
    leads: tuple[Lead, ...]
    captured: Captured | None
    stamp: Stamp | None
    is_stamping: bool
    hand_overs: tuple[HandOver, ...]
    hold: Hold | None  # on this place alone
    wait: Wait | None  # of the newest request, while it waits
    replies: tuple[tuple[Reply, Reading | None], ...]
    by_hand: tuple[Contact, ...]  # whom a person may ask, where nobody is left whom Jikimi asks


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Everything about one alert."""

    card: Card
    case: Case
    decisions: tuple[Decision, ...]
    places: tuple[PlacePage, ...]
    exposures: tuple[Exposure, ...]
    exports: tuple[Export, ...]
    out: int  # requests that went out, or may have


def queue(state: str) -> QuerySet[AlertRow]:
    """Return the alerts in a state: open ones surest first, then oldest; decided ones newest first."""
    rows = AlertRow.objects.filter(state=state)
    if state == AlertState.OPEN:
        return rows.order_by("tier", "-is_named", "alerted_at")
    return rows.order_by("-decided_at")


def card_of(row: AlertRow, house: House) -> Card:
    """Return one card; Gone when the case was closed meanwhile."""
    case = house.records.get(Case, row.case)
    rows = PlaceRow.objects.filter(alert=row.key)
    best, first = rows.order_by("tier", "alerted_at").first(), rows.order_by("alerted_at").first()
    if best is None or first is None:
        raise Gone(f"no place of alert {row.key}")
    place = house.records.get(Place, best.key)
    decisions = house.records.find(Decision, parent=row.key)
    return Card(
        row=row,
        number=case.number,
        label=_label_of(row.reference, house),
        edit=place.how.edit,
        watch=place.watch,
        picture=place.key if place.preview and not case.is_minor else "",
        is_minor=case.is_minor,
        look=place.look if first == best else house.records.get(Place, first.key).look,
        decided_by=decisions[-1].by if decisions and row.state != AlertState.OPEN else "",
    )


def _label_of(reference: str, house: House) -> str:
    """Return what was found: a reference's short name, or what the case is known as."""
    try:
        return house.records.get(Reference, reference).label
    except Gone:
        return house.records.get(KnownAs, reference).text


def cards(rows: Iterable[AlertRow], house: House) -> list[Card]:
    """Return the cards of a page; an alert whose case was closed a moment ago is left out."""
    found = []
    for row in rows:
        try:
            found.append(card_of(row, house))
        except Gone:
            continue
    return found


def alert_row(key: str) -> AlertRow:
    """Return an alert's standing; Gone if there is none."""
    row = AlertRow.objects.filter(key=key).first()
    if row is None:
        raise Gone(f"no alert {key}")
    return row


def alert_page(key: str, house: House) -> AlertPage:
    """Return everything about one alert; Gone if there is none or its case was closed."""
    row = alert_row(key)
    house.records.get(Alert, key)
    case = house.records.get(Case, row.case)
    places = house.records.find(Place, parent=key)
    own = {place.key for place in places}
    sealed = dict(RecordRow.objects.filter(kind="Evidence", parent__in=own).values_list("parent", "key"))
    exposures = tuple(e for e in house.records.find(Exposure, case=case.key) if e.place in own)
    exports = tuple(e for e in house.records.find(Export, case=case.key) if e.evidence in sealed.values())
    return AlertPage(
        card=card_of(row, house),
        case=case,
        decisions=house.records.find(Decision, parent=key),
        places=_places(case, places, exposures, house),
        exposures=exposures,
        exports=exports,
        out=len(already_out(house, key)),
    )


def _places(
    case: Case, places: Sequence[Place], exposures: Sequence[Exposure], house: House
) -> tuple[PlacePage, ...]:
    rows = PlaceRow.objects.in_bulk([place.key for place in places])
    references = {r.key: r for r in house.records.find(Reference, case=case.key)}
    sealed_at = dict(
        RecordRow.objects.filter(kind=Evidence.__name__, parent__in=rows).values_list("parent", "at")
    )
    notices = house.records.find(Notice, case=case.key)
    receipts = house.records.find(Receipt, case=case.key)
    rechecks = house.records.find(Recheck, case=case.key)
    writings = {one.place: one for one in house.records.find(Writing, case=case.key)}
    return tuple(
        PlacePage(
            place=place,
            row=rows[place.key],
            sealed_at=sealed_at.get(place.key),
            notices=tuple(
                (notice, told(r for r in receipts if r.notice == notice.key))
                for notice in notices
                if notice.place == place.key
            ),
            rechecks=tuple(r for r in rechecks if r.place == place.key),
            views=sum(e.place == place.key for e in exposures),
            has_preview=bool(place.preview) and not case.is_minor,
            sketch=None if place.part == WORDS else sketch_of(place, references[place.reference]),
            strip=None if place.part == WORDS else strip_of(place, references[place.reference]),
            is_seen=place.kind not in (Kind.AUDIO, Kind.TEXT),
            writing=writings.get(place.key),
            leads=_leads(place, writings.get(place.key)),
            captured=_last(house.records.find(Captured, parent=place.key)),
            stamp=_last(house.records.find(Stamp, parent=place.key)),
            is_stamping=house.stamper is not None,
            hand_overs=house.records.find(HandOver, parent=place.key),
            hold=next(
                (hold for hold in holds_on(case.key, place.key, house) if hold.about == place.key), None
            ),
            wait=_wait(place, notices, receipts, house),
            replies=replies_of(place, house) if any(n.place == place.key for n in notices) else (),
            by_hand=by_hand(place, house),
        )
        for place in places
    )


def _last(records: tuple[R, ...]) -> R | None:
    return records[-1] if records else None


def _wait(place: Place, notices: Sequence[Notice], receipts: Sequence[Receipt], house: House) -> Wait | None:
    ended = {receipt.notice for receipt in receipts}
    waiting = [one for one in notices if one.place == place.key and one.key not in ended]
    return wait_of(waiting[-1], house) if waiting else None


def _leads(place: Place, writing: Writing | None) -> tuple[Lead, ...]:
    return joined((*leads_in(place.text, Where.POST), *(writing.leads if writing else ())))
