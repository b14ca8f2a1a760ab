"""Counts a picture file's frames without decoding them, and never for long."""

from PIL import Image

from jikimi.media.sniff import MOST_FRAMES

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
