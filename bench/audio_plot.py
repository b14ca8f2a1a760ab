"""Says what the plot of the sound benchmark shows."""

from collections.abc import Sequence

from audio_figures import Row
from audio_page import PEER
from recall_bars import bars


def plot(rows: Sequence[Row]) -> str:
    """Return the SVG of rows of one length."""
    return bars(rows, f"Edited sound found again in {rows[0].seconds} s, % of excerpts", PEER)
