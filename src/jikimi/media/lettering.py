"""What a reader tells of the writing in a picture or clip: what QR codes say, and grey pages."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from jikimi.media.clip import watch
from jikimi.media.decode import READING, decode
from jikimi.media.sniff import CLIPS
from jikimi.media.stills import stills
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Picture
from jikimi.model.writing import LONGEST_CODE, MOST_CODES, MOST_PAGES

SMALLEST: Final = 21
"""Pixels: no QR code has fewer modules on a side."""

WHITE: Final = 255


def pages_of(body: bytes, name: str) -> tuple[Picture, ...]:
    """Return the picture, or a few frames of what moves, the most telling first; BadMedia for a sound."""
    if name not in CLIPS:
        decoded = decode(body, READING)
        return (decoded.picture, *decoded.later)[:MOST_PAGES]
    found = stills(watch(body, name).clip.frames)[:MOST_PAGES]
    if not found:
        raise BadMedia("this is sound; there is nothing to read")
    return found


def codes_in(pages: Sequence[Picture]) -> tuple[str, ...]:
    """Return what the QR codes on these pages say, each text once, dark on light or light on dark."""
    said: dict[str, None] = {}
    for page in pages:
        grey = np.frombuffer(page.luma, np.uint8).reshape(page.height, page.width)
        if min(grey.shape) >= SMALLEST:
            said.update(dict.fromkeys(_codes(grey) or _codes(WHITE - grey)))
    return tuple(said)[:MOST_CODES]


def _codes(grey: NDArray[np.uint8]) -> list[str]:
    """Return what up to `MOST_CODES` codes say; what is no UTF-8 is replaced."""
    reader = cv2.QRCodeDetectorAruco()
    is_found, corners = reader.detectMulti(grey)
    if not is_found:
        return []
    _, read, _ = reader.decodeBytesMulti(grey, corners[:MOST_CODES])
    return [one.decode("utf-8", "replace")[:LONGEST_CODE] for one in read if one]
