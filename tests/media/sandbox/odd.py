"""Odd but harmless picture files, drawn by the tests: extremes of size, frames, depth, profiles and tags."""

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pillow_heif
from drawn import HEIGHT, WIDTH, chunk, frames, png, saved, scene
from numpy.typing import NDArray
from PIL import Image

from jikimi.media.specimen import encode_jpeg

Size = tuple[int, int]
STRIPS = ((1, 1), (2, 2), (20_000, 3), (3, 20_000))
PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
ORIENTATION = 0x0112
SHORT, TEXT, FRACTION = 3, 2, 5


def plain(colour: object, name: str, mode: str = "RGB", size: Size = (WIDTH, HEIGHT)) -> bytes:
    return saved(Image.new(mode, size, colour), name)  # type: ignore[arg-type]  # any colour of any mode


def scene_as(name: str, **options: object) -> bytes:
    return saved(Image.fromarray(scene()), name, **({"quality": 95} if name != "PNG" else {}), **options)


def profile(colours: bytes) -> bytes:
    """Return an ICC profile of this colour space (ICC.1:2022, 7.2): a header and no tags."""
    head = bytearray(132)
    head[0:4] = struct.pack(">I", len(head))
    head[8:20] = b"\x04\x00\x00\x00mntr" + colours
    head[36:40] = b"acsp"
    return bytes(head)


def exif_jpeg(tags: bytes) -> bytes:
    """Return the scene as a JPEG with this TIFF structure as its EXIF block."""
    body = encode_jpeg(scene(), 95)
    block = b"Exif\x00\x00" + tags
    return body[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + body[2:]


def directory(*entries: tuple[int, int, int, bytes], after: int = 0) -> bytes:
    """Return a big-endian TIFF directory of (tag, type, count, four bytes)."""
    body = b"".join(struct.pack(">HHI", tag, kind, count) + value for tag, kind, count, value in entries)
    return struct.pack(">H", len(entries)) + body + struct.pack(">I", after)


def with_thumbnail_of_another() -> bytes:
    """Return the scene with an EXIF thumbnail that shows something else."""
    thumbnail = encode_jpeg(scene(96, 64, seed=99), 80)
    first = directory(after=8 + 6)
    start = 8 + len(first) + 2 + 2 * 12 + 4
    second = directory(
        (0x0201, 4, 1, struct.pack(">I", start)), (0x0202, 4, 1, struct.pack(">I", len(thumbnail)))
    )
    return exif_jpeg(b"MM\x00*\x00\x00\x00\x08" + first + second + thumbnail)


def tags(*entries: tuple[int, int, int, bytes]) -> bytes:
    return b"MM\x00*\x00\x00\x00\x08" + directory(*entries)


def transparent_gif() -> bytes:
    return saved(Image.new("P", (WIDTH, HEIGHT), 3), "GIF", transparency=3)


def long_animation(name: str, count: int = 300) -> bytes:
    """Return a dot that moves, so that no two frames are one."""
    pictures = []
    for number in range(count):
        picture = Image.new("L", (48, 32), 40)
        picture.putpixel((number % 48, number // 48 % 32), 255)
        pictures.append(picture)
    options = {"lossless": True} if name == "WEBP" else {}
    return saved(pictures[0], name, save_all=True, append_images=pictures[1:], duration=40, **options)


def grey() -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(scene()).convert("L"))


def interlaced_png() -> bytes:
    """Return the scene in the seven passes of Adam7 (PNG, 8.2)."""
    body = io.BytesIO()
    for top, left, down, across in PASSES:
        for row in grey()[top::down, left::across]:
            body.write(b"\x00" + row.tobytes())
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 0, 0, 0, 1)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(body.getvalue()))
        + chunk(b"IEND", b"")
    )


def rgb16_png() -> bytes:
    deep = scene().astype(">u2") * 257
    rows = b"".join(b"\x00" + row.tobytes() for row in deep)
    return png(WIDTH, HEIGHT, rows, depth=16, colour=2)


def png_with_one_clear_colour() -> bytes:
    """Return RGB with a colour that tRNS makes transparent (PNG, 11.3.2)."""
    rows = b"".join(b"\x00" + row.tobytes() for row in scene())
    clear = struct.pack(">HHH", *scene()[0, 0].tolist())
    return png(WIDTH, HEIGHT, rows, colour=2, extra=chunk(b"tRNS", clear))


def apng_with_another_default() -> bytes:
    default, *rest = frames(2)
    return saved(default, "PNG", save_all=True, append_images=rest, default_image=True)


def bmp_from_the_top() -> bytes:
    """Return a BMP whose negative height says that the first row is the top one."""
    rows = scene()[:, :, ::-1].tobytes()
    head = struct.pack("<IiiHHIIiiII", 40, WIDTH, -HEIGHT, 1, 24, 0, len(rows), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(rows), 0, 0, 54) + head + rows


