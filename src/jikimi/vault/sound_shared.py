"""Finds stretches of a sound that belong to nobody: a song that references of several cases have."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jikimi.model.fingerprint import SOUND_RATE, SOUND_WORD
from jikimi.vault.sound_fit import HALF, Fit

SEVERAL: Final = 3
"""What references of so many unrelated cases have says nothing about any of them."""

EDGE: Final = round(1.0 * SOUND_RATE / SOUND_WORD) * HALF
"""Rows around a shared stretch that count with it (1 s): where a match ends is not heard exactly."""

Rows = NDArray[np.bool_]


def shared_rows(claims: Sequence[tuple[str, Fit]], rows: int) -> Rows:
    """Tell which rows of the asked sound agree with references of several owners, and those at their edges.

    A claim is an owner, such as a group of related cases, and where one of its references agrees.
    """
    owners = sorted({owner for owner, _ in claims})
    has_claimed = np.zeros((len(owners), rows), np.bool_)
    for owner, fit in claims:
        has_claimed[owners.index(owner), slice(*_span(fit, rows))] = True
    is_shared = np.asarray(has_claimed.sum(axis=0) >= SEVERAL, np.bool_)
    edges = np.flatnonzero(is_shared[1:] != is_shared[:-1])
    wide = is_shared.copy()
    for edge in edges:
        wide[max(0, edge - EDGE) : edge + EDGE + 1] = True
    return wide


def alone(fit: Fit, is_shared: Rows) -> Fit | None:
    """Return the longest stretch of a fit that is not shared, None where all of it is."""
    begin, end = _span(fit, len(is_shared))
    own = ~is_shared[begin:end]
    if own.all():
        return fit
    if not own.any():
        return None
    edges = np.flatnonzero(np.diff(np.concatenate([[0], own.astype(np.int8), [0]])))
    low, high = max(zip(edges[::2], edges[1::2], strict=True), key=lambda one: int(one[1] - one[0]))
    return fit.part(_word(fit, begin + int(low)), _word(fit, begin + int(high)))


def _span(fit: Fit, rows: int) -> tuple[int, int]:
    """Return from which row of the asked sound to which a fit reaches."""
    low, high = (round((word - fit.line.shift) * HALF / fit.line.tempo) for word in (fit.begin, fit.end))
    return max(0, low), min(rows, high)


def _word(fit: Fit, row: int) -> int:
    """Return the word of the reference that is heard at a row."""
    return round(fit.line.tempo * row / HALF + fit.line.shift)
