"""Watches one Nostr relay over its websocket: posts arrive within milliseconds of being sent."""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from jikimi.model.errors import Blocked, Gone, JikimiError, Misconfigured, TryLater
from jikimi.model.ports import Clock, Fetcher
from jikimi.model.post import Event
from jikimi.sources.nostr_event import DELETION, FILE, NOTE, PICTURE, NostrEvent, is_genuine, posts_of
from jikimi.sources.nostr_past import Past

KINDS = (NOTE, DELETION, PICTURE, FILE)
LIVE, MALFORMED = "live", "MALFORMED"
OVERLAP = 60  # seconds that are read again after an interruption: authors' clocks differ
MOST_KNOWN = 10_000
MOST_BYTES = 2 * 2**20  # of one message; NIP-11 suggests far less
FRAMES = 16  # that wait in our memory; then the relay waits
ANSWER_WITHIN = timedelta(seconds=30)
RECONNECT = timedelta(seconds=1)
POLICY_VIOLATION = 1008
MOST_DIGITS = 12  # of a Unix time

ENVELOPE = msgspec.json.Decoder(list[msgspec.Raw])
TEXT = msgspec.json.Decoder(str)
EVENT = msgspec.json.Decoder(NostrEvent)


class Nostr:
    """A pushing Source (see model/ports.py) for one relay: notes, pictures, files, and deletions.

    Options: `relay`, a ws:// or wss:// address. The cursor is a Unix time in seconds, never later than
    now, so that a post dated into the future does not hide those after it.

    After an interruption the last minute is read again, and everything since from the relay's store.
    What cannot be found: a post dated back by more than a minute that arrived while we were away.
    While we listen, posts count as new whatever their date.
    """

    def __init__(self, options: Mapping[str, str], fetcher: Fetcher, clock: Clock, watch: str) -> None:
        del fetcher  # a relay is asked over its own websocket
        self._relay = _checked_relay(options.get("relay", ""))
        self._host = urlsplit(self._relay).hostname or ""
        self._clock = clock
        self._watch = watch

    def __repr__(self) -> str:
        return f"Nostr({self._host})"

    @property
    def name(self) -> str:
        """Return "nostr"."""
        return "nostr"

    @property
    def is_push(self) -> bool:
        """Relays send by themselves."""
        return True

    @property
    def interval(self) -> timedelta:
        """Return the pause between two connections."""
        return RECONNECT

    async def anchor(self) -> str:
        """Return the present second."""
        return str(self._now())

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        """Yield what the relay has and gets; only an error ends it."""
        since = _checked_cursor(cursor)
        relay = await self._connect()
        try:
            async with aclosing(self._read(relay, since)) as events:
                async for event in events:
                    yield event
        except ConnectionClosed as error:
            if error.rcvd and error.rcvd.code == POLICY_VIOLATION:
                raise Blocked(f"{self._host} closed the connection: its rules exclude us.") from error
            raise TryLater(f"{self._host} closed the connection.", RECONNECT) from error
        except TimeoutError as error:
            raise TryLater(f"{self._host} does not answer our question.", RECONNECT) from error
        finally:
            await relay.close()

    def _now(self) -> int:
        return int(self._clock().timestamp())

    async def _connect(self) -> ClientConnection:
        parts = urlsplit(self._relay)
        port = parts.port or (443 if parts.scheme == "wss" else 80)
        try:
            return await connect(
                self._relay,
                host=parts.hostname,  # named here, so that no redirect can lead to another machine
                port=port,
                proxy=None,
                open_timeout=10,
                close_timeout=1,
                ping_interval=20,
                ping_timeout=20,
                max_size=MOST_BYTES,
                max_queue=FRAMES,
            )
        except InvalidStatus as error:
            raise self._refusal(error) from error
        except ssl.SSLCertVerificationError as error:
            raise Blocked(f"The certificate of {self._host} cannot be trusted.") from error
        except ValueError as error:
            raise Blocked(
                f"{self._host} sends us to another address. Type that one if you trust it."
            ) from error
        except (OSError, InvalidHandshake) as error:
            raise TryLater(f"{self._host} cannot be reached as a relay.", RECONNECT) from error

    def _refusal(self, error: InvalidStatus) -> JikimiError:
        status = error.response.status_code
        asked = error.response.headers.get("Retry-After", "")
        after = timedelta(seconds=min(int(asked), 3600)) if asked.isdecimal() else timedelta(minutes=1)
        if status in (
            HTTPStatus.UNAUTHORIZED,
            HTTPStatus.FORBIDDEN,
            HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS,
        ):
            return Blocked(f"{self._host} answers {status}: it does not let us in.")
        return TryLater(f"{self._host} answers {status} instead of opening a relay.", after)

    async def _read(self, relay: ClientConnection, since: int) -> AsyncGenerator[Event, None]:
        """Listen first, then page back to `since`; the cursor moves once both meet."""
        reading = _Reading(since, self._now)
        await _ask(relay, LIVE, {"limit": 1})  # 0 would be exact, but some relays take it for "all"
        while True:
            async with asyncio.timeout(None if reading.past.is_done else ANSWER_WITHIN.total_seconds()):
                message = _parse(await relay.recv(decode=False))
            if message.name == "CLOSED":
                raise self._dismissal(message.text)
            if message.name == MALFORMED:
                yield Event(reading.cursor, skipped=1)
            for event in reading.take(message):
                for post in posts_of(event, self._watch, self._clock()):
                    yield Event(reading.cursor, post)
            if message.name == "EOSE" and not reading.past.is_done:
                await _ask(relay, reading.subscription, reading.past.filter())
            elif message.name == "EOSE":
                yield Event(reading.cursor)
                if reading.past.has_gap:
                    raise Gone(f"{self._host} held more posts of one second than it sends; some were missed.")

    def _dismissal(self, reason: str) -> JikimiError:
        """Read why the relay ended a subscription (NIP-01, machine-readable prefixes)."""
        prefix = reason.partition(":")[0]
        if prefix in ("auth-required", "restricted", "blocked"):
            return Blocked(f"{self._host} ended the subscription ({prefix}): it does not let us in.")
        return TryLater(f"{self._host} ended the subscription.")


