"""Says what the plot of the clip benchmark shows."""

from collections.abc import Sequence

from image_figures import Recall
from recall_bars import bars
from video_page import PEER


def plot(rows: Sequence[Recall]) -> str:
    """Return the SVG: each edit after both looks."""
    return bars(rows, "Edited clips found again after both looks, % of clips", PEER)
