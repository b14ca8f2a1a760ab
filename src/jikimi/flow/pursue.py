"""From an alert to sealed evidence: may we act, and what does the page show now?"""

from collections.abc import Mapping

from jikimi.evidence.bag import seal as seal_bag
from jikimi.flow.contacts import NO_WEB, hosts_of, lookups_for, recipient_of
from jikimi.flow.evidence import capture, captured, collector_of
from jikimi.flow.reading import (
    PAGE,
    consent_of,
    day_after,
    decisions_on,
    fetch_or_error,
    limits_for,
    pass_of,
    references_of,
    today,
    words_of,
)
from jikimi.model.alert import IndexChange, Job, Place
from jikimi.model.case import Case, Lapse, Reference
from jikimi.model.errors import NeedsHuman, TryLater
from jikimi.model.fingerprint import Kind
from jikimi.model.outcome import Outcome
from jikimi.model.ports import Fetched, House, Limits
from jikimi.model.post import Secret
from jikimi.model.text import KnownAs
from jikimi.review.authority import is_in_force, may_pursue

PATIENCE = 4  # attempts to fetch the page before the evidence is sealed without it


def is_allowed(place: Place, house: House) -> bool:
    """Tell whether somebody allowed to act on this place, as things stand now."""
    decisions = decisions_on(place.alert, house)
    case = house.records.get(Case, place.case)
    has_contact = recipient_of(place, house) is not None
    is_signed = is_in_force(consent_of(case, house), today(house))
    return may_pursue(case, place, decisions, has_contact=has_contact, is_signed=is_signed)


def pursue(job: Job, house: House) -> Outcome:
    """Go on with a place if a person confirmed its alert, or the case was approved in advance.

    Where only the contact is missing it is looked for, so that a person can approve one.
    """
    place = house.records.get(Place, job.key)
    if is_allowed(place, house):
        return Outcome(next=(Job("seal", place.key), *lookups_for(place, house)))
    if _lacks_contact_only(place, house):
        if not hosts_of(place):
            raise NeedsHuman(NO_WEB)
        return Outcome(next=lookups_for(place, house, is_held_up=True))
    return Outcome()


def _lacks_contact_only(place: Place, house: House) -> bool:
    case = house.records.get(Case, place.case)
    return may_pursue(case, place, decisions_on(place.alert, house), has_contact=True)


def pursue_alert(job: Job, house: House) -> Outcome:
    """Go on with every place of an alert that a person confirmed.

    It reads the places when it runs, after the decision is committed: a place that came in between is
    either seen here or sees the decision itself.
    """
    places = house.records.find(Place, parent=job.key)
    return Outcome(next=tuple(Job("pursue", place.key, part=1) for place in places))


def seal(job: Job, house: House) -> Outcome:
    """Capture the page as it is now and seal it with the match. Without a page the bag says so."""
    place = house.records.get(Place, job.key)
    house.sealer.check_ready()
    page = _capture(place.post_url, PAGE, job, house, {})
    is_text = place.kind is Kind.TEXT
    medium = (
        None
        if is_text
        else _capture(place.media_url, limits_for(place.kind), job, house, pass_of(place, house))
    )
    collector = collector_of(place, house)
    seen = capture(place, page, collector.tool, job, house)
    evidence = seal_bag(
        place, page, medium, capture=seen, collector=collector, sealer=house.sealer, clock=house.clock
    )
    # No letter is written about words alone: the laws it cites are about pictures. A person decides. The page
    # is looked at now, to see that it shows its words to us, and then again and again.
    following = Job("recheck", place.key) if is_text else Job("draft", evidence.key)
    # It does not wait for the stamp.
    return Outcome(records=(evidence, captured(evidence, seen)), next=(following, Job("stamp", evidence.key)))


def _capture(
    url: str, limits: Limits, job: Job, house: House, headers: Mapping[str, Secret]
) -> Fetched | None:
    answer = fetch_or_error(url, limits, house, headers)
    if isinstance(answer, Fetched):
        return answer
    if isinstance(answer, TryLater) and job.attempts < PATIENCE:
        raise answer
    return None


def expire(job: Job, house: House) -> Outcome:
    """Take a case's references out of the search once its authority ran out."""
    case = house.records.get(Case, job.key)
    expires_on = consent_of(case, house).expires_on
    if today(house) <= expires_on:
        return Outcome(next=(Job("expire", case.key, due=day_after(expires_on)),))
    searched: tuple[Reference | KnownAs, ...] = (
        *references_of(case.key, house),
        *words_of(case.key, house),
    )
    changes = tuple(IndexChange(one.key, case.key, is_added=False) for one in searched)
    return Outcome(records=(Lapse(case.key, expires_on, house.clock()),), index=changes)
