"""How well a reference can be found, said from its fingerprints alone."""

import struct

import numpy as np
import pytest

from jikimi.app.engine import fingerprinters
from jikimi.media.specimen import draw
from jikimi.model.fingerprint import POINTS_HEADER, Fingerprint, Orientation, Picture, View
from jikimi.review.findable import (
    LOWEST_HASH_QUALITY,
    Findable,
    findable,
    points_kept,
    proportion_of_reference,
)
from jikimi.vault.tiers import LOWEST_QUALITY

HASH = Fingerprint("pdq", b"h" * 32, 90)
BYTES = Fingerprint("sha256", b"s" * 32)


def points(
    kept: int = 200, quality: int = 80, orientation: Orientation = Orientation.UPRIGHT, version: int = 1
) -> Fingerprint:
    header = struct.pack(POINTS_HEADER, version, 300, kept, 512, 341)
    return Fingerprint("orb", header + bytes(300 * 38), quality, View.WHOLE, orientation)


@pytest.mark.parametrize(
    ("fingerprints", "judged"),
    [
        ((BYTES, HASH, points()), Findable.WELL),
        ((BYTES, HASH, points(kept=99)), Findable.BY_HASH),
        ((BYTES, HASH, points(quality=19)), Findable.BY_HASH),
        ((BYTES, HASH, points(kept=100, quality=20)), Findable.WELL),
        ((BYTES, HASH, points(orientation=Orientation.MIRRORED)), Findable.BY_HASH),
        ((BYTES, HASH, points(version=9)), Findable.BY_HASH),
        ((BYTES, HASH, Fingerprint("orb", b"cut off")), Findable.BY_HASH),
        ((BYTES, HASH), Findable.BY_HASH),
        ((BYTES, Fingerprint("pdq", b"h" * 32, 49), points()), Findable.BY_POINTS),
        ((BYTES, Fingerprint("pdq", b"h" * 32, 49), points(kept=3)), Findable.BY_BYTES),
        ((BYTES, Fingerprint("pdq", b"h" * 32, 90, orientation=Orientation.MIRRORED)), Findable.BY_BYTES),
        ((BYTES,), Findable.BY_BYTES),
    ],
)
def test_a_reference_is_judged_by_what_the_search_can_use(
    fingerprints: tuple[Fingerprint, ...], judged: Findable
) -> None:
    assert findable(fingerprints) is judged
    assert judged.is_weak == (judged is not Findable.WELL)


def test_points_are_counted_however_they_are_spread() -> None:
    assert points_kept((BYTES, HASH, points(kept=77, quality=3))) == 77
    assert points_kept((BYTES, HASH)) == 0


def test_the_limit_is_that_of_the_search() -> None:
    assert LOWEST_HASH_QUALITY == LOWEST_QUALITY


def everything_of(pixels: "np.ndarray[tuple[int, int], np.dtype[np.uint8]]") -> tuple[Fingerprint, ...]:
    height, width = pixels.shape
    picture = Picture(width, height, pixels.tobytes(), width, height)
    return tuple(f for one in fingerprinters() for f in one.fingerprint(b"x", picture))


def test_a_specimen_is_found_well_and_plain_pictures_are_not() -> None:
    specimen = draw(1).mean(axis=2).astype(np.uint8)
    assert findable(everything_of(specimen)) is Findable.WELL
    assert findable(everything_of(np.full((300, 400), 128, np.uint8))) is Findable.BY_BYTES
    slopes = np.add.outer(np.linspace(0, 90, 300), 60 * np.sin(np.linspace(0, 6, 400)) + 80)
    assert findable(everything_of(slopes.astype(np.uint8))) is not Findable.WELL


def test_the_points_tell_the_originals_proportion() -> None:
    assert proportion_of_reference((BYTES, points())) == pytest.approx(512 / 341)
    assert proportion_of_reference((BYTES, HASH)) is None


@pytest.mark.parametrize("algorithm", ["frames", "sound"])
def test_clips_and_sounds_are_known_by_more_than_one_hash(algorithm: str) -> None:
    assert findable([Fingerprint(algorithm, bytes(100))]) is Findable.WELL
