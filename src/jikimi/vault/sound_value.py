"""Reads sound fingerprints back: words and peaks of a reference, energies and peaks of what is asked."""

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import SOUND_FINE, SOUND_HEADER, SOUND_PEAK, SOUND_VERSION, Fingerprint

SOUND: Final = "sound"
PEAK: Final = np.dtype(list(SOUND_PEAK))
LATEST: Final = 1e9

HEADER: Final = struct.calcsize(SOUND_HEADER)
WORD: Final = np.dtype("<u4")

Words = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a reference keeps of its sound: words, 0 where silent, and peaks (records, in order of time)."""

    words: Words
    peaks: NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked with: when it begins (seconds), energies (rows × SOUND_FINE, half decibels), peaks."""

    begin: float
    energies: NDArray[np.uint8]
    peaks: NDArray[np.void]


def is_sound(fingerprint: Fingerprint) -> bool:
    """Tell whether this is a fingerprint of sound, kept or to ask with."""
    return fingerprint.algorithm == SOUND


def is_kept(fingerprint: Fingerprint) -> bool:
    """Tell whether a reference keeps this."""
    return is_sound(fingerprint) and fingerprint.value[1:2] == b"\0"


def is_asked(fingerprint: Fingerprint) -> bool:
    """Tell whether one asks with this."""
    return is_sound(fingerprint) and not is_kept(fingerprint)


def kept_in(value: bytes) -> Kept:
    """Read what a reference keeps; BadMedia for what our own code would not have written."""
    rows, peaks, _ = _opened(value, 0, WORD.itemsize)
    return Kept(np.frombuffer(rows, WORD).astype(np.uint32), peaks)


def asked_in(value: bytes) -> Asked:
    """Read what is asked with; BadMedia for what our own code would not have written."""
    rows, peaks, begin = _opened(value, 1, SOUND_FINE)
    return Asked(begin, np.frombuffer(rows, np.uint8).reshape(-1, SOUND_FINE), peaks)


def _opened(value: bytes, wanted: int, width: int) -> tuple[bytes, NDArray[np.void], float]:
    """Return the bytes of the rows, the peaks, and when it begins."""
    if len(value) < HEADER:
        raise BadMedia("the sound fingerprint is cut off; fingerprint the sound again")
    version, part, rows, peaks, begin = struct.unpack_from(SOUND_HEADER, value)
    if version != SOUND_VERSION:
        raise BadMedia("the sound fingerprint has another layout; fingerprint the sound again")
    end = HEADER + rows * width
    if part != wanted or len(value) != end + peaks * PEAK.itemsize or not 0 <= begin < LATEST:
        raise BadMedia("the sound fingerprint is damaged; fingerprint the sound again")
    records = np.frombuffer(value, PEAK, offset=end)
    frames = records["frame"]
    # No peak lies later than the rows reach, give or take a window.
    most = (rows + 4) * (4 if wanted == 0 else 2)
    if (frames[1:] < frames[:-1]).any() or (frames >= most).any():
        raise BadMedia("the sound fingerprint is damaged; fingerprint the sound again")
    return value[HEADER:end], records, begin
