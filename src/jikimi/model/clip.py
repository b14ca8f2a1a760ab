"""Clips as the sandbox sees them: a few frames with their times, and the sound."""

from dataclasses import dataclass, field

from jikimi.model.fingerprint import Picture


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded frame, upright, and when it is shown: seconds from the clip's beginning."""

    at: float
    picture: Picture


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound track mixed to one channel: 16-bit signed little-endian samples, `rate` of them a second."""

    rate: int
    samples: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Clip:
    """What was decoded of a video or a sound file: frames in order of time, sound if there is any.

    How many frames there are follows the effort: key frames at the first look, more at the second, many
    of a reference. `seconds` is how long it lasts, as measured rather than as declared.
    """

    frames: tuple[Frame, ...]
    sound: Sound | None
    seconds: float
