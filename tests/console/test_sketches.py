"""Where the copy is: drawn over the blurred preview, or without any picture, and said in words."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from jikimi.model.alert import Alert, Place
from jikimi.model.case import Case, Reference
from jikimi.model.fingerprint import POINTS_HEADER, Fingerprint, How
from jikimi.model.outcome import Outcome

if TYPE_CHECKING:
    from django.test import Client

    from jikimi.model.ports import House

Fill = Callable[..., tuple[Case, Alert, Place]]
POINTS = Fingerprint("orb", struct.pack(POINTS_HEADER, 1, 0, 0, 512, 341))
CROP = How("orb", 35, 90, "mirrored, cropped", 21, (0.0,) * 8, (-2, 0, 1.5, 0, 2, -0.2, 0, 0, 1))
PASTED = How("orb", 12, 94, "part of a larger picture", 40, (0.0,) * 8, (0.5, 0, 0.2, 0, 0.4, 0.3, 0, 0, 1))


@pytest.fixture
def part(fill: Fill, house: House) -> Callable[..., Alert]:
    """Let a part of a reference be found, by the second look; returns the alert."""

    def find(how: How, *, is_minor: bool = False, preview: bool = True, number: str = "2026-8") -> Alert:
        case, _, whole = fill(number, is_minor=is_minor)
        reference = Reference(case.key, (*whole.fingerprints, POINTS), "lake", "cora", house.clock())
        reference = replace(reference, fingerprints=(Fingerprint("pdq", b"x" * 32, 90), POINTS))
        alert = Alert(case.key, reference.key, 0, house.clock())
        kept = whole.preview if preview else b""
        place = replace(
            whole, alert=alert.key, reference=reference.key, post="part", how=how, look=2, preview=kept
        )
        house.records.apply(Outcome(records=(reference, alert, place)), by="jikimi")
        return alert

    return find


def drawings(page: str) -> list[str]:
    return re.findall(r"<svg.*?</svg>", page, re.DOTALL)


def test_a_part_is_outlined_over_the_blurred_preview_and_in_the_reference(
    ada: Client, part: Callable[..., Alert]
) -> None:
    page = ada.get(f"/alerts/{part(PASTED).key}/").content.decode()
    over, own = drawings(page)
    assert "/preview" in page
    assert 'class="over"' in over
    assert 'viewBox="0 0 100.0 83.3"' in over
    assert 'points="20.0,25.0 70.0,25.0 70.0,58.3 20.0,58.3"' in over
    assert 'aria-label="Where the reference lies in the picture: from 20 to 70 % of the width' in over
    assert 'viewBox="0 0 100.0 66.6"' in own
    assert "the reference covers 20 % of it." in page
    assert "100 % of it is visible there." in page
    assert "It goes on beyond" not in page
    assert 'style="' not in page


def test_of_a_crop_the_page_says_that_the_reference_goes_on_outside(
    ada: Client, part: Callable[..., Alert]
) -> None:
    page = ada.get(f"/alerts/{part(CROP).key}/").content.decode()
    assert "the reference covers 100 % of it. It goes on beyond the picture&#x27;s edge." in page.replace(
        "picture's", "picture&#x27;s"
    )
    assert "25 % of it is visible there." in page
    assert "mirrored, cropped" in page
    assert "points of the picture (orb). 21 agree; in 35 % of what should be visible nothing agrees" in page


@pytest.mark.parametrize("how", [{"is_minor": True}, {"preview": False}], ids=["a minor", "no preview"])
def test_the_sketch_needs_no_picture(ada: Client, part: Callable[..., Alert], how: dict[str, bool]) -> None:
    page = ada.get(f"/alerts/{part(PASTED, **how).key}/").content.decode()
    assert "/preview" not in page
    assert "<image" not in page
    first, second = drawings(page)
    assert 'class="alone"' in first
    assert 'class="alone"' in second
    assert ("never shown here" in page) == how.get("is_minor", False)


def test_a_match_of_whole_pictures_has_no_sketch(ada: Client, fill: Fill) -> None:
    _, alert, _ = fill()
    page = ada.get(f"/alerts/{alert.key}/").content.decode()
    assert drawings(page) == []
    assert "a hash of the whole picture (pdq). Distance 18 of at most 31." in page


def test_a_mangled_match_is_shown_without_a_sketch(ada: Client, part: Callable[..., Alert]) -> None:
    nonsense = replace(CROP, homography=(0.0,) * 9)
    assert drawings(ada.get(f"/alerts/{part(nonsense).key}/").content.decode()) == []


def test_list_and_page_say_which_look_found_the_copy(
    ada: Client, part: Callable[..., Alert], fill: Fill
) -> None:
    _, whole, _ = fill()
    alert = part(CROP)
    cards = dict(
        re.findall(r'id="alert-([0-9a-f]+)"(.*?)</li>', ada.get("/alerts/").content.decode(), re.DOTALL)
    )
    assert "<dd>first look</dd>" in cards[whole.key]
    assert "<dd>second look</dd>" in cards[alert.key]
    page = ada.get(f"/alerts/{alert.key}/").content.decode()
    assert "Copy found on street (second look)" in page
    ada.post("/language", {"language": "ko", "next": "/"})
    page = ada.get(f"/alerts/{alert.key}/").content.decode()
    assert "<dt>찾은 단계</dt><dd>2차 정밀 살펴보기</dd>" in page
    assert "좌우 반전, 일부만 잘라 냄" in page
    assert "사진 속 특징점(orb). 21개가 일치하며" in page
    assert "원본의 25%가 그 사진에 보입니다." in page


def test_the_clock_is_said_by_the_look_that_found_the_first_place(
    ada: Client, part: Callable[..., Alert], house: Any
) -> None:
    alert = part(CROP)
    (first,) = house.records.find(Place, parent=alert.key)
    surer = replace(first, post="later", tier=type(first.tier).CERTAIN, look=1)
    house.records.apply(Outcome(records=(surer,)), by="jikimi")
    cards = ada.get("/alerts/").content.decode()
    assert "certain" in cards
    assert "<dd>second look</dd>" in cards.split(f"alert-{alert.key}")[1].split("</li>")[0]
