"""What a removal request says, field by field: a law asks for fields, not for words."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a recipient is to the material: what can be asked of it depends on this."""

    PLATFORM = "platform"  # people publish on it: a social network, a board, a video site
    HOST = "host"  # stores the site for somebody else
    CDN = "cdn"  # passes the site on and keeps copies for a while
    REGISTRAR = "registrar"  # manages the site's name
    NETWORK = "network"  # carries the host's traffic
    SEARCH = "search"  # a search engine
    REGULATOR = "regulator"  # a public body that may order or block


class Material(StrEnum):
    """What kind of material it is, as far as laws tell kinds apart."""

    ADULT = "adult"
    MINOR = "minor"


class Field(StrEnum):
    """Everything that a law may require a request to hold. Each is a field of `Particulars`."""

    SENDER = "sender"
    SIGNATURE = "signature"
    CONTACT = "contact"
    EMAIL = "email"
    AUTHORITY = "authority"
    ADDRESSES = "addresses"
    DIGEST = "digest"
    SEEN = "seen"
    KIND = "kind"
    REASON = "reason"
    STATEMENT = "statement"
    ASKED = "asked"
    WORK = "work"
    PERJURY = "perjury"


@dataclass(frozen=True, slots=True)
class Particulars:
    """The fields of one request. Every text is worded as it stands in the letter; "" is "not said".

    `addresses` are the exact ones, each on a line of its own at the letter's end. `ordinal` counts the
    requests to this recipient, this one included; `elsewhere` those made to others before, the first of them
    at `first_at`; `is_back` tells that it was verified gone meanwhile. `granted` is the `Authority` behind
    the sentence `authority`.
    """

    role: Role
    material: Material
    granted: str
    addresses: tuple[str, ...] = field(repr=False)
    sender: str
    signature: str
    contact: str
    email: str
    authority: str
    digest: str
    seen: str
    kind: str
    reason: str
    statement: str
    asked: str
    designation: str = ""
    work: str = ""
    perjury: str = ""
    ordinal: int = 1
    elsewhere: int = 0
    first_at: datetime | None = None
    is_back: bool = False

    def texts(self, wanted: Field) -> tuple[str, ...]:
        """Return what is said in a field, without what is empty; () where nothing is said."""
        value = getattr(self, wanted.value)
        several = value if isinstance(value, tuple) else (value,)
        return tuple(text for text in several if text.strip())
