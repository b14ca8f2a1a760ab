"""Turns a file's bytes into one upright grey picture, or says why it cannot."""

import io
import re
import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pi_heif
import simplejpeg
from numpy.typing import NDArray
from PIL import AvifImagePlugin, Image

from jikimi.media.frames import count_frames
from jikimi.media.sniff import LARGEST_PIXELS, sniff
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Picture

Pixels = NDArray[np.uint8]

SHORT_SIDE = 512
LONG_SIDE = 2048
_ORIENTATION = 0x0112
_WHITE = 255
_END_OF_IMAGE = b"\xff\xd9"
_FIRST_TURNED = 5
_CUT_OFF = "the file is cut off: only part of the picture is there"

# What the readers raise on damaged files. Anything else is a bug of ours and stays visible.
_DAMAGE = (
    ArithmeticError, EOFError, LookupError, NotImplementedError, OSError, RuntimeError,
    SyntaxError, ValueError, struct.error, cv2.error, Image.DecompressionBombError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a file held: the picture, which format, and how many frames (only the first is decoded)."""

    picture: Picture
    format: str
    frames: int


def prepare() -> None:
    """Set the readers up once a process: all formats known, one thread each, our own pixel limit."""
    cv2.setNumThreads(0)
    pi_heif.register_heif_opener(thumbnails=False)
    pi_heif.options.DECODE_THREADS = 1
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    Image.MAX_IMAGE_PIXELS = None
    Image.init()


def decode(body: bytes) -> Decoded:
    """Return the first frame as 8-bit grey (ITU-R 601 luma), upright by its EXIF orientation.

    The short side is at least 512 pixels where the file has them, the long side at most 2048. What is
    transparent is shown on white, as a browser does. Raises BadMedia with a reason: not a picture, more
    than 100 megapixels, damaged, cut off. A file that lacks part of its picture is refused rather than
    filled with grey, because a half-grey picture has a fingerprint that matches nothing, or wrongly.
    """
    name = sniff(body)
    with _reading(name):
        still = _opened(body, name)
        width, height = still.size
        grey = _jpeg_luma(body) if name == "JPEG" and still.mode in {"L", "RGB"} else _luma(still)
        orientation = _orientation(still)  # after decoding: Pillow turns a TIFF itself, and says so then
        grey = upright(_bounded(grey), orientation)
        frames = count_frames(body, still, name)
    if orientation >= _FIRST_TURNED:
        width, height = height, width
    picture = Picture(grey.shape[1], grey.shape[0], grey.tobytes(), width, height)
    return Decoded(picture, name, frames)


def decode_colour(body: bytes, longest_side: int) -> Pixels:
    """Return the first frame as upright RGB (H, W, 3), at most `longest_side` pixels; raises BadMedia."""
    name = sniff(body)
    with _reading(name):
        still = _opened(body, name)
        still.draft("RGB", (longest_side, longest_side))
        plain = _plain(still, "RGB")
        orientation = _orientation(still)
        plain.thumbnail((longest_side, longest_side), Image.Resampling.BOX)
        return upright(np.asarray(_on_white(plain, "RGB")), orientation)


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Return the pixels as EXIF orientation 1 to 8 wants them seen (Exif 2.32, tag 274)."""
    turn: dict[int, Callable[[Pixels], Pixels]] = {
        2: np.fliplr,
        3: lambda seen: np.rot90(seen, 2),
        4: np.flipud,
        5: lambda seen: np.rot90(np.fliplr(seen)),
        6: lambda seen: np.rot90(seen, -1),
        7: lambda seen: np.rot90(np.fliplr(seen), -1),
        8: np.rot90,
    }
    return np.ascontiguousarray(turn[orientation](pixels)) if orientation in turn else pixels


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Turn what the readers raise on damaged files into BadMedia with a plain reason."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except MemoryError as error:
        raise BadMedia("the picture needs more memory than one file may take") from error
    except _DAMAGE as error:
        if re.search(r"truncated|premature|end of|not enough data", str(error), re.IGNORECASE):
            raise BadMedia(_CUT_OFF) from error
        raise BadMedia(f"the file begins like {name} but is damaged") from error


def _opened(body: bytes, name: str) -> Image.Image:
    """Read the header only, and refuse what declares too many pixels before any are decoded."""
    still = Image.open(io.BytesIO(body), formats=["HEIF" if name == "HEIC" else name])
    width, height = still.size
    if width * height > LARGEST_PIXELS:
        raise BadMedia(f"the file declares {width}×{height} pixels; the limit is 100 megapixels")
    if width < 1 or height < 1:
        raise BadMedia("the file declares a picture without pixels")
    return still


def _orientation(still: Image.Image) -> int:
    """Return the EXIF orientation, 1 where there is none, or none that can be read or makes sense."""
    try:
        found: Any = still.getexif().get(_ORIENTATION, 1)
    except _DAMAGE:
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1  # noqa: PLR2004  (Exif: 1 to 8)


def _jpeg_luma(body: bytes) -> Pixels:
    """Decode grey at the smallest DCT scale that keeps both sides >= 512.

    Strict first. Damage that leaves all rows in place (stray bytes, a flipped bit) is read as browsers
    read it; missing data is not. A file that lacks nothing but its end marker is whole.
    """
    try:
        return _turbo(body, strict=True)
    except ValueError as error:
        if "remature" not in str(error):
            return _turbo(body, strict=False)
    try:
        return _turbo(body + _END_OF_IMAGE, strict=True)
    except ValueError as error:
        raise BadMedia(_CUT_OFF) from error


def _turbo(body: bytes, *, strict: bool) -> Pixels:
    """Decode a JPEG to (H, W) grey with libjpeg-turbo."""
    grey: Pixels = simplejpeg.decode_jpeg(
        body, "GRAY", min_height=SHORT_SIDE, min_width=SHORT_SIDE, strict=strict
    )
    return grey[:, :, 0]


def _luma(still: Image.Image) -> Pixels:
    """Decode with Pillow to (H, W) grey, transparent parts on white."""
    still.draft("RGB", (SHORT_SIDE, SHORT_SIDE))
    return np.asarray(_on_white(_plain(still, "L"), "L"))


def _plain(still: Image.Image, opaque: str) -> Image.Image:
    """Decode, and bring any mode to `opaque` (L or RGB), or to one with an alpha channel."""
    still.load()
    if still.width * still.height > LARGEST_PIXELS:
        raise BadMedia("the file holds more pixels than it declares; the limit is 100 megapixels")
    still = _eight_bits(still)
    if still.mode == "LA" or not still.has_transparency_data:
        return still if still.mode == "LA" else still.convert(opaque)
    return still.convert("RGBA")


def _on_white(still: Image.Image, mode: str) -> Image.Image:
    """Lay a picture with an alpha channel on white; return it in `mode` (L or RGB)."""
    if still.mode not in {"LA", "RGBA"}:
        return still
    page = Image.new(mode, still.size, "white")
    page.paste(still.convert(mode), mask=still.getchannel("A"))
    return page


def _eight_bits(still: Image.Image) -> Image.Image:
    """Bring modes that Pillow would clip or refuse (16 and 32 bits, floats, CMYK, Lab) to 8 bits."""
    if still.mode == "LAB":
        return still.getchannel(0)
    if still.mode in {"CMYK", "YCbCr", "HSV"}:
        return still.convert("RGB")
    if still.mode.startswith("I;16"):
        deep = np.asarray(still)
        return Image.fromarray((deep >> 8).astype(np.uint8))
    if still.mode not in {"I", "F"}:
        return still
    values = np.nan_to_num(np.asarray(still, dtype=np.float32))
    low, high = float(values.min()), float(values.max())
    stretched = (values - low) * (_WHITE / max(high - low, 1e-6))
    return Image.fromarray(stretched.astype(np.uint8))


def _bounded(grey: Pixels) -> Pixels:
    """Shrink by area averaging until the long side fits."""
    height, width = grey.shape
    longest = max(height, width)
    if longest <= LONG_SIDE:
        return grey
    size = (max(1, width * LONG_SIDE // longest), max(1, height * LONG_SIDE // longest))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
