"""Cuts from a long text the few words around what names a case: no more of it is kept."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from jikimi.model.text import TextHit
from jikimi.model.writing import Quote, Where

AROUND: Final = 40
"""Characters before and after a hit."""

LONGEST_HIT: Final = 200
MOST_QUOTES: Final = 12


def quotes_of(text: str, hits: Sequence[TextHit], where: Where) -> tuple[Quote, ...]:
    """Return the pieces of a text that hold these hits, the surest first; hits close together share one."""
    pieces: list[Quote] = []
    kept: list[tuple[int, int]] = []
    for hit in sorted(hits, key=lambda one: (one.evidence.rank, one.start)):
        if any(begin <= hit.start and hit.end <= end for begin, end in kept):
            continue
        begin, end = max(0, hit.start - AROUND), min(hit.end, hit.start + LONGEST_HIT) + AROUND
        inside = tuple(
            replace(one, start=one.start - begin, end=min(one.end, end) - begin)
            for one in hits
            if begin <= one.start < end and (one.end <= end or one is hit)
        )
        kept.append((begin, end))
        pieces.append(Quote(where, text[begin:end], inside))
        if len(pieces) == MOST_QUOTES:
            break
    return tuple(pieces)
