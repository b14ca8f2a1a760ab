"""Small picture files of every kind, drawn by the tests."""

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image

from jikimi.media.specimen import draw, encode_jpeg

SEED = 7
WIDTH, HEIGHT = 240, 160


def scene(width: int = WIDTH, height: int = HEIGHT, seed: int = SEED) -> NDArray[np.uint8]:
    return draw(seed, width, height)


def saved(picture: Image.Image, name: str, **options: object) -> bytes:
    """Return the picture as Pillow saves it."""
    kept = io.BytesIO()
    picture.save(kept, name, **options)
    return kept.getvalue()


def frames(count: int = 4) -> list[Image.Image]:
    return [Image.fromarray(scene(seed=seed)) for seed in range(SEED, SEED + count)]


def animated(name: str) -> bytes:
    first, *rest = frames()
    return saved(first, name, save_all=True, append_images=rest, duration=100)


def heic() -> bytes:
    pillow_heif.register_heif_opener(thumbnails=False)
    return saved(Image.fromarray(scene()), "HEIF", quality=90)


def plain(name: str, mode: str = "RGB") -> bytes:
    return saved(Image.fromarray(scene()).convert(mode), name)


def png(
    width: int, height: int, rows: bytes, *, depth: int = 8, colour: int = 0, extra: bytes = b""
) -> bytes:
    """Return a PNG that declares this size, whatever its rows hold."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


KINDS: Mapping[str, Callable[[], bytes]] = {
    "JPEG": lambda: encode_jpeg(scene(), 95),
    "PNG": partial(plain, "PNG"),
    "GIF": partial(plain, "GIF"),
    "WEBP": partial(plain, "WEBP"),
    "AVIF": partial(plain, "AVIF"),
    "HEIC": heic,
    "TIFF": partial(plain, "TIFF"),
    "BMP": partial(plain, "BMP"),
}
