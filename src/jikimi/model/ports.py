"""The sockets of the house: everything that can be swapped, on one page."""
# Longer than 300 lines because all ports stand on one page; a new one asks for shorter words elsewhere.

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar, runtime_checkable

from jikimi.model.alert import Evidence, Job, Notice, Place
from jikimi.model.capture import Capture, Collector
from jikimi.model.clip import Clip
from jikimi.model.contact import Hint
from jikimi.model.custody import Link
from jikimi.model.fingerprint import Effort, Fingerprint, Found, Inspection, Kind, Picture
from jikimi.model.mail import Incoming, Mailing
from jikimi.model.outcome import Outcome, Record
from jikimi.model.post import Event, MediaRef, Position, Secret, Sighting
from jikimi.model.source import Delivery, Manifest, Query, Search
from jikimi.model.text import Identifier, TextHit

R = TypeVar("R", bound=Record)
Clock = Callable[[], datetime]
"""Returns now, in UTC, aware."""


class Source(Protocol):
    """Watches one platform. Yields posts, oldest first, at least once; never downloads media.

    Built as `SourceClass(options: Options, around: Surroundings)`; raises Misconfigured when an option is
    wrong. While streaming it raises TryLater, Blocked or Misconfigured, or Gone when posts slipped away
    unread; the runner decides what to do.
    """

    @property
    def manifest(self) -> Manifest:
        """Return what the source says about itself; a class attribute."""
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
    grace of two seconds) is given up. With `is_any_status` a refusal is an answer, too: whatever its status,
    it is returned with its body instead of raised. A re-check wants that, and who reads why it was refused.
    Without `is_redirect_followed` a redirect is an answer, without its body: `Fetched.onward` says where it
    leads. Who asks a site's robots.txt of every address wants that.
    """

    max_bytes: int = 30 * 2**20
    deadline: timedelta = timedelta(seconds=30)
    minimum_rate: int = 1024
    max_redirects: int = 5
    is_any_status: bool = False
    is_redirect_followed: bool = True


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page or medium as it came: what was asked, what answered, and the bytes, in memory only.

    `url` is the last address after redirects, `hops` all of them in order (the first is what was
    asked), `address` the server's IP that was checked and used. Header names are lower case. `onward` is
    where a redirect leads that was not followed.
    """

    url: str
    hops: tuple[str, ...]
    address: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    at: datetime
    onward: str = ""


class Fetcher(Protocol):
    """The one way out for foreign pages and media: refuses addresses that are not public, bounds all.

    Raises Blocked (address, port, scheme, redirect refused; 401, 403, 451), Gone (404, 410), TryLater
    (429 and 5xx with Retry-After, no answer, too slow), BadMedia (too large, an encoding we did not
    ask for). Every other status below 300 is returned, and 304, without a body, where a condition was sent
    (If-None-Match, If-Modified-Since).
    """

    def fetch(self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None) -> Fetched:
        """Fetch one address, from any thread."""
        ...

    async def fetch_async(
        self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None
    ) -> Fetched:
        """Fetch one address, from any event loop."""
        ...


class Socket(Protocol):
    """One open websocket. Raises TryLater once the other side has closed it, Blocked if for its rules."""

    async def receive(self) -> bytes:
        """Return the next message, text as UTF-8. What we do not take waits at the other side."""
        ...

    async def send(self, text: str) -> None:
        """Send a text message."""
        ...


