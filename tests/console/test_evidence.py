"""Evidence in the console: how it was captured, its time stamp, and handing it over encrypted."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyrage
import pytest
from django.test import Client

from jikimi.evidence.bag import seal
from jikimi.evidence.signing import CmsSealer, create_identity
from jikimi.evidence.unpacking import unpack
from jikimi.model.alert import Alert, Evidence, Place
from jikimi.model.capture import Collector
from jikimi.model.case import Case
from jikimi.model.custody import Captured, HandOver, Stamp
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House

Fill = Callable[..., tuple[Case, Alert, Place]]


@pytest.fixture
def ada(signed_in: Callable[..., Client]) -> Client:
    return signed_in("ada", "investigator")


@pytest.fixture
def sealer(house: House) -> CmsSealer:
    """The console's house signs for real here."""
    from django.apps import apps

    real = CmsSealer(*create_identity("Specimen Centre", house.clock))
    config: Any = apps.get_app_config("console")
    config.house = replace(house, sealer=real)
    return real


@pytest.fixture
def sealed(fill: Fill, house: House, sealer: CmsSealer) -> Callable[..., tuple[Place, Evidence]]:
    def build(*, is_minor: bool = False, capture: str = "browser", note: str = "") -> tuple[Place, Evidence]:
        _, _, place = fill(is_minor=is_minor)
        collector = Collector("jikimi", "clock", "network")
        evidence = seal(place, None, None, collector=collector, sealer=sealer, clock=house.clock)
        at = house.clock()
        captured = Captured(place.case, place.key, evidence.key, capture, "Chromium 156", note, at)
        house.records.apply(Outcome(records=(evidence, captured)), by="jikimi")
        return place, evidence

    return build


def page_of(client: Client, place: Place) -> str:
    return client.get(f"/alerts/{place.alert}/").content.decode()


@pytest.mark.parametrize(
    ("capture", "note", "words"),
    [
        ("browser", "", "Captured with a browser; pictures are covered in the screenshot. Chromium 156"),
        (
            "HTTP only",
            "No browser is installed.",
            "the plain page only, no screenshot. No browser is installed.",
        ),
        ("", "", "The page did not answer; the bundle holds the match only."),
    ],
)
def test_the_page_tells_who_looked(ada: Client, sealed: Any, capture: str, note: str, words: str) -> None:
    place, _ = sealed(capture=capture, note=note)
    assert words in " ".join(page_of(ada, place).split())


def test_the_page_tells_how_the_time_stamp_stands(ada: Client, sealed: Any, house: House) -> None:
    place, evidence = sealed()
    assert "No time stamp: no time authority is set." in page_of(ada, place)
    at = house.clock()
    stamp = Stamp(place.case, place.key, evidence.key, "tsa.invalid", b"r", b"c", at, "openssl ts", at)
    house.records.apply(Outcome(records=(stamp,)), by="jikimi")
    page = page_of(ada, place)
    assert f"Time stamp by tsa.invalid: {at:%Y-%m-%d %H:%M:%S}" in page
    assert "Evidence stamped by tsa.invalid" in page


def test_a_hand_over_is_recorded_and_opens_with_the_receivers_key_only(
    ada: Client, sealed: Any, house: House
) -> None:
    place, evidence = sealed()
    police, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    answer = ada.post(
        f"/places/{place.key}/hand-over", {"to": f" {police.to_public()}\n{other.to_public()} "}
    )
    assert answer.status_code == 200
    assert f"jikimi-{place.key}.tar.gz.age" in answer.headers["Content-Disposition"]
    (record,) = house.records.find(HandOver, parent=place.key)
    assert (record.by, len(record.recipients), record.size) == ("ada", 2, len(answer.content))
    files = unpack(pyrage.decrypt(answer.content, [other]))
    assert files["bundle.tar.gz"] == evidence.bag
    page = page_of(ada, place)
    assert "by ada: age, 2 keys" in page
    assert "Evidence handed over, encrypted (age, 2 keys)" in page


@pytest.mark.parametrize("to", ["", "age1nothing", "not a key"])
def test_without_a_key_nothing_leaves_and_nothing_is_recorded(
    ada: Client, sealed: Any, house: House, to: str
) -> None:
    place, _ = sealed()
    answer = ada.post(f"/places/{place.key}/hand-over", {"to": to})
    assert answer.status_code == 409
    assert "age" in answer.content.decode()
    assert house.records.find(HandOver, parent=place.key) == ()


def test_of_a_child_the_medium_is_neither_offered_nor_given(ada: Client, sealed: Any, house: House) -> None:
    place, _ = sealed(is_minor=True)
    assert "with_medium" not in page_of(ada, place)
    key = str(pyrage.x25519.Identity.generate().to_public())
    answer = ada.post(f"/places/{place.key}/hand-over", {"to": key, "with_medium": "yes"})
    assert answer.status_code == 409
    assert house.records.find(HandOver, parent=place.key) == ()
