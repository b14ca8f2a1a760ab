"""Says which parts of a clip's frames to hash: what is left after a crop, what was put around it."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from jikimi.model.fingerprint import FRAME_VIEWS

Grey = NDArray[np.uint8]
Levels = NDArray[np.float32]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom, as fractions of width and height."""

WHOLE: Final[Box] = (0.0, 0.0, 1.0, 1.0)

MOST_COMPARED: Final = 24
SIDE: Final = 180
"""Pixels of the longer side at which borders are looked for."""

PLAIN: Final = 5.0
"""Grey levels by which a line of a border may vary along itself."""

STILL: Final = 6.0
"""Grey levels by which a line of a border may vary in time."""

DEEPEST: Final = 0.45
LEAST_ACTIVE: Final = 0.15
MOST_ACTIVE: Final = 0.92
_LINE_SHARE: Final = 0.12
_BANDS: Final = (("band 16:9", 16 / 9), ("band 4:3", 4 / 3), ("band 1:1", 1.0))
_CROPS: Final = (0.9, 0.8, 0.7)
_CORNER: Final = 0.7
_TALL: Final = 9 / 16


def windows_of(size: tuple[int, int]) -> list[Box]:
    """Return the parts of a reference's frame (width, height) in the order of `WINDOWS`."""
    width, height = size
    centred = [((1 - s) / 2, (1 - s) / 2, (1 + s) / 2, (1 + s) / 2) for s in _CROPS]
    ends = ((0.0, _CORNER), (1 - _CORNER, 1.0))
    corners = [(left, top, right, bottom) for top, bottom in ends for left, right in ends]
    if width >= height:
        shapes = [_upright_band(min(1.0, height * shape / width)) for shape in (_TALL, 1.0)]
    else:
        shapes = [_lying_band(min(1.0, width * shape / height)) for shape in (_TALL, 1.0)]
    return [WHOLE, *centred, *corners, *shapes]


def views_of(frames: Sequence[Grey]) -> list[tuple[int, Box]]:
    """Return the parts of an asked clip's frames to look at, each with its number in `FRAME_VIEWS`.

    The whole always comes first. Borders and what moves inside them are looked for over several frames:
    what neither changes in time nor along its lines was put there.
    """
    height, width = frames[0].shape
    is_tall = height > width
    boxes = {"whole": WHOLE}
    stack = _stack(frames)
    framed = {"border removed": _inside(stack), "moving part": _moving(stack)}
    boxes |= {name: box for name, box in framed.items() if box is not None}
    boxes["first half"] = (0.0, 0.0, 1.0, 0.5) if is_tall else (0.0, 0.0, 0.5, 1.0)
    boxes["second half"] = (0.0, 0.5, 1.0, 1.0) if is_tall else (0.5, 0.0, 1.0, 1.0)
    if is_tall:
        shares = ((name, width / shape / height) for name, shape in _BANDS)
        boxes |= {name: _lying_band(share) for name, share in shares if share < 1}
    return [(FRAME_VIEWS.index(name), box) for name, box in boxes.items()]


def _upright_band(share: float) -> Box:
    return ((1 - share) / 2, 0.0, (1 + share) / 2, 1.0)


def _lying_band(share: float) -> Box:
    return (0.0, (1 - share) / 2, 1.0, (1 + share) / 2)


def _stack(frames: Sequence[Grey]) -> Levels:
    """Return up to 24 frames of one size, small: n × height × width."""
    height, width = frames[0].shape
    scale = min(1.0, SIDE / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    some = frames[:: -(-len(frames) // MOST_COMPARED)]
    return np.stack([cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in some]).astype(np.float32)


def _inside(stack: Levels) -> Box | None:
    """Return what lies inside of plain lines that do not change in time, None without a border."""
    mean, change = stack.mean(axis=0), stack.std(axis=0)
    rows = (mean.std(axis=1) < PLAIN) & (np.percentile(change, 95, axis=1) < STILL)
    columns = (mean.std(axis=0) < PLAIN) & (np.percentile(change, 95, axis=0) < STILL)
    top, bottom = _ends(rows)
    left, right = _ends(columns)
    height, width = mean.shape
    if (left, top, right, bottom) == (0, 0, width, height):
        return None
    return (left / width, top / height, right / width, bottom / height)


def _ends(is_plain: NDArray[np.bool_]) -> tuple[int, int]:
    """Return where the lines that are not plain begin and end; at most 45 % are cut on a side."""
    deepest = int(DEEPEST * len(is_plain))
    first = int(np.argmin(is_plain[: deepest + 1])) if not is_plain[: deepest + 1].all() else 0
    behind = is_plain[::-1][: deepest + 1]
    last = int(np.argmin(behind)) if not behind.all() else 0
    return first, len(is_plain) - last


def _moving(stack: Levels) -> Box | None:
    """Return the part in which something moves, None where that is nearly all or nearly nothing."""
    if len(stack) < 3:  # noqa: PLR2004  (two frames do not tell movement from a cut)
        return None
    change = cv2.blur(stack.std(axis=0), (3, 3))
    is_moving = change > max(3.0, float(np.percentile(change, 99)) * 0.08)
    height, width = is_moving.shape
    rows = np.flatnonzero(is_moving.mean(axis=1) > _LINE_SHARE)
    columns = np.flatnonzero(is_moving.mean(axis=0) > _LINE_SHARE)
    if len(rows) < height * LEAST_ACTIVE or len(columns) < width * LEAST_ACTIVE:
        return None
    box = (columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height)
    area = (box[2] - box[0]) * (box[3] - box[1])
    return None if area > MOST_ACTIVE else (float(box[0]), float(box[1]), float(box[2]), float(box[3]))
