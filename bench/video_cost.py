"""Measures what looking at a clip of a minute costs, and searching it among many made-up reference hours."""

import ctypes
import gc
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from audio_cost import many_hours
from image_cost import resident
from jikimi.flow.keeping import kept_of
from jikimi.model.fingerprint import FRAMES_HEADER, FRAMES_VERSION, POINTS_HEADER, Effort, Fingerprint
from jikimi.model.ports import IndexEntry
from jikimi.vault.features import FeatureBank
from jikimi.vault.frame_bank import FrameBank
from jikimi.vault.frame_rows import RECORD, is_frames, is_of_reference
from jikimi.vault.points import ORB
from jikimi.vault.points import RECORD as POINT_RECORD
from jikimi.vault.sound_bank import fits, shares
from jikimi.vault.sound_shelf import SoundShelf
from jikimi.vault.sound_value import asked_in, is_asked
from jikimi.vault.sound_value import is_kept as is_kept_sound
from video_asking import read
from video_edits import run_ffmpeg
from video_sources import Source

SHOTS: Final = 4
SHOT_SECONDS: Final = 15
SECONDS: Final = SHOTS * SHOT_SECONDS
ROUNDS: Final = 3
_NO_FRAMES: Final = Fingerprint("frames", struct.pack(FRAMES_HEADER, FRAMES_VERSION, 1, 0))
"""Tells the bank of points that these are stills of a clip: it takes the points of all."""


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU seconds on one thread for a clip of `seconds` at 1280 × 720 with sound, searches among `hours`.

    `rows` are those asked at each look; bytes an hour of reference: kept rows as they are written, what the
    bank of frames grows by, what points of the stills of such clips take, words and times of their sound.
    Searches of frames, of points of stills and of sound are apart; a look asks all three.
    """

    seconds: int
    hours: float
    first_look: float
    silent_look: float
    second_look: float
    reference: float
    first_rows: int
    second_rows: int
    fill: float
    first_search: float
    second_search: float
    frame_bytes: float
    frame_resident: float
    point_bytes: float
    point_resident: float
    first_points: float
    second_points: float
    first_sound: float
    second_sound: float
    sound_resident: float

    @property
    def whole_first(self) -> float:
        """Return CPU seconds of the first look and all that it asks."""
        return self.first_look + self.first_search + self.first_points + self.first_sound

    @property
    def whole_second(self) -> float:
        """Return the same of the second look."""
        return self.second_look + self.second_search + self.second_points + self.second_sound

    @property
    def resident(self) -> float:
        """Return bytes in memory for an hour of such references."""
        return self.frame_resident + self.point_resident + self.sound_resident


def costs(work: Path, made: Sequence[Source], hours: float) -> Costs:
    """Make the clip, read it at each effort, fill a bank, search."""
    clip = work / "upload 720p.mp4"
    if not clip.exists():
        _upload(clip, made[:: max(1, len(made) // SHOTS)][:SHOTS])
    looks = {effort: _quickest(clip, effort) for effort in Effort}
    kept = looks[Effort.REFERENCE][0]
    rows = next(one.value for one in kept if is_frames(one))
    bank, fill, grown = _filled(rows, hours)
    asked = [looks[effort][0] for effort in (Effort.FIRST, Effort.SECOND)]
    first, second = (_search(bank, one) for one in asked)
    del bank
    points, stored, held = _points(kept, round(hours))
    of_points = [_least(partial(points.search, one)) for one in asked]
    del points
    sounds = many_hours([one.value for one in kept if is_kept_sound(one)], hours)
    of_sound = [_least(partial(_listen, sounds, one)) for one in asked]
    an_hour = 3600 / SECONDS
    return Costs(
        SECONDS,
        hours,
        looks[Effort.FIRST][1],
        _quickest(_silent(clip), Effort.FIRST)[1],
        looks[Effort.SECOND][1],
        looks[Effort.REFERENCE][1],
        first[1],
        second[1],
        fill,
        first[0],
        second[0],
        len(rows) * an_hour,
        grown / hours,
        stored * an_hour,
        held / hours,
        *of_points,
        *of_sound,
        (sounds.words.nbytes + sounds.times.nbytes) / hours,
    )


def _upload(target: Path, shots: Sequence[Source]) -> None:
    """Join parts of sources to a clip of a minute, with a little noise and a tone."""
    inputs = [
        word
        for shot in shots
        for word in ("-stream_loop", "3", "-t", f"{SHOT_SECONDS}", "-i", str(shot.path))
    ]
    scaled = "".join(f"[{n}:v]scale=1280:720,setsar=1,fps=25[v{n}];" for n in range(len(shots)))
    joined = (
        "".join(f"[v{n}]" for n in range(len(shots)))
        + f"concat=n={len(shots)}:v=1:a=0,noise=alls=6:allf=t[v]"
    )
    tone = ["-f", "lavfi", "-t", f"{SECONDS}", "-i", "aevalsrc=0.3*sin(2*PI*t*(200+80*sin(t)))"]
    codec = ["-c:v", "libx264", "-preset", "superfast", "-b:v", "2500k", "-g", "50", "-pix_fmt", "yuv420p"]
    maps = ["-map", "[v]", "-map", f"{len(shots)}:a", "-c:a", "aac", "-shortest"]
    run_ffmpeg([*inputs, *tone, "-filter_complex", scaled + joined, *maps, *codec, str(target)])


def _silent(clip: Path) -> Path:
    """Return the same clip without its sound."""
    target = clip.with_name(f"{clip.stem} without sound.mp4")
    if not target.exists():
        run_ffmpeg(["-i", str(clip), "-c", "copy", "-an", str(target)])
    return target


def _held() -> int:
    """Return the bytes of this process in memory, without what only its allocator holds."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return resident()


