"""Watches one Nostr relay over its websocket: posts arrive within milliseconds of being sent."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import msgspec

from jikimi.model.errors import BadMedia, Blocked, Gone, JikimiError, Misconfigured, TryLater
from jikimi.model.ports import Socket, Surroundings
from jikimi.model.post import Event
from jikimi.model.source import Manifest, Option, Options, Tested
from jikimi.sources.nostr_event import DELETION, FILE, NOTE, PICTURE, NostrEvent, is_genuine, posts_of
from jikimi.sources.nostr_past import Past

KINDS = (NOTE, DELETION, PICTURE, FILE)
LIVE, MALFORMED = "live", "MALFORMED"
OVERLAP = 60  # seconds that are read again after an interruption: authors' clocks differ
MOST_KNOWN = 10_000
MOST_BYTES = 2 * 2**20  # of one message; NIP-11 suggests far less
ANSWER_WITHIN = timedelta(seconds=30)
SILENCE = timedelta(seconds=40)
RECONNECT = timedelta(seconds=1)
MOST_DIGITS = 12  # of a Unix time

ENVELOPE = msgspec.json.Decoder(list[msgspec.Raw])
TEXT = msgspec.json.Decoder(str)
EVENT = msgspec.json.Decoder(NostrEvent)


class Nostr:
    """A pushing Source (see model/ports.py) for one relay: notes, pictures, files, and deletions.

    The cursor is a Unix time in seconds, never later than now, so that a post dated into the future does
    not hide those after it.

    After an interruption the last minute is read again, and everything since from the relay's store.
    What cannot be found: a post dated back by more than a minute that arrived while we were away.
    While we listen, posts count as new whatever their date.
    """

    manifest = Manifest(
        name="nostr",
        title="One Nostr relay: notes, pictures, files and deletions",
        is_push=True,
        auth="none",
        cost="none",
        terms="https://github.com/nostr-protocol/nips",
        tested=Tested.REAL,
        tested_on="nostr-relay",
        misses="posts dated back by more than a minute that arrived while we were away; relays for members"
        " only; one relay sees a part of the network, and a watch has one relay",
        options=(Option("relay", "its address, such as wss://relay.example.org", is_needed=True),),
    )

    def __init__(self, options: Options, around: Surroundings) -> None:
        self._relay = _checked_relay(options.text("relay"))
        self._host = urlsplit(self._relay).hostname or ""
        self._web = around.web
        self._clock = around.clock
        self._watch = around.watch

    def __repr__(self) -> str:
        return f"Nostr({self._host})"

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
        try:
            async with (
                self._web.socket(self._relay, {}, silence=SILENCE, longest=MOST_BYTES) as relay,
                aclosing(self._read(relay, since)) as events,
            ):
                async for event in events:
                    yield event
        except BadMedia as error:  # the relay would send it again at every question about that time
            yield Event(str(self._now()), skipped=1)
            raise Gone(
                f"{self._host} holds a message too large to be read; posts beside it may be missed."
            ) from error

    def _now(self) -> int:
        return int(self._clock().timestamp())

    async def _read(self, relay: Socket, since: int) -> AsyncGenerator[Event, None]:
        """Listen first, then page back to `since`; the cursor moves once both meet."""
        reading = _Reading(since, self._now)
        await _ask(relay, LIVE, {"limit": 1})  # 0 would be exact, but some relays take it for "all"
        while True:
            message = await self._next(relay, reading)
            if message.name == "CLOSED" and message.about in (LIVE, reading.subscription):
                raise self._dismissal(message.text)
            if message.name == MALFORMED:
                yield Event(reading.cursor, skipped=1)
            is_page = message.name == "EOSE" and message.text == reading.subscription
            for event in reading.take(message):
                for post in posts_of(event, self._watch, self._clock()):
                    yield Event(reading.cursor, post)
            if is_page:  # relays keep few subscriptions open for one connection (NIP-11, max_subscriptions)
                await relay.send(json.dumps(["CLOSE", message.text]))
            if message.name == "EOSE" and not reading.past.is_done:
                await _ask(relay, reading.subscription, reading.past.filter())
            elif message.name == "EOSE":
                yield Event(reading.cursor)
                if reading.past.has_gap:
                    raise Gone(f"{self._host} held more posts of one second than it sends; some were missed.")

    async def _next(self, relay: Socket, reading: "_Reading") -> "_Message":
        """Wait for a message; while the past is read, not for long. Blocked where only members are let in."""
        try:
            async with asyncio.timeout(None if reading.past.is_done else ANSWER_WITHIN.total_seconds()):
                message = _parse(await relay.receive())
        except TimeoutError as error:
            if reading.is_asked_to_sign_in:
                raise Blocked(self._members_only) from error
            raise TryLater(f"{self._host} does not answer our question.", RECONNECT) from error
        reading.is_asked_to_sign_in |= message.name == "AUTH"
        return message

    @property
    def _members_only(self) -> str:
        return f"{self._host} answers members only (NIP-42). Watch another relay that has the same posts."

    def _dismissal(self, reason: str) -> JikimiError:
        """Read why the relay ended a subscription (NIP-01, machine-readable prefixes)."""
        prefix = reason.partition(":")[0]
        if prefix in ("auth-required", "restricted"):
            return Blocked(self._members_only)
        if prefix == "blocked":
            return Blocked(f"{self._host} does not let us in. Ask its operator, or watch another relay.")
        return TryLater(f"{self._host} ended the subscription.")


@dataclass(frozen=True, slots=True)
class _Message:
    """What a relay said. `text` is a subscription's name; for CLOSED, the reason, and `about` the name."""

    name: str
    text: str = ""
    about: str = ""
    event: NostrEvent | None = None


class _Reading:
    """What is known within one connection; the stored cursor is all that outlives it."""

    def __init__(self, since: int, now: Callable[[], int]) -> None:
        self.past = Past(since - OVERLAP)
        self._since = since
        self._newest = since
        self._now = now
        self.is_asked_to_sign_in = False
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


async def _ask(relay: Socket, subscription: str, limits: Mapping[str, int]) -> None:
    await relay.send(json.dumps(["REQ", subscription, {"kinds": KINDS, **limits}]))


def _parse(raw: bytes) -> _Message:
    """Read one message of a relay; what is not NIP-01 is MALFORMED."""
    try:
        name, *rest = ENVELOPE.decode(raw)
        texts = [TEXT.decode(part) for part in rest[:1]]
        if bytes(name) == b'"EVENT"':
            event = EVENT.decode(rest[1])
            return _Message("EVENT", texts[0], event=event) if is_genuine(event) else _Message(MALFORMED)
        if bytes(name) == b'"CLOSED"':
            return _Message("CLOSED", TEXT.decode(rest[1]), texts[0])
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
