"""What people do: each act checks the rules and returns what to write; it writes nothing itself.

Use it as `house.records.apply(acts.decide(house, …, by=name), by=name)`. NeedsHuman says who may, or what
is missing.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from jikimi.flow.contacts import go_on_with
from jikimi.flow.keeping import kept_of
from jikimi.flow.reading import (
    consent_of,
    day_after,
    is_searched,
    is_withdrawn,
    limits_for,
    pass_of,
    references_of,
    today,
    watch_named,
    words_of,
)
from jikimi.model.alert import Alert, Evidence, IndexChange, Job, Notice, Place
from jikimi.model.case import (
    Approval,
    Case,
    Closure,
    Consent,
    Decision,
    Export,
    Exposure,
    Reference,
    Renewal,
    Switch,
    Verdict,
    Withdrawal,
)
from jikimi.model.errors import NeedsHuman
from jikimi.model.fingerprint import Effort
from jikimi.model.outcome import Outcome
from jikimi.model.policy import Statement
from jikimi.model.ports import House
from jikimi.model.post import Bounds, Position, Priority, Watch, WatchEnd
from jikimi.model.text import IdentifierKind, KnownAs
from jikimi.removal.letters import standing_wordings
from jikimi.review.authority import check_approver, check_consent, check_new_case
from jikimi.text.entering import reason_to_refuse

IN_FLIGHT = timedelta(seconds=60)  # looks that began before a reference was live have ended by then
RENDERED_SIDE = 1280


def open_case(house: House, case: Case) -> Outcome:
    """Propose a case. It searches for nothing until a second person approved it."""
    check_new_case(case, today(house))
    if house.records.find(Case, case=case.key):
        raise NeedsHuman(f"File number {case.number} is taken. Choose another.")
    return Outcome(records=(case,), answer=case.key)


def approve_case(house: House, case_key: str, *, by: str) -> Outcome:
    """Let a case live: its references enter the search in every worker.

    The second person approves with it what letters state in good faith for this case.
    """
    case = house.records.get(Case, case_key)
    check_approver(case, by)
    consent = consent_of(case, house)
    check_consent(consent, today(house))
    approval = Approval(case.key, by, house.clock())
    changes, jobs = _enter(house, case.key)
    expiry = Job("expire", case.key, due=day_after(consent.expires_on))
    stated = Statement(case.key, standing_wordings(), by, house.clock())
    return Outcome(records=(approval, stated), index=changes, next=(*jobs, expiry), answer=case.key)


def renew_case(house: House, case_key: str, consent: Consent, *, by: str) -> Outcome:
    """Record a new authority; an expired case searches again."""
    case = house.records.get(Case, case_key)
    check_consent(consent, today(house))
    changes, jobs = _enter(house, case.key) if house.records.find(Approval, case=case.key) else ((), ())
    expiry = Job("expire", case.key, due=day_after(consent.expires_on))
    renewal = Renewal(case.key, consent, by, house.clock())
    return Outcome(records=(renewal,), index=changes, next=(*jobs, expiry), answer=case.key)


def close_case(house: House, case_key: str, *, reason: str, by: str) -> Outcome:
    """End a case: its key is destroyed and nothing of it can be read again, by anyone."""
    case = house.records.get(Case, case_key)
    searched: tuple[Reference | KnownAs, ...]
    searched = (*house.records.find(Reference, case=case.key), *house.records.find(KnownAs, case=case.key))
    changes = tuple(IndexChange(one.key, case.key, is_added=False) for one in searched)
    return Outcome(records=(Closure(case.key, reason, by, house.clock()),), index=changes, answer=case.key)


def add_reference(house: House, case_key: str, body: bytes, *, label: str, by: str) -> Outcome:
    """Fingerprint an original in the sandbox and keep what the search needs. The picture is not kept."""
    case = house.records.get(Case, case_key)
    seen = house.sandbox.inspect(body, Effort.REFERENCE)
    reference = Reference(
        case.key, kept_of(seen.fingerprints), label, by, house.clock(), seen.kind, seen.seconds
    )
    withdrawn = {one.reference for one in house.records.find(Withdrawal, case=case.key)}
    while reference.key in withdrawn:  # what left the search does not come back under its old key
        reference = replace(reference, again=reference.again + 1)
    if not is_searched(case, house):
        return Outcome(records=(reference,), answer=reference.key)
    changes, jobs = _entry(house, reference)
    return Outcome(records=(reference,), index=changes, next=jobs, answer=reference.key)


def add_words(house: House, case_key: str, kind: IdentifierKind, text: str, *, by: str) -> Outcome:
    """Enter a text that a case is known by; it is searched for in every post from now on.

    One that stands already is answered by its key. Raises NeedsHuman with why and what to enter instead.
    """
    case = house.records.get(Case, case_key)
    known = KnownAs(case.key, kind, " ".join(text.split()), by, house.clock())
    reason = reason_to_refuse(known.identifier)
    if reason:
        raise NeedsHuman(f"This cannot be searched for: {reason}.")
    for one in words_of(case.key, house):
        if (one.kind, one.text) == (known.kind, known.text):
            return Outcome(answer=one.key)
    while is_withdrawn(known.key, house):  # entered anew in the same instant; it is not the old one
        known = replace(known, at=known.at + timedelta(microseconds=1))
    index = (IndexChange(known.key, case.key, is_added=True),) if is_searched(case, house) else ()
    return Outcome(records=(known,), index=index, answer=known.key)


def withdraw_words(house: House, key: str, *, by: str) -> Outcome:
    """Take a text that a case is known by out of the search in every worker."""
    return _withdrawn(house.records.get(KnownAs, key), house, by)


def withdraw_reference(house: House, reference_key: str, *, by: str) -> Outcome:
    """Take a reference out of the search in every worker."""
    return _withdrawn(house.records.get(Reference, reference_key), house, by)


def decide(house: House, alert_key: str, verdict: Verdict, *, by: str, note: str = "") -> Outcome:
    """Record a person's verdict. A confirmed alert is pursued; undo works until the notice is out."""
    alert = house.records.get(Alert, alert_key)
    decision = Decision(alert.case, alert.key, verdict, by, house.clock(), note)
    jobs = (Job("pursue_alert", alert.key),) if verdict is Verdict.CONFIRMED else ()
    return Outcome(records=(decision,), next=jobs, answer=alert.key)


