"""Measures JPEG bytes → PDQ against threatexchange, on one thread, and prints a table.

python bench/hashing.py [--photos DIR] [--json FILE]

CPU time of this process, the same bytes in memory, both sides in turn, median of a few rounds a picture and
then over the pictures of a bucket; the ratio is the median of each picture's own. Pictures are mosaics of
enlarged photographs with a sensor's grain, written as JPEG quality 90 (4:2:0), and the real photographs
among the test pictures that fall into a bucket.
"""

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from jikimi.fingerprints.pdq import Pdq, pdq_of
from jikimi.media.decode import decode, prepare
from jikimi.media.specimen import encode_jpeg
from jikimi.model.fingerprint import Picture

BUCKETS = {1.7: (1600, 1064), 3.8: (2400, 1600), 6.6: (3144, 2096), 12.0: (4240, 2832)}
MOSAICS = 6
ROUNDS = 5
ENLARGED = 2.5
REAL = ("bridge-mods/aaa-orig.jpg", "reg-test-input/exif-rotn/exif-rotn-1.jpg")
HAS_PEER = find_spec("pdqhash") is not None and find_spec("threatexchange") is not None

Clocked = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Row:
    """One bucket: medians in CPU ms, speed-ups, and bits between both hashes."""

    megapixels: float
    pictures: int
    decode_ms: float
    ours_ms: float
    all_views_ms: float
    peer_ms: float | None
    ratio: float | None
    distance_median: float | None
    distance_max: int | None


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    home = Path(__file__).parents[2] / "shared" / "testdata"
    asked.add_argument("--photos", type=Path, default=home, help="folder with photos/ and pdq/")
    asked.add_argument("--json", type=Path, help="write the figures to this file too")
    options = asked.parse_args()
    photos = sorted((options.photos / "photos").glob("*.jpg"))
    if not photos:
        raise SystemExit(f"no photographs in {options.photos}/photos: give the folder with --photos")
    prepare()
    if not HAS_PEER:
        print("threatexchange is not installed, its columns stay empty: pip install threatexchange pdqhash\n")
    rows = [measure(size, list(pictures(size, photos, options.photos / "pdq"))) for size in BUCKETS]
    print(table(rows))
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2), encoding="utf-8")


def pictures(megapixels: float, photos: list[Path], real: Path) -> Iterator[bytes]:
    """Yield JPEG files of one bucket."""
    dice = np.random.default_rng(int(megapixels * 10))
    for _ in range(MOSAICS):
        yield encode_jpeg(mosaic(BUCKETS[megapixels], photos, dice), 90)
    for name in REAL:
        if (real / name).is_file():
            body = (real / name).read_bytes()
            picture = decode(body).picture
            if abs(picture.original_width * picture.original_height / 1e6 / megapixels - 1) < 0.1:
                yield body


def mosaic(size: tuple[int, int], photos: list[Path], dice: np.random.Generator) -> NDArray[np.uint8]:
    """Lay enlarged photographs side by side, add grain: (height, width, 3)."""
    width, height = size
    canvas = np.zeros((height, width, 3), np.uint8)
    tile = (int(480 * ENLARGED), int(320 * ENLARGED))
    for top in range(0, height, tile[1]):
        for left in range(0, width, tile[0]):
            photo = cv2.imread(str(photos[int(dice.integers(len(photos)))]))
            assert photo is not None  # globbed just now
            large = cv2.resize(photo, tile, interpolation=cv2.INTER_CUBIC)
            part = canvas[top : top + tile[1], left : left + tile[0]]
            part[:] = large[: part.shape[0], : part.shape[1], ::-1]
    grain = dice.normal(0, 3, (height, width, 1))
    return np.asarray(np.clip(canvas + grain, 0, 255), np.uint8)


def measure(megapixels: float, bodies: list[bytes]) -> Row:
    """Time every way on every picture, in turn."""
    ways: dict[str, Clocked] = {"decode": decode, "ours": ours, "all": all_views}
    if HAS_PEER:
        ways["peer"] = peer
    spent = [in_turn(ways, body) for body in bodies]
    distances = [apart(ours(body), peer(body)) for body in bodies] if HAS_PEER else []
    return Row(
        megapixels,
        len(bodies),
        statistics.median(one["decode"] for one in spent),
        statistics.median(one["ours"] for one in spent),
        statistics.median(one["all"] for one in spent),
        statistics.median(one["peer"] for one in spent) if HAS_PEER else None,
        statistics.median(one["peer"] / one["ours"] for one in spent) if HAS_PEER else None,
        statistics.median(distances) if HAS_PEER else None,
        max(distances, default=None),
    )


def in_turn(ways: dict[str, Clocked], body: bytes) -> dict[str, float]:
    """Return each way's median CPU milliseconds over a few interleaved rounds, after one to warm up."""
    spent: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS + 1):
        for way, run in ways.items():
            start = time.process_time()
            run(body)
            spent[way].append((time.process_time() - start) * 1e3)
    return {way: statistics.median(times[1:]) for way, times in spent.items()}


def luma_of(picture: Picture) -> NDArray[np.uint8]:
    return np.frombuffer(picture.luma, np.uint8).reshape(picture.height, picture.width)


def ours(body: bytes) -> str:
    picture = decode(body).picture
    return pdq_of(luma_of(picture), (picture.original_height, picture.original_width))[0].hex()


def all_views(body: bytes) -> object:
    return Pdq().fingerprint(body, decode(body).picture)


def peer(body: bytes) -> str:
    from threatexchange.signal_type.pdq.pdq_hasher import pdq_from_bytes  # may be missing

    return str(pdq_from_bytes(body)[0])


def apart(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def table(rows: list[Row]) -> str:
    """Write the figures as Markdown."""
    lines = [
        f"CPU ms (median), one thread, Python {platform.python_version()}, {platform.machine()}",
        "",
        "| MP | files | decode only | decode + PDQ | all 8 turns | threatexchange | ratio | bits apart |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        theirs = "–" if row.peer_ms is None else f"{row.peer_ms:.1f}"
        ratio = "–" if row.ratio is None else f"×{row.ratio:.1f}"
        bits = "–" if row.distance_max is None else f"{row.distance_median:.0f} (max {row.distance_max})"
        lines.append(
            f"| {row.megapixels:g} | {row.pictures} | {row.decode_ms:.1f} | {row.ours_ms:.1f} "
            f"| {row.all_views_ms:.1f} | {theirs} | {ratio} | {bits} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
