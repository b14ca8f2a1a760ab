"""Filters that let a page say enums, lengths of time and reasons in the reader's language."""

from datetime import datetime, timedelta
from enum import StrEnum

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from jikimi.console.matches import agreement_in_words, edit_in_words
from jikimi.console.people import May
from jikimi.console.phrases import (
    ANSWERS,
    LOOKS,
    MEDIA,
    SCOPES,
    STATES,
    STEPS,
    WORDS,
    in_words,
    span,
)
from jikimi.console.phrases_removal import STANDINGS
from jikimi.console.quotes import quote
from jikimi.model.alert import Place
from jikimi.model.contact import Scope
from jikimi.model.fingerprint import How, Kind, Tier
from jikimi.model.mail import Answer
from jikimi.model.standing import Standing
from jikimi.model.writing import Lead, LeadKind, Quote
from jikimi.review.leads import watch_command

register = template.Library()


@register.filter
def word(value: StrEnum) -> str:
    """Return what a choice is called."""
    return str(WORDS[value])


@register.filter
def stands(value: Standing) -> str:
    """Return what a standing is called."""
    return str(STANDINGS[value])


@register.filter
def medium(value: Kind) -> str:
    """Return what a kind of medium is called."""
    return str(MEDIA[value])


@register.filter
def scope(value: Scope) -> str:
    """Return what a contact answers for."""
    return str(SCOPES[value])


@register.filter
def answer(value: Answer) -> str:
    """Return what a reply says."""
    return str(ANSWERS[value])


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
def agreement(value: How) -> str:
    """Return what was compared and how well it agrees."""
    return agreement_in_words(value)


@register.filter
def quoted(place: Place | Quote) -> SafeString:
    """Return what a post says, around what it says of the case, which is marked by how sure it is."""
    return quote(place.text, place.hits)


@register.filter
def command(lead: Lead) -> str:
    """Return what to type to watch where a link leads, "" where no source fits."""
    return watch_command(lead)


@register.filter
def is_invite(lead: Lead) -> bool:
    """Tell whether a link leads into a group."""
    return lead.kind is LeadKind.INVITE


@register.filter
def look(value: int) -> str:
    """Return what a look is called."""
    return str(LOOKS[value])


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
    seconds = f"{length.total_seconds():.1f}"
    said = format_html('<data value="{}" title="{} s">{}</data>', seconds, seconds, span(length))
    if length < timedelta(minutes=1):
        return said
    counted = gettext("%(count)d s") % {"count": length.total_seconds()}
    return format_html('{} <span class="seconds">{}</span>', said, counted)


@register.filter
def ago(then: datetime, now: datetime) -> str:
    """Return how long ago a moment was."""
    return span(max(now - then, timedelta()))


@register.filter
def held(value: float | None) -> str:
    """Return a number with at most one decimal, or a dash where it is held back or not known yet."""
    return "—" if value is None else f"{value:.1f}".removesuffix(".0")


@register.filter
def share(value: float | None) -> str:
    """Return a share in per cent, or a dash."""
    return "—" if value is None else f"{100 * value:.0f} %"


@register.filter
def hours(value: float | None) -> str:
    """Return a length of time given in hours as a person says it, or a dash."""
    return "—" if value is None else span(timedelta(hours=value))


@register.filter
def opens(doors: frozenset[May], name: str) -> bool:
    """Tell whether these doors hold the one of this name."""
    return name in doors
