"""Asks a bank of clips for clips it does not know: pans over photographs, and other takes in one room."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from jikimi.fingerprints.frames import Frames
from jikimi.model.clip import Clip, Frame
from jikimi.model.fingerprint import Effort, Fingerprint, Picture
from jikimi.model.ports import IndexEntry
from jikimi.vault.frame_bank import FrameBank

SIDE: Final = 320
SECONDS: Final = 6.0
Grey = NDArray[np.uint8]


def strangers(photos: Sequence[Path]) -> dict[str, int]:
    """Ask for a pan over every second photograph in a bank of pans over the others; count by tier."""
    seen = [_read(path) for path in photos]
    bank = _bank([_pan(grey, seed, 4) for seed, grey in enumerate(seen[::2])])
    return _counted(bank, [_pan(grey, 1000 + seed, 2) for seed, grey in enumerate(seen[1::2])])


def takes_in_rooms(photos: Sequence[Path], each: int) -> dict[str, int]:
    """Ask for `each` other takes before every photograph in a bank of one take each; count by tier.

    A take is a fixed picture before which one textured figure moves along a path of its own.
    """
    seen = [_read(path) for path in photos]
    bank = _bank([_take(grey, seed, 4) for seed, grey in enumerate(seen)])
    others = [_take(grey, 10_000 + seed * each + n, 2) for seed, grey in enumerate(seen) for n in range(each)]
    return _counted(bank, others)


def _bank(clips: Sequence[Clip]) -> FrameBank:
    bank = FrameBank()
    kept = [tuple(Frames().fingerprint_clip(clip, Effort.REFERENCE)) for clip in clips]
    bank.apply([IndexEntry(number, str(number), str(number), found) for number, found in enumerate(kept, 1)])
    return bank


def _counted(bank: FrameBank, clips: Sequence[Clip]) -> dict[str, int]:
    """Return how many pairs there are, and how many were answered at each tier."""
    counts = Counter({"pairs": len(bank) * len(clips)})
    for clip in clips:
        asked: list[Fingerprint] = Frames().fingerprint_clip(clip, Effort.SECOND)
        counts.update(one.tier.value for one in bank.search(asked))
    return dict(counts)


def _read(path: Path) -> Grey:
    grey = np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8)
    scale = SIDE / max(grey.shape)
    size = (round(grey.shape[1] * scale), round(grey.shape[0] * scale))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _pan(grey: Grey, seed: int, fps: int) -> Clip:
    """Let a window of 70 % wander over a photograph."""
    dice = np.random.default_rng(seed)
    height, width = (int(0.7 * side) for side in grey.shape)
    room = np.array(grey.shape) - (height, width)
    first, last = dice.random((2, 2)) * room
    frames = []
    for number in range(int(SECONDS * fps)):
        top, left = (first + (last - first) * number / (SECONDS * fps)).astype(int)
        frames.append(_frame(number / fps, grey[top : top + height, left : left + width]))
    return Clip(tuple(frames), None, SECONDS)


def _take(grey: Grey, seed: int, fps: int) -> Clip:
    """Let a textured figure of a third of the height move before a fixed picture."""
    dice = np.random.default_rng(seed)
    height, width = grey.shape
    figure = cv2.resize(dice.integers(0, 256, (9, 5), np.uint8), (width // 5, height // 3))
    path = dice.random((3, 2)) * (height - figure.shape[0], width - figure.shape[1])
    frames = []
    for number in range(int(SECONDS * fps)):
        along = 2 * number / (SECONDS * fps)
        leg = min(1, int(along))
        top, left = (path[leg] + (path[leg + 1] - path[leg]) * (along - leg)).astype(int)
        scene = grey.copy()
        scene[top : top + figure.shape[0], left : left + figure.shape[1]] = figure
        frames.append(_frame(number / fps, scene))
    return Clip(tuple(frames), None, SECONDS)


def _frame(at: float, grey: Grey) -> Frame:
    picture = Picture(grey.shape[1], grey.shape[0], np.ascontiguousarray(grey).tobytes(), *grey.shape[::-1])
    return Frame(at, picture)
