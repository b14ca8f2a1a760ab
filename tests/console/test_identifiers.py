"""What a case is known by in words: entered and withdrawn on its page, and marked where a post says it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jikimi.console.quotes import LONGEST, quote
from jikimi.flow import acts
from jikimi.model.alert import WORDS, Alert, Place
from jikimi.model.case import Case, Withdrawal
from jikimi.model.fingerprint import How, Kind
from jikimi.model.outcome import Outcome
from jikimi.model.text import EvidenceClass, IdentifierKind, KnownAs, TextHit
from jikimi.store.models import AlertRow

if TYPE_CHECKING:
    from django.test import Client

    from jikimi.model.ports import House

Fill = Callable[..., tuple[Case, Alert, Place]]
HANDLE = "willow_harbour88"


def hit(start: int, end: int, evidence: EvidenceClass = EvidenceClass.EXACT) -> TextHit:
    return TextHit("k", "c", IdentifierKind.HANDLE, evidence, start, end)


def test_a_text_is_entered_and_withdrawn(cora: Client, fill: Fill, house: House) -> None:
    case, _, _ = fill("2026-9")
    url = f"/cases/{case.key}/identifiers"
    page = cora.post(url, {"kind": "handle", "text": HANDLE}, follow=True).content.decode()
    assert "It is searched for in every post from now on." in page
    (known,) = house.records.find(KnownAs, case=case.key)
    assert (known.text, known.by) == (HANDLE, "cora")
    page = cora.post(f"/identifiers/{known.key}/withdraw", follow=True).content.decode()
    assert "no longer searched for" in page
    assert house.records.find(Withdrawal, case=case.key)[0].reference == known.key
    assert f"“{HANDLE}” withdrawn from the search" in page


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("name", "", "This field is required."),
        ("dream", "abc", "Select a valid choice."),
        ("name", "결", "1 letters are too few"),
    ],
)
def test_what_cannot_be_searched_for_is_refused_with_a_reason(
    cora: Client, fill: Fill, house: House, kind: str, text: str, said: str
) -> None:
    case, _, _ = fill("2026-9")
    answer = cora.post(f"/cases/{case.key}/identifiers", {"kind": kind, "text": text})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert house.records.find(KnownAs, case=case.key) == ()


def test_an_ordinary_word_is_entered_with_a_warning(cora: Client, fill: Fill, house: House) -> None:
    case, _, _ = fill("2026-9")
    outcome = acts.add_words(house, case.key, IdentifierKind.NICKNAME, "오늘", by="cora")
    house.records.apply(outcome, by="cora")
    assert "An ordinary word" in cora.get(f"/cases/{case.key}/").content.decode()


def test_the_alert_marks_what_the_post_says(ada: Client, fill: Fill, house: House) -> None:
    case, _, whole = fill("2026-9")
    outcome = acts.add_words(house, case.key, IdentifierKind.HANDLE, HANDLE, by="cora")
    house.records.apply(outcome, by="cora")
    alert = Alert(case.key, outcome.answer, 0, house.clock())
    text = f"<b>look</b> for {HANDLE} here"
    found = TextHit(
        outcome.answer, case.key, IdentifierKind.HANDLE, EvidenceClass.EXACT, 16, 16 + len(HANDLE)
    )
    place = replace(
        whole, alert=alert.key, reference=outcome.answer, post="said", part=WORDS, media_url="", text=text,
        fingerprints=(), how=How("text", 0, 0, "exact"), preview=b"", kind=Kind.TEXT, hits=(found,),
    )  # fmt: skip
    house.records.apply(Outcome(records=(alert, place)), by="jikimi")
    assert AlertRow.objects.get(key=alert.key).is_named
    page = ada.get(f"/alerts/{alert.key}/").content.decode()
    assert f'<mark class="sure" title="word for word">{HANDLE}</mark>' in page
    assert "&lt;b&gt;look&lt;/b&gt;" in page
    assert "data-reveal" not in page
    assert HANDLE in ada.get("/alerts/").content.decode()


def test_a_quote_marks_each_place_once_surest_first() -> None:
    said = quote(
        "one two three", [hit(0, 3), hit(2, 7, EvidenceClass.PHONETIC), hit(8, 13, EvidenceClass.PHONETIC)]
    )
    assert said == (
        '<mark class="sure" title="word for word">one</mark> two '
        '<mark class="weak" title="as it sounds">three</mark>'
    )


@pytest.mark.parametrize("spans", [(5, 3), (-1, 2), (0, 99), (4, 4)])
def test_a_hit_outside_of_the_text_marks_nothing(spans: tuple[int, int]) -> None:
    assert quote("short", [hit(*spans)]) == "short"


def test_a_long_text_is_shown_around_its_first_hit() -> None:
    text = "x" * 1000 + HANDLE + "y" * 1000
    said = quote(text, [hit(1000, 1000 + len(HANDLE))])
    assert said.startswith("…x")
    assert said.endswith("y…")
    assert f">{HANDLE}</mark>" in said
    assert len(said) < LONGEST + 80
