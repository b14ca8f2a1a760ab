"""What happens to sealed evidence afterwards: it is stamped by a time authority and handed over."""

from dataclasses import dataclass, field
from datetime import datetime

from jikimi.model.keys import key_of


@dataclass(frozen=True, slots=True)
class Captured:
    """Who looked at a page when its evidence was sealed, told apart from the bundle, which is large.

    `capture` is as `CaptureKind` says it, "" where nobody could look; `note` says why no browser did.
    """

    case: str
    place: str
    evidence: str
    capture: str
    tool: str
    note: str
    at: datetime

    @property
    def key(self) -> str:
        """One a bundle."""
        return key_of("captured", self.evidence)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time authority's word (RFC 3161) that a bundle's tag manifest existed at `said_at`.

    `reply` is its whole answer as it came (.tsr). `checked_by` names the program that verified it, `roots`
    are the certificates (PEM) it was checked against.
    """

    case: str
    place: str
    evidence: str
    authority: str
    reply: bytes = field(repr=False)
    roots: bytes = field(repr=False)
    said_at: datetime
    checked_by: str
    at: datetime

    @property
    def key(self) -> str:
        """One stamp a bundle."""
        return key_of("stamp", self.evidence)


@dataclass(frozen=True, slots=True)
class HandOver:
    """Evidence was encrypted to receivers and handed out. Written before the bytes leave.

    `recipients` are their public keys (age) or fingerprints (OpenPGP). `sha256` (hex) and `size` are of the
    encrypted file. `has_medium` says that the clear medium went along.
    """

    case: str
    place: str
    evidence: str
    form: str  # "age" or "OpenPGP"
    recipients: tuple[str, ...]
    sha256: str
    size: int
    by: str
    at: datetime
    has_medium: bool = False

    @property
    def key(self) -> str:
        """Every hand-over is its own record."""
        return key_of("hand-over", self.evidence, self.by, self.at.isoformat())


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the audit chain: who wrote which record when, bound to all before by `link` (hex)."""

    number: int
    at: str
    actor: str
    kind: str
    key: str
    digest: str  # SHA-256 of the sealed record, hex
    previous: str
    link: str
