"""Filters that let a page say enums, lengths of time and reasons in the reader's language."""

from datetime import datetime, timedelta
from enum import StrEnum

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jikimi.console.people import May
from jikimi.console.phrases import STATES, STEPS, WORDS, edit_in_words, in_words, span
from jikimi.model.fingerprint import Tier

register = template.Library()


@register.filter
def word(value: StrEnum) -> str:
    """Return what a choice is called."""
    return str(WORDS[value])


@register.filter
def state(value: str) -> str:
    """Return what a state or a role is called."""
    return str(STATES.get(value, value))


@register.filter
def tier(rank: int) -> Tier:
    """Return the tier of a rank in the tables."""
    return list(Tier)[rank]


@register.filter
def step(value: str) -> str:
    """Return what a step is called."""
    return str(STEPS.get(value, value))


@register.filter
def edit(value: str) -> str:
    """Return how a copy was changed."""
    return edit_in_words(value)


@register.filter
def said(value: str) -> str:
    """Return a reason in the reader's language."""
    return in_words(value)


@register.filter
def since(end: datetime | None, start: datetime | None) -> SafeString:
    """Return the time between two moments in words, with the seconds for machines and for those who count."""
    if end is None or start is None:
        return SafeString("—")
    length = max(end - start, timedelta())
    seconds = length.total_seconds()
    return format_html(
        '<data value="{}" title="{} s">{}</data>', f"{seconds:.3f}", f"{seconds:,.1f}", span(length)
    )


@register.filter
def opens(doors: frozenset[May], name: str) -> bool:
    """Tell whether these doors hold the one of this name."""
    return name in doors
