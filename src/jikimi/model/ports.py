"""The sockets of the house: everything that can be swapped, on one page."""
# Longer than 300 lines because all ports stand on one page; a new one asks for shorter words elsewhere.

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

from jikimi.model.alert import Evidence, Job, Notice, Place
from jikimi.model.clip import Clip
from jikimi.model.fingerprint import Effort, Fingerprint, Found, Inspection, Kind, Picture
from jikimi.model.outcome import Outcome, Record
from jikimi.model.post import Event, Position, Secret, Sighting
from jikimi.model.text import Identifier, TextHit

R = TypeVar("R", bound=Record)
Clock = Callable[[], datetime]
"""Returns now, in UTC, aware."""


class Source(Protocol):
    """Watches one platform. Yields posts, oldest first, at least once; never downloads media.

    Built as `SourceClass(options: Mapping[str, str], fetcher: Fetcher, clock: Clock, watch: str)`; raises
    Misconfigured when an option is missing or wrong. While streaming it raises TryLater, Blocked or
    Misconfigured; the runner decides what to do.
    """

    @property
    def name(self) -> str:
        """Return the platform's short name, as typed in `jikimi watch add NAME`."""
        ...

    @property
    def is_push(self) -> bool:
        """Tell whether the platform sends by itself (true) or is asked every `interval`."""
        ...

    @property
    def interval(self) -> timedelta:
        """Return the pause between two streams of a polled source; for push, between reconnections."""
        ...

    async def anchor(self) -> str:
        """Return the cursor that means "from now on". It is stored before the first stream."""
        ...

    def stream(self, cursor: str) -> AsyncIterator[Event]:
        """Yield what came after `cursor`. A polled source ends when it has read all there is."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one fetch may take. Bytes are counted as they arrive and after decoding.

    `deadline` bounds the whole fetch, redirects included; slower than `minimum_rate` bytes/s (after a
    grace of two seconds) is given up.
    """

    max_bytes: int = 30 * 2**20
    deadline: timedelta = timedelta(seconds=30)
    minimum_rate: int = 1024
    max_redirects: int = 5


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page or medium as it came: what was asked, what answered, and the bytes, in memory only.

    `url` is the last address after redirects, `hops` all of them in order (the first is what was
    asked), `address` the server's IP that was checked and used. Header names are lower case.
    """

    url: str
    hops: tuple[str, ...]
    address: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    at: datetime


class Fetcher(Protocol):
    """The one way out for foreign pages and media: refuses addresses that are not public, bounds all.

    Raises Blocked (address, port, scheme, redirect refused; 401, 403, 451), Gone (404, 410), TryLater
    (429 and 5xx with Retry-After, no answer, too slow), BadMedia (too large, an encoding we did not
    ask for). Every other status below 300 is returned.
    """

    def fetch(self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None) -> Fetched:
        """Fetch one address, from any thread."""
        ...

    async def fetch_async(
        self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None
    ) -> Fetched:
        """Fetch one address, from any event loop."""
        ...


class Fingerprinter(Protocol):
    """One algorithm. Pure and picklable: same picture in, same fingerprints out. Runs in the sandbox."""

    @property
    def name(self) -> str:
        """Return the algorithm's name as it stands in `Fingerprint.algorithm`."""
        ...

    @property
    def kind(self) -> Kind:
        """Return what kind of media it reads."""
        ...

    @property
    def is_second_look(self) -> bool:
        """Tell whether it is too costly for every post and waits for the second look."""
        ...

    def fingerprint(self, body: bytes, picture: Picture) -> list[Fingerprint]:
        """Return every view and orientation worth asking for; [] when there is nothing to hold on to."""
        ...


class ClipFingerprinter(Protocol):
    """One algorithm for clips or sound. Pure and picklable, as Fingerprinter. Runs in the sandbox."""

    @property
    def name(self) -> str:
        """Return the algorithm's name as it stands in `Fingerprint.algorithm`."""
        ...

    @property
    def kind(self) -> Kind:
        """Return what it reads of a clip: VIDEO for the frames, AUDIO for the sound."""
        ...

    def fingerprint_clip(self, clip: Clip, effort: Effort) -> list[Fingerprint]:
        """Return what to ask for, or, of a REFERENCE, what to keep; [] when there is nothing to hold."""
        ...


