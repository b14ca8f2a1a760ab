"""Which seconds of a clip agree with which of the reference: drawn to one scale, and said in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jikimi.console.strips import clock, strip_of
from jikimi.model.alert import Alert, Place
from jikimi.model.case import Case, Reference
from jikimi.model.fingerprint import Fingerprint, How, Kind
from jikimi.model.outcome import Outcome

if TYPE_CHECKING:
    from django.test import Client

    from jikimi.model.ports import House

Fill = Callable[..., tuple[Case, Alert, Place]]
EXCERPT = How("frames", 2, 64, "mirrored", query_span=(0.0, 8.0), reference_span=(30.0, 38.0))
STILL = How("frames", 12, 31, "a frame of the clip", reference_span=(30.0, 30.0))


@pytest.fixture
def found(fill: Fill, house: House) -> Callable[..., tuple[Alert, Place, Reference]]:
    """Let a part of a clip be found; returns the alert, the place and the reference."""

    def find(how: How, kind: Kind = Kind.VIDEO, seconds: float = 8.0) -> tuple[Alert, Place, Reference]:
        case, _, whole = fill("2026-9")
        reference = Reference(
            case.key, (Fingerprint("sha256", b"c" * 32),), "walk", "cora", house.clock(), Kind.VIDEO, 80.0
        )
        alert = Alert(case.key, reference.key, 0, house.clock())
        preview = b"" if kind is Kind.AUDIO else whole.preview
        place = replace(
            whole,
            alert=alert.key,
            reference=reference.key,
            post="clip",
            how=how,
            kind=kind,
            seconds=seconds,
            preview=preview,
        )
        house.records.apply(Outcome(records=(reference, alert, place)), by="jikimi")
        return alert, place, reference

    return find


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0:00"), (7.52, "0:07.5"), (38, "0:38"), (125.04, "2:05"), (3723.5, "1:02:03")]
)
def test_times_are_said_as_players_show_them(seconds: float, said: str) -> None:
    assert clock(seconds) == said


def test_both_strips_have_one_scale(found: Callable[..., tuple[Alert, Place, Reference]]) -> None:
    _, place, reference = found(EXCERPT)
    strip = strip_of(place, reference)
    assert strip is not None
    assert strip.post is not None
    assert (strip.post.length, strip.post.begin, strip.post.width) == ("10.0", "0.0", "10.0")
    assert (strip.reference.length, strip.reference.begin, strip.reference.width) == ("100.0", "37.5", "10.0")
    assert strip.reference.words == "In the reference: 0:30 to 0:38 of 1:20."


def test_a_single_picture_has_a_moment_in_the_reference_only(
    found: Callable[..., tuple[Alert, Place, Reference]],
) -> None:
    _, place, reference = found(STILL, Kind.IMAGE, 0.0)
    strip = strip_of(place, reference)
    assert strip is not None
    assert strip.post is None
    assert (strip.reference.begin, strip.reference.width) == ("37.5", "1.0")


@pytest.mark.parametrize(
    "how",
    [
        How("pdq", 3, 31, "mirrored"),
        replace(EXCERPT, reference_span=(5.0, 2.0)),
        replace(EXCERPT, reference_span=(0.0, float("nan"))),
        replace(EXCERPT, query_span=(1.0,)),
        replace(EXCERPT, reference_span=(0.0, 0.0), query_span=()),
    ],
)
def test_without_sound_times_there_is_no_strip(
    found: Callable[..., tuple[Alert, Place, Reference]], how: How
) -> None:
    _, place, reference = found(EXCERPT)
    assert strip_of(replace(place, how=how, seconds=0.0), replace(reference, seconds=0.0)) is None


def test_the_page_shows_and_says_which_seconds(
    ada: Client, found: Callable[..., tuple[Alert, Place, Reference]]
) -> None:
    alert, _, _ = found(EXCERPT)
    page = ada.get(f"/alerts/{alert.key}/").content.decode()
    assert "In the post: 0:00 to 0:08 of 0:08." in page
    assert len(re.findall(r'<svg viewBox="0 0 100 4"', page)) == 2
    assert "mirrored" in page


def test_a_sound_offers_nothing_to_look_at(
    ada: Client, found: Callable[..., tuple[Alert, Place, Reference]]
) -> None:
    alert, _, _ = found(EXCERPT, Kind.AUDIO)
    page = ada.get(f"/alerts/{alert.key}/").content.decode()
    assert "data-reveal" not in page
    assert ">sound<" in page
