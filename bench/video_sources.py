"""Makes the sources of the video benchmark: real clips, drawn ones, ffmpeg's, takes over photographs."""

import hashlib
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from jikimi.media.moving_specimen import draw_clip
from video_edits import normalised, run_ffmpeg

SECONDS: Final = 15.0
SHORTEST: Final = 4.0
MOST_PIECES: Final = 2
SHOTS: Final = 4
FPS: Final = 25
SIDE: Final = 360

SYNTHETIC: Final[Mapping[str, str]] = {
    "mandelbrot": "mandelbrot=s=360x202:r=25",
    "test pattern": "testsrc2=s=360x202:r=25",
    "life": "life=s=180x102:mold=10:r=12:ratio=0.1:seed=5,scale=360:204",
    "gradients": "gradients=s=360x202:r=25:n=6:seed=3:speed=0.05",
    "sierpinski": "sierpinski=s=360x202:r=25:seed=4:jump=20",
    "cells": "cellauto=s=180x102:rule=110:seed=9:r=25,scale=360:204",
}
"""What ffmpeg draws by itself."""

Colour = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Source:
    """One clip of the benchmark; `origin` is what it was cut from: pieces of one file are in one half."""

    name: str
    origin: str
    path: Path
    seconds: float

    @property
    def is_for_tuning(self) -> bool:
        """Tell the half in which thresholds were chosen from the one that is reported."""
        return hashlib.sha256(self.origin.encode()).digest()[0] % 2 == 0


def sources(
    clips: Path | None, tmk: Path | None, photos: Sequence[Path], work: Path, takes: int, drawn: int
) -> list[Source]:
    """Make every source that is not in `work` yet, and return all, sorted by name."""
    work.mkdir(parents=True, exist_ok=True)
    made = [
        *_real(clips, work),
        *_samples(tmk, work),
        *_drawn(work, drawn),
        *_synthetic(work),
        *_over_photos(photos, work, takes),
    ]
    return sorted(made, key=lambda one: one.name)


def length_of(path: Path) -> float:
    """Return how many seconds a file lasts, 0 where nobody says."""
    asked = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "json", str(path)]
    done = subprocess.run(asked, capture_output=True, check=False)
    return float(json.loads(done.stdout or b"{}").get("format", {}).get("duration", 0))


def pieces(path: Path, seconds: float) -> Iterator[tuple[float, float]]:
    """Yield begin and length of the pieces a file is cut into; a rest that is too short is left out."""
    length = length_of(path)
    begin = 0.0
    while length - begin >= min(SHORTEST, length):
        yield begin, min(seconds, length - begin)
        begin += seconds


def _real(folder: Path | None, work: Path) -> Iterator[Source]:
    """Cut real clips into pieces."""
    for path in sorted(folder.iterdir()) if folder else ():
        for number, (begin, _) in enumerate(list(pieces(path, SECONDS))[:MOST_PIECES], 1):
            made = _made(f"{path.stem} {number}", path.stem, path, work, begin)
            if made is not None:
                yield made


def _samples(folder: Path | None, work: Path) -> Iterator[Source]:
    """Take the first file of each group of ThreatExchange's samples that shows nothing drawn over it."""
    for name in ("chair-orig-22-sd-bar", "pattern-longer-no-bar", "doorknob-hd-no-bar") if folder else ():
        path = folder / f"{name}.mp4"  # type: ignore[operator]  # a folder, or the loop is empty
        made = _made(f"tmk {name}", name.split("-")[0], path, work, 0.0) if path.exists() else None
        if made is not None:
            yield made


def _drawn(work: Path, count: int) -> Iterator[Source]:
    """Draw clips of our own."""
    for number in range(count):
        path = work / f"drawn {number}.mp4"
        if not path.exists():
            path.write_bytes(
                draw_clip(500 + number, seconds=SECONDS, width=360, height=240, with_sound=False)
            )
        made = _made(f"drawn {number} clip", f"drawn {number}", path, work, 0.0)
        if made is not None:
            yield made


def _synthetic(work: Path) -> Iterator[Source]:
    """Let ffmpeg draw."""
    for name, graph in SYNTHETIC.items():
        path = work / f"ffmpeg {name} raw.mp4"
        if not path.exists():
            run_ffmpeg(["-f", "lavfi", "-i", graph, "-t", f"{SECONDS}", "-crf", "18", str(path)])
        made = _made(f"ffmpeg {name}", f"ffmpeg {name}", path, work, 0.0)
        if made is not None:
            yield made


