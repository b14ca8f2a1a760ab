"""Reads the rows of clips' fingerprints, and lays them out as columns."""

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import FRAME, FRAME_VIEWS, FRAMES_HEADER, FRAMES_VERSION, WINDOWS, Fingerprint

FRAMES: Final = "frames"
RECORD: Final = np.dtype([*FRAME])
MOST_ROWS: Final = 1_200_000
"""Eight windows, four times a second, for ten hours: no honest clip has more."""

Bits = NDArray[np.uint8]
Seconds = NDArray[np.float32]
_HEADER: Final = struct.Struct(FRAMES_HEADER)
_TURNS: Final = 8


@dataclass(frozen=True, slots=True)
class FrameRows:
    """n frames' parts: when (seconds), for how long, which part (window, or 8 × view + turn), 32 bytes."""

    at: Seconds
    lasts: Seconds
    seen: NDArray[np.uint8]
    bits: Bits

    def __len__(self) -> int:
        return len(self.at)


def is_frames(fingerprint: Fingerprint) -> bool:
    """Tell whether this describes a clip's frames."""
    return fingerprint.algorithm == FRAMES


def is_of_reference(fingerprint: Fingerprint) -> bool:
    """Tell whether this is what a reference keeps; what is asked has other parts."""
    return is_frames(fingerprint) and fingerprint.value[1:2] == b"\x01"


def rows_in(fingerprint: Fingerprint) -> FrameRows:
    """Take a fingerprint apart; raises BadMedia for a damaged one."""
    value = fingerprint.value
    is_long_enough = len(value) >= _HEADER.size
    version, is_kept, count = _HEADER.unpack_from(value) if is_long_enough else (0, 0, 0)
    is_whole = len(value) == _HEADER.size + count * RECORD.itemsize and count <= MOST_ROWS
    if version != FRAMES_VERSION or not is_whole:
        raise BadMedia("a fingerprint of a clip's frames is damaged; add the reference again")
    records = np.frombuffer(value, RECORD, count, _HEADER.size)
    most = len(WINDOWS) if is_kept else _TURNS * len(FRAME_VIEWS)
    if count and int(records["seen"].max()) >= most:
        raise BadMedia("a fingerprint of a clip's frames is of another version; add the reference again")
    return FrameRows(
        (records["at"] / 1000).astype(np.float32),
        (records["lasts"] / 100).astype(np.float32),
        records["seen"].copy(),
        np.ascontiguousarray(records["bits"]),
    )


def distances(one: Bits, other: Bits) -> NDArray[np.uint16]:
    """Return how many bits differ between n × 32 and m × 32 bytes: n × m."""
    left, right = np.ascontiguousarray(one).view(np.uint64), np.ascontiguousarray(other).view(np.uint64)
    apart = np.zeros((len(left), len(right)), np.uint16)
    for word in range(4):
        apart += np.bitwise_count(left[:, word, np.newaxis] ^ right[:, word])
    return apart
