"""Whom a request goes to: what a person entered first, then what machines found and a person confirmed."""

from datetime import timedelta
from urllib.parse import urlsplit

from jikimi.flow.course import where_now
from jikimi.flow.reading import contact_of, is_sending_on
from jikimi.model.alert import Evidence, Job, Notice, Place, Receipt, Recheck
from jikimi.model.contact import (
    PERSON,
    Confirmation,
    Contact,
    Disuse,
    Hint,
    Lookup,
    Recipient,
    Scope,
    site_of,
)
from jikimi.model.errors import NeedsHuman
from jikimi.model.keys import key_of
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House

FRESH = timedelta(days=30)  # hosts move; what was found stays, what is new is added
DIRECT = frozenset({Scope.SITE, Scope.HOST, Scope.CDN, Scope.REGISTRAR, Scope.NETWORK})
LATELY = "looked up lately"
EMAIL = "email"
NO_WEB = (
    "This came as a file, and no web address is known at which it is shown: there is nobody to ask. "
    "If you know where it was posted, hand it in with that address, or write to the site yourself."
)
HELD_UP = 10  # added to the part of a job that looks for contacts of a place that waits for nothing else
LONG_AGO = timedelta(days=365)
MOST_WOKEN = 500
AGAIN = 2  # part of a `pursue` job that a new contact asks for, beside those of a find and a decision