def tiff(depth: int, rows: bytes, *, tile: int = 0) -> bytes:
    """Return an uncompressed grey TIFF of this many bits a pixel, in one strip or in square tiles."""
    shape = [(256, WIDTH), (257, HEIGHT), (258, depth), (259, 1), (262, 1), (277, 1)]
    across, down = (-(-WIDTH // tile), -(-HEIGHT // tile)) if tile else (1, 1)
    entries = 6 + (4 if tile else 3)
    start = 8 + 2 + 12 * entries + 4
    count = across * down
    places = b"".join(struct.pack(">I", start + 8 * count + n * (len(rows) // count)) for n in range(count))
    sizes = struct.pack(">I", len(rows) // count) * count
    where = struct.pack(">I", start) if count > 1 else struct.pack(">I", start + 8)
    how_long = struct.pack(">I", start + 4 * count) if count > 1 else sizes
    kept = [(tag, SHORT, 1, struct.pack(">HH", value, 0)) for tag, value in shape]
    if tile:
        kept += [(322 + n, SHORT, 1, struct.pack(">HH", tile, 0)) for n in (0, 1)]
        kept += [(324, 4, count, where), (325, 4, count, how_long)]
    else:
        kept += [(278, SHORT, 1, struct.pack(">HH", HEIGHT, 0)), (273, 4, 1, where), (279, 4, 1, how_long)]
    return b"MM\x00*\x00\x00\x00\x08" + directory(*sorted(kept)) + places + sizes + rows


def tiled_tiff(tile: int = 64) -> bytes:
    padded = np.pad(grey(), ((0, -HEIGHT % tile), (0, -WIDTH % tile)), mode="edge")
    rows, columns = padded.shape
    tiles = padded.reshape(rows // tile, tile, columns // tile, tile).swapaxes(1, 2)
    return tiff(8, tiles.tobytes(), tile=tile)


def four_bit_tiff() -> bytes:
    shades = grey() >> 4
    return tiff(4, (shades[:, ::2] << 4 | shades[:, 1::2]).tobytes())


def without_scans(kept: int) -> bytes:
    """Return a progressive JPEG that ends after its first scans."""
    body = saved(Image.fromarray(scene()), "JPEG", quality=90, progressive=True)
    starts = [at for at in range(len(body)) if body[at : at + 2] == b"\xff\xda"]
    return body[: body.rindex(b"\xff\xc4", 0, starts[kept])] + b"\xff\xd9"


def heic(**options: object) -> bytes:
    pillow_heif.register_heif_opener(thumbnails=False)
    return saved(Image.fromarray(scene()), "HEIF", quality=90, **options)


WHOLE = (WIDTH, HEIGHT)
ODD: Mapping[str, tuple[Callable[[], bytes], Size]] = {
    **{
        f"{width} x {height} {name}": (partial(plain, "teal", name, "RGB", (width, height)), (width, height))
        for width, height in STRIPS
        for name in ("JPEG", "PNG")
    },
    **{
        f"all {colour} {name}": (partial(plain, colour, name), WHOLE)
        for colour in ("black", "white", "#808080")
        for name in ("JPEG", "PNG", "GIF", "WEBP")
    },
    "fully transparent PNG": (partial(plain, 0, "PNG", "RGBA"), WHOLE),
    "fully transparent WebP": (partial(plain, 0, "WEBP", "RGBA"), WHOLE),
    "fully transparent GIF": (transparent_gif, WHOLE),
    "GIF of 300 frames": (partial(long_animation, "GIF"), (48, 32)),
    "WebP of 300 frames": (partial(long_animation, "WEBP"), (48, 32)),
    **{
        f"{name} with a profile {what}": (partial(scene_as, name, icc_profile=content), WHOLE)
        for name in ("JPEG", "PNG", "WEBP", "AVIF")
        for what, content in {
            "of RGB": profile(b"RGB XYZ "),
            "of CMYK": profile(b"CMYKLab "),
            "of grey": profile(b"GRAYXYZ "),
            "that is broken": b"junk" * 40,
        }.items()
    },
    "orientation 9": (lambda: exif_jpeg(tags((ORIENTATION, SHORT, 1, b"\x00\x09\x00\x00"))), WHOLE),
    "orientation as text": (lambda: exif_jpeg(tags((ORIENTATION, TEXT, 2, b"6\x00\x00\x00"))), WHOLE),
    "orientation as a fraction": (
        lambda: exif_jpeg(tags((ORIENTATION, FRACTION, 1, b"\x00\x00\x00\x1a")) + struct.pack(">II", 6, 1)),
        WHOLE,
    ),
    "two orientations": (lambda: exif_jpeg(tags((ORIENTATION, SHORT, 2, b"\x00\x01\x00\x06"))), WHOLE),
    "wrong size in its EXIF": (
        lambda: exif_jpeg(tags((256, 4, 1, struct.pack(">I", 9)), (257, 4, 1, struct.pack(">I", 70_000)))),
        WHOLE,
    ),
    "thumbnail of another picture": (with_thumbnail_of_another, WHOLE),
    "EXIF that is cut off": (lambda: exif_jpeg(b"MM\x00*\x00\x00\x00\x08\x00\x09\x01"), WHOLE),
    "progressive without its last scans": (partial(without_scans, 3), WHOLE),
    "interlaced PNG": (interlaced_png, WHOLE),
    "RGB of 16 bits": (rgb16_png, WHOLE),
    "RGB with a clear colour": (png_with_one_clear_colour, WHOLE),
    "APNG with another default picture": (apng_with_another_default, WHOLE),
    "BMP from the top": (bmp_from_the_top, WHOLE),
    "TIFF in tiles": (tiled_tiff, WHOLE),
    "TIFF of several pages": (
        lambda: saved(frames(3)[0], "TIFF", save_all=True, append_images=frames(3)[1:]),
        WHOLE,
    ),
    "TIFF of four bits": (four_bit_tiff, WHOLE),
}
"""Each file with the width and height it is read with."""
