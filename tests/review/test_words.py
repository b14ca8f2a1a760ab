from itertools import product

import pytest

from jikimi.model.text import EvidenceClass, IdentifierKind, TextHit
from jikimi.review.words import alerts

WEAK = [evidence for evidence in EvidenceClass if evidence.is_weak]
NAMES = [IdentifierKind.NAME, IdentifierKind.NICKNAME, IdentifierKind.SCHOOL]


def hit(kind: IdentifierKind, evidence: EvidenceClass, start: int = 0, case: str = "case") -> TextHit:
    return TextHit(f"{kind} {start}", case, kind, evidence, start, start + 3)


@pytest.mark.parametrize("kind", NAMES)
def test_a_name_alone_never_alerts(kind: IdentifierKind) -> None:
    assert not alerts([hit(kind, EvidenceClass.EXACT)])
    assert not alerts([hit(kind, EvidenceClass.EXACT), hit(kind, EvidenceClass.STRONG, 9)])


def test_weak_evidence_never_alerts_however_much_there_is() -> None:
    every = [
        hit(kind, evidence, 10 * at) for at, (kind, evidence) in enumerate(product(IdentifierKind, WEAK))
    ]
    assert not alerts(every)
    assert not alerts([*every, hit(IdentifierKind.NAME, EvidenceClass.EXACT, 5000)])


@pytest.mark.parametrize("kind", [kind for kind in IdentifierKind if kind not in NAMES])
@pytest.mark.parametrize("evidence", [EvidenceClass.EXACT, EvidenceClass.STRONG])
def test_what_nobody_else_goes_by_alerts(kind: IdentifierKind, evidence: EvidenceClass) -> None:
    assert alerts([hit(kind, evidence)])


def test_an_edited_caption_alerts() -> None:
    assert alerts([hit(IdentifierKind.CAPTION, EvidenceClass.CAPTION)])


def test_a_name_with_a_school_of_the_same_case_alerts_at_different_places_only() -> None:
    name, exact = IdentifierKind.NAME, EvidenceClass.EXACT
    school = IdentifierKind.SCHOOL
    assert alerts([hit(name, exact), hit(school, exact, 10)])
    assert not alerts([hit(name, exact), hit(school, exact, 1)])
    assert not alerts([hit(name, exact), hit(school, exact, 10, "another")])
    assert not alerts([hit(name, exact), hit(school, EvidenceClass.PHONETIC, 10)])


def test_nothing_is_no_alert() -> None:
    assert not alerts([])
