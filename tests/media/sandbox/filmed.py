"""Small clips for tests: made with FFmpeg's own command where PyAV cannot, and animations of a drawn clip."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from drawn import saved
from PIL import Image

from jikimi.media.moving_specimen import frame_at, scenes_of

PICTURES = "testsrc2=size=160x120:rate=10:duration={}"
TONE = "sine=440:duration={}"
WIDTH, HEIGHT, FPS = 240, 160, 10
SPEEDS = {"AVIF": {"speed": 10}, "WEBP": {"quality": 60, "method": 0}}


def ffmpeg(folder: Path, *arguments: str) -> None:
    """Run it in a folder; the test is skipped where it is missing."""
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("no ffmpeg: apt install ffmpeg")
    subprocess.run([program, "-v", "error", "-nostdin", "-y", *arguments], cwd=folder, check=True)


def shot(folder: Path, name: str, *options: str, seconds: float = 4, with_sound: bool = True) -> bytes:
    """Return a test pattern of 160 × 120, ten frames a second, encoded with these options."""
    pattern = ["-f", "lavfi", "-i", PICTURES.format(seconds)]
    tone = ["-f", "lavfi", "-i", TONE.format(seconds)] if with_sound else []
    ffmpeg(folder, *pattern, *tone, *options, name)
    return (folder / name).read_bytes()


def cut_from(seed: int, name: str, *, begin: float = 9.37, seconds: float = 5.0) -> bytes:
    """Return an animation of what `draw_clip` of the same seed shows then, at two thirds of its size."""
    return moving(_pictures(seed, begin, seconds), name)


@cache
def _pictures(seed: int, begin: float, seconds: float) -> list[Image.Image]:
    scenes = scenes_of(seed, begin + seconds, WIDTH, HEIGHT)
    times = [begin + number / FPS for number in range(round(seconds * FPS))]
    return [Image.fromarray(frame_at(scenes, seed, at, WIDTH, HEIGHT)).resize((160, 107)) for at in times]


def moving(pictures: list[Image.Image], name: str, duration: int | list[int] = 1000 // FPS) -> bytes:
    """Return an animation; `duration` is in milliseconds."""
    options: dict[str, object] = SPEEDS.get(name, {})
    return saved(pictures[0], name, save_all=True, append_images=pictures[1:], duration=duration, **options)