def host_of(url: str) -> str:
    """Return the host name of a web address, lower case; "" if it has none or is no web address.

    What stands first in the address of a file that somebody laid into a folder is no host.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return (parts.hostname or "").rstrip(".").lower() if parts.scheme in {"http", "https"} else ""


def hosts_of(place: Place) -> tuple[str, ...]:
    """Return the hosts of a place: the page's, then the file's."""
    return tuple(dict.fromkeys(host for url in (place.post_url, place.media_url) if (host := host_of(url))))


def contacts_of(host: str, house: House) -> tuple[Contact, ...]:
    """Return all contacts of a host that were not withdrawn, the nearest first."""
    found = house.records.find(Contact, parent=site_of(host))
    used = (contact for contact in found if not _is_withdrawn(contact, house))
    return tuple(sorted(used, key=lambda contact: contact.scope.rank))


def is_confirmed(contact: Contact, house: House) -> bool:
    """Tell whether requests may go to a contact, as things stand."""
    return bool(confirmed_by(contact, house))


def confirmed_by(contact: Contact, house: House) -> str:
    """Return who approved a contact, as things stand; "" if nobody did, or it was withdrawn since."""
    confirmed = house.records.find(Confirmation, parent=contact.key)
    withdrawn = max((one.at for one in house.records.find(Disuse, parent=contact.key)), default=None)
    standing = [one for one in confirmed if withdrawn is None or one.at > withdrawn]
    return standing[-1].by if standing else ""


def recipient_of(place: Place, house: House) -> Recipient | None:
    """Return whom to ask about a place; None while nobody confirmed anyone.

    The address that a person entered for the watch goes before all others. Search engines and public bodies
    are not asked to remove a copy; escalation names them.
    """
    return next(iter(recipients_of(place, house)), None)


def recipients_of(place: Place, house: House) -> tuple[Recipient, ...]:
    """Return all that may be asked about a place as things stand, in the order in which they are asked.

    Each has an address of its own. Within a scope the page's host goes before the file's.
    """
    entered = contact_of(place.watch, house)
    is_on = is_sending_on(house)
    known = [
        Recipient(contact.channel, contact.address, contact.scope, contact.country)
        for host in hosts_of(place)
        for contact in contacts_of(host, house)
        if contact.scope in DIRECT
        and (contact.channel in house.channels or not is_on)
        and is_confirmed(contact, house)
    ]
    nearest = sorted(known, key=lambda one: one.scope.rank)
    found: dict[str, Recipient] = {}
    for one in ([Recipient(EMAIL, entered)] if entered else []) + nearest:
        found.setdefault(f"{one.channel} {one.address.casefold()}", one)
    return tuple(found.values())


def lookups_for(
    place: Place, house: House, *, is_held_up: bool = False, is_wanted: bool = False
) -> tuple[Job, ...]:
    """Return the jobs that look for contacts, one a host; () where somebody is known or nobody looks.

    `is_held_up`: nothing else keeps the place from being pursued. `is_wanted`: whoever is known was asked
    in vain. What was looked up lately is not looked up again.
    """
    if house.finder is None or (recipient_of(place, house) is not None and not is_wanted):
        return ()
    if is_wanted and all(_is_fresh(host, house) for host in hosts_of(place)):
        return ()
    first = HELD_UP if is_held_up else 0
    number_of = {host: number for number, host in enumerate(_addresses(place.key, house))}
    hosts = [host for host in hosts_of(place) if host in number_of]
    return tuple(Job("find_contacts", place.key, first + number_of[host]) for host in hosts)


def find_contacts(job: Job, house: House) -> Outcome:
    """Look up contacts for one host of a place (`job.part`), unless that was done lately."""
    place = house.records.get(Place, job.key)
    known = list(_addresses(place.key, house).items())
    if job.part % HELD_UP >= len(known):  # it is not served there any more
        return Outcome()
    host, url = known[job.part % HELD_UP]
    found: tuple[Hint, ...] = ()
    gaps = LATELY
    if house.finder is not None and not _is_fresh(host, house):
        found, gaps = house.finder.find(url)
    contacts = tuple(_contact(host, hint, house) for hint in found)
    is_held_up = job.part >= HELD_UP
    lookup = Lookup(place.case, place.key, host, len(found), gaps, house.clock(), is_held_up=is_held_up)
    return Outcome(records=(*contacts, lookup))


def _addresses(place: str, house: House) -> dict[str, str]:
    """Return the hosts of a place and one address on each: those of the find, then where it is by now."""
    found = house.records.get(Place, place)
    now = where_now(found, house.records.find(Recheck, parent=place))
    known: dict[str, str] = {}
    for url in (found.post_url, found.media_url, now.post_url, now.media_url):
        known.setdefault(host_of(url), url)
    known.pop("", None)
    return known


def find_for_host(house: House, url: str) -> Outcome:
    """Look up contacts for an address that a person typed."""
    host = host_of(url)
    if house.finder is None or not host:
        raise NeedsHuman("This is no web address. Type one, such as https://site.example")
    found, gaps = house.finder.find(url)
    return Outcome(records=tuple(_contact(host, hint, house) for hint in found), answer=gaps)


def add_contact(house: House, contact: Contact, *, by: str) -> Outcome:
    """Enter a contact by hand; what a person enters is confirmed."""
    if not contact.host or not contact.address.strip() or not contact.address.isprintable():
        raise NeedsHuman("A contact needs a host name and an address. Type both.")
    confirmation = Confirmation(contact.key, by, house.clock())
    return Outcome((contact, confirmation), next=_go_on(contact.site, house), answer=contact.key)


def confirm_contact(house: House, key: str, *, by: str) -> Outcome:
    """Approve a contact: requests may go there from now on."""
    contact = house.records.get(Contact, key)
    confirmation = Confirmation(contact.key, by, house.clock())
    return Outcome((confirmation,), next=_go_on(contact.site, house), answer=contact.key)


def withdraw_contact(house: House, key: str, *, by: str) -> Outcome:
    """Take a contact out of use; a lookup that finds it again does not bring it back."""
    contact = house.records.get(Contact, key)
    return Outcome(records=(Disuse(contact.key, by, house.clock()),), answer=contact.key)


def wake_requests(house: House, key: str) -> int:
    """Put back the requests that were laid aside for want of this contact; return how many.

    Call it after `confirm_contact` or `add_contact` is written.
    """
    places = _places_on(house.records.get(Contact, key).site, house)
    return sum(house.queue.retry(job.name) for place in places for job in _unfinished(place, house))


def go_on_with(watch: str, house: House) -> tuple[Job, ...]:
    """Return the jobs for places of a watch that no request was written about: its contact is known now."""
    now = house.clock()
    jobs: list[Job] = []
    for place in house.records.latest_places(watch, now - LONG_AGO, MOST_WOKEN):
        if not house.records.find(Notice, parent=place.key):
            has_evidence = bool(house.records.find(Evidence, parent=place.key))
            jobs += _unfinished(place.key, house) if has_evidence else [Job("pursue", place.key, AGAIN)]
    return tuple(jobs)


def _unfinished(place: str, house: House) -> list[Job]:
    """Return the jobs that may have been laid aside for a place: the next request, and those not sent."""
    notices = house.records.find(Notice, parent=place)
    unsent = [Job("send", one.key) for one in notices if not house.records.find(Receipt, parent=one.key)]
    return [*unsent, Job("draft", key_of("evidence", place), len(notices))]


def _go_on(site: str, house: House) -> tuple[Job, ...]:
    """Return the jobs for places that only a contact was missing for.

    That no request was written about are pursued; what was asked for and seen since is looked at now, since
    the new contact may be due.
    """
    held_up = {one.place for one in house.records.find(Lookup, parent=site) if one.is_held_up}
    places = sorted(_places_on(site, house))
    asked = {place for place in places if house.records.find(Notice, parent=place)}
    pursued = (Job("pursue", place, AGAIN) for place in places if place in held_up - asked)
    now = house.clock()
    looks = (Job("recheck", p, due=now) for p in places if p in asked and _was_seen(p, house))
    return (*pursued, *looks)


def _was_seen(place: str, house: House) -> bool:
    looks = house.records.find(Recheck, parent=place)
    return bool(looks) and looks[-1].is_still_there


def _places_on(site: str, house: House) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lookup.place for lookup in house.records.find(Lookup, parent=site)))


def _is_withdrawn(contact: Contact, house: House) -> bool:
    is_disused = bool(house.records.find(Disuse, parent=contact.key))
    return is_disused and not is_confirmed(contact, house)


def _is_fresh(host: str, house: House) -> bool:
    """Tell whether a lookup since FRESH asked everybody who may know."""
    since = house.clock() - FRESH
    lookups = house.records.find(Lookup, parent=site_of(host))
    return any(one.at > since and one.found and not one.gaps for one in lookups)


def _contact(host: str, hint: Hint, house: House) -> Contact:
    return Contact(
        host, hint.channel, hint.address, hint.scope, hint.source, hint.country, hint.note, "", house.clock()
    )


def by_person(host: str, channel: str, address: str, scope: Scope, *, by: str, house: House) -> Contact:
    """Return a contact as a person enters it."""
    return Contact(host.lower(), channel, address.strip(), scope, PERSON, "", "", by, house.clock())
