"""What every fingerprint algorithm must do, whatever it looks at."""

import pickle

import numpy as np
import pytest

from jikimi.fingerprints.pdq import Pdq
from jikimi.fingerprints.sha256 import Sha256
from jikimi.media.decode import decode
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.fingerprint import Kind, Orientation, Picture, View
from jikimi.model.ports import Fingerprinter

SEES_PICTURES: list[Fingerprinter] = [Pdq()]
EVERY: list[Fingerprinter] = [*SEES_PICTURES, Sha256()]
NAMES = {"pdq", "sha256"}

every = pytest.mark.parametrize("fingerprinter", EVERY, ids=lambda one: one.name)
every_seeing = pytest.mark.parametrize("fingerprinter", SEES_PICTURES, ids=lambda one: one.name)


@pytest.fixture(scope="module")
def body() -> bytes:
    return encode_jpeg(draw(31))


@pytest.fixture(scope="module")
def picture(body: bytes) -> Picture:
    return decode(body).picture


def plain(grey: int) -> Picture:
    return Picture(640, 512, bytes([grey]) * (640 * 512), 640, 512)


def test_names_are_those_that_stand_in_stored_fingerprints() -> None:
    assert {one.name for one in EVERY} == NAMES


@every
def test_it_reads_images(fingerprinter: Fingerprinter) -> None:
    assert fingerprinter.kind is Kind.IMAGE


@every
def test_the_same_picture_gives_the_same_fingerprints(
    fingerprinter: Fingerprinter, body: bytes, picture: Picture
) -> None:
    first = fingerprinter.fingerprint(body, picture)
    fingerprinter.fingerprint(b"another", decode(encode_jpeg(draw(32))).picture)
    assert fingerprinter.fingerprint(body, picture) == first


@every
def test_it_travels_to_another_process(fingerprinter: Fingerprinter, body: bytes, picture: Picture) -> None:
    travelled = pickle.loads(pickle.dumps(fingerprinter))  # noqa: S301  # our own bytes
    assert travelled.fingerprint(body, picture) == fingerprinter.fingerprint(body, picture)


@every
def test_fingerprints_carry_its_name_and_a_quality_in_range(
    fingerprinter: Fingerprinter, body: bytes, picture: Picture
) -> None:
    for one in fingerprinter.fingerprint(body, picture):
        assert one.algorithm == fingerprinter.name
        assert 0 <= one.quality <= 100
        assert isinstance(one.value, bytes)


@every
def test_each_view_is_given_upright_first_and_no_turn_twice(
    fingerprinter: Fingerprinter, body: bytes, picture: Picture
) -> None:
    found = fingerprinter.fingerprint(body, picture)
    assert found[0].view is View.WHOLE
    for view in {one.view for one in found}:
        turns = [one.orientation for one in found if one.view is view]
        assert turns[0] is Orientation.UPRIGHT
        assert len(turns) == len(set(turns))


@every_seeing
def test_a_mirrored_picture_is_known_by_its_mirrored_fingerprint(fingerprinter: Fingerprinter) -> None:
    scene = draw(33)
    original = fingerprinter.fingerprint(b"", decode(encode_jpeg(scene)).picture)[0]
    seen = fingerprinter.fingerprint(b"", decode(encode_jpeg(np.fliplr(scene))).picture)
    distance = {
        one.orientation: (int.from_bytes(one.value) ^ int.from_bytes(original.value)).bit_count()
        for one in seen
        if one.view is View.WHOLE
    }
    assert min(distance, key=lambda turn: distance[turn]) is Orientation.MIRRORED
    assert distance[Orientation.MIRRORED] <= 12


@every_seeing
@pytest.mark.parametrize("grey", [0, 127, 255])
def test_a_blank_picture_has_nothing_to_hold_on_to(fingerprinter: Fingerprinter, grey: int) -> None:
    assert fingerprinter.fingerprint(b"", plain(grey)) == []


@every_seeing
def test_a_blank_picture_with_jpeg_noise_has_nothing_to_hold_on_to(fingerprinter: Fingerprinter) -> None:
    noise = np.random.default_rng(1).normal(128, 2, (512, 640, 3)).astype(np.uint8)
    assert fingerprinter.fingerprint(b"", decode(encode_jpeg(noise, 40)).picture) == []
