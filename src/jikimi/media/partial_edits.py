"""The edits that leave a part of a picture, or make it a part of another: for demo, tests and self-check."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from jikimi.media.specimen import draw, encode_jpeg

Pixels = NDArray[np.uint8]
_WHITE, _INK = 255, (40, 44, 52)
_PHONE = (720, 1280)
_LINE = 8
_STRANGERS = (9_001, 9_002, 9_003)


def cropped(pixels: Pixels) -> bytes:
    """Return about half of the picture: its middle, a little to the right."""
    height, width = pixels.shape[:2]
    return encode_jpeg(pixels[height // 8 : height * 7 // 8, width // 5 : width * 9 // 10], 85)


def captioned(pixels: Pixels) -> bytes:
    """Return the picture under a white band with words."""
    height, width = pixels.shape[:2]
    band = np.full((height // 5, width, 3), _WHITE, np.uint8)
    cv2.putText(band, "WHAT A VIEW", (width // 20, height // 7), cv2.FONT_HERSHEY_DUPLEX, 2.0, _INK, 4)
    return encode_jpeg(np.vstack([band, pixels]), 85)


def screenshot(pixels: Pixels) -> bytes:
    """Return a phone's screen with the picture between the bars and words of an app of our own."""
    width, height = _PHONE
    page = np.full((height, width, 3), _WHITE, np.uint8)
    shown = _resized(pixels, width, round(pixels.shape[0] * width / pixels.shape[1]))
    page[:56] = _INK
    cv2.circle(page, (60, 118), 32, (120, 150, 180), -1)
    cv2.putText(page, "someone", (110, 128), cv2.FONT_HERSHEY_SIMPLEX, 1.0, _INK, 2)
    page[190 : 190 + shown.shape[0]] = shown
    for line in range(4):
        top = 230 + shown.shape[0] + 60 * line
        cv2.putText(page, "words that say little", (30, top), cv2.FONT_HERSHEY_SIMPLEX, 0.9, _INK, 2)
    page[-90:] = (230, 232, 236)
    return encode_jpeg(page, 80)


def collage(pixels: Pixels) -> bytes:
    """Return four pictures in one, ours among three others, with white lines between, as collage apps do."""
    height, width = pixels.shape[0] * 3 // 4, pixels.shape[1] * 3 // 4
    others = [_resized(draw(seed), width, height) for seed in _STRANGERS]
    panels = [_framed(panel) for panel in (others[0], _resized(pixels, width, height), *others[1:])]
    return encode_jpeg(np.vstack([np.hstack(panels[:2]), np.hstack(panels[2:])]), 85)


def tilted(pixels: Pixels) -> bytes:
    """Return the picture turned by twelve degrees, its corners cut and filled."""
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 12, 1.0)
    return encode_jpeg(np.asarray(cv2.warpAffine(pixels, turn, (width, height)), np.uint8), 85)


def _framed(pixels: Pixels) -> Pixels:
    return np.pad(pixels, ((_LINE, _LINE), (_LINE, _LINE), (0, 0)), constant_values=_WHITE)


def _resized(pixels: Pixels, width: int, height: int) -> Pixels:
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


PARTIAL_EDITS: Mapping[str, Callable[[Pixels], bytes]] = MappingProxyType(
    {
        "cropped": cropped,
        "captioned": captioned,
        "in a screenshot": screenshot,
        "in a collage": collage,
        "tilted": tilted,
    }
)
"""What was done → RGB pixels in, JPEG bytes out."""
