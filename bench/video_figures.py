"""Counts what clips were answered: false alerts among strangers and other takes, and everything of a run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from image_answers import Answer
from image_figures import TIERS, Recall, Share, share, within
from video_cost import Costs
from video_samples import Samples


@dataclass(frozen=True, slots=True)
class Pairs:
    """Wrong answers at each tier, of so many pairs; copies that were asked, found at likely or surer."""

    name: str
    wrong: dict[str, Share]
    copies: Share | None
    by_algorithm: dict[str, int]


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of a run."""

    command: str
    machine: Mapping[str, str]
    setup: Mapping[str, object]
    first: list[Recall]
    both: list[Recall]
    wrong: dict[str, Share]
    samples: Samples | None
    unknown: list[Pairs]
    costs: Costs | None


def wrong_among(answers: Sequence[Answer], origin: Mapping[str, str]) -> dict[str, Share]:
    """Count wrong sources at each tier or a surer one; other parts of the same file are left out."""
    counts = dict.fromkeys(TIERS, 0)
    pairs = 0
    for answer in answers:
        strangers = {name for name, file in origin.items() if file != origin[answer.truth]}
        pairs += len(strangers)
        for tier in TIERS:
            counts[tier] += len(strangers.intersection(within(answer, tier)))
    return {tier: share(count, pairs) for tier, count in counts.items()}


def pairs_of(name: str, answers: Sequence[Answer], members: Mapping[str, Sequence[str]]) -> Pairs:
    """Count the wrong references of one set, in the room that each answer is about."""
    counts = dict.fromkeys(TIERS, 0)
    by_algorithm: Counter[str] = Counter()
    pairs = 0
    for answer in answers:
        others = set(members[answer.bank]) - {answer.truth}
        pairs += len(others)
        for tier in TIERS:
            counts[tier] += len(others.intersection(within(answer, tier)))
        found = [one for one in answer.findings if one.reference in others and one.tier != "possible"]
        by_algorithm.update(one.algorithm for one in found)
    copies = [answer for answer in answers if answer.truth]
    found_again = sum(answer.truth in within(answer, "likely") for answer in copies)
    wrong = {tier: share(count, pairs) for tier, count in counts.items()}
    return Pairs(name, wrong, share(found_again, len(copies)) if copies else None, dict(by_algorithm))