def _over_photos(photos: Sequence[Path], work: Path, count: int) -> Iterator[Source]:
    """Film photographs: a wandering view, a fixed one before which something moves, a row of shots.

    No photograph is in two sources: a quarter of them begin one, the others follow in rows of shots.
    """
    begin = len(photos) // SHOTS
    more = iter(photos[begin:])
    for number, photo in enumerate(photos[: min(count, begin)]):
        kind = ("wander", "fixed", "shots")[number % 3]
        shown = [photo, *islice(more, SHOTS - 1)] if kind == "shots" else [photo]
        name = f"{kind} {photo.stem}"
        path = work / f"{name}.avi"
        target = work / f"reference {name}.mp4"
        if not target.exists():
            film(path, shown, number, is_fixed=kind == "fixed")
        made = _made(name, name, path, work, 0.0)
        path.unlink(missing_ok=True)
        if made is not None:
            yield made


def _made(name: str, origin: str, path: Path, work: Path, begin: float) -> Source | None:
    """Write a source as the reference to register, unless it is there; None where it cannot be read."""
    target = work / f"reference {name}.mp4"
    if not target.exists() and not normalised(path, target, begin, SECONDS):
        target.unlink(missing_ok=True)
        return None
    seconds = length_of(target)
    return Source(name, origin, target, seconds) if seconds >= SHORTEST - 0.1 else None


def film(
    target: Path, photos: Sequence[Path], seed: int, *, is_fixed: bool, seconds: float = SECONDS
) -> None:
    """Write a clip over photographs before which a textured figure moves; the view zooms and pans.

    A fixed camera does neither. The same `photos` with another `seed` are another take.
    """
    scenes = [np.asarray(cv2.imread(str(photo)), np.uint8) for photo in photos]
    height, width = _shape(scenes[0])
    writer = cv2.VideoWriter(str(target), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (width, height))
    dice = np.random.default_rng([seed, 77])
    shots = [_Shot(scene, dice, (height, width), is_fixed=is_fixed) for scene in scenes]
    count = round(seconds * FPS)
    for number in range(count):
        which, rest = divmod(number * len(shots) / count, 1)
        writer.write(shots[int(which)].frame(rest))
    writer.release()


def _shape(scene: Colour) -> tuple[int, int]:
    scale = SIDE / max(scene.shape[:2])
    return int(scene.shape[0] * scale) // 2 * 2, int(scene.shape[1] * scale) // 2 * 2


class _Shot:
    """One view over one photograph, and a figure that walks through it."""

    def __init__(
        self, scene: Colour, dice: np.random.Generator, shape: tuple[int, int], *, is_fixed: bool
    ) -> None:
        self._shape = shape
        height, width = shape
        self._scene = scene
        self._views = np.tile([0.5, 0.5, 1.0], (3, 1))
        if not is_fixed:
            self._views = np.column_stack([dice.uniform(0.3, 0.7, (3, 2)), dice.uniform(0.55, 0.95, 3)])
        coarse = dice.integers(0, 256, (12, 6, 3), np.uint8)
        size = int(height * dice.uniform(0.35, 0.6))
        self._figure = np.asarray(
            cv2.resize(coarse, (max(2, size // 2), size), interpolation=cv2.INTER_CUBIC)
        )
        self._path = dice.random((5, 2)) * (width - self._figure.shape[1], height - self._figure.shape[0])

    def frame(self, share: float) -> Colour:
        """Return what is seen after this share of the shot."""
        height, width = self._shape
        x, y, zoom = _along(self._views, share)
        rows, columns = self._scene.shape[:2]
        wide, high = columns * zoom, rows * zoom
        left = min(max(0.0, x * columns - wide / 2), columns - wide)
        top = min(max(0.0, y * rows - high / 2), rows - high)
        matrix = np.array([[width / wide, 0, -left * width / wide], [0, height / high, -top * height / high]])
        seen = np.array(cv2.warpAffine(self._scene, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE))
        x, y = (int(one) for one in _along(self._path, share))
        seen[y : y + self._figure.shape[0], x : x + self._figure.shape[1]] = self._figure
        return seen


def _along(points: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Return the place on a path through these points after this share of it."""
    legs = len(points) - 1
    leg = min(legs - 1, int(share * legs))
    rest = share * legs - leg
    return np.asarray(points[leg] + (points[leg + 1] - points[leg]) * (rest * rest * (3 - 2 * rest)))
