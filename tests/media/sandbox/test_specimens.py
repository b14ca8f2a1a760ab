"""Specimens are harmless, repeatable, and as different from each other as photographs are."""

import cv2
import numpy as np
import pytest
from drawn import scene
from numpy.typing import NDArray

from jikimi.media.decode import decode
from jikimi.media.edits import EDITS
from jikimi.media.specimen import draw, encode_jpeg, encode_png

SEEDS = 200


def coarse_hash(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """256 bits: which of the 16 × 16 lowest frequencies of the 64 × 64 grey picture exceed their median."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[1:17, 1:17]
    return np.asarray((low > np.median(low)).ravel(), dtype=np.bool_)


def orientations(pixels: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    mirrored = np.fliplr(pixels)
    return [np.ascontiguousarray(np.rot90(side, turn)) for side in (pixels, mirrored) for turn in range(4)]


@pytest.mark.slow
def test_no_two_specimens_look_alike_in_any_orientation() -> None:
    drawings = (draw(seed, 480, 320) for seed in range(SEEDS))
    hashes = np.array([[coarse_hash(turned) for turned in orientations(drawing)] for drawing in drawings])
    for turn in range(8):
        distances = (hashes[:, None, 0] != hashes[None, :, turn]).sum(axis=2)
        np.fill_diagonal(distances, 256)
        assert distances.min() > 80


def test_the_same_seed_draws_the_same_picture() -> None:
    assert np.array_equal(draw(5, 120, 80), draw(5, 120, 80))
    assert not np.array_equal(draw(5, 120, 80), draw(6, 120, 80))


def test_a_specimen_is_rgb_of_the_size_asked_for() -> None:
    drawing = draw(1)
    assert drawing.shape == (640, 960, 3)
    assert drawing.dtype == np.uint8
    assert drawing.std() > 40


def test_encodings_show_the_same_specimen() -> None:
    wanted = cv2.cvtColor(scene(), cv2.COLOR_RGB2GRAY).astype(np.int16)
    for body, allowed in ((encode_png(scene()), 1), (encode_jpeg(scene(), 95), 6)):
        picture = decode(body).picture
        seen = np.frombuffer(picture.luma, np.uint8).reshape(picture.height, picture.width)
        assert np.abs(seen - wanted).mean() < allowed


SIZES = {
    "re-encoded": (240, 160),
    "shrunk": (320, 213),
    "mirrored": (240, 160),
    "bordered": (298, 198),
    "rotated a quarter": (160, 240),
    "rotated half": (240, 160),
}


def test_every_edit_is_known_to_the_tests() -> None:
    assert set(EDITS) == set(SIZES)


@pytest.mark.parametrize("edit", EDITS)
def test_every_edit_is_a_readable_jpeg_of_the_expected_size(edit: str) -> None:
    decoded = decode(EDITS[edit](scene()))
    assert decoded.format == "JPEG"
    assert (decoded.picture.width, decoded.picture.height) == SIZES[edit]


def test_turning_a_quarter_is_clockwise() -> None:
    pixels = np.zeros((80, 120, 3), np.uint8)
    pixels[:, :20] = 255  # white on the left
    picture = decode(EDITS["rotated a quarter"](pixels)).picture
    seen = np.frombuffer(picture.luma, np.uint8).reshape(picture.height, picture.width)
    assert seen[:16].mean() > 250  # is white on top
    assert seen[30:].mean() < 5
