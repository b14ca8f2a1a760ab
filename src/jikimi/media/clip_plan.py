"""Says how closely a clip is read at each effort, and where reading ends."""

import math
from dataclasses import dataclass, replace
from typing import Final, Self

from jikimi.model.clip import Clip
from jikimi.model.fingerprint import Effort

_GOLDEN: Final = 0.618034
"""Multiples of it, without their whole part, fill the space between 0 and 1 evenly."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How closely a clip is read: frames a second (0: key frames), at least so far apart, and the bounds.

    After `until` seconds no frame is wanted any more. `unsmoothed` says in which frames FFmpeg leaves the
    edges of blocks as they are ("all", or "default": none): hashes hardly see them, and smoothing takes time.
    Frames are early or late by up to `unevenness` of a step: where something moves fast, all frames of an
    even grid may lie between those of a reference, and agree with none. `is_sparing` leaves out
    frames on which no wanted one rests; where the file is damaged, these might have mended what follows.
    """

    frames_a_second: float
    apart: float
    most_frames: int
    cpu_seconds: float
    sound_seconds: float
    until: float = math.inf
    unsmoothed: str = "all"
    unevenness: float = 0.25
    is_sparing: bool = True

    def next_after(self, at: float) -> float:
        """Return from when on the next frame is wanted after one at `at` seconds."""
        if not self.unevenness:
            return (int(at * self.frames_a_second + 1e-6) + 1) / self.frames_a_second
        number = round(at * self.frames_a_second) + 1
        late = self.unevenness * (2 * (number * _GOLDEN % 1) - 1)
        return (number + late) / self.frames_a_second

    def after(self, clip: Clip) -> Self:
        """Return what is left to be read after a first part."""
        heard = len(clip.sound.samples) / (2 * clip.sound.rate) if clip.sound else 0.0
        return replace(
            self,
            most_frames=self.most_frames - len(clip.frames),
            sound_seconds=max(0.0, self.sound_seconds - heard),
            until=self.until - clip.seconds,
        )

    @property
    def is_done(self) -> bool:
        """Tell whether there is nothing left."""
        return self.most_frames < 1 or self.until < 0


_SECOND: Final = Plan(2, 0.5, 7_200, 60, 3_600)
PLANS: Final = {
    Effort.FIRST: Plan(0, 0.45, 1_200, 12, 1_800),
    Effort.SECOND: _SECOND,
    Effort.REST: _SECOND,  # a second look at a clip leaves nothing out
    Effort.REFERENCE: Plan(
        4, 0.25, 43_200, 800, 10_800, unsmoothed="default", unevenness=0, is_sparing=False
    ),
}
"""Key frames alone cost a ninth of all; unlike skipping in the decoder, this works for every codec."""
