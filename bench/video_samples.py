"""Asks for ThreatExchange's sample videos in a bank of them: pairs of one group are copies."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final

from image_answers import Answer
from image_matching import Bank
from jikimi.model.fingerprint import Effort, Tier
from video_asking import read
from video_rooms import Trial, Unknown

SAMPLES: Final = "samples"
LIKELY: Final = (Tier.CERTAIN.value, Tier.LIKELY.value)


@dataclass(frozen=True, slots=True)
class Samples:
    """Pairs of one group, how many of them were found at likely; pairs of two groups, how many of them."""

    pairs: int
    found: int
    unrelated: int
    wrong: int


def sample_queries(folder: Path, *, is_needed: bool) -> Trial:
    """Return a bank of every sample (an empty one where it is not needed), and a question for each."""
    paths = [path for path in sorted(folder.glob("*.mp4")) if "padded" not in path.name]
    bank = Bank()
    for path in paths if is_needed else ():
        bank.remember(path.stem, read(path, Effort.REFERENCE)[0])
    return Trial(bank, [Unknown(SAMPLES, path.stem, "none", path.stem, "", path) for path in paths], {})


def samples_of(answers: Sequence[Answer]) -> Samples:
    """Count pairs: found is what either file finds of the other."""
    names = sorted({one.photo for one in answers})
    found = {
        frozenset({one.photo, finding.reference})
        for one in answers
        for finding in one.findings
        if finding.tier in LIKELY
    }
    pairs = [frozenset(pair) for pair in combinations(names, 2)]
    related = [pair for pair in pairs if len({name.split("-")[0] for name in pair}) == 1]
    others = [pair for pair in pairs if pair not in related]
    return Samples(
        len(related), sum(p in found for p in related), len(others), sum(p in found for p in others)
    )
