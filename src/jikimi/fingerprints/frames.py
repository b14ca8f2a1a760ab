"""Knows a clip again by its frames: cut, cropped, framed, mirrored, turned, faster or slower."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from struct import pack
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jikimi.fingerprints.frame_hash import hashed, turned_hashes
from jikimi.fingerprints.frame_views import Box, views_of, windows_of
from jikimi.model.clip import Clip, Frame
from jikimi.model.fingerprint import (
    FRAME,
    FRAME_VIEWS,
    FRAMES_HEADER,
    FRAMES_VERSION,
    Effort,
    Fingerprint,
    Kind,
)

Grey = NDArray[np.uint8]
Bits = NDArray[np.uint8]
Rows = NDArray[np.void]

RECORD: Final = np.dtype([*FRAME])

SAME: Final = 8
"""Bits up to which frames one after the other are one row, which lasts longer."""

LOWEST_QUALITY: Final = 12
"""Below this a part of a frame has too little in it; two dull parts look alike by chance."""

MOST_ASKED: Final = 600
"""Frames that are asked about, at most, of a clip that never stands still for long."""

TURNS: Final = 8
_NEGATIVE: Final = FRAME_VIEWS.index("negative")
_INNER: Final = FRAME_VIEWS.index("inner part")
_HALVES: Final = (FRAME_VIEWS.index("first half"), FRAME_VIEWS.index("second half"))
_LONGEST: Final = 65_535
_UPRIGHT_TURNS: Final = (0, 4)  # upright and mirrored
_STANDING_TURNS: Final = (0, 2, 4, 6)  # no quarter turn


@dataclass(frozen=True, slots=True)
class Frames:
    """Hashes of a clip's frames, in one fingerprint: a reference's windows, or an asked clip's views."""

    name: str = field(default="frames", init=False)
    kind: Kind = field(default=Kind.VIDEO, init=False)

    def fingerprint_clip(self, clip: Clip, effort: Effort) -> list[Fingerprint]:
        """Return one fingerprint as `model.fingerprint.FRAME` has it; [] of a sound or of plain colours.

        Its quality is that of the frame with most in it.
        """
        is_kept = effort is Effort.REFERENCE
        rows = _kept(clip.frames) if is_kept else _asked(clip.frames, effort)
        if not len(rows):
            return []
        rows = rows[np.argsort(rows["at"], kind="stable")]
        header = pack(FRAMES_HEADER, FRAMES_VERSION, is_kept, len(rows))
        return [Fingerprint(self.name, header + rows.tobytes(), int(rows["quality"].max()))]


def _kept(frames: Sequence[Frame]) -> Rows:
    """Return the rows of a reference: each window where it changes."""
    runs = _Runs()
    for frame in frames:
        for number, (bits, quality) in enumerate(hashed(_parts(frame, windows_of(_size(frame))))):
            runs.add(number, frame.at, quality, bits)
    return runs.rows()


def _asked(frames: Sequence[Frame], effort: Effort) -> Rows:
    """Return the rows to ask for: each view in several orientations, where the picture changes."""
    if not frames:
        return np.empty(0, RECORD)
    views = views_of([_grey(frame) for frame in _evenly(frames)], effort)
    rows: list[Rows] = []
    last: Bits | None = None
    for frame in _evenly(frames):
        parts = _parts(frame, [box for _, box in views])
        seen = [(view, *turned) for (view, _), turned in zip(views, turned_hashes(parts), strict=True)]
        whole = seen[0][1][0]
        if last is not None and int(np.bitwise_count(whole ^ last).sum()) <= SAME:
            for row in rows[-1:]:
                row["lasts"] = np.minimum(_LONGEST, np.round(100 * frame.at - row["at"] / 10))
            continue
        last = whole
        rows.append(_rows_of(frame.at, seen, effort))
    return np.concatenate(rows)


def _turns(view: int, effort: Effort) -> Sequence[int]:
    """Return the orientations in which a view is asked about; two edits at once wait for the second look."""
    if view == _INNER:
        return _UPRIGHT_TURNS
    return _STANDING_TURNS if effort is Effort.FIRST and view in _HALVES else range(TURNS)


def _rows_of(at: float, seen: Sequence[tuple[int, Bits, int]], effort: Effort) -> Rows:
    """Lay out one frame's views (number, 8 × 32 bytes, quality), and the negative of the whole."""
    good = [(view, bits, quality) for view, bits, quality in seen if quality >= LOWEST_QUALITY]
    lines = [
        (8 * view + turn, quality, bits[turn])
        for view, bits, quality in good
        for turn in _turns(view, effort)
    ]
    lines += [
        (8 * _NEGATIVE + turn, quality, ~bits[turn])
        for view, bits, quality in good[:1]
        if view == 0
        for turn in _UPRIGHT_TURNS
    ]
    rows = np.zeros(len(lines), RECORD)
    rows["at"] = round(1000 * at)
    for number, (which, quality, bits) in enumerate(lines):
        rows[number]["seen"], rows[number]["quality"], rows[number]["bits"] = which, quality, bits
    return rows


class _Runs:
    """Rows of several windows; what does not change makes the last row of its window longer."""

    def __init__(self) -> None:
        self._rows: list[Rows] = []
        self._last: dict[int, Rows] = {}

    def add(self, window: int, at: float, quality: int, bits: Bits) -> None:
        """Take in one window of one frame; frames come in order."""
        if quality < LOWEST_QUALITY:
            return
        last = self._last.get(window)
        lasts = _LONGEST if last is None else round(100 * at - last["at"][0] / 10)
        if last is not None and lasts < _LONGEST and np.bitwise_count(last["bits"][0] ^ bits).sum() <= SAME:
            last["lasts"] = lasts
            return
        row = np.zeros(1, RECORD)
        row["at"], row["seen"], row["quality"], row["bits"] = round(1000 * at), window, quality, bits
        self._last[window] = row
        self._rows.append(row)

    def rows(self) -> Rows:
        """Return all rows, in the order in which they came."""
        return np.concatenate(self._rows) if self._rows else np.empty(0, RECORD)


def _evenly(frames: Sequence[Frame]) -> Sequence[Frame]:
    return frames[:: -(-len(frames) // MOST_ASKED)]


def _parts(frame: Frame, boxes: Sequence[Box]) -> Iterator[Grey]:
    """Cut parts out of a frame, given as fractions of its size."""
    grey = _grey(frame)
    height, width = grey.shape
    for left, top, right, bottom in boxes:
        rows = slice(int(top * height), max(int(top * height) + 1, round(bottom * height)))
        yield grey[rows, int(left * width) : max(int(left * width) + 1, round(right * width))]


def _grey(frame: Frame) -> Grey:
    picture = frame.picture
    return np.frombuffer(picture.luma, np.uint8).reshape(picture.height, picture.width)


def _size(frame: Frame) -> tuple[int, int]:
    return frame.picture.width, frame.picture.height
