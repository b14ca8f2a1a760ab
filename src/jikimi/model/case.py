"""The nouns of protection: a case, its authority, its references, and what people decide."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from jikimi.model.fingerprint import Fingerprint, Kind
from jikimi.model.keys import key_of


class Authority(StrEnum):
    """In whose name a centre may act (성폭력방지법 §7조의3): recorded before a case can live."""

    VICTIM = "victim"
    SPOUSE = "spouse"
    LINEAL_KIN = "lineal kin"
    SIBLING = "sibling"
    AGENT = "agent"
    EX_OFFICIO = "ex officio"  # child material or on demand of the police: no request is needed


class Policy(StrEnum):
    """Whether each cluster is confirmed by a person, or certain matches go out by themselves."""

    ASK = "ask"
    PRE_APPROVED = "pre-approved"


@dataclass(frozen=True, slots=True)
class Consent:
    """The recorded authority: who, for what, until when (a day in UTC, inclusive)."""

    authority: Authority
    purpose: str
    signed_on: date
    expires_on: date


@dataclass(frozen=True, slots=True)
class Case:
    """One person's protection. `number` is the centre's file number; `title` is a pseudonym."""

    number: str
    title: str
    consent: Consent
    policy: Policy
    is_minor: bool
    by: str
    at: datetime

    @property
    def key(self) -> str:
        """Named by its file number: a number is used once."""
        return key_of("case", self.number)

    @property
    def case(self) -> str:
        """A case belongs to itself."""
        return self.key


@dataclass(frozen=True, slots=True)
class Approval:
    """A second person agreed that the case may live."""

    case: str
    by: str
    at: datetime

    @property
    def key(self) -> str:
        """One approval a case."""
        return key_of("approval", self.case)


@dataclass(frozen=True, slots=True)
class Lapse:
    """The authority ran out: the case's references left the search until it is renewed."""

    case: str
    expired_on: date
    at: datetime

    @property
    def key(self) -> str:
        """One lapse a case and expiry."""
        return key_of("lapse", self.case, self.expired_on.isoformat())


@dataclass(frozen=True, slots=True)
class Renewal:
    """The authority was given again: the case's references may be searched for until the new expiry."""

    case: str
    consent: Consent
    by: str
    at: datetime

    @property
    def key(self) -> str:
        """Every renewal is its own record, so that an earlier last day can be entered again."""
        return key_of("renewal", self.case, self.consent.expires_on.isoformat(), self.at.isoformat())


@dataclass(frozen=True, slots=True)
class Closure:
    """The case ended; its key is destroyed with this record and nothing of it can be read again."""

    case: str
    reason: str
    by: str
    at: datetime

    @property
    def key(self) -> str:
        """One closure a case."""
        return key_of("closure", self.case)


@dataclass(frozen=True, slots=True)
class Reference:
    """One original's fingerprints, no medium. `label` is the counsellor's own short name.

    Hashes are kept in every view and orientation: posts are searched for the upright ones, the archive of
    what was seen before for all. Of local features only what the search can use is kept. `seconds` is how
    long a clip or a sound lasts. `again` counts how often it was withdrawn before.
    """

    case: str
    fingerprints: tuple[Fingerprint, ...]
    label: str
    by: str
    at: datetime
    kind: Kind = Kind.IMAGE
    seconds: float = 0.0
    again: int = 0

    @property
    def key(self) -> str:
        """Named by case and hashes: adding the same picture twice keeps one, whatever else is computed."""
        values = (f"{f.algorithm}:{f.view}:{f.value.hex()}" for f in self.fingerprints if f.is_hash)
        again = (f"again {self.again}",) if self.again else ()
        return key_of("reference", self.case, *sorted(values), *again)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A reference was taken out of the search."""

    case: str
    reference: str
    by: str
    at: datetime

    @property
    def key(self) -> str:
        """One withdrawal a reference."""
        return key_of("withdrawal", self.reference)


class Verdict(StrEnum):
    """What a person decided on an alert."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    REOPENED = "reopened"  # undo: the alert waits for a decision again


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's verdict on an alert. The newest one stands; none is ever overwritten."""

    case: str
    alert: str
    verdict: Verdict
    by: str
    at: datetime
    note: str = ""

    @property
    def key(self) -> str:
        """A second click at the same instant is the same decision."""
        return key_of("decision", self.alert, self.verdict, self.by, self.at.isoformat())


@dataclass(frozen=True, slots=True)
class Exposure:
    """Clear pixels were about to be shown to a person. Written before the bytes leave."""

    case: str
    place: str
    by: str
    at: datetime

    @property
    def key(self) -> str:
        """Every view is its own record."""
        return key_of("exposure", self.place, self.by, self.at.isoformat())


@dataclass(frozen=True, slots=True)
class Export:
    """A sealed bundle was handed out to a person."""

    case: str
    evidence: str
    by: str
    at: datetime

    @property
    def key(self) -> str:
        """Every hand-over is its own record."""
        return key_of("export", self.evidence, self.by, self.at.isoformat())


@dataclass(frozen=True, slots=True)
class Switch:
    """An administrator turned something on or off for the whole centre, such as "sending"."""

    name: str
    is_on: bool
    by: str
    at: datetime

    @property
    def key(self) -> str:
        """Every turn is its own record; the newest stands."""
        return key_of("switch", self.name, str(self.is_on), self.by, self.at.isoformat())