def _quickest(clip: Path, effort: Effort) -> tuple[list[Fingerprint], float]:
    """Read a clip a few times; return what was found and the least CPU seconds."""
    rounds = [read(clip, effort) for _ in range(ROUNDS)]
    return rounds[0][0], min(spent for _, spent in rounds)


def _filled(rows: bytes, hours: float) -> tuple[FrameBank, float, float]:
    """Return a bank of made-up reference hours, CPU seconds for it, bytes by which the process grew.

    An hour is the clip's rows again and again; each minute has its bits changed by a mask of its own,
    which keeps how near they are to each other and makes them strangers to all else.
    """
    size = struct.calcsize(FRAMES_HEADER)
    minute = np.frombuffer(rows, RECORD, offset=size)
    dice = np.random.default_rng(1)
    bank, before = FrameBank(), _held()
    entries = []
    for number in range(round(hours)):
        hour = np.tile(minute, 3600 // SECONDS)
        masks = dice.integers(0, 256, (3600 // SECONDS, 32), np.uint8)
        hour["bits"] ^= np.repeat(masks, len(minute), axis=0)
        hour["at"] += np.repeat(np.arange(3600 // SECONDS, dtype=np.uint32) * 1000 * SECONDS, len(minute))
        value = struct.pack(FRAMES_HEADER, FRAMES_VERSION, 1, len(hour)) + hour.tobytes()
        entries.append(IndexEntry(number + 1, str(number), "case", (Fingerprint("frames", value),)))
    started = time.process_time()
    bank.apply(entries)
    spent = time.process_time() - started
    del entries
    return bank, spent, max(0.0, _held() - before)


def _points(kept: Sequence[Fingerprint], hours: int) -> tuple[FeatureBank, int, float]:
    """Return a bank of points of `hours` of such clips, bytes that one keeps, and by what the process grows.

    Each clip has its bits changed by a mask of its own.
    """
    ours = [one for one in kept_of(kept) if one.algorithm == ORB]
    size = struct.calcsize(POINTS_HEADER)
    dice = np.random.default_rng(2)
    bank, before = FeatureBank(), _held()
    entries = []
    for clip in range(hours * 3600 // SECONDS):
        mask = dice.integers(0, 256, 32, np.uint8)
        made = []
        for one in ours:
            records = np.frombuffer(one.value, POINT_RECORD, offset=size).copy()
            records["bits"] ^= mask
            made.append(Fingerprint(ORB, one.value[:size] + records.tobytes(), one.quality, one.view))
        entries.append(IndexEntry(clip + 1, str(clip), "case", (*made, _NO_FRAMES)))
    bank.apply(entries)
    del entries, made, records
    return bank, sum(len(one.value) for one in ours), max(0.0, _held() - before)


def _listen(shelf: SoundShelf, asked: Sequence[Fingerprint]) -> None:
    """Ask for every part of a sound."""
    for one, share in shares([asked_in(one.value) for one in asked if is_asked(one)]):
        fits([shelf], one, share)


def _least(work: Callable[[], object]) -> float:
    """Return the least CPU seconds of a few rounds."""
    spent = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        spent.append(time.process_time() - started)
    return min(spent)


def _search(bank: FrameBank, asked: Sequence[Fingerprint]) -> tuple[float, int]:
    """Return the least CPU seconds of a search, and how many rows are asked."""
    frames = [one for one in asked if is_frames(one) and not is_of_reference(one)]
    rows = sum((len(one.value) - struct.calcsize(FRAMES_HEADER)) // RECORD.itemsize for one in frames)
    return _least(partial(bank.search, frames)), rows
