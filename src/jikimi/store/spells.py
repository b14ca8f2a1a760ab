"""Keeps where each place stands and how long its spells and stays last; reads them for the statistics."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from urllib.parse import urlsplit

from django.db.models import F

from jikimi.model.alert import Notice, Place, Presence, Receipt, Recheck, Sent
from jikimi.model.contact import Contact, Scope
from jikimi.model.mail import Reading, Reply
from jikimi.model.spell import Hosting, Spell, Stay
from jikimi.model.standing import LEFT, Course, Event, Standing, after, event_of
from jikimi.store.models import HOST, AlertRow, HostRow, PlaceRow, RecordRow, SpellRow, StayRow, WatchRow


def host_of(place: Place) -> str:
    """Return the host of the post's page, or of the file where there is no page, or none with a host."""
    hosts = (_host(url) for url in (place.post_url, place.media_url) if url.startswith("http"))
    return next((host for host in hosts if 0 < len(host) <= HOST), "")


def _host(url: str) -> str:
    """Return an address's host, "" where none can be read: the address of a post is what its site says."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def found(place: Place, now: datetime) -> None:
    """Begin the first stay of a place; on its host, what was gone of the same picture has returned."""
    host = host_of(place)
    PlaceRow.objects.filter(key=place.key).update(host=host, standing_at=now)
    StayRow.objects.create(place=place.key, host=host, standing=Standing.FOUND, began_at=now)
    gone = SpellRow.objects.filter(reference=place.reference, host=host, returned_at=None)
    gone.exclude(gone_at=None).update(returned_at=now)


def noted(record: Notice | Receipt | Recheck) -> None:
    """Bring place, stays and spells up to date with one more record."""
    if isinstance(record, Receipt) and record.state is Sent.TAKEN_BACK and _has_left(record):
        return  # too late, see `told`
    moved(record.place, event_of(record))
    match record:
        case Notice():
            PlaceRow.objects.filter(key=record.place).update(regime=record.regime)
        case Receipt(state=Sent.SENT):
            _requested(record)
        case Receipt(state=Sent.REFUSED):
            refused(record.place)
        case Recheck():
            _looked(record)
        case _:
            pass


def _has_left(receipt: Receipt) -> bool:
    keys = [replace(receipt, state=state).key for state in LEFT]
    return RecordRow.objects.filter(key__in=keys).exists()


def heard(place: str, answer: Reply | Reading) -> None:
    """Bring place and stays up to date with an answer; a "no" that is new counts in the spell."""
    before = PlaceRow.objects.filter(key=place).values_list("asked", flat=True).first()
    moved(place, event_of(answer))
    asked = PlaceRow.objects.filter(key=place).values_list("asked", flat=True).first()
    if asked == Standing.REFUSED and before != Standing.REFUSED:
        refused(place)


def moved(place: str, event: Event) -> None:
    """Let one event change where a place stands; a stay ends where another begins."""
    row = PlaceRow.objects.filter(key=place).first()
    if row is None:
        return
    before = Course(
        Standing(row.asked), Standing(row.seen) if row.seen else None, row.standing_at or row.alerted_at
    )
    course = after(before, event)
    row.asked, row.seen = course.asked.value, course.seen.value if course.seen else ""
    row.standing_at = course.since
    row.save(update_fields=["asked", "seen", "standing_at"])
    if course.standing is not before.standing:
        StayRow.objects.filter(place=place, ended_at=None).update(ended_at=event.at)
        StayRow.objects.create(place=place, host=row.host, standing=course.standing, began_at=event.at)


def refused(place: str) -> None:
    """Count one "no" of the other side."""
    SpellRow.objects.filter(pk__in=_newest(place)).update(refusals=F("refusals") + 1)


def _newest(place: str) -> list[int]:
    return list(
        SpellRow.objects.filter(place=place).order_by("-requested_at", "-pk").values_list("pk", flat=True)[:1]
    )


def _requested(receipt: Receipt) -> None:
    """Count one more request, or begin a spell: the first, or the next after the copy came back."""
    row = PlaceRow.objects.filter(key=receipt.place).first()
    if row is None:
        return
    running = SpellRow.objects.filter(pk__in=_newest(receipt.place), returned_at=None)
    if running.update(notices=F("notices") + 1):
        return
    SpellRow.objects.create(
        place=receipt.place,
        reference=AlertRow.objects.get(key=row.alert).reference,
        host=row.host,
        platform=WatchRow.objects.filter(name=row.watch).values_list("source", flat=True).first() or "",
        regime=row.regime,
        requested_at=receipt.at,
        seen_at=receipt.at,
    )


def _looked(look: Recheck) -> None:
    spells = SpellRow.objects.filter(pk__in=_newest(look.place), returned_at=None)
    if not look.is_still_there and look.presence is not Presence.GONE:
        return  # it told nothing: neither that the copy lasts nor that it stays away
    spells.update(seen_at=look.at)
    if look.is_still_there:
        spells.filter(gone_at=None).update(missing_at=None)
        spells.exclude(gone_at=None).update(returned_at=look.at)
    elif look.presence is Presence.GONE:
        spells.filter(missing_at=None).update(missing_at=look.at)
        if look.is_verified:
            spells.filter(gone_at=None).update(gone_at=look.at)


def forget(case: str) -> None:
    """Leave of a closed case's spells and stays only what no longer leads to it: host, day, lengths."""
    places = list(PlaceRow.objects.filter(case=case).values_list("key", flat=True))
    for spell in SpellRow.objects.filter(place__in=places):
        shift = _since_midnight(spell.requested_at)
        for name in ("requested_at", "seen_at", "missing_at", "gone_at", "returned_at"):
            at = getattr(spell, name)
            setattr(spell, name, None if at is None else at - shift)
        spell.place = spell.reference = ""
        spell.save()
    for stay in StayRow.objects.filter(place__in=places):
        shift = _since_midnight(stay.began_at)
        stay.place, stay.began_at = "", stay.began_at - shift
        stay.ended_at = None if stay.ended_at is None else stay.ended_at - shift
        stay.save()
    StayRow.objects.filter(place="", ended_at=None).delete()  # nobody will ever say when it ended


def _since_midnight(at: datetime) -> timedelta:
    return at - datetime.combine(at.date(), time(), at.tzinfo)


def set_country(hosting: Hosting) -> None:
    """Keep what was said last of a host's country."""
    HostRow.objects.update_or_create(host=hosting.host, defaults={"country": hosting.country})


def suggest_country(contact: Contact) -> None:
    """Keep where a host stands, as a registry says, unless somebody has said it before."""
    if contact.scope is Scope.HOST and contact.country:
        HostRow.objects.get_or_create(host=contact.host, defaults={"country": contact.country})


def every_spell() -> tuple[Spell, ...]:
    """Return all spells, oldest first, with the countries of their hosts as they are known now."""
    countries = dict(HostRow.objects.values_list("host", "country"))
    return tuple(
        Spell(
            row.host, row.platform, countries.get(row.host, ""), row.regime, row.requested_at, row.seen_at,
            row.missing_at, row.gone_at, row.returned_at, row.notices, row.refusals,
        )
        for row in SpellRow.objects.order_by("requested_at", "pk")
    )  # fmt: skip


def every_stay() -> tuple[Stay, ...]:
    """Return all stays, oldest first."""
    return tuple(
        Stay(row.host, Standing(row.standing), row.began_at, row.ended_at)
        for row in StayRow.objects.order_by("began_at", "pk")
    )
