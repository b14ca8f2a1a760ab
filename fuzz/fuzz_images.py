"""Invariant: no bytes, however mangled, end the house, and every answer is an Inspection or BadMedia.

    python fuzz/fuzz_images.py --files 10000 --seed 1
    python fuzz/fuzz_images.py --files 2000 --seed 2 --thorough

Mutates small pictures of our own drawing in every format, sends them through the sandbox with every
fingerprinter in it from several threads, prints what came back, and exits with 1 if anything else did.
"""

import argparse
import io
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pillow_heif
from PIL import Image

from jikimi.app.engine import fingerprinters
from jikimi.media.sandbox import SandboxPool
from jikimi.media.specimen import draw
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Effort, Inspection

WIDTH, HEIGHT = 120, 80
THREADS = 4
SHOWN = 25


def originals() -> dict[str, list[bytes]]:
    """Return whole files by format: colours, grey, palette, alpha, deep, animated, turned."""
    pillow_heif.register_heif_opener(thumbnails=False)
    first, second = (Image.fromarray(draw(seed, WIDTH, HEIGHT)) for seed in (1, 2))
    exif = Image.Exif()
    exif[0x0112] = 6
    moving = {"save_all": True, "append_images": [second, first]}
    deep = first.convert("I").point(lambda value: value * 257)
    wishes: dict[str, list[tuple[Image.Image, dict[str, object]]]] = {
        "JPEG": [
            (first, {"exif": exif}),
            (first, {"progressive": True}),
            (first.convert("CMYK"), {}),
            (first.convert("L"), {}),
        ],
        "PNG": [
            (first, moving),
            (first.convert("RGBA"), {"exif": exif}),
            (first.quantize(16), {"transparency": 3}),
            (deep.convert("I;16"), {}),
        ],
        "GIF": [(first, moving)],
        "WEBP": [(first, moving), (first.convert("RGBA"), {"lossless": True, "exif": exif})],
        "AVIF": [(first, {"exif": exif}), (first, moving)],
        "HEIF": [(first, {}), (first.convert("RGBA"), {})],
        "TIFF": [
            (first, {}),
            (first, {"compression": "tiff_lzw"}),
            (first, {"compression": "jpeg"}),
            (first.convert("1"), {"compression": "group4"}),
            (first.convert("F"), {}),
        ],
        "BMP": [(first, {}), (first.quantize(16), {})],
    }
    return {
        name: [saved(picture, name, options) for picture, options in pictures]
        for name, pictures in wishes.items()
    }


def saved(picture: Image.Image, name: str, options: dict[str, object]) -> bytes:
    kept = io.BytesIO()
    picture.save(kept, name, **options)
    return kept.getvalue()


def flip_bytes(body: bytearray, dice: random.Random) -> bytearray:
    for _ in range(dice.choice((1, 3, 10, 60))):
        body[dice.randrange(len(body))] = dice.randrange(256)
    return body


def damage_the_head(body: bytearray, dice: random.Random) -> bytearray:
    for _ in range(dice.choice((1, 2, 6))):
        body[dice.randrange(min(len(body), 160))] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)))
    return body


def cut(body: bytearray, dice: random.Random) -> bytearray:
    return body[: dice.randrange(len(body))]


def repeat_a_part(body: bytearray, dice: random.Random) -> bytearray:
    start, at = dice.randrange(len(body)), dice.randrange(len(body))
    return body[:at] + body[start : start + dice.randrange(1, 400)] * dice.choice((1, 2, 30)) + body[at:]


def drop_a_part(body: bytearray, dice: random.Random) -> bytearray:
    start = dice.randrange(len(body))
    return body[:start] + body[start + dice.randrange(1, 400) :]


def write_a_number(body: bytearray, dice: random.Random) -> bytearray:
    number = dice.choice((0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, dice.getrandbits(32)))
    at = dice.randrange(max(1, len(body) - 4))
    body[at : at + 4] = number.to_bytes(4, dice.choice(("big", "little")))
    return body


MUTATIONS: tuple[Callable[[bytearray, random.Random], bytearray], ...] = (
    flip_bytes, damage_the_head, cut, repeat_a_part, drop_a_part, write_a_number,
)  # fmt: skip


def mutated(files: dict[str, list[bytes]], dice: random.Random) -> tuple[str, bytes]:
    """Return the format and one mangled file."""
    name = dice.choice(sorted(files))
    body = bytearray(dice.choice(files[name]))
    for _ in range(dice.choice((1, 1, 2))):
        body = dice.choice(MUTATIONS)(body, dice) or bytearray(1)
    return name, bytes(body)


def outcome(pool: SandboxPool, body: bytes, effort: Effort) -> str:
    """Return "read" or the reason; anything else propagates and breaks the invariant."""
    try:
        answer = pool.inspect(body, effort)
    except BadMedia as refused:
        return re.sub(r"\d+×\d+", "N×N", str(refused))
    if not isinstance(answer, Inspection):
        raise TypeError("the sandbox returned something that is not an Inspection")
    return "read"


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("--files", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--readers", type=int, default=2)
    options.add_argument("--thorough", action="store_true", help="the second look's fingerprinters, too")
    wanted = options.parse_args()
    dice, files, counted = random.Random(wanted.seed), originals(), Counter[str]()
    started = time.monotonic()
    with (
        SandboxPool(fingerprinters(), size=wanted.readers, timeout=timedelta(seconds=20)) as pool,
        ThreadPoolExecutor(THREADS) as threads,
    ):
        mangled = (mutated(files, dice) for _ in range(wanted.files))

        def said(one: tuple[str, bytes]) -> str:
            return f"{one[0]}: {outcome(pool, one[1], Effort.SECOND if wanted.thorough else Effort.FIRST)}"

        for reason in threads.map(said, mangled):
            counted[reason] += 1
    for reason, count in counted.most_common(SHOWN):
        print(f"{count:7} {reason}")
    crashes = sum(count for reason, count in counted.items() if "crashed" in reason or "failed" in reason)
    total = sum(counted.values())
    print(f"{total} files, {crashes} ended their reader, {time.monotonic() - started:.0f} s")
    return 0 if total == wanted.files else 1


if __name__ == "__main__":
    sys.exit(main())
