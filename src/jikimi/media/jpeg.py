"""Decodes JPEG files to grey with libjpeg-turbo: strictly, or as much as came."""

from typing import Final

import numpy as np
import simplejpeg
from numpy.typing import NDArray

Grey = NDArray[np.uint8]

END: Final = b"\xff\xd9"

NOTHING: Final = 128
"""The grey that libjpeg shows where it has no data."""


def read_whole(body: bytes, least: tuple[int, int]) -> Grey:
    """Return (H, W) grey at the smallest DCT scale that keeps `least` pixels of width and height.

    A file that lacks nothing but its end marker is whole. Raises ValueError for every other damage.
    """
    try:
        return _read(body, least, None)
    except ValueError as error:
        if "remature" not in str(error):
            raise
    return _read(body + END, least, None)


def read_what_came(body: bytes, size: tuple[int, int], least: tuple[int, int]) -> Grey:
    """Return the same of a damaged file, as browsers show it, on a canvas of this width and height or less.

    What could not be read is `NOTHING`: the decoder would leave there what was in memory before.
    """
    return _read(body, least, np.full((size[1], size[0], 1), NOTHING, np.uint8))


def _read(body: bytes, least: tuple[int, int], canvas: Grey | None) -> Grey:
    """Decode; on a canvas leniently."""
    width, height = least
    grey: Grey = simplejpeg.decode_jpeg(
        body, "GRAY", min_height=height, min_width=width, strict=canvas is None, buffer=canvas
    )
    return grey[:, :, 0]
