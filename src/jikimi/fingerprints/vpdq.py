"""Keeps PDQ of a reference clip, one frame a second: what platforms and hash banks exchange of videos.

Our own search never asks with it: `frames` finds more (docs/decisions/0013-clips.md). The form is vPDQ's, as
its page in ThreatExchange describes it: a frame's time, quality and hash.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from struct import pack
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jikimi.fingerprints.pdq import SHORTEST_SIDE, pdq_of
from jikimi.model.clip import Clip, Frame
from jikimi.model.fingerprint import (
    VPDQ_FRAME,
    VPDQ_HEADER,
    VPDQ_VERSION,
    Effort,
    Fingerprint,
    Kind,
)

RECORD: Final = np.dtype([*VPDQ_FRAME])

_KEPT: Final = 1


@dataclass(frozen=True, slots=True)
class VPdq:
    """True PDQ of one frame a second, in one fingerprint; only of what becomes a reference."""

    name: str = field(default="vpdq", init=False)
    kind: Kind = field(default=Kind.VIDEO, init=False)

    def fingerprint_clip(self, clip: Clip, effort: Effort) -> list[Fingerprint]:
        """Return one fingerprint as `model.fingerprint.VPDQ_FRAME` has it, [] of what is asked or heard.

        Frames of every quality are kept, as vPDQ does; who compares leaves out those below 50. Quality is up
        to 11 lower than of full-range pixels, since most video has luma from 16 to 235. The fingerprint's own
        quality is that of the frame with most in it.
        """
        if effort is not Effort.REFERENCE:
            return []
        frames = [frame for frame in _each_second(clip.frames) if _can_be_hashed(frame)]
        if not frames:
            return []
        rows = np.zeros(len(frames), RECORD)
        for row, frame in zip(rows, frames, strict=True):
            bits, quality = _hashed(frame)
            row["at"], row["quality"], row["bits"] = round(1000 * frame.at), quality, bits
        header = pack(VPDQ_HEADER, VPDQ_VERSION, _KEPT, len(rows))
        return [Fingerprint(self.name, header + rows.tobytes(), int(rows["quality"].max()))]


def _each_second(frames: Sequence[Frame]) -> Iterator[Frame]:
    """Yield the first frame of each second that has one."""
    due = 0.0
    for frame in frames:
        if frame.at + 1e-6 >= due:
            due = int(frame.at + 1e-6) + 1.0
            yield frame


def _can_be_hashed(frame: Frame) -> bool:
    return min(frame.picture.width, frame.picture.height) >= SHORTEST_SIDE


def _hashed(frame: Frame) -> tuple[NDArray[np.uint8], int]:
    """Return 32 bytes and the quality."""
    picture = frame.picture
    grey = np.frombuffer(picture.luma, np.uint8).reshape(picture.height, picture.width)
    value, quality = pdq_of(grey, (picture.original_height, picture.original_width))
    return np.frombuffer(value, np.uint8), quality
