"""Draws survival curves as SVG attributes on the server: no script, no style in the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from django.utils.translation import gettext as _

from jikimi.model.spell import Spell
from jikimi.removal.figures import FEWEST, removal_curve, return_curve
from jikimi.removal.survival import Curve

WIDTH: Final = 640
HEIGHT: Final = 240
LEFT: Final = 44
BOTTOM: Final = 28
STEPS: Final = 40  # points along the time axis: a curve never shows when one single copy went
DAY_HOURS: Final = 24.0


@dataclass(frozen=True, slots=True)
class Tick:
    """One mark of an axis: where, and what stands there."""

    at: str
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """One curve in a frame of 640 by 240 units, and the same in words."""

    path: str
    columns: tuple[Tick, ...]
    rows: tuple[Tick, ...]
    words: str


def removal_plot(spells: Sequence[Spell]) -> Plot | None:
    """Draw which share of copies is still there after the request; None where too few went."""
    return _plot(removal_curve(spells), _("Share still there, by days since the request: %(points)s."))


def return_plot(spells: Sequence[Spell]) -> Plot | None:
    """Draw which share of removed copies stays away; None where too few came back."""
    return _plot(return_curve(spells), _("Share that stayed away, by days since it was gone: %(points)s."))


def _plot(curve: Curve, words: str) -> Plot | None:
    if curve.ended < FEWEST or curve.longest <= 0:
        return None
    days = max(1, ceil(curve.longest / DAY_HOURS))
    points = [
        (step * days / STEPS, _share_at(curve, step * days / STEPS * DAY_HOURS)) for step in range(STEPS + 1)
    ]
    path = f"M{_x(0, days)} {_y(points[0][1])}" + "".join(
        f"H{_x(day, days)}V{_y(share)}" for day, share in points[1:]
    )
    every = max(1, ceil(days / 8))
    said = ", ".join(
        _("%(day)d d %(share)d %%") % {"day": round(day), "share": round(100 * share)}
        for day, share in points[:: STEPS // 4]
    )
    return Plot(
        path=path,
        columns=tuple(Tick(_x(day, days), str(day)) for day in range(0, days + 1, every)),
        rows=tuple(Tick(_y(share / 4), f"{25 * share} %") for share in range(5)),
        words=words % {"points": said},
    )


def _share_at(curve: Curve, hours: float) -> float:
    shares = [share for time, share in zip(curve.times, curve.shares, strict=True) if time <= hours]
    return shares[-1] if shares else 1.0


def _x(day: float, days: int) -> str:
    return f"{LEFT + (WIDTH - LEFT - 8) * day / days:.1f}"


def _y(share: float) -> str:
    return f"{8 + (HEIGHT - BOTTOM - 8) * (1 - share):.1f}"
