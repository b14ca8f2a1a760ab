"""Makes a readable file of one that was cut off or damaged, and says how much of the picture came."""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import simplejpeg
from PIL import Image

from jikimi.media.jpeg import END, NOTHING, read_what_came
from jikimi.media.sniff import LARGEST_PIXELS

_JPEG_TABLES = b"\xff\xc4"
_BLOCK = 8
_BLOCK_ROWS = 2  # a row of coding units is up to 16 pixels high, and the last one may be half there
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = (b"PLTE", b"tRNS", b"eXIf")
_PNG_HEADER = struct.Struct(">IIBBBBB")
_PNG_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_RIFF_HEADER = 12
_CHUNK_HEADER = 8
_FILLINGS = (b"\x00", b"\x55")  # decoders get through both; 0xFF makes some ask for more than there is
_AMPLE = 4


@dataclass(frozen=True, slots=True)
class Came:
    """A file that readers accept, and which share of its rows, from the top, is the picture's."""

    body: bytes
    share: float
    is_whole: bool = False


def what_came(body: bytes, name: str) -> Came | None:
    """Complete a file that was cut off; None where that cannot be done, or where it is damaged otherwise.

    Baseline JPEG, PNG and WebP are stored from top to bottom. Of a progressive JPEG all rows may be there,
    in less detail. May raise what readers raise on damaged files.
    """
    ways = {"JPEG": _of_jpeg, "PNG": _of_png, "WEBP": _of_webp}
    return ways[name](body) if name in ways else None


def _of_jpeg(body: bytes) -> Came | None:
    """Find the last row in which one block at least is not what libjpeg shows where it has no data."""
    height, width, _, _ = simplejpeg.decode_jpeg_header(body)
    if width * height > LARGEST_PIXELS:
        return None
    in_blocks = (-(-width // _BLOCK), -(-height // _BLOCK))
    # A table or header that was cut off spoils all scans before it, so it may be better to do without.
    for end in (len(body), body.rfind(_JPEG_TABLES)):
        whole = body[:end] + END
        with suppress(ValueError):
            blocks = read_what_came(whole, in_blocks, (1, 1))
            rows = np.flatnonzero((blocks != NOTHING).any(axis=1))
            if rows.size:
                break
    else:
        return None
    came = int(rows[-1]) + 1
    if blocks[came - 1, -1] == NOTHING:
        came -= _BLOCK_ROWS
    return Came(whole, max(0, came) / len(blocks))


def _of_png(body: bytes) -> Came | None:
    """Unpack the rows that came and pack them again, with empty ones behind."""
    kept = dict.fromkeys((b"IHDR", b"IDAT", *_PNG_KEPT), b"")
    for name, content in _png_chunks(body):
        if name == b"IEND":
            return None
        if name in kept:
            kept[name] += content
    width, height, depth, colour, _, _, interlace = _PNG_HEADER.unpack(kept[b"IHDR"])
    if interlace or not 0 < width * height <= LARGEST_PIXELS:
        return None
    stride = 1 + (width * _PNG_SAMPLES[colour] * depth + 7) // 8
    rows = zlib.decompressobj().decompress(kept[b"IDAT"], stride * height)
    came = len(rows) // stride
    kept[b"IDAT"] = zlib.compress(rows[: came * stride] + bytes((height - came) * stride), 0)
    order = (b"IHDR", *_PNG_KEPT, b"IDAT")
    chunks = (_png_chunk(name, kept[name]) for name in order if kept[name])
    return Came(_PNG_SIGNATURE + b"".join(chunks) + _png_chunk(b"IEND", b""), came / height)


def _png_chunks(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield names and contents, the last one as far as it came."""
    at = len(_PNG_SIGNATURE)
    while at + _CHUNK_HEADER <= len(body):
        size = int.from_bytes(body[at : at + 4], "big")
        start = at + _CHUNK_HEADER
        yield body[at + 4 : start], body[start : start + size]
        at = start + size + 4


def _png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _of_webp(body: bytes) -> Came | None:
    """Fill up with two different fillings: rows on which both agree came. An animation loses a frame."""
    at = _RIFF_HEADER
    while at + _CHUNK_HEADER <= len(body):
        after = at + _CHUNK_HEADER + _even(int.from_bytes(body[at + 4 : at + 8], "little"))
        if after > len(body):
            break
        at = after
    if at >= len(body):
        return None
    if body[at : at + 4] == b"ANMF":
        return Came(_riff(body[:at]), 1.0)
    filled = [_filled(body, at, filling) for filling in _FILLINGS]
    one, other = (np.asarray(Image.open(io.BytesIO(file), formats=["WEBP"]).convert("L")) for file in filled)
    apart = np.flatnonzero((one != other).any(axis=1))
    return Came(filled[0], (int(apart[0]) if apart.size else len(one)) / len(one))


def _filled(body: bytes, at: int, filling: bytes) -> bytes:
    """Return a RIFF file whose last chunk, at `at`, is filled up amply."""
    content = body[at + _CHUNK_HEADER :] + filling * (_AMPLE * len(body))
    content = content[: len(content) // 2 * 2]
    return _riff(body[: at + 4] + len(content).to_bytes(4, "little") + content)


def _riff(body: bytes) -> bytes:
    """Return a RIFF file that declares the size it has."""
    return body[:4] + (len(body) - _CHUNK_HEADER).to_bytes(4, "little") + body[8:]


def _even(size: int) -> int:
    return size + size % 2
