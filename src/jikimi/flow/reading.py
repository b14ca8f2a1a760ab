"""What several steps need to know, read from the records: what stands for a case, an alert, a watch."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from jikimi.model.alert import Place
from jikimi.model.case import (
    Approval,
    Case,
    Closure,
    Consent,
    Decision,
    Reference,
    Renewal,
    Switch,
    Withdrawal,
)
from jikimi.model.errors import Gone, JikimiError, NeedsHuman
from jikimi.model.fingerprint import Kind
from jikimi.model.ports import Fetched, House, Limits
from jikimi.model.post import Post, Priority, Secret, Watch
from jikimi.model.text import KnownAs
from jikimi.review.authority import SENDING, is_live, is_on

PAGE = Limits(max_bytes=5 * 2**20)
PICTURE = Limits()
CLIP = Limits(max_bytes=200 * 2**20, deadline=timedelta(minutes=3), minimum_rate=16 * 1024)


def limits_for(kind: Kind) -> Limits:
    """Return how much one fetch of such a medium may take."""
    return PICTURE if kind is Kind.IMAGE else CLIP


def consent_of(case: Case, house: House) -> Consent:
    """Return the authority in force: the newest renewal's, else the first one."""
    renewals = house.records.find(Renewal, case=case.key)
    return renewals[-1].consent if renewals else case.consent


def decisions_on(alert: str, house: House) -> tuple[Decision, ...]:
    """Return the decisions on an alert, oldest first."""
    return house.records.find(Decision, parent=alert)


def references_of(case: str, house: House) -> tuple[Reference, ...]:
    """Return the references of a case that were not withdrawn."""
    gone = {withdrawal.reference for withdrawal in house.records.find(Withdrawal, case=case)}
    return tuple(r for r in house.records.find(Reference, case=case) if r.key not in gone)


def words_of(case: str, house: House) -> tuple[KnownAs, ...]:
    """Return what a case is known as, without what was withdrawn."""
    gone = {withdrawal.reference for withdrawal in house.records.find(Withdrawal, case=case)}
    return tuple(one for one in house.records.find(KnownAs, case=case) if one.key not in gone)


def is_closed(case: str, house: House) -> bool:
    """Tell whether a case was closed."""
    return bool(house.records.find(Closure, parent=case))


def is_searched(case: Case, house: House) -> bool:
    """Tell whether what stands for a case may be searched for now: its authority stands."""
    approvals = house.records.find(Approval, case=case.key)
    expires_on = consent_of(case, house).expires_on
    return is_live(approvals, expires_on, today(house), is_closed=is_closed(case.key, house))


def is_withdrawn(key: str, house: House) -> bool:
    """Tell whether a reference, or a text that a case is known by, was withdrawn."""
    return bool(house.records.find(Withdrawal, parent=key))


def watch_named(name: str, house: House) -> Watch:
    """Return the watch as it was set up last; NeedsHuman if there never was one of that name."""
    settings = house.records.find(Watch, parent=name)
    if not settings:
        raise NeedsHuman(f"There is no watch named {name}. Type: jikimi watch list")
    return settings[-1]


def contact_of(watch: str, house: House) -> str:
    """Return the removal address a person entered for a watch, "" if none."""
    settings = house.records.find(Watch, parent=watch)
    return settings[-1].contact if settings else ""


def priority_of(watch: str, house: House) -> Priority:
    """Return how soon second looks at what a watch brings are wanted; normal unless somebody said so."""
    settings = house.records.find(Watch, parent=watch)
    return settings[-1].priority if settings else Priority.NORMAL


def is_sending_on(house: House) -> bool:
    """Tell whether an administrator turned sending on; until then everything is rehearsed."""
    return is_on(house.records.find(Switch, parent=SENDING))


def today(house: House) -> date:
    """Return the day it is, in UTC."""
    return house.clock().date()


def day_after(day: date) -> datetime:
    """Return the first moment after a day, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def pass_of(place: Place, house: House) -> Mapping[str, Secret]:
    """Return what to sign in with where the medium of a place is; {} for most, and once its post is gone."""
    try:
        media = house.records.get(Post, place.post).media
    except Gone:
        return {}
    return next((medium.headers for medium in media if medium.url == place.media_url), {})


def fetch_or_error(
    url: str, limits: Limits, house: House, headers: Mapping[str, Secret] | None = None
) -> Fetched | JikimiError:
    """Fetch an address; what went wrong is an answer too."""
    try:
        return house.fetcher.fetch(url, limits, headers)
    except JikimiError as error:
        return error
