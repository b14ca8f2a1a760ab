"""Asks banks of clips for clips they do not know: pans over photographs, and other takes in one room."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from image_answers import Answer
from image_matching import Bank
from jikimi.model.clip import Clip, Frame
from jikimi.model.fingerprint import Effort, Picture
from video_asking import answered, of_clip, read
from video_edits import EDITS, edited, normalised
from video_sources import length_of, pieces

SIDE: Final = 320
SECONDS: Final = 6.0
PIECE_SECONDS: Final = 12.0
MOST_PIECES: Final = 8
COPIED_BY: Final = ("re-encode crf 35", "crop centre 80 %", "mirror")
STRANGERS: Final = "strangers"
DRAWN_ROOMS: Final = "drawn rooms"
REAL_ROOMS: Final = "real rooms"
Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Take:
    """A part of what one camera saw of one room."""

    room: str
    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Unknown:
    """A question: which bank, under which name, and how to make what is asked; the truth and room, or ""."""

    kind: str
    name: str
    edit: str
    truth: str
    room: str
    make: Callable[[], Clip] | Path

    @property
    def key(self) -> str:
        """Return the answer's name."""
        return f"{self.kind}/{self.room}/{self.name}/{self.edit}/0"


@dataclass(frozen=True, slots=True)
class Trial:
    """A bank, what it is asked, and the references of each room: whatever else is found there is wrong."""

    bank: Bank
    queries: list[Unknown]
    members: dict[str, list[str]]


def ask_unknown(query: Unknown, bank: Bank) -> Answer:
    """Ask with the second look, which sees most."""
    made = query.make
    asked = read(made, Effort.SECOND)[0] if isinstance(made, Path) else of_clip(made(), Effort.SECOND)
    return answered(query.kind, query.room, query.name, query.edit, query.truth, bank.vault.search(asked))


def strangers(photos: Sequence[Path], *, is_needed: bool) -> Trial:
    """Return a bank of pans over every second photograph, and questions for pans over the others.

    Here and below the bank is empty where it is not needed.
    """
    bank = Bank()
    for seed, photo in enumerate(photos[::2] if is_needed else ()):
        bank.remember(photo.name, of_clip(_pan(_read(photo), seed, 4), Effort.REFERENCE))
    asked = [
        Unknown(STRANGERS, photo.name, "pan", "", "", partial(_pan_over, photo, seed))
        for seed, photo in enumerate(photos[1::2], 1000)
    ]
    return Trial(bank, asked, {"": [photo.name for photo in photos[::2]]})


def drawn_rooms(photos: Sequence[Path], each: int, *, is_needed: bool) -> Trial:
    """Return a bank of one take before every photograph, and questions for `each` other takes there.

    A take is a fixed picture before which one textured figure moves along a path of its own.
    """
    bank = Bank()
    asked = []
    for place, photo in enumerate(photos):
        if is_needed:
            bank.remember(photo.name, of_clip(_take(_read(photo), place, 4), Effort.REFERENCE))
        for number in range(each):
            make = partial(_take_before, photo, 10_000 + place * each + number)
            asked.append(Unknown(DRAWN_ROOMS, f"{photo.name} {number}", "other take", "", photo.name, make))
    return Trial(bank, asked, {photo.name: [photo.name] for photo in photos})


def _pan_over(photo: Path, seed: int) -> Clip:
    return _pan(_read(photo), seed, 2)


def _take_before(photo: Path, seed: int) -> Clip:
    return _take(_read(photo), seed, 2)


def takes_in(folder: Path, work: Path) -> list[Take]:
    """Cut every file below `folder`, one subfolder a room, into takes; a short file is one take."""
    found = []
    for room in sorted(one for one in folder.iterdir() if one.is_dir()):
        for file in sorted(room.iterdir()):
            for number, (begin, _) in enumerate(list(pieces(file, PIECE_SECONDS))[:MOST_PIECES], 1):
                name = f"{room.name} {file.stem} {number}"
                path = work / f"take {name}.mp4"
                if path.exists() or normalised(file, path, begin, PIECE_SECONDS):
                    found.append(Take(room.name, name, path))
    return found


def real_rooms(takes: Sequence[Take], work: Path, *, is_needed: bool) -> Trial:
    """Return a bank of all takes, and questions for copies of each: the others in its room are wrong."""
    bank = Bank()
    asked = []
    members: dict[str, list[str]] = {}
    for take in takes:
        members.setdefault(take.room, []).append(take.name)
        if is_needed:
            bank.remember(take.name, read(take.path, Effort.REFERENCE)[0])
        for edit in COPIED_BY:
            path = work / f"take {take.name}, {edit}.mp4"
            if path.exists() or edited(EDITS[edit], take.path, length_of(take.path), take.path, path):
                asked.append(Unknown(REAL_ROOMS, take.name, edit, take.name, take.room, path))
    return Trial(bank, asked, members)


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
