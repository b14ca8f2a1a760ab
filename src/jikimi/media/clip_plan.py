"""Says how closely a clip is read at each effort, and where reading ends."""

import math
from dataclasses import dataclass, replace
from typing import Final, Self

from jikimi.model.clip import Clip
from jikimi.model.fingerprint import Effort


@dataclass(frozen=True, slots=True)
class Plan:
    """How closely a clip is read: frames a second (0: key frames), at least so far apart, and the bounds.

    After `until` seconds no frame is wanted any more.
    """

    frames_a_second: float
    apart: float
    most_frames: int
    cpu_seconds: float
    sound_seconds: float
    until: float = math.inf

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


PLANS: Final = {
    Effort.FIRST: Plan(0, 0.45, 1_200, 12, 1_800),
    Effort.SECOND: Plan(2, 0.5, 7_200, 60, 3_600),
    Effort.REFERENCE: Plan(4, 0.25, 43_200, 800, 10_800),
}
"""Key frames alone cost a ninth of all; unlike skipping in the decoder, this works for every codec."""
