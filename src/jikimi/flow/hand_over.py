"""What people do with sealed evidence: hand out a bundle, or hand it over encrypted to the police's key."""

from hashlib import sha256

from jikimi.evidence.encrypting import Receivers, encrypt, names_of
from jikimi.evidence.export import bundle_with
from jikimi.evidence.hand_over import Sealed, assemble
from jikimi.evidence.report import Custody
from jikimi.flow.acts import export_evidence
from jikimi.flow.reading import limits_for, pass_of
from jikimi.model.alert import Evidence, Job, Notice, Place, Receipt, Recheck
from jikimi.model.case import Case, Decision, Export, Exposure
from jikimi.model.custody import Captured, HandOver, Link, Stamp
from jikimi.model.errors import NeedsHuman
from jikimi.model.outcome import Outcome, Record
from jikimi.model.ports import House

ENDINGS = {"age": ".tar.gz.age", "OpenPGP": ".tar.gz.pgp"}


def stamp_of(evidence: Evidence, house: House) -> Stamp | None:
    """Return the time stamp of a bundle, None while it waits for one."""
    stamps = house.records.find(Stamp, parent=evidence.place)
    return stamps[-1] if stamps else None


def export_bundle(house: House, place_key: str, *, by: str) -> tuple[Outcome, bytes]:
    """Record that a bundle is handed out, and return it (tar.gz) with its time stamp if there is one."""
    outcome, evidence = export_evidence(house, place_key, by=by)
    return outcome, bundle_with(evidence, stamp_of(evidence, house), house.sealer)


def hand_over(
    house: House, place_key: str, receivers: Receivers, *, by: str, with_medium: bool = False
) -> tuple[Outcome, bytes]:
    """Record that evidence is handed over, and return it encrypted to the receivers. Apply the record first.

    `with_medium` fetches the medium once more and encrypts it along if it still is the one that was found; it
    is never written anywhere else, and never taken of a child. Raises NeedsHuman with what is missing.
    """
    names = names_of(receivers)
    place = house.records.get(Place, place_key)
    bundles = house.records.find(Evidence, parent=place_key)
    if not bundles:
        raise NeedsHuman("There is no sealed evidence for this place yet. Confirm its alert first.")
    evidence, at = bundles[-1], house.clock()
    medium = _medium(place, house) if with_medium else b""
    custody = Custody(
        links=_links(place, evidence, house),
        anchor=None if house.ledger is None else house.ledger.newest(),
        centre=house.rules.centre,
        by=by,
        at=at,
    )
    plain = assemble(Sealed(place, evidence, stamp_of(evidence, house), medium), custody, house.sealer)
    closed = encrypt(plain, receivers)
    record = HandOver(
        case=place.case,
        place=place.key,
        evidence=evidence.key,
        form=receivers.form,
        recipients=names,
        sha256=sha256(closed).hexdigest(),
        size=len(closed),
        by=by,
        at=at,
        has_medium=with_medium,
    )
    return Outcome(records=(record,), answer=record.key), closed


def stamp_again(house: House, place_key: str) -> Outcome:
    """Ask the time authority once more for a place's bundle, for instance after a refusal."""
    bundles = house.records.find(Evidence, parent=place_key)
    if not bundles:
        raise NeedsHuman("There is no sealed evidence for this place yet. Confirm its alert first.")
    if house.stamper is None:
        raise NeedsHuman("No time authority is set. Set JIKIMI_TSA and JIKIMI_TSA_CERTIFICATE.")
    turn = int(house.clock().timestamp())  # a job of its own, beside one that was laid aside
    return Outcome(next=(Job("stamp", bundles[-1].key, turn),), answer=bundles[-1].key)


def _medium(place: Place, house: House) -> bytes:
    if house.records.get(Case, place.case).is_minor:
        raise NeedsHuman("Pictures of children are never handed out from here. Hand over without the medium.")
    body = house.fetcher.fetch(place.media_url, limits_for(place.kind), pass_of(place, house)).body
    if sha256(body).digest() != place.sha256:
        raise NeedsHuman(
            "The medium's address answers with other bytes than those that were found. "
            "Hand over without the medium."
        )
    return body


def _links(place: Place, evidence: Evidence, house: House) -> tuple[Link, ...]:
    """Return the audit links of all that was done about a place, from its finding to its hand-over."""
    if house.ledger is None:
        return ()
    records = house.records
    about: tuple[Record, ...] = (
        place,
        evidence,
        *records.find(Decision, parent=place.alert),
        *records.find(Exposure, parent=place.key),
        *records.find(Captured, parent=place.key),
        *records.find(Stamp, parent=place.key),
        *records.find(Export, parent=evidence.key),
        *records.find(HandOver, parent=place.key),
        *records.find(Recheck, parent=place.key),
    )
    notices = records.find(Notice, parent=place.key)
    receipts = tuple(one for notice in notices for one in records.find(Receipt, parent=notice.key))
    keys = [one.key for one in (*about, *notices, *receipts)]
    return house.ledger.links_about((*keys, place.alert))
