"""What is written in a picture, and where links lead: marked on the alert, and never a link to click."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.utils.translation import override

from jikimi.model.case import Case
from jikimi.model.outcome import Outcome
from jikimi.model.text import EvidenceClass, IdentifierKind, TextHit
from jikimi.model.writing import Lead, LeadKind, Quote, Where, Writing
from jikimi.store.models import AlertRow

if TYPE_CHECKING:
    from django.test import Client

    from jikimi.model.alert import Alert, Place
    from jikimi.model.ports import House

Fill = Callable[..., tuple[Case, "Alert", "Place"]]
HANDLE = "willow_harbour88"
GROUP, PAGE = "https://t.me/+AbCdEf", "https://street.example/<b>"


def written(house: House, place: Place, *, unread: str = "", evidence: EvidenceClass) -> None:
    hit = TextHit("k", place.case, IdentifierKind.HANDLE, evidence, 5, 5 + len(HANDLE))
    quotes = (Quote(Where.LETTERS, f"<i>x {HANDLE}", (hit,)),)
    leads = (Lead(LeadKind.INVITE, GROUP, Where.CODE), Lead(LeadKind.PAGE, PAGE, Where.LETTERS))
    writing = Writing(place.case, place.key, quotes, leads, house.clock(), unread)
    house.records.apply(Outcome(records=(writing,)), by="jikimi")


def test_names_are_marked_and_links_are_shown_but_lead_nowhere(ada: Client, fill: Fill, house: House) -> None:
    _, alert, place = fill("2026-9")
    assert "Not read yet." in ada.get(f"/alerts/{alert.key}/").content.decode()
    written(house, place, evidence=EvidenceClass.EXACT)
    page = ada.get(f"/alerts/{alert.key}/").content.decode()
    assert f'<mark class="sure" title="word for word">{HANDLE}</mark>' in page
    assert "&lt;i&gt;x" in page
    assert f"<code>{GROUP}</code>" in page
    assert f'href="{GROUP}' not in page
    assert "Jikimi never joins a group" in page
    assert "jikimi watch add website street-example" in page
    assert "https://street.example/&lt;b&gt;" in page
    assert AlertRow.objects.get(key=alert.key).is_named


def test_weak_hits_do_not_name_and_what_was_not_read_is_said(ada: Client, fill: Fill, house: House) -> None:
    _, alert, place = fill("2026-9")
    reason = "letters were not read: no program for that is installed"
    written(house, place, unread=reason, evidence=EvidenceClass.PHONETIC)
    assert reason in ada.get(f"/alerts/{alert.key}/").content.decode()
    assert not AlertRow.objects.get(key=alert.key).is_named


def test_of_children_letters_are_quoted_and_pixels_never_shown(ada: Client, fill: Fill, house: House) -> None:
    _, alert, place = fill("2026-9", is_minor=True)
    written(house, place, evidence=EvidenceClass.EXACT)
    page = ada.get(f"/alerts/{alert.key}/").content.decode()
    assert f">{HANDLE}</mark>" in page
    assert "data-reveal" not in page


def test_korean_readers_get_korean_words(ada: Client, fill: Fill, house: House) -> None:
    _, alert, place = fill("2026-9")
    written(house, place, evidence=EvidenceClass.EXACT)
    with override("ko"):  # what the request chooses ends with it
        page = ada.get(f"/alerts/{alert.key}/", headers={"accept-language": "ko"}).content.decode()
    assert "사진 속 글자" in page
    assert "단체방 또는 채널, QR 코드" in page
