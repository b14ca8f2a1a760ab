"""Watches an animated picture as a clip: a GIF may be cut from a video, and a video made from a GIF."""

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from jikimi.media.damage import DAMAGE
from jikimi.media.decode import opened, orientation_of, seen, upright
from jikimi.media.sniff import LARGEST_PIXELS
from jikimi.model.clip import Clip, Frame
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Effort, Picture

Grey = NDArray[np.uint8]

MOVING: Final = frozenset({"GIF", "WEBP", "PNG", "AVIF"})

FEWEST_FRAMES: Final = 5
SHORTEST: Final = 1.0
"""An animation with fewer frames, or of fewer seconds, is looked at as a picture alone."""

MOST_DECODED: Final = 5_000
MOST_KEPT: Final = 2_400
"""Frames; ten minutes of a reference."""

LONGEST_SIDE: Final = 256
MOST_CPU_SECONDS: Final = 8.0
"""A bound for what is slow beyond its pixels; the pixels come first, so that every read ends alike."""

UNLIKE: Final = 12.0
"""Mean difference in grey levels, at 16 × 16 pixels, from which a frame is kept between two that are due."""

USUAL_DELAY: Final = 0.1
SHORTEST_DELAY: Final = 0.0101
"""Browsers show a frame that declares a hundredth of a second, or none, for a tenth."""

LONGEST_DELAY: Final = 60.0
_SIGN: Final = (16, 16)


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Frames a second that are kept at least, and how many pixels are decoded."""

    frames_a_second: float
    pixels: int


_BOUNDS: Final = {
    Effort.FIRST: _Bounds(2, 24_000_000),
    Effort.SECOND: _Bounds(2, 150_000_000),
    Effort.REST: _Bounds(2, 150_000_000),  # a second look at what moves leaves nothing out
    Effort.REFERENCE: _Bounds(4, 300_000_000),
}


def watch_animation(
    body: bytes, name: str, effort: Effort, cpu_clock: Callable[[], float] = time.process_time
) -> Clip | None:
    """Return some frames of a GIF, WebP, PNG or AVIF with their times; None where it is no clip.

    Damage, or the bound, ends the clip and does not harm what came before. Frames that come often enough are
    kept, and those unlike the one kept before: a single odd one is not overlooked.
    """
    bounds = _BOUNDS[effort]
    ends = cpu_clock() + MOST_CPU_SECONDS
    frames: list[Frame] = []
    seconds, due, count = 0.0, 0.0, 0
    last: NDArray[np.float32] | None = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for at, lasts, grey in _shown(body, name, bounds.pixels, lambda: cpu_clock() > ends):
            count, seconds = count + 1, at + lasts
            sign = np.asarray(cv2.resize(grey, _SIGN, interpolation=cv2.INTER_AREA), np.float32)
            is_odd = last is None or float(np.abs(sign - last).mean()) >= UNLIKE
            if at + 1e-6 < due and not is_odd:
                continue
            due = (int(at * bounds.frames_a_second + 1e-6) + 1) / bounds.frames_a_second
            last = sign
            frames.append(Frame(at, _small(grey)))
            if len(frames) >= MOST_KEPT:
                break
    return Clip(tuple(frames), None, seconds) if count >= FEWEST_FRAMES and seconds >= SHORTEST else None


def _shown(
    body: bytes, name: str, most_pixels: int, is_over: Callable[[], bool]
) -> Iterator[tuple[float, float, Grey]]:
    """Yield when each frame is shown, for how long (seconds), and the frame, upright."""
    at, spent = 0.0, 0
    try:
        still = opened(body, name)
        for number in range(MOST_DECODED):
            still.seek(number)
            pixels = still.width * still.height
            spent += pixels
            if pixels > LARGEST_PIXELS or (number and (spent > most_pixels or is_over())):
                return
            grey = seen(still)
            lasts = _delay(still.info.get("duration"))
            yield at, lasts, upright(grey, orientation_of(still))
            at += lasts
    except (*DAMAGE, MemoryError, BadMedia):
        return


def _delay(declared: Any) -> float:
    """Return for how many seconds a frame is shown, from the milliseconds that the file declares."""
    if not isinstance(declared, int | float) or not declared >= 1000 * SHORTEST_DELAY:
        return USUAL_DELAY
    return min(LONGEST_DELAY, declared / 1000)


def _small(grey: Grey) -> Picture:
    """Return the frame with at most 256 pixels on its longer side."""
    height, width = grey.shape
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    return Picture(small.shape[1], small.shape[0], small.tobytes(), width, height)
