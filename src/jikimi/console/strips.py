"""Draws, as SVG attributes, which seconds of a clip or a sound agree with which seconds of the reference."""

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from jikimi.model.alert import Place
from jikimi.model.case import Reference

LONGEST: Final = 100.0
"""Units of the longer of the two."""

SHORTEST: Final = 4.0
"""A clip beside a much longer one is drawn as long as this, so that there is something to see."""

NARROWEST: Final = 1.0
"""So is a moment: a single frame."""

Span = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One strip: its length, where the matching part begins, how wide that is, in units, and it in words."""

    length: str
    begin: str
    width: str
    words: str


@dataclass(frozen=True, slots=True)
class Strip:
    """Both bars, to one scale. `post` is None where a single picture met a clip."""

    post: Bar | None
    reference: Bar


def strip_of(place: Place, reference: Reference) -> Strip | None:
    """Return the strip of a match in time, None where nothing says when: pictures have no seconds."""
    here, there = place.how.query_span, place.how.reference_span
    if not _is_sound(there) or (here and not _is_sound(here)):
        return None
    post, original = max(place.seconds, *here, 0.0), max(reference.seconds, *there)
    longest = max(post, original)
    if longest <= 0:
        return None
    post_bar = _bar(here, post, longest, _("In the post: %(begin)s to %(end)s of %(whole)s."))
    return Strip(
        post_bar if here and post > 0 else None,
        _bar(there, original, longest, _("In the reference: %(begin)s to %(end)s of %(whole)s.")),
    )


def clock(seconds: float) -> str:
    """Return a time within a clip as players show it: 0:07.5, 1:02:03."""
    tenths = round(10 * max(0.0, seconds))
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest // 10:02}"
    return f"{minutes}:{rest // 10:02}" + (f".{rest % 10}" if rest % 10 else "")


def _bar(span: Span, whole: float, longest: float, words: str) -> Bar:
    begin, end = span or (0.0, 0.0)
    length = max(SHORTEST, LONGEST * whole / longest)
    width = min(length, max(NARROWEST, length * (end - begin) / whole)) if whole else 0.0
    start = min(length * begin / whole, length - width) if whole else 0.0
    return Bar(
        f"{length:.1f}",
        f"{start:.1f}",
        f"{width:.1f}",
        words % {"begin": clock(begin), "end": clock(end), "whole": clock(whole)},
    )


def _is_sound(span: Span) -> bool:
    return len(span) == 2 and 0 <= span[0] <= span[1] < float("inf")  # noqa: PLR2004  # begin and end
