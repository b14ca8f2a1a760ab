"""What a source says about itself, and what an operator types for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from jikimi.model.errors import Misconfigured
from jikimi.model.keys import key_of
from jikimi.model.post import Secret


class Tested(StrEnum):
    """What a source was tested against."""

    __test__ = False  # no test of pytest's

    REAL = "real server"
    RECORDED = "recorded answers"
    ITSELF = "itself"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing an operator types for a watch, as `name=value`. A secret one is never shown again."""

    name: str
    help: str
    default: str = ""
    is_needed: bool = False
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a source is; docs/sources.md is made of these.

    `misses` says what it cannot see. `terms` is the address of the platform's rules. `spacing` is the
    least pause between two requests to one host, `requests` the most requests a day that the platform
    allows (0: it sets none); `per_request` and `per_post` are what one costs, in US dollars.
    """

    name: str
    title: str
    is_push: bool
    auth: str
    cost: str
    terms: str
    tested: Tested
    tested_on: str
    misses: str = ""
    options: tuple[Option, ...] = ()
    spacing: timedelta = timedelta(0)
    requests: int = 0
    per_request: Decimal = Decimal(0)
    per_post: Decimal = Decimal(0)
    is_official: bool = True  # an interface made for programs: robots.txt speaks of pages, not of it
    schemes: tuple[str, ...] = ()  # of addresses beside http and https that only this source may give


class Options:
    """What was typed for one watch, checked against the manifest: nothing unknown, nothing needed missing."""

    __slots__ = ("_given", "_known")

    def __init__(self, manifest: Manifest, given: Mapping[str, str]) -> None:
        """Raise Misconfigured with the first option that is wrong and what to type."""
        self._known = {option.name: option for option in manifest.options}
        for name in given:
            if name not in self._known:
                known = ", ".join(self._known) or "none"
                raise Misconfigured(f"{manifest.name} has no option {name!r}. Known are: {known}.")
        for option in manifest.options:
            if option.is_needed and not given.get(option.name):
                raise Misconfigured(f"Option {option.name}: type {option.help}")
        self._given = {
            name: Secret(value) if self._known[name].is_secret else value for name, value in given.items()
        }

    def __repr__(self) -> str:
        """Show names only: even an address may hold a token."""
        return f"Options({', '.join(sorted(self._given))})"

    def text(self, name: str) -> str:
        """Return an option as typed, or its default."""
        option = self._known[name]
        if option.is_secret:
            raise TypeError(f"{name} is a secret: ask for it with `secret`")
        return self._given.get(name) or option.default

    def secret(self, name: str) -> Secret:
        """Return a secret option, Secret("") when it was not given."""
        given = self._given.get(name)
        return given if isinstance(given, Secret) else Secret("")

    def seconds(self, name: str, least: timedelta) -> timedelta:
        """Return an option that is a length of time, typed in seconds."""
        try:
            length = timedelta(seconds=float(self.text(name)))
        except (ValueError, OverflowError):
            length = timedelta(-1)
        if length < least:
            raise Misconfigured(f"Option {name}: type seconds, {least.total_seconds():g} or more")
        return length

    def whole(self, name: str, least: int, most: int) -> int:
        """Return an option that is a whole number."""
        text = self.text(name)
        if not (text.isdecimal() and len(text) <= len(str(most)) and least <= int(text) <= most):
            raise Misconfigured(f"Option {name}: type a whole number from {least} to {most}")
        return int(text)

    def one_of(self, name: str, *choices: str) -> str:
        """Return an option that is one of a few words."""
        text = self.text(name)
        if text not in choices:
            raise Misconfigured(f"Option {name}: type one of {', '.join(choices)}")
        return text

    def words(self, name: str) -> tuple[str, ...]:
        """Return an option that is a list, typed with commas; () when it is empty."""
        return tuple(word.strip() for word in self.text(name).split(",") if word.strip())


@dataclass(frozen=True, slots=True)
class Search:
    """Words of a case that may be asked of a search engine, because the case allows it.

    `urgency` orders cases that share a day's quota: higher comes first and more often.
    """

    case: str
    words: str
    urgency: int = 0


@dataclass(frozen=True, slots=True)
class Query:
    """Words of a case left the house: written down before they did. Sealed with the case's key."""

    case: str
    words: str
    engine: str
    watch: str
    at: datetime

    @property
    def key(self) -> str:
        """Every query is its own record."""
        return key_of("query", self.case, self.words, self.watch, self.at.isoformat())


@dataclass(frozen=True, slots=True)
class SearchLeave:
    """A person allowed (or forbade again) that words of a case are asked of search engines."""

    case: str
    is_allowed: bool
    by: str
    at: datetime

    @property
    def key(self) -> str:
        """Every answer is its own record; the newest of its case stands."""
        return key_of("search leave", self.case, str(self.is_allowed), self.at.isoformat())


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something that was pushed to one of our watches over HTTP. `number` orders them within the house."""

    number: int
    watch: str
    mime: str
    body: bytes = field(repr=False)
    at: datetime = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Gap:
    """Posts may have slipped away unread between two times; `is_filled` once they came after all."""

    watch: str
    since: datetime
    until: datetime
    why: str
    is_filled: bool = False

    @property
    def key(self) -> str:
        """A gap is named by where it begins and ends."""
        return key_of("gap", self.watch, self.since.isoformat(), self.until.isoformat(), str(self.is_filled))
