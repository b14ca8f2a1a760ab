"""The edits re-uploaders make, done to our own specimens: for the demo, the tests and the self-check."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from jikimi.media.specimen import encode_jpeg

Pixels = NDArray[np.uint8]
_POOR = 40
_SHRUNK_SIDE = 320
_BORDER = 0.12


def reencoded(pixels: Pixels) -> bytes:
    """Return the picture as a JPEG of quality 40."""
    return encode_jpeg(pixels, _POOR)


def shrunk(pixels: Pixels) -> bytes:
    """Return the picture with its longer side at 320 pixels."""
    height, width = pixels.shape[:2]
    longest = max(height, width)
    size = (max(1, width * _SHRUNK_SIDE // longest), max(1, height * _SHRUNK_SIDE // longest))
    return encode_jpeg(np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8))


def mirrored(pixels: Pixels) -> bytes:
    """Return the picture flipped left to right."""
    return encode_jpeg(np.fliplr(pixels))


def bordered(pixels: Pixels) -> bytes:
    """Return the picture inside a plain border, 12 % of each side wide."""
    height, width = pixels.shape[:2]
    rows, columns = round(height * _BORDER), round(width * _BORDER)
    framed = np.pad(pixels, ((rows, rows), (columns, columns), (0, 0)), constant_values=24)
    return encode_jpeg(framed)


def rotated_quarter(pixels: Pixels) -> bytes:
    """Return the picture turned 90 degrees clockwise."""
    return encode_jpeg(np.rot90(pixels, -1))


def rotated_half(pixels: Pixels) -> bytes:
    """Return the picture turned upside down."""
    return encode_jpeg(np.rot90(pixels, 2))


EDITS: Mapping[str, Callable[[Pixels], bytes]] = MappingProxyType(
    {
        "re-encoded": reencoded,
        "shrunk": shrunk,
        "mirrored": mirrored,
        "bordered": bordered,
        "rotated a quarter": rotated_quarter,
        "rotated half": rotated_half,
    }
)
"""What was done → RGB pixels in, JPEG bytes out."""
