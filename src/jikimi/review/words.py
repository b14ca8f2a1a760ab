"""What the words of a post may do: rules about text that no setting can loosen."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final

from jikimi.model.fingerprint import Tier
from jikimi.model.text import EvidenceClass, IdentifierKind, TextHit, names_a_case

SURE: Final = frozenset({EvidenceClass.EXACT, EvidenceClass.STRONG})
ALERTING: Final = frozenset(
    {
        IdentifierKind.HANDLE,
        IdentifierKind.PHONE,
        IdentifierKind.TITLE,
        IdentifierKind.CAPTION,
        IdentifierKind.URL,
    }
)
"""Nobody else goes by these."""


def alerts(hits: Sequence[TextHit]) -> bool:
    """Tell whether what a post says raises an alert by itself.

    A handle, telephone number, title, caption or address does, exact or strongly respelled; an edited caption
    too. A name, nickname or school never does alone: others are called so. Two of different kinds of one case
    do, at different places. Weak evidence never does, however much of it there is.
    """
    sure = [hit for hit in hits if hit.evidence in SURE]
    return any(hit.kind in ALERTING for hit in (*sure, *_captions(hits))) or any(
        one.case == other.case and one.kind is not other.kind and _are_apart(one, other)
        for one, other in combinations(sure, 2)
    )


def accuser(hits: Sequence[TextHit]) -> TextHit:
    """Return the hit that accuses most surely, of hits that alert; what nobody else goes by comes first."""
    sure = [hit for hit in hits if hit.evidence in SURE] + _captions(hits)
    return min(sure, key=lambda hit: (hit.kind not in ALERTING, hit.evidence.rank, hit.start))


def raised(tier: Tier, hits: Sequence[TextHit]) -> Tier:
    """Return how sure a match of media is when the post's text names the case, too: never certain by it."""
    return Tier.LIKELY if tier is Tier.POSSIBLE and names_a_case(hits) else tier


def _captions(hits: Iterable[TextHit]) -> list[TextHit]:
    return [
        hit for hit in hits if hit.kind is IdentifierKind.CAPTION and hit.evidence is EvidenceClass.CAPTION
    ]


def _are_apart(one: TextHit, other: TextHit) -> bool:
    return one.end <= other.start or other.end <= one.start
