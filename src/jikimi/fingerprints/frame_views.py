"""Says which parts of a clip's frames to hash: what is left after a crop, what was put around it."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from jikimi.model.fingerprint import FRAME_VIEWS, Effort

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

MOST_REFINED: Final = 8
"""Frames at which the exact edge of a border is looked for."""

MOST_PLAIN: Final = 0.3
"""Share of the rows or columns of a half that may be plain and still."""

BLURRED: Final = 2
"""Lines by which what moves may seem larger than it is: change is blurred."""

ALIKE: Final = 0.02
"""By how much edges of two parts may differ, as a share of the frame, for them to be looked at as one."""

DEEPEST: Final = 0.45
LEAST_ACTIVE: Final = 0.15
MOST_ACTIVE: Final = 0.92
_LINE_SHARE: Final = 0.12
_HALVES: Final = ("first half", "second half")
_BANDS: Final = (("band 16:9", 16 / 9), ("band 4:3", 4 / 3), ("band 1:1", 1.0))
_CROPS: Final = (0.9, 0.8, 0.7)
_CORNER: Final = 0.7
_INNER: Final = 0.94
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


def views_of(frames: Sequence[Grey], effort: Effort = Effort.FIRST) -> list[tuple[int, Box]]:
    """Return the parts of an asked clip's frames to look at, each with its number in `FRAME_VIEWS`.

    The whole always comes first. Borders and what moves inside them are looked for over several frames:
    what neither changes in time nor along its lines was put there. The second look also sees the inner part
    of what is left: a crop between two windows of a reference lies nearer to the smaller one.
    """
    height, width = frames[0].shape
    is_tall = height > width
    boxes = {"whole": WHOLE}
    stack = _stack(frames)
    inside, moving = _inside(frames, stack), _moving(frames, stack)
    if inside is not None:
        boxes["border removed"] = inside
    if moving is not None and not (inside is not None and np.allclose(inside, moving, atol=ALIKE)):
        boxes["moving part"] = moving
    if effort is Effort.SECOND:
        boxes["inner part"] = _shrunk(boxes.get("border removed", WHOLE))
    halves = zip(_HALVES, _halves_of(boxes.get("border removed", WHOLE), (width, height)), strict=True)
    boxes |= {name: box for name, box in halves if not _is_mostly_plain(stack, box)}
    if is_tall:
        shares = ((name, width / shape / height) for name, shape in _BANDS)
        boxes |= {name: _lying_band(share) for name, share in shares if share < 1}
    return [(FRAME_VIEWS.index(name), box) for name, box in boxes.items()]


def _shrunk(box: Box) -> Box:
    left, top, right, bottom = box
    across, down = (1 - _INNER) / 2 * (right - left), (1 - _INNER) / 2 * (bottom - top)
    return (left + across, top + down, right - across, bottom - down)


def _halves_of(box: Box, size: tuple[int, int]) -> tuple[Box, Box]:
    """Cut a part of a frame (width, height) across its longer side."""
    left, top, right, bottom = box
    if (bottom - top) * size[1] > (right - left) * size[0]:
        middle = (top + bottom) / 2
        return (left, top, right, middle), (left, middle, right, bottom)
    middle = (left + right) / 2
    return (left, top, middle, bottom), (middle, top, right, bottom)


def _is_mostly_plain(stack: Levels, box: Box) -> bool:
    """Tell whether a good part of a box is plain and still: framed halves are all alike."""
    _, height, width = stack.shape
    left, top, right, bottom = box
    part = stack[:, round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
    shares = (float(_plain_rows(one).mean()) for one in (part, part.transpose(0, 2, 1)) if one.size)
    return max(shares, default=1.0) > MOST_PLAIN


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


def _inside(frames: Sequence[Grey], stack: Levels) -> Box | None:
    """Return what lies inside of plain lines that do not change in time, None without a border."""
    top, bottom = _ends(_plain_rows(stack))
    left, right = _ends(_plain_rows(stack.transpose(0, 2, 1)))
    _, height, width = stack.shape
    if (left, top, right, bottom) == (0, 0, width, height):
        return None
    return _exactly(frames, (left / width, top / height, right / width, bottom / height))


def _plain_rows(stack: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Tell of each row of n × height × width whether it neither changes in time nor along itself."""
    levels = stack.astype(np.float32)
    if not levels.size:  # a film of a few pixels may have nothing beside its border
        return np.ones(levels.shape[1], np.bool_)
    still = np.percentile(levels.std(axis=0), 95, axis=1) < STILL
    return np.asarray((levels.mean(axis=0).std(axis=1) < PLAIN) & still, np.bool_)