def expose(house: House, place_key: str, *, by: str) -> Outcome:
    """Record that a person is about to see clear pixels. Apply it before calling `clear_picture`."""
    place = house.records.get(Place, place_key)
    if house.records.get(Case, place.case).is_minor:
        raise NeedsHuman("Pictures of children are never shown here. Decide on the facts, or ask the police.")
    return Outcome(records=(Exposure(place.case, place.key, by, house.clock()),), answer=place.key)


def clear_picture(house: House, place_key: str) -> bytes:
    """Fetch the medium again and return it as a clean JPEG, made in the sandbox. Nothing is stored."""
    place = house.records.get(Place, place_key)
    return house.sandbox.render(
        house.fetcher.fetch(place.media_url, limits_for(place.kind), pass_of(place, house)).body,
        RENDERED_SIDE,
    )


def export_evidence(house: House, place_key: str, *, by: str) -> tuple[Outcome, Evidence]:
    """Record that a sealed bundle is handed out, and return it."""
    bundles = house.records.find(Evidence, parent=place_key)
    if not bundles:
        raise NeedsHuman("There is no sealed evidence for this place yet. Confirm its alert first.")
    export = Export(bundles[-1].case, bundles[-1].key, by, house.clock())
    return Outcome(records=(export,), answer=bundles[-1].key), bundles[-1]


def request_again(house: House, place_key: str) -> Outcome:
    """Write and send one more notice for a place, for instance after one that is in doubt or refused."""
    evidence = house.records.find(Evidence, parent=place_key)
    if not evidence:
        raise NeedsHuman("There is no sealed evidence for this place yet. Confirm its alert first.")
    number = len(house.records.find(Notice, parent=place_key))
    return Outcome(next=(Job("draft", evidence[-1].key, number),), answer=place_key)


def turn(house: House, switch: str, *, is_on: bool, by: str) -> Outcome:
    """Turn something on or off for the whole centre, such as sending."""
    return Outcome(records=(Switch(switch, is_on, by, house.clock()),), answer=switch)


def add_watch(house: House, watch: Watch, secrets: Collection[str] = ()) -> Outcome:
    """Set up a watch, or set it up anew; one that reads another place now begins there from now on.

    `secrets` names its options that are secret: a new token reads the same place.
    """
    earlier = house.records.find(Watch, parent=watch.name)
    is_moved = bool(earlier) and _place_of(earlier[-1], secrets) != _place_of(watch, secrets)
    position = Position(watch.name, "", watch.at) if is_moved else None
    return Outcome(records=(watch,), position=position, answer=watch.name)


def _place_of(watch: Watch, secrets: Collection[str]) -> tuple[str, dict[str, str]]:
    return watch.source, {name: value for name, value in watch.options.items() if name not in secrets}


def bound_watch(house: House, name: str, bounds: Bounds, *, by: str) -> Outcome:
    """Say what a watch may use a day, what it should yield, and how it treats robots.txt."""
    watch = replace(watch_named(name, house), bounds=bounds, by=by, at=house.clock())
    return Outcome(records=(watch,), answer=name)


def set_contact(house: House, name: str, contact: str, *, by: str) -> Outcome:
    """Enter the address at which a watched site takes removal requests. What waited for it goes on."""
    watch = replace(watch_named(name, house), contact=contact, by=by, at=house.clock())
    jobs = go_on_with(name, house) if contact else ()
    return Outcome(records=(watch,), next=jobs, answer=name)


def set_priority(house: House, name: str, priority: Priority, *, by: str) -> Outcome:
    """Say how soon second looks at what a watch brings are wanted. What waits already keeps its place."""
    watch = replace(watch_named(name, house), priority=priority, by=by, at=house.clock())
    return Outcome(records=(watch,), answer=name)


def end_watch(house: House, name: str, *, by: str) -> Outcome:
    """Stop watching. What was found stays."""
    watch_named(name, house)
    return Outcome(records=(WatchEnd(name, by, house.clock()),), answer=name)


def _withdrawn(one: Reference | KnownAs, house: House, by: str) -> Outcome:
    withdrawal = Withdrawal(one.case, one.key, by, house.clock())
    change = IndexChange(one.key, one.case, is_added=False)
    return Outcome(records=(withdrawal,), index=(change,), answer=one.key)


def _enter(house: House, case_key: str) -> tuple[tuple[IndexChange, ...], tuple[Job, ...]]:
    entries = [_entry(house, reference) for reference in references_of(case_key, house)]
    words = tuple(IndexChange(one.key, one.case, is_added=True) for one in words_of(case_key, house))
    changes = tuple(change for several, _ in entries for change in several)
    return (*changes, *words), tuple(job for _, jobs in entries for job in jobs)


def _entry(house: House, reference: Reference) -> tuple[tuple[IndexChange, ...], tuple[Job, ...]]:
    """A reference enters the search; the archive is searched at once, and again for what was in flight."""
    jobs = (
        Job("search_archive", reference.key, 0),
        Job("search_archive", reference.key, 1, due=house.clock() + IN_FLIGHT),
    )
    return (IndexChange(reference.key, reference.case, is_added=True),), jobs
