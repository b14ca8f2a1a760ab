"""Counts answers: recall at each tier with the peer beside it, false alerts, and how sure the counts are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from image_answers import Answer
from jikimi.model.fingerprint import Tier

TIERS = tuple(tier.value for tier in Tier)
NORMAL_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """A count out of `of`, with Wilson's 95 % interval (Wilson, JASA 1927); shares are 0 to 1."""

    count: int
    of: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Recall:
    """How often the right reference was found after one edit: at this tier or a surer one, by whom."""

    edit: str
    queries: int
    certain: Share
    likely: Share
    possible: Share
    peer: Share | None
    by_algorithm: dict[str, int]
    wrong: dict[str, int]


@dataclass(frozen=True, slots=True)
class Alerts:
    """False alerts: at each tier or a surer one, the queries with any and the wrong pairs; the peer's too."""

    name: str
    references: int
    photographs: int
    queries: dict[str, Share]
    pairs: dict[str, Share]
    photograph_pairs: dict[str, Share]
    peer_queries: Share | None
    peer_pairs: Share | None
    by_algorithm: dict[str, int]
    by_edit: dict[str, int]


def share(count: int, of: int) -> Share:
    """Return count / of with its 95 % interval; nothing is known of none."""
    if of == 0:
        return Share(0, 0, 0.0, 0.0, 1.0)
    part, square = count / of, NORMAL_95**2
    middle = (part + square / (2 * of)) / (1 + square / of)
    reach = NORMAL_95 / (1 + square / of) * (part * (1 - part) / of + square / (4 * of * of)) ** 0.5
    return Share(count, of, part, max(0.0, middle - reach), min(1.0, middle + reach))


def within(answer: Answer, tier: str) -> list[str]:
    """Return the references found at this tier or a surer one."""
    sure = TIERS[: TIERS.index(tier) + 1]
    return [one.reference for one in answer.findings if one.tier in sure]


def recall(edit: str, answers: Sequence[Answer], *, has_peer: bool) -> Recall:
    """Count how often the truth was among the answers."""
    asked = len(answers)
    at = {tier: share(sum(a.truth in within(a, tier) for a in answers), asked) for tier in TIERS}
    right = (one.algorithm for a in answers for one in a.findings if one.reference == a.truth)
    return Recall(
        edit,
        asked,
        at["certain"],
        at["likely"],
        at["possible"],
        share(sum(a.truth in a.peer for a in answers), asked) if has_peer else None,
        dict(Counter(right)),
        {tier: sum(any(one != a.truth for one in within(a, tier)) for a in answers) for tier in TIERS},
    )


def recalls(answers: Sequence[Answer], *, has_peer: bool) -> list[Recall]:
    """Return one row an edit, in the order of the questions, and all of them pooled at the end."""
    by_edit: dict[str, list[Answer]] = {}
    for answer in answers:
        by_edit.setdefault(answer.edit, []).append(answer)
    rows = [recall(edit, some, has_peer=has_peer) for edit, some in by_edit.items()]
    return [*rows, recall("mean", answers, has_peer=has_peer)]


def alerts(
    name: str,
    answers: Sequence[Answer],
    references: Sequence[str],
    photographs: Sequence[str],
    *,
    has_peer: bool,
    peer_most: int | None = None,
) -> Alerts:
    """Count what was found though there was nothing to find, among these references.

    The peer was asked about the first `peer_most` only, if that is given.
    """
    asked, size, shown = len(answers), len(references), set(photographs)
    peer_asked = asked if peer_most is None else min(asked, peer_most)
    found = {tier: [within(a, tier) for a in answers] for tier in TIERS}
    return Alerts(
        name,
        size,
        len(shown),
        {tier: share(sum(map(bool, found[tier])), asked) for tier in TIERS},
        {tier: share(sum(map(len, found[tier])), asked * size) for tier in TIERS},
        {
            tier: share(sum(len(shown.intersection(one)) for one in found[tier]), asked * len(shown))
            for tier in TIERS
        },
        share(sum(bool(a.peer) for a in answers), peer_asked) if has_peer else None,
        share(sum(len(a.peer) for a in answers), peer_asked * size) if has_peer else None,
        dict(Counter(one.algorithm for a in answers for one in a.findings)),
        dict(Counter(a.edit for a in answers if a.findings).most_common()),
    )
