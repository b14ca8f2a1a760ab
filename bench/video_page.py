"""Writes what the video benchmark found: a page of Markdown and a plot."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict

_WIDTH, _ROW, _LEFT = 640, 18, 170


class Line(TypedDict):
    """One edit: how many clips, and how many were found by what; the interval is Wilson's at 95 %."""

    edit: str
    clips: int
    first: int
    both: int
    certain: int
    low: float
    high: float
    peer: int


class Alerts(TypedDict):
    """Wrong answers at likely or better, of how many pairs."""

    wrong: int
    pairs: int


def write_page(
    target: Path,
    lines: Sequence[Line],
    alerts: Alerts,
    speed: Mapping[str, float],
    tmk: Mapping[str, int],
    unknown: Mapping[str, Mapping[str, int]],
) -> None:
    """Write `target` and, beside it, the plot."""
    plot = target.with_suffix(".svg")
    plot.write_text(_plot(lines))
    rows = [
        f"| {one['edit']} | {one['clips']} | {one['first']} | {one['both']} | {one['certain']} | "
        f"{100 * one['low']:.0f}-{100 * one['high']:.0f} % | {one['peer']} |"
        for one in lines
    ]
    text = [
        "# Clips found again",
        "",
        "Found means likely or certain. The interval is that of both looks (Wilson, 95 %).",
        "",
        "| edit | clips | first look | both looks | certain | interval | vPDQ's rule |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *rows,
        "",
        f"Wrong sources at likely or better: {alerts['wrong']} of {alerts['pairs']} pairs.",
        "",
        *(
            f"{name}: {value:.0f} times as fast as the clip runs, on one core."
            for name, value in speed.items()
        ),
    ]
    for name, counts in unknown.items():
        tiers = ", ".join(f"{counts.get(tier, 0)} {tier}" for tier in ("certain", "likely", "possible"))
        text += ["", f"Unknown clips, {name}: {tiers}, of {counts['pairs']} pairs."]
    if tmk:
        text += [
            "",
            f"ThreatExchange's samples: {tmk['found']} of {tmk['pairs']} pairs found,",
            f"{tmk['wrong']} of {tmk['unrelated']} others wrongly.",
        ]
    target.write_text("\n".join([*text, "", f"![found, by edit]({plot.name})", ""]))


def _plot(lines: Sequence[Line]) -> str:
    """Draw a bar an edit: both looks, and vPDQ's rule below."""
    bars = []
    for number, one in enumerate(lines):
        y, full = 10 + _ROW * number, _WIDTH - _LEFT - 20
        ours, peer = (full * one[key] / max(1, one["clips"]) for key in ("both", "peer"))
        bars += [
            f'<text x="{_LEFT - 6}" y="{y + 10}" text-anchor="end">{one["edit"]}</text>',
            f'<rect x="{_LEFT}" y="{y}" width="{ours:.1f}" height="8" fill="#1f6f5c"/>',
            f'<rect x="{_LEFT}" y="{y + 9}" width="{peer:.1f}" height="4" fill="#b0b0b0"/>',
        ]
    height = 20 + _ROW * len(lines)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="11">{"".join(bars)}</svg>\n'
    )
