"""Gathers what the case pages show: the list, one case, its references, and what may be done with it."""

from collections.abc import Iterable
from dataclasses import dataclass

from jikimi.app.text import expected_false_alarms
from jikimi.console.strips import clock
from jikimi.console.timelines import Happening, of_case, of_closed_case
from jikimi.flow.reading import consent_of, today
from jikimi.model.case import Approval, Case, Consent, Reference, Withdrawal
from jikimi.model.errors import Gone
from jikimi.model.fingerprint import View
from jikimi.model.ports import House
from jikimi.model.text import KnownAs
from jikimi.review.findable import Findable, findable
from jikimi.store.models import AlertRow, CaseRow, CaseState


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One line of the list. `title` is "" once the case is closed: nobody can read it any more."""

    row: CaseRow
    title: str
    alerts: int


@dataclass(frozen=True, slots=True)
class ReferenceLine:
    """One reference of a case. `quality` is the hash's, 0 to 100; `length` is a clip's, "" of others."""

    reference: Reference
    is_withdrawn: bool
    quality: int
    findable: Findable
    length: str


@dataclass(frozen=True, slots=True)
class KnownLine:
    """One text a case is known by. `alarms` is how many of 100,000 posts mean another thing."""

    known: KnownAs
    is_withdrawn: bool
    alarms: int


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything about one case. `case` and `consent` are None once it is closed."""

    row: CaseRow
    case: Case | None
    consent: Consent | None
    approvals: tuple[Approval, ...]
    references: tuple[ReferenceLine, ...]
    known: tuple[KnownLine, ...]
    alerts: int
    timeline: list[Happening]
    is_own: bool
    is_run_out: bool


def lines(rows: Iterable[CaseRow], house: House) -> list[CaseLine]:
    """Return the lines of a page of the list."""
    return [
        CaseLine(row, _title(row, house), AlertRow.objects.filter(case=row.key, state="open").count())
        for row in rows
    ]


def case_row(key: str) -> CaseRow:
    """Return a case's standing; Gone if there is none."""
    row = CaseRow.objects.filter(key=key).first()
    if row is None:
        raise Gone(f"no case {key}")
    return row


def case_page(key: str, house: House, *, reader: str) -> CasePage:
    """Return everything about one case; a closed one has only its number and its end left."""
    row = case_row(key)
    if row.state == CaseState.CLOSED:
        return CasePage(row, None, None, (), (), (), 0, of_closed_case(key, house), False, False)
    case = house.records.get(Case, key)
    consent = consent_of(case, house)
    return CasePage(
        row=row,
        case=case,
        consent=consent,
        approvals=house.records.find(Approval, case=key),
        references=_references(key, house),
        known=_known(key, house),
        alerts=AlertRow.objects.filter(case=key).count(),
        timeline=of_case(case, house),
        is_own=case.by == reader,
        is_run_out=consent.expires_on < today(house),
    )


def _title(row: CaseRow, house: House) -> str:
    try:
        return house.records.get(Case, row.key).title
    except Gone:
        return ""


def _known(key: str, house: House) -> tuple[KnownLine, ...]:
    withdrawn = {record.reference for record in house.records.find(Withdrawal, case=key)}
    return tuple(
        KnownLine(one, one.key in withdrawn, round(expected_false_alarms(one.identifier)))
        for one in house.records.find(KnownAs, case=key)
    )


def _references(key: str, house: House) -> tuple[ReferenceLine, ...]:
    withdrawn = {record.reference for record in house.records.find(Withdrawal, case=key)}
    return tuple(
        ReferenceLine(
            reference,
            reference.key in withdrawn,
            _quality(reference),
            findable(reference.fingerprints),
            clock(reference.seconds) if reference.seconds else "",
        )
        for reference in house.records.find(Reference, case=key)
    )


def _quality(reference: Reference) -> int:
    whole = [f.quality for f in reference.fingerprints if f.view is View.WHOLE and f.algorithm == "pdq"]
    return min(whole, default=0)