def _refined(stack: NDArray[np.uint8], edge: float) -> float:
    """Return exactly where a border at the top of n × height × width ends; `edge` is a share of the height.

    It was found on small pictures. A line of the border too many moves as many bits of a hash as a crop.
    """
    if not edge:
        return edge
    height, width = (int(side) for side in stack.shape[1:])
    reach = max(1, round(2 * max(height, width) / SIDE))
    begin = max(0, round(edge * height) - reach)
    is_plain = _plain_rows(stack[:, begin : begin + 2 * reach + 1])
    if is_plain.all() or not is_plain[0]:
        return edge
    return (begin + int(np.argmin(is_plain))) / float(height)


def _ends(is_plain: NDArray[np.bool_]) -> tuple[int, int]:
    """Return where the lines that are not plain begin and end; at most 45 % are cut on a side."""
    deepest = int(DEEPEST * len(is_plain))
    first = int(np.argmin(is_plain[: deepest + 1])) if not is_plain[: deepest + 1].all() else 0
    behind = is_plain[::-1][: deepest + 1]
    last = int(np.argmin(behind)) if not behind.all() else 0
    return first, len(is_plain) - last


def _moving(frames: Sequence[Grey], stack: Levels) -> Box | None:
    """Return the part in which something moves, None where that is nearly all or nearly nothing.

    It reaches as far as plain lines around it: a clip on a page moves less at its edges than inside.
    """
    if len(stack) < 3:  # noqa: PLR2004  (two frames do not tell movement from a cut)
        return None
    change = cv2.blur(stack.std(axis=0), (3, 3))
    is_moving = change > max(3.0, float(np.percentile(change, 99)) * 0.08)
    height, width = is_moving.shape
    rows = np.flatnonzero(is_moving.mean(axis=1) > _LINE_SHARE)
    columns = np.flatnonzero(is_moving.mean(axis=0) > _LINE_SHARE)
    if len(rows) < height * LEAST_ACTIVE or len(columns) < width * LEAST_ACTIVE:
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    left, right = _up_to_plain(stack[:, top:bottom].transpose(0, 2, 1), int(columns[0]), int(columns[-1]) + 1)
    if left >= right:
        return None
    top, bottom = _up_to_plain(stack[:, :, left:right], top, bottom)
    if top >= bottom:
        return None
    box = (left / width, top / height, right / width, bottom / height)
    area = (box[2] - box[0]) * (box[3] - box[1])
    return None if area > MOST_ACTIVE else _exactly(frames, box)


def _up_to_plain(stack: Levels, first: int, last: int) -> tuple[int, int]:
    """Move the ends of some rows of n × height × width to the next plain ones outside, if there are any."""
    is_plain = np.flatnonzero(_plain_rows(stack))
    before, after = is_plain[is_plain < first + BLURRED], is_plain[is_plain >= last - BLURRED]
    return int(before[-1]) + 1 if len(before) else first, int(after[0]) if len(after) else last


def _exactly(frames: Sequence[Grey], box: Box) -> Box:
    """Return a box whose edges with plain lines outside are exact; it was found on small pictures."""
    some = np.stack(frames[:: -(-len(frames) // MOST_REFINED)])
    _, height, width = some.shape
    left, top, right, bottom = box
    lying = some[:, :, int(left * width) : round(right * width)]
    standing = some[:, int(top * height) : round(bottom * height)].transpose(0, 2, 1)
    return (
        _refined(standing, left),
        _refined(lying, top),
        1 - _refined(standing[:, ::-1], 1 - right),
        1 - _refined(lying[:, ::-1], 1 - bottom),
    )