class Sandbox(Protocol):
    """Opens foreign bytes in a locked-down process: no network, no files, bounded memory and time.

    Raises BadMedia with a reason an operator understands (not a picture, too large, took too long,
    the reader crashed). A process that dies is replaced; other callers never notice.
    """

    def inspect(self, body: bytes, effort: Effort = Effort.FIRST) -> Inspection:
        """Decode and fingerprint one file, from any thread, with the algorithms that this effort takes."""
        ...

    def render(self, body: bytes, longest_side: int) -> bytes:
        """Return the picture re-encoded as a clean JPEG, upright, at most `longest_side` pixels."""
        ...

    def codes(self, body: bytes) -> tuple[str, ...]:
        """Return what QR codes in a picture or clip say: at most `MOST_CODES`, of `LONGEST_CODE` letters."""
        ...

    def pages(self, body: bytes) -> tuple[Picture, ...]:
        """Return a picture in grey, large enough for a Scribe; of a clip `MOST_PAGES` at most."""
        ...


class Scribe(Protocol):
    """Reads letters in clean pictures. It is given what the sandbox made, never a foreign file."""

    def read(self, picture: Picture) -> str:
        """Return what is written there, as well as a machine can tell; BadMedia with why it could not."""
        ...


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One line of the reference log: a reference with its upright fingerprints, or a text a case is known by.

    Both are empty when it leaves.
    """

    seq: int
    reference: str
    case: str
    fingerprints: tuple[Fingerprint, ...]
    identifier: Identifier | None = None


LINES_AT_ONCE: Final = 16_384
"""Lines of the reference log that are read and taken in at once: about 170 MB of references with points.

Small batches would be dearer: a bank that takes in a batch sorts what it holds already once more.
"""


class Vault(Protocol):
    """The live bank: finds the nearest references. Follows the reference log; never rebuilt whole."""

    @property
    def seq(self) -> int:
        """Return the newest line of the reference log that is in force."""
        ...

    def apply(self, entries: Sequence[IndexEntry]) -> None:
        """Take in lines of the log, in order. A line applied twice changes nothing."""
        ...

    def search(self, fingerprints: Sequence[Fingerprint]) -> list[Found]:
        """Return at most one answer a reference, the surest first."""
        ...

    def compare(self, asked: Sequence[Fingerprint], reference: Sequence[Fingerprint]) -> Found | None:
        """Compare one picture with one reference, by the same rules; keys in the answer are empty."""
        ...


class TextBank(Protocol):
    """The live bank of identifiers: finds in texts what cases are known by, however it is spelled."""

    def enter(self, identifiers: Iterable[Identifier]) -> Mapping[str, str]:
        """Take in identifiers, in force with the next text; a known key is replaced.

        Returns the refused ones: key to reason.
        """
        ...

    def withdraw(self, keys: Iterable[str]) -> None:
        """Find these no more, from the next text on."""
        ...

    @property
    def wants_compacting(self) -> bool:
        """Tell whether `compact` would make reading faster or free what was withdrawn."""
        ...

    def compact(self) -> None:
        """Compile everything in force anew, in seconds; safe in a thread beside the other methods."""
        ...

    def scan(self, texts: Sequence[str]) -> list[list[TextHit]]:
        """Return what each text says, the surest first, at most one hit an identifier. Takes any string."""
        ...


class Records(Protocol):
    """What the house remembers. Records are added, never changed; raises Gone where there is none."""

    def get(self, kind: type[R], key: str) -> R:
        """Return the record, or raise Gone: it never was, or its case's key was destroyed."""
        ...

    def find(self, kind: type[R], **by: str) -> tuple[R, ...]:
        """Return records of a kind, oldest first, with `case`, `parent` or (places only) `post` as given.

        The parent of a record is what it is about: a place's is its alert, a notice's its place, a
        decision's its alert, a receipt's its notice, a re-check's its place; of switches and watches it
        is the name.
        """
        ...

    def latest_places(self, watch: str, since: datetime, limit: int) -> tuple[Place, ...]:
        """Return up to `limit` places found on a watch since then, newest first; none of rejected alerts."""
        ...

    def archive(self, after: int, limit: int) -> tuple[int, tuple[Sighting, ...]]:
        """Return up to `limit` unmatched sightings behind position `after`, and the next position."""
        ...

    def index_since(self, seq: int, limit: int = LINES_AT_ONCE) -> tuple[IndexEntry, ...]:
        """Return up to `limit` lines of the reference log after `seq`, oldest first.

        Of a reference only the newest line counts: those a later one has overtaken are left out.
        """
        ...

    def position(self, watch: str) -> Position | None:
        """Return how far a watch has read, None before its anchor."""
        ...

    def apply(self, outcome: Outcome, *, by: str) -> None:
        """Write what a person's act or a source decided, in one transaction. `by` goes to the audit chain."""
        ...


