"""Draws recall by edit as horizontal bars, ours above a peer's, as one SVG: clips and sound alike."""

from collections.abc import Sequence
from html import escape
from typing import Protocol

from image_figures import Share

WIDTH, LEFT, RIGHT, TOP, ROW, BAR = 820, 230, 70, 80, 30, 10
OURS, THEIRS, INK, FAINT = "#0072b2", "#d55e00", "#1a1a1a", "#d8d8d8"


class Measured(Protocol):
    """One edit: how often it was found, as likely or surer, and by the peer, None where it was not asked."""

    @property
    def edit(self) -> str:
        """Return what was done."""
        ...

    @property
    def likely(self) -> Share:
        """Return how often it was found, as likely or surer."""
        ...

    @property
    def peer(self) -> Share | None:
        """Return how often the peer found it."""
        ...


def bars(rows: Sequence[Measured], title: str, peer: str) -> str:
    """Return the SVG: for each edit ours, and below it the peer's."""
    height = TOP + ROW * len(rows) + 20
    described = "; ".join(
        f"{row.edit}: ours {percent(row.likely)}, {peer} {percent(row.peer)}" for row in rows
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"',
        'aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="13">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="desc">{escape(described)}</desc>',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="16" y="28" font-size="18" font-weight="bold" fill="{INK}">{escape(title)}</text>',
    ]
    for x, name, colour in ((16, "ours: likely or surer", OURS), (200, peer, THEIRS)):
        lines.append(f'<rect x="{x}" y="42" width="14" height="14" fill="{colour}"/>')
        lines.append(f'<text x="{x + 20}" y="54" fill="{INK}">{name}</text>')
    for quarter in range(5):
        x = _x(quarter / 4)
        lines.append(f'<line x1="{x}" y1="{TOP - 4}" x2="{x}" y2="{height - 16}" stroke="{FAINT}"/>')
    for number, row in enumerate(rows):
        lines += _bars(row, TOP + ROW * number)
    return "\n".join([*lines, "</svg>", ""])


def _bars(row: Measured, y: int) -> list[str]:
    lines = [f'<text x="{LEFT - 10}" y="{y + 17}" text-anchor="end" fill="{INK}">{escape(row.edit)}</text>']
    for step, share, colour in ((3, row.likely, OURS), (4 + BAR, row.peer, THEIRS)):
        if share is None:
            continue
        wide = round(_x(share.share) - LEFT, 1)
        lines.append(f'<rect x="{LEFT}" y="{y + step}" width="{wide}" height="{BAR}" fill="{colour}"/>')
        lines.append(
            f'<text x="{LEFT + wide + 5}" y="{y + step + 9}" font-size="11" fill="{INK}">'
            f"{percent(share)}</text>"
        )
    return lines


def _x(share: float) -> float:
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def percent(one: Share | None) -> str:
    """Return a share in percent."""
    if one is None:
        return "–"
    return f"{100 * one.share:.0f}" if one.count in {0, one.of} else f"{100 * one.share:.1f}"