class Web(Fetcher, Protocol):
    """Everything a source may do on the net. Guarded and bounded as Fetcher is, and raises as it does.

    Headers are secrets and go to the asked origin only. Streams and sockets follow no redirects; what
    is not taken from them waits at the other side.
    """

    async def post_async(
        self, url: str, body: bytes, limits: Limits, headers: Mapping[str, Secret]
    ) -> Fetched:
        """Send a body and return the answer. For questions; what changes something goes through Poster."""
        ...

    def lines(
        self, url: str, headers: Mapping[str, Secret], *, silence: timedelta, longest: int = 2**20
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Open an answer that never ends and give its lines, without their ends.

        TryLater after `silence` without a byte, or once it ends; BadMedia for a line above `longest` bytes.
        """
        ...

    def socket(
        self, url: str, headers: Mapping[str, Secret], *, silence: timedelta, longest: int = 2**21
    ) -> AbstractAsyncContextManager[Socket]:
        """Open a websocket (ws, wss). Pings keep it alive; `silence` bounds the wait for their answers."""
        ...


class Searches(Protocol):
    """Words of cases that may leave the house."""

    async def due(self, engine: str) -> tuple[Search, ...]:
        """Return what may be asked now, the most urgent first; only of live cases that allow it."""
        ...

    async def note(self, query: Query) -> None:
        """Write down that words leave; once this returns they may."""
        ...


class Deliveries(Protocol):
    """What other servers pushed to a watch: kept until the position behind it is stored, at most a week.

    What a hub says about a subscription (WebSub: verified, denied) is a delivery, too: its parameters, as
    application/x-www-form-urlencoded.
    """

    @property
    def callback(self) -> str:
        """Return the public address that belongs to this watch, "" when the house has none."""
        ...

    @property
    def secret(self) -> Secret:
        """Return what a hub signs with; what is not signed with it never arrives here."""
        ...

    async def expect(self, topic: str, *, is_wanted: bool) -> None:
        """Note what is about to be asked of a hub: to be told of a topic, or not; else it is refused."""
        ...

    async def newest(self) -> int:
        """Return the number of the newest delivery to this watch, 0 before the first."""
        ...

    async def after(self, number: int, wait: timedelta = timedelta(0)) -> tuple[Delivery, ...]:
        """Return some of what came after a delivery, oldest first; wait so long for the first of it.

        Gone, once, where some of it is no longer there because it had waited for more than a week.
        """
        ...

    async def forget(self, number: int) -> None:
        """Drop everything up to a delivery: the cursor behind it is stored."""
        ...


class Letterbox(Protocol):
    """Where other servers push to: one slot a watch, which only its token opens. From any thread."""

    def open(self, token: str) -> str:
        """Return the watch whose slot this is. Gone: nobody's, or it ended. TryLater: asked too often."""
        ...

    def expects(self, watch: str, topic: str, *, is_wanted: bool) -> bool:
        """Tell whether the watch asked for exactly this (WebSub 5.3, intent of the subscriber)."""
        ...

    def is_genuine(self, watch: str, body: bytes, signature: str) -> bool:
        """Tell whether a body is signed with the watch's secret (WebSub 8, "sha256=" and hex digits)."""
        ...

    def put(self, watch: str, mime: str, body: bytes) -> None:
        """Keep a delivery; once this returns it is durable. TryLater when it cannot be kept now."""
        ...


class Players(Protocol):
    """Finds the file behind a player page, in a process of its own. Never downloads it."""

    def check(self) -> None:
        """Raise Misconfigured, with what to type, where the program that finds them is not installed."""
        ...

    async def resolve(self, url: str) -> tuple[MediaRef, ...]:
        """Return the media of a page, () when there are none that are known."""
        ...


class Allowance(Protocol):
    """What a watch may still use today. `Web` asks for itself; who calls otherwise asks here. Any thread."""

    async def turn(self, host: str) -> None:
        """Count one call and wait for its turn at a host, before it is made.

        Raises TryLater when the day's share is used up, Busy while a person halts the watch.
        """
        ...

    async def part(self) -> None:
        """Count one call that waits for no turn: a part of what a turn was taken for. Raises as `turn`."""
        ...

    def rest(self, host: str, length: timedelta) -> None:
        """Leave a host alone for a while, because it said so."""
        ...

    def room(self, most: int, least: int = 1) -> int:
        """Return how many posts, up to `most`, may still be paid today; TryLater for fewer than `least`."""
        ...

    def pay(self, posts: int) -> None:
        """Count the money of all posts of one answer at once; their events say `is_paid`."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a source is given: its watch's name, the time, and every way out of the house.

    `web` is for the platform itself and is counted; `pages` is for pages elsewhere that it leads to.
    """

    watch: str
    clock: Clock
    web: Web
    pages: Web
    searches: Searches
    deliveries: Deliveries
    players: Players
    allowance: Allowance


class Poster(Protocol):
    """Sends a few bytes to an address an administrator entered. Guarded and bounded as Fetcher is.

    Raises as Fetcher does. Redirects are refused.
    """

    def post(self, url: str, body: bytes, limits: Limits, headers: Mapping[str, Secret]) -> Fetched:
        """Send a body and return the answer, from any thread."""
        ...


class Camera(Protocol):
    """Looks at a page with a browser and hides every picture, sound and clip before anything leaves it.

    Raises Blocked (an address that may not be visited), BadMedia (a download, not a page), TryLater (no
    answer, or the browser hung and was ended), Busy (others are looked at just now).
    """

    def capture(self, url: str, *, is_covered: bool) -> Capture:
        """Capture one page, from any thread; `is_covered` makes media boxes black instead of blurred."""
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
        """Return what is written there, as well as a machine can tell.

        Raises BadMedia with why it could not, TryLater where reading was broken off from outside.
        """
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

    def find(self, kind: type[R], **by: str | tuple[str, ...]) -> tuple[R, ...]:
        """Return records of a kind, oldest first, with `case`, `parent` or (places only) `post` as given.

        Given several, any of them will do. Posts are found by `key` alone, in no order.
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

    def lease(
        self, limit: int, now: datetime, below: int | None = None, least: int | None = None
    ) -> tuple[Job, ...]:
        """Take up to `limit` due jobs, lowest rank first, then oldest due.

        Only of ranks `below` and of at `least`, if given. Nobody else gets them while the lease holds.
        """
        ...

    def hold(self, jobs: Iterable[Job]) -> None:
        """Keep the leases of jobs that still run; well before they run out."""
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

    def check_ready(self) -> None:
        """Raise TryLater while nothing can be signed: then no page need be visited for it."""
        ...

    def sign(self, manifest: bytes) -> Seal:
        """Return a detached CMS signature over these bytes (RFC 5652)."""
        ...

    def sign_document(self, pdf: bytes, reason: str) -> bytes:
        """Return a PDF with a signature of its own inside (PAdES)."""
        ...


@dataclass(frozen=True, slots=True)
class Stamped:
    """A time authority's whole reply (RFC 3161), checked: what it says, and which program checked it."""

    reply: bytes = field(repr=False)
    said_at: datetime
    checked_by: str
    roots: bytes = field(repr=False)  # the certificates it was checked against, PEM


class Stamper(Protocol):
    """Asks a time authority. Raises TryLater (down, busy, a wrong answer), Blocked (it refuses, is gone)."""

    @property
    def name(self) -> str:
        """Return the authority's host, as it stands in `Stamp.authority`."""
        ...

    def stamp(self, content: bytes) -> Stamped:
        """Return a stamp over the SHA-256 of these bytes."""
        ...


class Ledger(Protocol):
    """Reads the audit chain."""

    def links_about(self, keys: Iterable[str]) -> tuple[Link, ...]:
        """Return the links of these records, oldest first."""
        ...

    def newest(self) -> Link | None:
        """Return the newest link: written down elsewhere, it anchors all before. None in an empty house."""
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


@runtime_checkable
class Gathering(Protocol):
    """What a channel can do besides Channel: carry several notices to one recipient in one go."""

    def deliver_together(self, mailing: Mailing, notices: Sequence[Notice]) -> Handed:
        """Hand over those of its notices that still may go, all or none; raises as Channel does.

        The same mailing has the same identity.
        """
        ...


class Inbox(Protocol):
    """The mailbox in which answers arrive. It is only read: nothing in it is changed, marked or deleted."""

    def read(self, cursor: str, limit: int) -> tuple[Incoming, ...]:
        """Return up to `limit` messages behind `cursor` ("" is the beginning), oldest first.

        Raises TryLater while the server cannot be reached, Misconfigured when it lets us not in.
        """
        ...


@dataclass(frozen=True, slots=True)
class Answered:
    """What a server said to something that was sent to it: status and body, in memory only."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)


class Submitter(Protocol):
    """Submits something to a platform's own interface; has Fetcher's walls and follows no redirect.

    Raises TryLater while certainly nothing was taken, InDoubt when it was sent and no whole answer came,
    Blocked for an address that may not be visited. Every status is an answer.
    """

    def submit(self, url: str, body: bytes, limits: Limits, headers: Mapping[str, Secret]) -> Answered:
        """Send one body with POST, from any thread. `headers` hold its content type, too."""
        ...


class Names(Protocol):
    """Asks the domain name system. Raises TryLater when no server answers."""

    def addresses(self, host: str) -> tuple[str, ...]:
        """Return the IP addresses of a host; () if it has none."""
        ...

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the TXT records of a name; () if it has none."""
        ...


class Finder(Protocol):
    """Finds out whom to ask about an address, from what the net itself says. Confirms nothing."""

    def find(self, url: str) -> tuple[tuple[Hint, ...], str]:
        """Return contacts, the nearest first, and in one line which sources gave no answer ("" for none)."""
        ...


@dataclass(frozen=True, slots=True)
class FilledForm:
    """A web form to fill: its address, what goes into which field (CSS selector), what is seen after."""

    url: str
    fields: tuple[tuple[str, str], ...] = field(repr=False)
    choices: tuple[tuple[str, str], ...] = ()
    ticks: tuple[str, ...] = ()
    button: str = ""
    done: str = ""
    refused: str = ""


class FormFiller(Protocol):
    """Fills in one web form in a browser, as a person would.

    Raises NeedsHuman for a captcha, a sign-in, or a field that nobody described; TryLater while nothing was
    sent; InDoubt when it was sent and the page did not say so; Blocked when the page says no.
    """

    def fill(self, form: FilledForm) -> str:
        """Fill and send the form; return in one line what the page said."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """The centre's own figures and words: when to look again, when copies are gone, who asks, how often."""

    ladder: tuple[timedelta, ...]
    gone_after: timedelta
    language: str
    centre: str
    sender: str
    contact: str
    centre_abroad: str = ""  # its name in letters that are not Korean, "" for the same
    designation: str = ""  # the notice that made it a body under 전기통신사업법 §22조의5, "" for none
    most_an_hour: int = 100  # requests to one recipient
    most_a_day: int = 1_000
    gather: timedelta = timedelta()  # least time between two mails to one contact; 0: one mail a request


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
    camera: Camera | None = None  # None where there is no browser
    stamper: Stamper | None = None  # None where no time authority is set
    ledger: Ledger | None = None
    collector: Callable[[], Collector] | None = None
    inbox: Inbox | None = None  # None where no mailbox for answers is set up
    finder: Finder | None = None  # None where nobody looks for contacts: a person enters them
    vantages: Mapping[str, Fetcher] = field(default_factory=dict)  # further ways out, for re-checks
    letterbox: Letterbox | None = None  # None where nothing can be pushed to us
    shared: Fetcher | None = None  # for first looks, who may share one fetch; None: `fetcher`