@dataclass(frozen=True, slots=True)
class _Message:
    """What a relay said. `text` is a subscription's name; for CLOSED, the reason."""

    name: str
    text: str = ""
    event: NostrEvent | None = None


class _Reading:
    """What is known within one connection; the stored cursor is all that outlives it."""

    def __init__(self, since: int, now: Callable[[], int]) -> None:
        self.past = Past(since - OVERLAP)
        self._since = since
        self._newest = since
        self._now = now
        self._is_listening = False
        self._known: dict[str, None] = {}

    @property
    def cursor(self) -> str:
        """Return where to resume: not past the old cursor while older posts may still come."""
        return str(self._newest if self.past.is_done else self._since)

    @property
    def subscription(self) -> str:
        """Return the name of the next page's subscription."""
        return f"past{self.past.number}"

    def take(self, message: _Message) -> list[NostrEvent]:
        """Take in a message; return the events that are new, oldest first."""
        event = message.event
        if message.name == "EOSE":
            return self._end_of_stored(message.text)
        if event is None:
            return []
        if message.text == LIVE and self._is_listening:  # what is stored comes with the past, in order
            return self._unknown([event])
        if message.text == self.subscription:
            self.past.add(event)
        return []

    def _end_of_stored(self, subscription: str) -> list[NostrEvent]:
        if subscription == LIVE:
            self._is_listening = True
        elif subscription == self.subscription:
            return self._unknown(self.past.turn())
        return []

    def _unknown(self, events: list[NostrEvent]) -> list[NostrEvent]:
        fresh = [event for event in events if event.id not in self._known]
        for event in fresh:
            self._known[event.id] = None
            self._newest = max(self._newest, min(event.created_at, self._now()))
        while len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]
        return fresh


async def _ask(relay: ClientConnection, subscription: str, limits: Mapping[str, int]) -> None:
    await relay.send(json.dumps(["REQ", subscription, {"kinds": KINDS, **limits}]))


def _parse(raw: bytes) -> _Message:
    """Read one message of a relay; what is not NIP-01 is MALFORMED."""
    try:
        name, *rest = ENVELOPE.decode(raw)
        texts = [TEXT.decode(part) for part in rest[:1]]
        if bytes(name) == b'"EVENT"':
            event = EVENT.decode(rest[1])
            return _Message("EVENT", texts[0], event) if is_genuine(event) else _Message(MALFORMED)
        if bytes(name) == b'"CLOSED"':
            return _Message("CLOSED", TEXT.decode(rest[1]))
        return _Message(TEXT.decode(name), texts[0])
    except (msgspec.DecodeError, RecursionError, IndexError, ValueError):
        return _Message(MALFORMED)


def _checked_relay(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_relay = parts.scheme in ("ws", "wss") and bool(parts.hostname) and not parts.username
        is_relay = is_relay and parts.port != 0
    except ValueError:
        is_relay = False
    if not is_relay:
        raise Misconfigured("Option relay: type its address, such as wss://relay.example.org")
    return url


def _checked_cursor(cursor: str) -> int:
    if not (cursor.isdecimal() and len(cursor) <= MOST_DIGITS):
        raise Misconfigured("The stored cursor is not one of a Nostr relay. Add the watch again.")
    return int(cursor)
