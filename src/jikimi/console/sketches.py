"""Draws, as SVG attributes, where a reference lies in a picture and which part of it is visible there.

A sketch needs no picture: it is made of the match alone, so that it also stands where none is ever shown.
"""

from dataclasses import dataclass
from math import hypot
from typing import Final

from django.utils.translation import gettext as _

from jikimi.model.alert import Place
from jikimi.model.case import Reference
from jikimi.review.extent import Arrow, Outline, extent_of, proportion_of
from jikimi.review.findable import proportion_of_reference

LONGEST: Final = 100.0
"""Units of the longer side."""

SLIMMEST: Final = 0.2
"""A stranger proportion than this is drawn as this, so that there is something to see."""

HEAD: Final = 0.35
"""Length of an arrow's head, as a share of the arrow."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One frame: its size in units, `part` of it filled, the whole `outline`, an arrow, and all in words."""

    width: str
    height: str
    part: str
    outline: str
    arrow: str
    words: str
    share: int


@dataclass(frozen=True, slots=True)
class Sketch:
    """Both frames. `goes_on` tells that the reference goes on beyond the picture's edge."""

    picture: Drawing
    reference: Drawing
    goes_on: bool


def sketch_of(place: Place, reference: Reference) -> Sketch | None:
    """Return the sketch of a match, None where it was not by points: the whole picture is meant."""
    extent = extent_of(place.how)
    if extent is None:
        return None
    original = proportion_of_reference(reference.fingerprints) or 1.0
    found = proportion_of(place.how, original) or 1.0
    return Sketch(
        picture=_drawing(
            found, extent.covered, extent.outline, extent.turned, extent.covered_share,
            _("Where the reference lies in the picture: %(where)s."),
        ),
        reference=_drawing(
            original, extent.visible, (), extent.upward, extent.visible_share,
            _("Which part of the reference is visible: %(where)s."),
        ),
        goes_on=extent.leaves_the_picture,
    )  # fmt: skip


def _drawing(
    proportion: float, part: Outline, outline: Outline, arrow: Arrow, share: float, words: str
) -> Drawing:
    proportion = min(max(proportion, SLIMMEST), 1 / SLIMMEST)
    width, height = (LONGEST, LONGEST / proportion) if proportion >= 1 else (LONGEST * proportion, LONGEST)
    return Drawing(
        width=f"{width:.1f}",
        height=f"{height:.1f}",
        part=_points(part, width, height),
        outline=_points(outline, width, height),
        arrow=_path(arrow, width, height),
        words=words % {"where": _in_words(part)},
        share=round(100 * share),
    )


def _points(outline: Outline, width: float, height: float) -> str:
    return " ".join(f"{x * width:.1f},{y * height:.1f}" for x, y in outline)


def _path(arrow: Arrow, width: float, height: float) -> str:
    """Return the arrow as a line with two short ones at its tip."""
    (tail_x, tail_y), (tip_x, tip_y) = ((x * width, y * height) for x, y in arrow)
    back_x, back_y = (tail_x - tip_x) * HEAD, (tail_y - tip_y) * HEAD
    if hypot(back_x, back_y) == 0:
        return ""
    wings = ((tip_x + back_x + s * back_y, tip_y + back_y - s * back_x) for s in (0.7, -0.7))
    (left_x, left_y), (right_x, right_y) = wings
    return (
        f"M{tail_x:.1f} {tail_y:.1f}L{tip_x:.1f} {tip_y:.1f}"
        f"M{left_x:.1f} {left_y:.1f}L{tip_x:.1f} {tip_y:.1f}L{right_x:.1f} {right_y:.1f}"
    )


def _in_words(outline: Outline) -> str:
    """Say where a part lies, for those who do not see the drawing."""
    columns, rows = zip(*outline, strict=True)
    edges = {
        "left": round(100 * min(columns)),
        "right": round(100 * max(columns)),
        "top": round(100 * min(rows)),
        "bottom": round(100 * max(rows)),
    }
    return (
        _("from %(left)d to %(right)d %% of the width, from %(top)d to %(bottom)d %% of the height") % edges
    )
