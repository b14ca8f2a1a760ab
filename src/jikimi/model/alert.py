"""What the house does about a match: alerts, places, evidence, notices, receipts, re-checks, jobs."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from jikimi.model.fingerprint import Fingerprint, How, Kind, Tier
from jikimi.model.keys import key_of
from jikimi.model.mail import About
from jikimi.model.notice import Particulars
from jikimi.model.text import TextHit


@dataclass(frozen=True, slots=True)
class Alert:
    """What a person decides on: all places where copies of one reference were found.

    `generation` counts up when a reference is found again after its alert was rejected.
    """

    case: str
    reference: str
    generation: int
    at: datetime

    @property
    def key(self) -> str:
        """One alert a reference and generation, however often it is found."""
        return key_of("alert", self.case, self.reference, str(self.generation))


WORDS: Final = -1
"""The `part` of a place that is a post's text."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place where a copy was found: the match, and all we know of the post. Sealed by the case's key.

    `preview` is a blurred grey JPEG of at most 64 pixels; it is the only picture that is ever stored.
    `seconds` is how long a clip or a sound lasts. `hits` are what the post's text says of the case; where the
    text itself is what was found, `kind` is TEXT, `part` is WORDS and `reference` the key of a `KnownAs`.
    """

    case: str
    alert: str
    reference: str
    watch: str
    post: str
    part: int
    post_url: str
    media_url: str
    author: str
    text: str
    sha256: bytes
    fingerprints: tuple[Fingerprint, ...]
    tier: Tier
    score: float
    how: How
    visible_at: datetime
    seen_at: datetime
    at: datetime
    preview: bytes = field(default=b"", repr=False)
    look: int = 1  # 1: found at once; 2: found by the costlier second look
    kind: Kind = Kind.IMAGE
    seconds: float = 0.0
    hits: tuple[TextHit, ...] = ()

    @property
    def key(self) -> str:
        """One place a case, post and medium, whichever reference it resembles most."""
        return key_of("place", self.case, self.post, str(self.part))


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sealed bundle: a BagIt bag as tar.gz with a signed tag manifest. Never holds the medium.

    `manifest_sha256` is the hex digest of `tagmanifest-sha256.txt`, which covers all the rest. `capture`
    tells who looked at the page, as `CaptureKind` says it; "" if nobody could.
    """

    case: str
    place: str
    bag: bytes = field(repr=False)
    manifest_sha256: str
    at: datetime
    capture: str = ""

    @property
    def key(self) -> str:
        """One bundle a place."""
        return key_of("evidence", self.place)


@dataclass(frozen=True, slots=True)
class Notice:
    """A complete removal request for one place, ready to send. Its key is its idempotency key.

    `number` counts the requests about this place, 1 for the first. `regime` names the rules that it was made
    under, and `about` says for machines what the text says for people; requests of earlier versions have
    neither.
    """

    case: str
    place: str
    evidence: str
    channel: str
    recipient: str = field(repr=False)
    language: str
    subject: str = field(repr=False)
    body: str = field(repr=False)
    number: int
    at: datetime
    regime: str = ""
    particulars: Particulars | None = field(default=None, repr=False)
    about: About | None = None

    @property
    def key(self) -> str:
        """One notice a place, recipient and number."""
        return key_of("notice", self.place, self.channel, self.recipient, str(self.number))


class Sent(StrEnum):
    """What became of a notice when it was handed over."""

    SENT = "sent"  # the other side's server accepted it
    REHEARSED = "rehearsed"  # printed only; sending is off
    REFUSED = "refused"  # the other side will not take it; a person looks for another way
    IN_DOUBT = "in doubt"  # we were killed while sending: it may or may not have gone
    NOT_NEEDED = "not needed"  # gone before we could ask
    TAKEN_BACK = "taken back"  # a person took it back before it went out
    TOO_LATE = "too late"  # how that is told where it was being sent already (`told`); never written


@dataclass(frozen=True, slots=True)
class Receipt:
    """The end of one attempt to send a notice. `trace` is the channel's own name for it (a Message-ID)."""

    case: str
    place: str
    notice: str
    state: Sent
    detail: str
    trace: str
    at: datetime

    @property
    def key(self) -> str:
        """One receipt a notice and state."""
        return key_of("receipt", self.notice, self.state)


class Presence(StrEnum):
    """Whether a copy is still there."""

    LIVE = "live"
    GONE = "gone"
    UNKNOWN = "unknown"  # 429, 5xx, no answer, a challenge: never counted as gone
    BLOCKED = "blocked here"  # by country, order or network: never counted as gone
    LOGIN = "login wall"
    MOVED = "moved"  # still there, at another address
    BACK = "back"  # there again after it was verified gone


STILL_THERE: Final = frozenset({Presence.LIVE, Presence.MOVED, Presence.BACK})
"""The copy is served to somebody who looks."""


@dataclass(frozen=True, slots=True)
class Recheck:
    """One more look at a place. `rung` is how far up the ladder of delays it stood.

    `found_at` is another address where the medium is served, "" if none was seen; `page_at` where its page
    has moved to. `vantages` says what was seen from each vantage point, empty where there is one only.
    """

    case: str
    place: str
    rung: int
    presence: Presence
    is_verified: bool  # gone, and gone before: two negatives far enough apart
    detail: str
    at: datetime
    found_at: str = field(default="", repr=False)
    page_at: str = field(default="", repr=False)
    vantages: tuple[tuple[str, Presence], ...] = ()

    @property
    def is_still_there(self) -> bool:
        """Tell whether somebody who looks sees it, from any vantage point."""
        return self.presence in STILL_THERE or any(seen in STILL_THERE for _, seen in self.vantages)

    @property
    def key(self) -> str:
        """One result a place and moment."""
        return key_of("recheck", self.place, str(self.rung), self.at.isoformat())


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A site served another picture in the place of a copy. Served for several places, it is its placeholder.

    Belongs to no case. `host` is that of the file's address, `place` only tells one occasion from another.
    """

    host: str
    sha256: bytes
    fingerprints: tuple[Fingerprint, ...]
    place: str
    at: datetime

    @property
    def site(self) -> str:
        """What it is filed under: the digest of the host name, whose length has no place in a key."""
        return key_of("site", self.host)

    @property
    def key(self) -> str:
        """One record a host, picture and place."""
        return key_of("placeholder", self.host, self.sha256.hex(), self.place)


@dataclass(frozen=True, slots=True)
class Job:
    """One step to run on one record. It names the record; it never carries it.

    `part` picks a medium of a post, a rung of a ladder, or nothing. Of the jobs that are due, the lowest
    `rank` goes first: what people wait for, then posts. `attempts` counts leases so far;
    `is_interrupted` is true when an earlier lease ended with the death of its worker.
    """

    step: str
    key: str
    part: int = 0
    due: datetime | None = None  # None: at once
    rank: int = 0
    attempts: int = 0
    is_interrupted: bool = False
    lease: str = ""

    @property
    def name(self) -> str:
        """What makes two jobs the same."""
        return f"{self.step}:{self.key}:{self.part}"


@dataclass(frozen=True, slots=True)
class IndexChange:
    """A reference enters or leaves the search in every worker."""

    reference: str
    case: str
    is_added: bool
