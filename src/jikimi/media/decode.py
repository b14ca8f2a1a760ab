"""Turns a file's bytes into one upright grey picture, or says why it cannot."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import cv2
import numpy as np
import pi_heif
from numpy.typing import NDArray
from PIL import AvifImagePlugin, Image

from jikimi.media.cut_off import Came, what_came
from jikimi.media.damage import CUT_OFF, DAMAGE, reading
from jikimi.media.frames import count_frames, later_frames
from jikimi.media.jpeg import read_what_came, read_whole
from jikimi.media.sniff import CLIPS, LARGEST_PIXELS, sniff
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Picture

Pixels = NDArray[np.uint8]
Seen = TypeVar("Seen")

SHORT_SIDE = 512
LONG_SIDE = 2048
SKIMMED = (350, 500)
"""Shorter and longer side, in pixels, that an eighth of a JPEG must have to be enough for a first look."""

LEAST = 0.25
"""Of a file that was cut off, this share of the rows must be there."""

_ORIENTATION = 0x0112
_WHITE = 255
_FIRST_TURNED = 5


@dataclass(frozen=True, slots=True)
class Look:
    """How closely to look: may large JPEGs be skimmed, pixels on the longer side, pixels of later frames."""

    may_skim: bool
    longer: int
    moving_pixels: int


FIRST_LOOK = Look(may_skim=True, longer=SHORT_SIDE, moving_pixels=6_000_000)
SECOND_LOOK = Look(may_skim=False, longer=1000, moving_pixels=48_000_000)
READING = Look(may_skim=False, longer=LONG_SIDE, moving_pixels=FIRST_LOOK.moving_pixels)


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a file held: the first frame, which format, how many frames; of animations a few more frames.

    `missing` is the share of rows, at the bottom, of a file that was cut off; `picture` is what came.
    """

    picture: Picture
    format: str
    frames: int
    later: tuple[Picture, ...] = ()
    missing: float = 0.0


def prepare() -> None:
    """Set the readers up once a process: all formats known, one thread each, our own pixel limit."""
    cv2.setNumThreads(0)
    pi_heif.register_heif_opener(thumbnails=False)
    pi_heif.options.DECODE_THREADS = 1
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    Image.MAX_IMAGE_PIXELS = None
    Image.init()


def decode(body: bytes, look: Look = FIRST_LOOK) -> Decoded:
    """Return the frames as 8-bit grey (ITU-R 601 luma), upright by their EXIF orientation.

    A JPEG keeps at least 512 pixels on its shorter side and `look.longer` on its longer one where the file
    has them; large ones may be skimmed at an eighth. The long side is at most 2048.
    What is transparent is shown on white, as a browser does. Of a file that was cut off, the upper part
    is returned if at least `LEAST` of the rows are there: a half-grey picture would have a fingerprint
    that matches nothing, or wrongly. Raises BadMedia with a reason: not a picture, more than 100
    megapixels, damaged, cut off.
    """
    name = _picture_format(body)
    return _read(body, name, partial(_decoded, name=name, look=look))


def decode_colour(body: bytes, longest_side: int) -> Pixels:
    """Return the first frame as upright RGB (H, W, 3), at most `longest_side` pixels; raises BadMedia.

    Of a file that was cut off, the upper part, as `decode` has it.
    """
    name = _picture_format(body)
    return _read(body, name, partial(_coloured, name=name, longest_side=longest_side))


def _picture_format(body: bytes) -> str:
    """Return which of the pictures we read this is; raises BadMedia for all else, clips too."""
    name = sniff(body)
    if name == "MP4":
        raise BadMedia("this is a video (MP4 or QuickTime), not a picture")
    if name in CLIPS:
        raise BadMedia(f"this is a video or sound ({name}), not a picture")
    return name


def _read(body: bytes, name: str, see: Callable[[Came], Seen]) -> Seen:
    """See the file as it is, and where that fails what came of it; raises BadMedia with a plain reason."""
    with reading(name):
        try:
            return see(Came(body, 1.0, is_whole=True))
        except DAMAGE:
            came = _upper_part(body, name)
            if came is None:
                raise
            return see(came)


