"""Counts a picture file's frames, and picks those of an animation that are worth looking at."""

from collections.abc import Callable, Iterator
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jikimi.media.damage import DAMAGE
from jikimi.media.sniff import LARGEST_PIXELS, MOST_FRAMES

Grey = NDArray[np.uint8]

MOST_PICKED = 4
"""Frames of an animation that are fingerprinted: each costs as much as a picture."""

MOST_SEEN = 1000
"""Frames of an animation that are decoded, however small."""

UNLIKE = 6.0
"""Mean difference in grey levels, at 32 × 32 pixels, from which two frames are two pictures."""

_MOVING = frozenset({"GIF", "WEBP", "PNG", "AVIF"})
_SIGN = (32, 32)
_GIF_HEADER = 13
_GIF_IMAGE = 0x2C
_GIF_EXTENSION = 0x21
_HAS_TABLE = 0x80
_TABLE_BITS = 0x07


def count_frames(body: bytes, still: Image.Image, name: str) -> int:
    """Return the number of frames, at least 1 and at most 10,000. Pages of a TIFF are not frames."""
    if name == "GIF":
        return max(1, _gif_frames(body))
    if name == "TIFF":
        return 1
    return max(1, min(MOST_FRAMES, int(getattr(still, "n_frames", 1))))


def later_frames(
    still: Image.Image, name: str, first: Grey, see: Callable[[Image.Image], Grey], most_pixels: int
) -> list[Grey]:
    """Return up to three more frames of an animation, each unlike the first and unlike each other.

    All frames are seen until `most_pixels` pixels were decoded; the second one always. Of more than four
    unlike frames those that differ most stay, so a single odd one is not overlooked. Damage ends the
    animation and does not harm what came before. `see` decodes the current frame.
    """
    picked, signs = [first], [_sign(first)]
    if name not in _MOVING:
        return []
    for frame in _frames(still, see, most_pixels):
        sign = _sign(frame)
        if min(_apart(sign, other) for other in signs) < UNLIKE:
            continue
        picked.append(frame)
        signs.append(sign)
        if len(picked) > MOST_PICKED:
            pairs = combinations(range(len(signs)), 2)
            _, more = min(pairs, key=lambda pair: _apart(signs[pair[0]], signs[pair[1]]))
            del picked[more], signs[more]
    return picked[1:]


def _frames(still: Image.Image, see: Callable[[Image.Image], Grey], most_pixels: int) -> Iterator[Grey]:
    """Decode the second frame and those after it."""
    spent = 0
    for number in range(1, MOST_SEEN):
        try:
            still.seek(number)
            pixels = still.width * still.height
            spent += pixels
            if pixels > LARGEST_PIXELS or (number > 1 and spent > most_pixels):
                return
            seen = see(still)
        except (*DAMAGE, MemoryError):
            return
        yield seen


def _sign(grey: Grey) -> NDArray[np.int16]:
    """Return a frame at 32 × 32 pixels."""
    return np.asarray(cv2.resize(grey, _SIGN, interpolation=cv2.INTER_AREA)).astype(np.int16)


def _apart(one: NDArray[np.int16], other: NDArray[np.int16]) -> float:
    """Return the mean difference in grey levels."""
    return float(np.abs(one - other).mean())


def _gif_frames(body: bytes) -> int:
    """Walk the blocks of a GIF89a and count the images; a cut-off file counts what is there."""
    at = _GIF_HEADER + _table(body, 10)
    frames = 0
    while at < len(body) and frames < MOST_FRAMES:
        if body[at] == _GIF_IMAGE:
            frames += 1
            at += 10 + _table(body, at + 9) + 1
        elif body[at] == _GIF_EXTENSION:
            at += 2
        else:
            break
        while at < len(body) and body[at]:
            at += body[at] + 1
        at += 1
    return frames


def _table(body: bytes, at: int) -> int:
    """Return the size in bytes of the colour table announced by the packed field at `at`."""
    packed = body[at] if at < len(body) else 0
    return 3 << ((packed & _TABLE_BITS) + 1) if packed & _HAS_TABLE else 0
