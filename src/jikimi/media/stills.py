"""Picks the frames of a clip that are treated as pictures: the most telling one, and a few unlike it."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from jikimi.model.clip import Frame
from jikimi.model.fingerprint import POINTS_HEADER, Effort, Fingerprint, Picture
from jikimi.model.ports import Fingerprinter

MOST_STILLS: Final = 6
"""Frames of a clip that are fingerprinted as pictures: each costs as much as one."""

KEPT_POINTS: Final = 768
"""Points that a reference clip keeps for each minute it lasts, and at least, shared among its stills."""

MOST_COMPARED: Final = 200
UNLIKE: Final = 12.0
"""Mean difference in grey levels, at 16 × 16 pixels, from which two frames are two pictures."""

_HASH: Final = "pdq"
_POINTS: Final = "orb"
_MINUTE: Final = 60.0
_SIGN: Final = (16, 16)


def is_for_stills(fingerprinter: Fingerprinter, effort: Effort) -> bool:
    """Tell whether stills are looked at with this at such an effort.

    A clip that becomes a reference keeps rows of frames instead of hashes of stills: they find a single
    still too, and of two takes before one background hashes of stills would say more than is known.
    """
    if effort is Effort.SECOND:
        return True
    return not fingerprinter.is_second_look and (effort is Effort.FIRST or fingerprinter.name != _HASH)


def most_telling(frames: Sequence[Frame]) -> Picture:
    """Return the frame with most contrast, at first sight; there must be one."""
    some = _some(frames)
    return some[int(np.argmax([float(_sign(picture).std()) for picture in some]))]


def stills(frames: Sequence[Frame]) -> tuple[Picture, ...]:
    """Return up to six frames, the most telling first, each as unlike those before it as can be found."""
    if not frames:
        return ()
    some = _some(frames)
    signs = np.stack([_sign(picture) for picture in some])
    picked = [int(np.argmax(signs.std(axis=(1, 2))))]
    apart = np.abs(signs - signs[picked[0]]).mean(axis=(1, 2))
    while len(picked) < MOST_STILLS and float(apart.max()) >= UNLIKE:
        picked.append(int(np.argmax(apart)))
        apart = np.minimum(apart, np.abs(signs - signs[picked[-1]]).mean(axis=(1, 2)))
    return tuple(some[which] for which in picked)


def thinned(found: Sequence[Fingerprint], seconds: float) -> Iterator[Fingerprint]:
    """Let a reference clip keep fewer points of each still, the shorter it is and the more stills it has.

    Else an hour of short clips would take more room for points than for frames, sound and all.
    """
    stills = sum(one.algorithm == _POINTS for one in found)
    points = int(KEPT_POINTS * max(1.0, seconds / _MINUTE))
    for one in found:
        yield _with_most(one, points // stills) if one.algorithm == _POINTS else one


def _with_most(local: Fingerprint, points: int) -> Fingerprint:
    """Return a local fingerprint of which a reference keeps so many points at most."""
    version, count, kept, width, height = struct.unpack_from(POINTS_HEADER, local.value)
    header = struct.pack(POINTS_HEADER, version, count, min(kept, points), width, height)
    return replace(local, value=header + local.value[len(header) :])


def shown(picture: Picture, longest_side: int) -> NDArray[np.uint8]:
    """Return a still as RGB pixels (H, W, 3), grey, at most `longest_side` pixels."""
    grey = np.frombuffer(picture.luma, np.uint8).reshape(picture.height, picture.width)
    scale = min(1.0, longest_side / max(grey.shape))
    size = (max(1, int(picture.width * scale)), max(1, int(picture.height * scale)))
    small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.ascontiguousarray(np.repeat(small[:, :, np.newaxis], 3, axis=2))


def _some(frames: Sequence[Frame]) -> list[Picture]:
    """Return at most 200 of the frames, evenly."""
    step = max(1, len(frames) // MOST_COMPARED)
    return [frame.picture for frame in frames[::step]]


def _sign(picture: Picture) -> NDArray[np.float32]:
    """Return a frame at 16 × 16 pixels."""
    grey = np.frombuffer(picture.luma, np.uint8).reshape(picture.height, picture.width)
    return np.asarray(cv2.resize(grey, _SIGN, interpolation=cv2.INTER_AREA), np.float32)