def _upper_part(body: bytes, name: str) -> Came | None:
    """Complete a file that was cut off; None where nothing came. Raises BadMedia where it is too little."""
    try:
        came = what_came(body, name)
    except DAMAGE:
        return None
    if came is not None and came.share < LEAST:
        raise BadMedia(CUT_OFF)
    return came


def _decoded(came: Came, name: str, look: Look) -> Decoded:
    """Decode a file of which this share of the rows is there."""
    still = opened(came.body, name)
    width, height = still.size
    is_jpeg = name == "JPEG" and still.mode in {"L", "RGB"}
    if is_jpeg and came.is_whole:
        grey = read_whole(came.body, _least(still.size, look))
    elif is_jpeg:
        grey = read_what_came(came.body, still.size, _least(still.size, look))
    else:
        grey = _luma(still)
    grey = _bounded(grey)
    orientation = orientation_of(still)  # after decoding: Pillow turns a TIFF itself, and says so then
    frames = count_frames(came.body, still, name)
    later = later_frames(still, name, grey, seen, look.moving_pixels) if frames > 1 else []
    first, *more = (
        _picture(_rows(one, came.share), width, max(1, round(came.share * height)), orientation)
        for one in (grey, *later)
    )
    return Decoded(first, name, frames, tuple(more), 1 - came.share)


def _coloured(came: Came, name: str, longest_side: int) -> Pixels:
    """Decode a file in colour, of which this share of the rows is there."""
    still = opened(came.body, name)
    still.draft("RGB", (longest_side, longest_side))
    plain = _plain(still, "RGB")
    orientation = orientation_of(still)
    plain.thumbnail((longest_side, longest_side), Image.Resampling.BOX)
    return upright(_rows(np.asarray(_on_white(plain, "RGB")), came.share), orientation)


def _rows(pixels: Pixels, share: float) -> Pixels:
    """Return the upper rows, at least one."""
    return pixels[: max(1, int(share * len(pixels)))]


def _picture(grey: Pixels, width: int, height: int, orientation: int) -> Picture:
    """Turn grey pixels upright; width and height are the file's own, as they lie in it."""
    grey = upright(grey, orientation)
    if orientation >= _FIRST_TURNED:
        width, height = height, width
    return Picture(grey.shape[1], grey.shape[0], grey.tobytes(), width, height)


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


def opened(body: bytes, name: str) -> Image.Image:
    """Read the header only, and refuse what declares too many pixels before any are decoded."""
    still = Image.open(io.BytesIO(body), formats=["HEIF" if name == "HEIC" else name])
    width, height = still.size
    if width * height > LARGEST_PIXELS:
        raise BadMedia(f"the file declares {width}×{height} pixels; the limit is 100 megapixels")
    if width < 1 or height < 1:
        raise BadMedia("the file declares a picture without pixels")
    return still


def orientation_of(still: Image.Image) -> int:
    """Return the EXIF orientation, 1 where there is none, or none that can be read or makes sense."""
    try:
        found: Any = still.getexif().get(_ORIENTATION, 1)
    except DAMAGE:
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1  # noqa: PLR2004  (Exif: 1 to 8)


def _least(size: tuple[int, int], look: Look) -> tuple[int, int]:
    """Return width and height that a JPEG of this size keeps at least.

    At an eighth libjpeg-turbo reads blocks without their detail: a quarter of the time is saved.
    """
    shorter, longer = SKIMMED
    if look.may_skim and min(size) >= 8 * shorter and max(size) >= 8 * longer:
        return 1, 1
    is_wide = size[0] >= size[1]
    return (look.longer, SHORT_SIDE) if is_wide else (SHORT_SIDE, look.longer)


def seen(still: Image.Image) -> Pixels:
    """Decode a frame to (H, W) grey, no larger than pictures may be."""
    return _bounded(_luma(still))


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
