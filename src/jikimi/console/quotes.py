"""Quotes the text of a post with what it says of the case marked; everything else is escaped."""

from collections.abc import Sequence
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from jikimi.console.matches import SAID
from jikimi.model.text import TextHit

LONGEST: Final = 280
"""Characters that are shown."""

BEFORE: Final = 80
"""Of these, before the first hit."""


def quote(text: str, hits: Sequence[TextHit]) -> SafeString:
    """Return a piece of a post's text as HTML, from a little before its first hit, hits in <mark>."""
    standing = _apart(text, hits)
    begin = max(0, standing[0].start - BEFORE) if standing and len(text) > LONGEST else 0
    end = min(len(text), begin + LONGEST)
    pieces: list[tuple[SafeString]] = []
    at = begin
    for hit in standing:
        if hit.start >= end:
            break
        pieces += [(_plain(text[at : hit.start]),), (_marked(text[hit.start : min(hit.end, end)], hit),)]
        at = min(hit.end, end)
    pieces.append((_plain(text[at:end]),))
    said = format_html_join("", "{}", pieces)
    return format_html("{}{}{}", "…" if begin else "", said, "…" if end < len(text) else "")


def _apart(text: str, hits: Sequence[TextHit]) -> list[TextHit]:
    """Return hits that lie in the text and do not overlap, surest first where they would, in order."""
    kept: list[TextHit] = []
    for hit in sorted(hits, key=lambda one: (one.evidence.rank, one.start)):
        is_inside = 0 <= hit.start < hit.end <= len(text)
        if is_inside and all(hit.end <= other.start or other.end <= hit.start for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda one: one.start)


def _marked(text: str, hit: TextHit) -> SafeString:
    sureness = "weak" if hit.evidence.is_weak else "sure"
    return format_html('<mark class="{}" title="{}">{}</mark>', sureness, SAID[hit.evidence], text)


def _plain(text: str) -> SafeString:
    return format_html("{}", text)
