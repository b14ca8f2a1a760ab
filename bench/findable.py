"""Measures whether references that are called hard to find really are: `./run bench findable --photos DIR`.

Takes ordinary photographs, blurs some of them so that there are poor ones too, calls each a reference, and
asks for crops of 0.6 of its width and height at places drawn by a fixed seed, at both looks, with that
reference alone in the bank. Prints the share of crops that were found, by what `review/findable.py` says of
the reference, and by how many points it keeps.
"""

import argparse
import os
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from jikimi.app.engine import empty_vault, open_sandbox
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Effort, Orientation
from jikimi.model.ports import IndexEntry, Sandbox
from jikimi.review.findable import Findable, findable, points_kept

Pixels = NDArray[np.uint8]
BLURS = (0.0, 2.5, 3.0, 3.5, 4.0, 5.0, 8.0, 14.0)
CROPS = 4
SIDE = 0.6
BINS = (0, 1, 40, 100, 200, 257)


@dataclass(frozen=True, slots=True)
class Row:
    """One reference: what is said of it, the points it keeps, and which share of its crops was found."""

    said: Findable
    kept: int
    found: float


def main() -> None:
    """Measure and print two tables."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--photos", type=Path, required=True, help="a folder of ordinary photographs (JPEG)")
    asked.add_argument("--count", type=int, default=320, help="how many of them to take")
    options = asked.parse_args()
    paths = sorted(options.photos.rglob("*.jpg"))
    random.Random(1).shuffle(paths)
    cores = len(os.sched_getaffinity(0))
    with open_sandbox(cores) as sandbox, ThreadPoolExecutor(cores) as pool:
        jobs = enumerate(paths[: options.count])
        rows = [
            row for row in pool.map(lambda job: measure(job[0], job[1], sandbox), jobs) if row is not None
        ]
    print("\n".join(tables(rows)))


def measure(number: int, path: Path, sandbox: Sandbox) -> Row | None:
    """Make one photograph a reference and ask for its crops; None for what cannot be read."""
    pixels = cv2.imread(str(path))
    if pixels is None:
        return None
    blur = BLURS[number % len(BLURS)]
    original = np.asarray(cv2.GaussianBlur(pixels, (0, 0), blur) if blur else pixels, np.uint8)
    try:
        prints = sandbox.inspect(encoded(original, 92)).fingerprints
        vault = empty_vault()
        upright = tuple(one for one in prints if one.orientation is Orientation.UPRIGHT)
        vault.apply([IndexEntry(1, "reference", "case", upright)])
        found = [
            any(
                vault.search(sandbox.inspect(crop, look).fingerprints)
                for look in (Effort.FIRST, Effort.SECOND)
            )
            for crop in crops(original, number)
        ]
    except BadMedia:
        return None
    return Row(findable(prints), points_kept(prints), sum(found) / len(found))


def crops(pixels: Pixels, seed: int) -> Iterator[bytes]:
    """Yield parts of a picture as JPEG."""
    height, width = pixels.shape[:2]
    high, wide = int(height * SIDE), int(width * SIDE)
    draw = random.Random(seed)
    for _ in range(CROPS):
        top, left = draw.randint(0, height - high), draw.randint(0, width - wide)
        yield encoded(pixels[top : top + high, left : left + wide], 80)


def encoded(pixels: Pixels, quality: int) -> bytes:
    """Return pixels as JPEG."""
    _, body = cv2.imencode(".jpg", np.ascontiguousarray(pixels), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return body.tobytes()


def tables(rows: Sequence[Row]) -> Iterator[str]:
    """Return both tables as Markdown."""
    groups: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        groups[row.said].append(row.found)
    for low, high in pairwise((*BINS, sys.maxsize)):
        name = f"{low} points or more" if high == sys.maxsize else f"{low} to {high - 1} points"
        name = name if high > 1 else "no points"
        groups[name] = [row.found for row in rows if low <= row.kept < high]
    yield "| reference | references | crops found |\n|---|---:|---:|"
    for name, shares in groups.items():
        if shares:
            yield f"| {name} | {len(shares)} | {100 * sum(shares) / len(shares):.0f} % |"


if __name__ == "__main__":
    main()
