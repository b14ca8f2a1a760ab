"""How well clips must agree to speak of the same one, and what to call the edit between them."""

from typing import Final

from jikimi.model.fingerprint import FRAME_VIEWS, WINDOWS, Found, How, Orientation, Tier
from jikimi.vault.frame_rows import FRAMES
from jikimi.vault.frame_votes import FARTHEST, Agreement
from jikimi.vault.tiers import UNCHANGED, UNDONE

LIKELY_SCORE: Final = 0.55
POSSIBLE_SCORE: Final = 0.35
SEEN_SCORE: Final = 0.1
"""From here on the same room is seen at least; two strangers reach nothing."""

LIKELY_SYNC: Final = 0.3
"""Another take by the same camera in the same room moves otherwise. Copies of 36 real takes have 0.42 or
more, with a logo over them from 0.28; 95 % of 221 other takes of their rooms have less than 0.3."""

OTHER_SCENE: Final = 110.0
"""Bits, of 128 by chance, from which the rest of a reference shows another scene, not the same room."""

CERTAIN_SYNC: Final = 0.7
IDENTICAL: Final = 12
"""Bits up to which frames are the same picture, whether something moves or not."""

CERTAIN_SCORE: Final = 2.0
CERTAIN_FRAMES: Final = 3
CERTAIN_DISTANCE: Final = 31
CERTAIN_CONTRAST: Final = 24.0
"""Bits by which frames must be nearer where they agree in time."""

STILL_LIKELY: Final = 31
"""Bits from a picture to a frame of a clip."""

_ENOUGH: Final = 20.0
_TURNS: Final = 8
_FASTER, _SLOWER = 1.03, 0.97


def tier_of(found: Agreement) -> Tier | None:
    """Return how sure this is, None where it says nothing."""
    is_certain = (
        found.score >= CERTAIN_SCORE
        and found.frames >= CERTAIN_FRAMES
        and found.distance <= CERTAIN_DISTANCE
        and found.contrast >= CERTAIN_CONTRAST
        and found.sync is not None
        and found.sync >= CERTAIN_SYNC
    )
    if is_certain:
        return Tier.CERTAIN
    if found.score >= LIKELY_SCORE and not is_another_take(found):
        return Tier.LIKELY
    return Tier.POSSIBLE if found.score >= POSSIBLE_SCORE else None


def is_another_take(found: Agreement) -> bool:
    """Tell whether the same room is seen but nothing says that it is the same take."""
    is_plain = found.distance <= IDENTICAL or found.distance + found.contrast >= OTHER_SCENE
    if found.score < SEEN_SCORE or is_plain:
        return False
    if found.sync is None:
        return found.contrast < CERTAIN_CONTRAST
    return found.sync < LIKELY_SYNC


def answer(reference: str, case: str, found: Agreement) -> Found | None:
    """Return the answer about one reference, None where too little agrees."""
    tier = tier_of(found)
    if tier is None:
        return None
    view, turn = divmod(found.seen, _TURNS)
    orientation = list(Orientation)[turn]
    how = How(
        FRAMES,
        round(found.distance),
        FARTHEST,
        _edit(FRAME_VIEWS[view], orientation, found),
        query_span=found.query_span,
        reference_span=found.reference_span,
        speed=found.speed,
        is_mirrored=turn >= _TURNS // 2,
        window=WINDOWS[found.window],
    )
    return Found(reference, case, tier, found.score / (found.score + _ENOUGH / 10), how)


def still_answer(
    reference: str, case: str, distance: int, orientation: Orientation, window: int, at: float
) -> Found:
    """Return the answer for one picture that agrees with one frame: never certain."""
    edit = UNDONE.get(orientation, orientation)
    how = How(
        FRAMES,
        distance,
        STILL_LIKELY,
        "a frame of the clip" if edit is Orientation.UPRIGHT else f"a frame of the clip, {edit.value}",
        reference_span=(at, at),
        is_mirrored=orientation in list(Orientation)[4:],
        window=WINDOWS[window],
    )
    return Found(reference, case, Tier.LIKELY, 1 - (distance + 1) / 257, how)


def _edit(view: str, orientation: Orientation, found: Agreement) -> str:
    """Name what was done to the clip."""
    is_inner = view == "inner part"
    steps = [] if view == "whole" or (is_inner and found.window) else ["border removed" if is_inner else view]
    if orientation is not Orientation.UPRIGHT:
        steps.append(UNDONE.get(orientation, orientation).value)
    if found.window:
        steps.append("cropped")
    if found.speed < 0:
        steps.append("backwards")
    elif found.speed > _FASTER:
        steps.append("faster")
    elif found.speed < _SLOWER:
        steps.append("slower")
    return ", ".join(steps) or UNCHANGED
