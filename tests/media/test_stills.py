"""A reference clip keeps few points, so that an hour of short clips takes little room."""

import struct

import pytest

from jikimi.flow.keeping import kept_of
from jikimi.media.stills import thinned
from jikimi.model.fingerprint import POINT_BYTES, POINTS_HEADER, Fingerprint

HASH = Fingerprint("sha256", bytes(32))


def local(number: int) -> Fingerprint:
    header = struct.pack(POINTS_HEADER, 1, 500, 400, 512, 288)
    return Fingerprint("orb", header + bytes([number]) * 500 * POINT_BYTES)


def points_in(kept: Fingerprint) -> int:
    return (len(kept.value) - struct.calcsize(POINTS_HEADER)) // POINT_BYTES


@pytest.mark.parametrize(
    ("seconds", "stills", "points"),
    [(8, 1, [256]), (8, 3, [256] * 3), (8, 6, [128] * 6), (90, 6, [192] * 6), (3600, 6, [256] * 6)],
)
def test_longer_clips_keep_more_points_of_each_still(seconds: float, stills: int, points: list[int]) -> None:
    kept = kept_of(thinned([HASH, *map(local, range(stills))], seconds))
    assert kept[0] == HASH
    assert [points_in(one) for one in kept[1:]] == points


def test_every_still_stays_and_all_its_points_can_be_asked_with() -> None:
    found = list(thinned([local(number) for number in range(6)], 30))
    assert [one.value[-1] for one in found] == [0, 1, 2, 3, 4, 5]
    assert {points_in(one) for one in found} == {500}


def test_a_sound_has_nothing_to_thin() -> None:
    assert list(thinned([HASH], 30)) == [HASH]
