"""Draws recall by edit as horizontal bars, ours above PDQ's, as one SVG that needs nothing else."""

from collections.abc import Sequence
from html import escape

from image_figures import Recall

WIDTH, LEFT, RIGHT, TOP, ROW = 820, 215, 70, 92, 30
BAR = 10
PEER = "#d55e00"
OURS = (("certain", "#004b76"), ("likely", "#0072b2"), ("possible", "#7fb8dd"))
INK, FAINT = "#1a1a1a", "#d8d8d8"
TITLE = "Edited pictures found again, % of queries"


def plot(rows: Sequence[Recall]) -> str:
    """Return the SVG: of each edit ours by tier in blue, PDQ's in orange, figures beside the bars."""
    height = TOP + ROW * len(rows) + 30
    described = "; ".join(f"{row.edit}: ours {_percent(row)}, PDQ {_peer_percent(row)}" for row in rows)
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="13">'
    )
    bars = [line for number, row in enumerate(rows) for line in _bars(row, TOP + ROW * number)]
    return "\n".join(
        [
            opening,
            f'<title id="title">{TITLE}</title>',
            f'<desc id="desc">{escape(described)}</desc>',
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            _text(16, 28, TITLE, size=18, weight="bold"),
            *_legend(),
            *_grid(height),
            *bars,
            "</svg>",
            "",
        ]
    )


def _bars(row: Recall, y: int) -> list[str]:
    """Draw one edit: the tiers one on the other, surest in front, and PDQ below."""
    weight = "bold" if row.edit == "mean" else "normal"
    ours = [(row.possible.share, OURS[2][1]), (row.likely.share, OURS[1][1]), (row.certain.share, OURS[0][1])]
    lines = [_text(LEFT - 10, y + 17, row.edit, anchor="end", weight=weight)]
    lines += [_bar(y + 3, share, colour) for share, colour in ours]
    lines.append(_text(_x(row.possible.share) + 5, y + 12, _percent(row), size=11, weight=weight))
    if row.peer is not None:
        lines.append(_bar(y + 3 + BAR + 1, row.peer.share, PEER))
        lines.append(_text(_x(row.peer.share) + 5, y + 24, _peer_percent(row), size=11, weight=weight))
    return lines


def _legend() -> list[str]:
    """Say what the colours mean."""
    lines, x = [], 16
    for name, colour, width in (
        ("ours: certain", OURS[0][1], 115),
        ("likely", OURS[1][1], 70),
        ("possible (a person decides)", OURS[2][1], 205),
        ("PDQ ≤ 31 as threatexchange matches", PEER, 0),
    ):
        lines.append(f'<rect x="{x}" y="45" width="14" height="14" fill="{colour}"/>')
        lines.append(_text(x + 20, 57, name))
        x += width + 20
    return lines


def _grid(height: int) -> list[str]:
    """Draw a line at every quarter."""
    lines = []
    for quarter in range(5):
        x = _x(quarter / 4)
        lines.append(f'<line x1="{x}" y1="{TOP - 4}" x2="{x}" y2="{height - 26}" stroke="{FAINT}"/>')
        lines.append(_text(x, TOP - 10, f"{25 * quarter}", anchor="middle", size=11))
    return lines


def _x(share: float) -> float:
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _bar(y: int, share: float, colour: str) -> str:
    return f'<rect x="{LEFT}" y="{y}" width="{round(_x(share) - LEFT, 1)}" height="{BAR}" fill="{colour}"/>'


def _text(
    x: float, y: int, text: str, *, anchor: str = "start", size: int = 13, weight: str = "normal"
) -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" '
        f'fill="{INK}">{escape(text)}</text>'
    )


def _percent(row: Recall) -> str:
    return f"{100 * row.possible.share:.0f}"


def _peer_percent(row: Recall) -> str:
    return "not measured" if row.peer is None else f"{100 * row.peer.share:.0f}"