class Queue(Protocol):
    """Jobs with leases. `finish` is the only way to write what a step decided."""

    def lease(self, limit: int, now: datetime, below: int | None = None) -> tuple[Job, ...]:
        """Take up to `limit` due jobs, lowest rank first, then oldest due; only of ranks `below`, if given.

        Nobody else gets them while the lease holds.
        """
        ...

    def finish(self, job: Job, outcome: Outcome) -> bool:
        """Write the outcome and end the job in one transaction; False if the lease was lost meanwhile."""
        ...

    def postpone(self, job: Job, until: datetime, reason: str) -> None:
        """Give the job back, to be tried again not before `until`."""
        ...

    def park(self, job: Job, reason: str) -> None:
        """Lay the job aside for a person, with a reason in words an operator understands."""
        ...

    def retry(self, name: str) -> bool:
        """Put a job that was laid aside back into the queue; False if there is none of that name."""
        ...

    def next_due(self, now: datetime) -> datetime | None:
        """Return when the next waiting job is due, None when none waits."""
        ...

    def tidy(self, now: datetime) -> int:
        """Forget text, author and address of posts that matched nothing; return how many."""
        ...


@dataclass(frozen=True, slots=True)
class Seal:
    """A signature over `manifest`: detached CMS (DER) and the signer's certificate (PEM)."""

    signature: bytes = field(repr=False)
    certificate: bytes = field(repr=False)


class Sealer(Protocol):
    """Signs as the centre."""

    def sign(self, manifest: bytes) -> Seal:
        """Return a detached CMS signature over these bytes (RFC 5652)."""
        ...


@dataclass(frozen=True, slots=True)
class Handed:
    """What a channel says when a notice was taken: its own name for it and one line for the file."""

    trace: str
    detail: str


class Channel(Protocol):
    """Carries notices to one kind of recipient. Returning means the other side took it.

    Raises TryLater (a temporary no, before anything was accepted), Blocked (a final no), NeedsHuman
    (something must be entered or repaired first), InDoubt (it may have been taken), Misconfigured. Never
    returns a "no".
    """

    @property
    def name(self) -> str:
        """Return the channel's short name as it stands in `Notice.channel`."""
        ...

    def deliver(self, notice: Notice, evidence: Evidence) -> Handed:
        """Hand one notice over. The same notice always carries the same identity (Message-ID)."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """The centre's own figures: when to look again, and how far apart two looks must be to say "gone"."""

    ladder: tuple[timedelta, ...]
    gone_after: timedelta
    language: str
    centre: str
    sender: str
    contact: str


@dataclass(frozen=True, slots=True)
class House:
    """Everything that app.py plugged in; what a step may use."""

    records: Records
    queue: Queue
    vault: Vault
    words: TextBank
    fetcher: Fetcher
    sandbox: Sandbox
    sealer: Sealer
    channels: Mapping[str, Channel]
    rehearsal: Channel
    rules: Rules
    clock: Clock
    scribe: Scribe | None = None  # None where no program that reads letters is installed
