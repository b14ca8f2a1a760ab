"""Local fingerprints come out of a sandbox that may be captured: what is not exactly ours is refused."""

import struct

import numpy as np
import pytest

from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import MOST_POINTS, POINT, POINTS_HEADER
from jikimi.vault.points import RECORD, records_in, unpack


def value_of(
    count: int, *, version: int = 1, kept: int | None = None, size: tuple[int, int] = (512, 384)
) -> bytes:
    records = np.zeros(count, np.dtype(list(POINT)))
    records["x"] = np.linspace(0, 65535, count)
    records["octave"] = np.arange(count) % 8
    kept = count if kept is None else kept
    return struct.pack(POINTS_HEADER, version, count, kept, *size) + records.tobytes()


def test_a_point_takes_38_bytes() -> None:
    assert RECORD.itemsize == 38


def test_points_come_back_where_they_were() -> None:
    points = unpack(value_of(9))
    assert (len(points), points.width, points.height, points.kept) == (9, 512, 384, 9)
    assert points.places[0, 0] == 0
    assert points.places[-1, 0] == pytest.approx(512)
    assert points.bits.shape == (9, 32)


def test_no_points_are_sound_too() -> None:
    assert len(unpack(value_of(0))) == 0


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x01",
        value_of(5)[:-1],
        value_of(5) + b"\x00",
        value_of(5, version=2),
        value_of(5, kept=6),
        value_of(5, size=(0, 384)),
        value_of(5, size=(512, 5000)),
        value_of(MOST_POINTS + 1),
        struct.pack(POINTS_HEADER, 1, 65535, 0, 512, 384),
    ],
)
def test_a_malformed_value_is_refused_with_what_to_do(value: bytes) -> None:
    with pytest.raises(BadMedia, match="fingerprint the picture again"):
        unpack(value)


def test_an_octave_that_does_not_exist_is_refused() -> None:
    records, *_ = records_in(value_of(3))
    wrong = records.copy()
    wrong["octave"][1] = 8
    with pytest.raises(BadMedia):
        unpack(struct.pack(POINTS_HEADER, 1, 3, 3, 512, 384) + wrong.tobytes())
