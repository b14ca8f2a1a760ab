"""Estimates how long something lasts when some has not ended yet: Kaplan, Meier, JASA 53 (1958) 457."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

HALF = 0.5


@dataclass(frozen=True, slots=True)
class Curve:
    """The share that still lasts after each time at which one ended.

    `times` and `shares` are of equal length, times ascending; before the first time the share is 1. `count`
    is how many there were, `ended` how many of them ended; the others are censored. `longest` is the longest
    time observed, ended or not.
    """

    times: tuple[float, ...]
    shares: tuple[float, ...]
    count: int
    ended: int
    longest: float

    @property
    def median(self) -> float | None:
        """Return the first time at which half or fewer last, None while more do."""
        return next(
            (time for time, share in zip(self.times, self.shares, strict=True) if share <= HALF + 1e-12), None
        )

    @property
    def censored(self) -> float:
        """Return the share that has not ended yet, 0 for an empty sample."""
        return (self.count - self.ended) / self.count if self.count else 0.0


def survival(lengths: Sequence[float], has_ended: Sequence[bool]) -> Curve:
    """Return the product-limit estimate. What is censored when another ends outlives it."""
    times = np.asarray(lengths, np.float64)
    ended = np.asarray(has_ended, bool)
    if times.shape != ended.shape or (times < 0).any():
        raise ValueError("lengths are at least 0, and each has one word on whether it ended")
    steps, counts = np.unique(times[ended], return_counts=True)
    at_risk = times.size - np.searchsorted(np.sort(times), steps, side="left")
    shares = np.cumprod(1.0 - counts / at_risk) if steps.size else np.empty(0)
    return Curve(
        times=tuple(float(one) for one in steps),
        shares=tuple(float(one) for one in shares),
        count=int(times.size),
        ended=int(ended.sum()),
        longest=float(times.max()) if times.size else 0.0,
    )
