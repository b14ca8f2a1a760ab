"""What sources yield: posts, where their media are, and how far a watch has read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Never

from jikimi.model.fingerprint import Fingerprint, Kind
from jikimi.model.keys import key_of


class Secret(str):
    """A text that never shows itself: tokens, passwords. Use `.reveal()` where it is really needed."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Show that there is one, not which."""
        return "Secret(…)"

    def __str__(self) -> str:
        """Show that there is one, not which."""
        return "…"

    def __format__(self, spec: str) -> str:
        """Show that there is one, not which."""
        return "…"

    def __reduce__(self) -> Never:
        """Refuse to be written down: who must keep a secret seals what `reveal` returns."""
        raise TypeError("a secret cannot be pickled")

    def reveal(self) -> str:
        """Return the text itself, for the wire only."""
        return str.__str__(self)


@dataclass(frozen=True, slots=True)
class MediaRef:
    """Where the bytes are, never the bytes. `sha256` (hex) and `size` only if the source states them."""

    kind: Kind
    url: str
    headers: Mapping[str, Secret] = field(default_factory=dict, repr=False)
    mime: str | None = None
    size: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """One public post. `watch` and `id` name it; `is_deleted` is a tombstone.

    `published_at` is what the platform says; `seen_at` is when we read it. `is_named` tells that its words
    name a case by what was known when it came.
    """

    watch: str
    id: str
    url: str
    author: str
    text: str
    published_at: datetime | None
    seen_at: datetime
    media: tuple[MediaRef, ...] = ()
    is_deleted: bool = False
    is_named: bool = False

    @property
    def key(self) -> str:
        """Named by watch and the platform's own identifier: seeing it twice keeps one."""
        return key_of("post", self.watch, self.id)

    @property
    def visible_at(self) -> datetime:
        """Return when the world could see it, as far as anyone says; starts the victim's first clock."""
        return self.seen_at if self.published_at is None else min(self.published_at, self.seen_at)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing a source read. `cursor` is where to resume once this event is stored.

    Within a page or commit, events carry the previous cursor; only the last carries the new one.
    Without a post it is a checkpoint or a heartbeat. `skipped` counts malformed records. `filled` says why
    posts had been left out of the stream before, now that they were asked for and came. `is_paid` tells that
    the money of the post was counted with the answer it came in (see Allowance).
    """

    cursor: str
    post: Post | None = None
    skipped: int = 0
    filled: str = ""
    is_paid: bool = False


class Priority(StrEnum):
    """How soon what a watch brings gets its second look. First looks are never made to wait."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one watch may use a day, what it should yield, and how it treats robots.txt.

    `requests` and `money` (US dollars) are a day's most, 0 for the source's own limit and for no money
    at all; `posts` is the least number a day that is normal, 0 when nobody has said so. `robots_reason` is
    why robots.txt is not obeyed here, "" where it is.
    """

    requests: int = 0
    money: Decimal = Decimal(0)
    posts: int = 0
    robots_reason: str = ""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a watch has used of its bounds on one day (UTC); `before` is the posts of the day before."""

    day: date = date.min
    requests: int = 0
    posts: int = 0
    money: Decimal = Decimal(0)
    before: int = 0


@dataclass(frozen=True, slots=True)
class Watch:
    """A configured source: which one, and what the operator typed for it.

    `contact` is the removal address a person confirmed for this site ("" if none yet). `priority` is what
    an administrator set.
    """

    name: str
    source: str
    options: Mapping[str, str]
    contact: str
    by: str
    at: datetime
    priority: Priority = Priority.NORMAL
    bounds: Bounds = Bounds()

    @property
    def key(self) -> str:
        """Every setting of a watch is its own record; the newest of its name stands."""
        return key_of("watch", self.name, self.at.isoformat())


@dataclass(frozen=True, slots=True)
class WatchEnd:
    """A watch was taken away."""

    watch: str
    by: str
    at: datetime

    @property
    def key(self) -> str:
        """Every removal is its own record, so that a watch may be set up again."""
        return key_of("watch end", self.watch, self.at.isoformat())


@dataclass(frozen=True, slots=True)
class Position:
    """How far a watch has read (opaque to all but its source), and its health. Replaced, not appended."""

    watch: str
    cursor: str
    at: datetime
    newest_post_at: datetime | None = None
    posts: int = 0  # read since the position before
    skipped: int = 0  # malformed records since the position before
    problem: str = ""  # "" while healthy; else what an operator should know
    spent: Spent = Spent()


@dataclass(frozen=True, slots=True)
class Sighting:
    """One medium of one post, fingerprinted. Kept without text or author when it matched nothing.

    `kind` is what its bytes are, whatever the source said; `seconds` is how long a clip or a sound lasts;
    `seq` is the newest line of the reference log that it was certainly compared with.
    """

    post: str
    part: int
    media_url: str
    sha256: bytes
    fingerprints: tuple[Fingerprint, ...]
    seen_at: datetime
    kind: Kind = Kind.IMAGE
    seconds: float = 0.0
    seq: int = 0

    @property
    def key(self) -> str:
        """Named by the post and the medium's place in it."""
        return key_of("sighting", self.post, str(self.part))
