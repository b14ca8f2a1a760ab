"""Whom to ask: contacts of a site and of those who carry it, where each came from, and who approved it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from jikimi.model.keys import key_of


class Scope(StrEnum):
    """What a contact answers for. In this order they are asked: the nearest to the copy first."""

    SITE = "site"
    HOST = "host"
    CDN = "cdn"
    REGISTRAR = "registrar"
    NETWORK = "network"
    SEARCH = "search"
    REGULATOR = "regulator"

    @property
    def rank(self) -> int:
        """Return 0 for the nearest."""
        return list(Scope).index(self)


PERSON = "person"
"""The `source` of a contact that a person entered."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to ask about a host name: a channel and its address there. Belongs to no case.

    `source` says who told it: "person", or a lookup such as "security.txt" or "rdap". What a machine found
    is used only after a person confirmed it once. `note` is one line for that person.
    """

    host: str
    channel: str
    address: str
    scope: Scope
    source: str
    country: str
    note: str
    by: str
    at: datetime

    @property
    def site(self) -> str:
        """What it is filed under: the digest of the host name, whose length has no place in a key."""
        return site_of(self.host)

    @property
    def key(self) -> str:
        """One contact a host name, channel and address, whatever found it; a person says the scope, too."""
        said = (self.scope.value,) if self.source == PERSON else ()
        return key_of("contact", self.host, self.channel, self.address, *said)


def site_of(host: str) -> str:
    """Return what contacts of a host name are filed under."""
    return key_of("site", host)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom one request goes to: by which channel, where, and what is known of whom it reaches there."""

    channel: str
    address: str = field(repr=False)
    scope: Scope = Scope.SITE
    country: str = ""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A person approved a contact: requests may go there from now on."""

    contact: str
    by: str
    at: datetime

    @property
    def key(self) -> str:
        """Every approval is its own record, so that a withdrawn contact can come back."""
        return key_of("confirmation", self.contact, self.by, self.at.isoformat())


@dataclass(frozen=True, slots=True)
class Disuse:
    """A person took a contact out of use."""

    contact: str
    by: str
    at: datetime

    @property
    def key(self) -> str:
        """Every withdrawal is its own record."""
        return key_of("disuse", self.contact, self.by, self.at.isoformat())


@dataclass(frozen=True, slots=True)
class Lookup:
    """Contacts were looked up for a place's host. `gaps` says in one line which sources gave no answer.

    `is_held_up` tells that the place may be pursued as soon as somebody approves a contact.
    """

    case: str
    place: str
    host: str
    found: int
    gaps: str
    at: datetime
    is_held_up: bool = False

    @property
    def site(self) -> str:
        """What it is filed under, as the contacts are."""
        return site_of(self.host)

    @property
    def key(self) -> str:
        """One lookup a place, host and moment."""
        return key_of("lookup", self.place, self.host, self.at.isoformat())


@dataclass(frozen=True, slots=True)
class Hint:
    """What one source says about a host: a contact that nobody has confirmed yet."""

    channel: str
    address: str
    scope: Scope
    source: str
    country: str = ""
    note: str = ""
