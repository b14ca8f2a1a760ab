"""Draws harmless clips of our own: a window wandering over an invented scene, and a tune to it."""

import io
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from jikimi.media.specimen import draw

RATE: Final = 44_100
_SCENE_SECONDS: Final = 4.0
_NOTE_SECONDS: Final = 0.25


def draw_clip(
    seed: int,
    *,
    seconds: float = 6.0,
    width: int = 480,
    height: int = 320,
    fps: int = 25,
    with_sound: bool = True,
    container: str = "mp4",
) -> bytes:
    """Return an encoded clip, the same for the same arguments: MPEG-4 Part 2 pictures, MP3 sound.

    The scene changes every four seconds; in between, the view wanders. Two seeds share nothing. `container`
    is FFmpeg's name of one that holds both ("mp4", "matroska", "avi", "mpegts").
    """
    kept = io.BytesIO()
    with av.open(kept, "w", format=container) as written:
        picture = written.add_stream("mpeg4", rate=fps)
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        picture.bit_rate = 1_500_000
        picture.gop_size = 2 * fps
        sound = written.add_stream("mp3", rate=RATE) if with_sound else None
        scenes = scenes_of(seed, seconds, width, height)
        for number in range(round(seconds * fps)):
            pixels = frame_at(scenes, seed, number / fps, width, height)
            written.mux(picture.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        written.mux(picture.encode(None))
        if sound is not None:
            tune = av.AudioFrame.from_ndarray(
                tune_of(seed, seconds)[np.newaxis], format="s16p", layout="mono"
            )
            tune.sample_rate, tune.time_base, tune.pts = RATE, Fraction(1, RATE), 0
            written.mux(sound.encode(tune))
            written.mux(sound.encode(None))
    return kept.getvalue()


def scenes_of(seed: int, seconds: float, width: int, height: int) -> list[NDArray[np.uint8]]:
    """Return the scenes of a clip, each half as wide and high again as a frame."""
    size = (width + width // 2, height + height // 2)
    return [draw(1000 * seed + number, *size) for number in range(math.ceil(seconds / _SCENE_SECONDS))]


def frame_at(
    scenes: Sequence[NDArray[np.uint8]], seed: int, at: float, width: int, height: int
) -> NDArray[np.uint8]:
    """Return what the clip shows after `at` seconds, as (height, width, 3) RGB."""
    number = int(at // _SCENE_SECONDS)
    share = (at - number * _SCENE_SECONDS) / _SCENE_SECONDS
    dice = np.random.default_rng([seed, number])
    first, last = dice.random((2, 2)) * (width // 2, height // 2)
    x, y = first + (last - first) * share
    middle = (x + (width - 1) / 2, y + (height - 1) / 2)
    return np.asarray(cv2.getRectSubPix(scenes[number], (width, height), middle), np.uint8)


def tune_of(seed: int, seconds: float) -> NDArray[np.int16]:
    """Return a row of invented notes with overtones and a little hiss, 44,100 samples a second."""
    dice = np.random.default_rng([seed, 7])
    time = np.arange(round(_NOTE_SECONDS * RATE)) / RATE
    notes = []
    for _ in range(int(seconds / _NOTE_SECONDS) + 1):
        pitch = 110 * 2 ** (dice.integers(0, 36) / 12)
        tones = [np.sin(2 * np.pi * pitch * k * time) / k for k in (1, 2, 3)]
        notes.append(np.sum(tones, axis=0) * np.exp(-4 * time) + dice.normal(0, 0.02, len(time)))
    tune = np.concatenate(notes)[: round(seconds * RATE)]
    return np.asarray(np.clip(tune / 2, -1, 1) * 20_000, np.int16)
