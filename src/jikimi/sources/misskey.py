"""Watches one Misskey server: notes arrive by its websocket, and by its timeline after a pause."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import msgspec

from jikimi.model.errors import Blocked, Gone, Misconfigured, TryLater, Unauthorized
from jikimi.model.ports import Clock, Limits, Socket, Surroundings
from jikimi.model.post import Event, Post, Secret
from jikimi.model.source import Manifest, Option, Options, Tested
from jikimi.sources.misskey_message import id_of, parse
from jikimi.sources.misskey_note import Note, moment_of, posts_of
from jikimi.sources.recent import Recent
from jikimi.sources.site import bearer, checked_site, host_of

EXAMPLE = "https://misskey.example"
TIMELINES = ("global", "local", "hybrid")
CHANNEL = "notes"  # our name for it within the connection
PAGE = 100  # the most that a page may have
ANSWER = Limits(max_bytes=10 * 2**20, deadline=timedelta(seconds=30))
ANSWER_WITHIN = timedelta(seconds=30)
SILENCE = timedelta(seconds=40)
RECONNECT = timedelta(seconds=1)
OVERLAP = timedelta(minutes=2)  # read again after an interruption: what other servers send comes late
MOST_SUBSCRIBED = 300  # notes whose deletion we want to hear of
MOST_DIGITS = 15  # of milliseconds

PAGE_OF = msgspec.json.Decoder(list[msgspec.Raw])
NOTE = msgspec.json.Decoder(Note)


class Misskey:
    """A pushing Source (see model/ports.py) for one of a server's timelines.

    The cursor is the time of the newest note, in milliseconds since 1970 and never later than now: the
    forms of identifiers differ, and the time stands in all of them. It listens first, then pages up from
    two minutes before the cursor. A note that only shares another stands for that other.

    Deletions are heard of the newest 300 notes with media that were read since the start of the connection.
    """

    manifest = Manifest(
        name="misskey",
        title="One Misskey server: a timeline of notes, and deletions",
        is_push=True,
        auth="an access token of an account there that may view account information (read:account)",
        cost="none",
        terms="https://misskey-hub.net/en/docs/for-developers/api/",
        tested=Tested.RECORDED,
        tested_on="answers after Misskey's source",
        misses=(
            "notes that this server never received; deletions while we were away, and of all but the newest "
            "300 with media; notes that other servers sent more than two minutes late while we were away"
        ),
        options=(
            Option("server", f"its address, such as {EXAMPLE}", is_needed=True),
            Option("token", "the access token, from the account's settings", is_needed=True, is_secret=True),
            Option("timeline", "which notes: global, local or hybrid", default="global"),
            Option("token_in", "address for old servers that take the token there only", default="header"),
            Option("only_media", "yes to leave out notes without a file", default="no"),
        ),
        spacing=timedelta(seconds=1),
    )

    def __init__(self, options: Options, around: Surroundings) -> None:
        self._site = checked_site(options.text("server"), "server", EXAMPLE)
        self._host = host_of(self._site)
        self._token = options.secret("token")
        self._is_in_header = options.one_of("token_in", "header", "address") == "header"
        self._timeline = options.one_of("timeline", *TIMELINES)
        self._filters = {"withFiles": options.one_of("only_media", "yes", "no") == "yes", "withRenotes": True}
        self._web = around.web
        self._clock = around.clock
        self._watch = around.watch

    def __repr__(self) -> str:
        return f"Misskey({self._host})"

    @property
    def interval(self) -> timedelta:
        """Return the pause between two connections."""
        return RECONNECT

    async def anchor(self) -> str:
        """Return the time of the newest note, 0 on an empty timeline."""
        raws = await self._page(limit=1)
        return str(max((self._time_of(raw) for raw in raws), default=0))

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        """Yield what the timeline has got since, then what the channel brings; only an error ends it."""
        reading = _Reading(_checked_cursor(cursor), self._clock)
        token = quote(self._token.reveal(), safe="")
        query = "" if self._is_in_header or not token else f"?i={token}"
        headers = bearer(self._token) if self._is_in_header else {}
        url = f"ws{self._site.removeprefix('http')}/streaming{query}"
        async with self._web.socket(url, headers, silence=SILENCE) as socket:
            waiting = await self._open_channel(socket)
            async with aclosing(self._past(reading)) as events:
                async for event in events:
                    yield event
            for name in reading.subscribed:
                await _send(socket, "subNote", name)
            yield Event(reading.cursor)
            async with aclosing(self._live(socket, waiting, reading)) as events:
                async for event in events:
                    yield event

    async def _open_channel(self, socket: Socket) -> list[bytes]:
        """Subscribe to the timeline; return what came before the server said that we are."""
        channel = {
            "channel": f"{self._timeline}Timeline",
            "id": CHANNEL,
            "params": self._filters,
            "pong": True,
        }
        await socket.send(json.dumps({"type": "connect", "body": channel}))
        waiting: list[bytes] = []
        try:
            async with asyncio.timeout(ANSWER_WITHIN.total_seconds()):
                while True:
                    raw = await socket.receive()
                    if parse(raw).type == "connected":
                        return waiting
                    waiting.append(raw)
        except TimeoutError as error:
            raise TryLater(
                f"{self._host} does not open the timeline. Check what the token may do."
            ) from error

    async def _page(self, **limits: str | int) -> list[msgspec.Raw]:
        path = "notes/local-timeline" if self._timeline == "local" else f"notes/{self._timeline}-timeline"
        asked: dict[str, object] = {"limit": PAGE, **self._filters, **limits}
        if not self._is_in_header:
            asked["i"] = self._token.reveal()
        headers = bearer(self._token) if self._is_in_header else {}
        try:
            answer = await self._web.post_async(
                f"{self._site}/api/{path}",
                json.dumps(asked).encode(),
                ANSWER,
                {"Content-Type": Secret("application/json"), **headers},
            )
            return PAGE_OF.decode(answer.body)
        except Unauthorized:
            raise
        except Blocked as error:
            raise Blocked(f"{error} Is this timeline switched off there, or closed to the token?") from error
        except (msgspec.DecodeError, Gone) as error:
            raise TryLater(f"{self._host} answers with no timeline. Check the address.") from error

    async def _past(self, reading: "_Reading") -> AsyncGenerator[Event, None]:
        """Page up from before the cursor until nothing is newer. Each page read moves the cursor."""
        start = reading.newest
        floor = max(1, start - OVERLAP // timedelta(milliseconds=1))  # 0 would mean "no limit"
        raws = await self._page(sinceDate=floor)
        has_gap = await self._is_beyond(raws, start)
        last = ""
        while names := [name for name in map(id_of, raws) if name > last]:
            last = max(names)
            raws.sort(key=id_of)
            found = [event for raw in raws for event in self._notes(bytes(raw), reading)]
            reading.subscribed.extend(post.id for post, _ in found if post and post.media)
            for place, (post, skipped) in enumerate(found, start=1):
                if place == len(found):
                    reading.turn()
                yield Event(reading.cursor, post, skipped)
            reading.turn()
            if has_gap:
                yield Event(reading.cursor)
                raise Gone(f"The timeline of {self._host} begins after where we were; notes were missed.")
            raws = await self._page(sinceId=last)

    async def _is_beyond(self, raws: list[msgspec.Raw], start: int) -> bool:
        """Tell whether the timeline begins after the cursor, so that what lay between is lost."""
        names = [name for name in map(id_of, raws) if name]
        if not start or not names or min(map(self._time_of, raws)) <= start:
            return False
        older = await self._page(untilId=min(names), limit=1)
        return not older or self._time_of(older[0]) > start

    def _time_of(self, raw: msgspec.Raw) -> int:
        """Return when a note was written; one that cannot be read does not count."""
        try:
            moment = moment_of(NOTE.decode(raw))
        except (msgspec.DecodeError, RecursionError):
            moment = None
        return _milliseconds(min(moment or self._clock(), self._clock()))

    async def _live(
        self, socket: Socket, waiting: list[bytes], reading: "_Reading"
    ) -> AsyncGenerator[Event, None]:
        while True:
            raw = waiting.pop(0) if waiting else await socket.receive()
            message = parse(raw)
            inner = message.body
            if message.type == "noteUpdated" and inner.type == "deleted":
                url = f"{self._site}/notes/{quote(inner.id, safe='')}"
                gone = Post(self._watch, inner.id, url, "", "", None, self._clock(), is_deleted=True)
                yield Event(reading.cursor, gone)
            elif message.type == "channel" and inner.type == "note":
                found = list(self._notes(bytes(inner.body), reading))
                for place, (post, skipped) in enumerate(found, start=1):
                    if post and post.media:
                        await _subscribe(socket, post.id, reading.subscribed)
                    if place == len(found):
                        reading.turn()
                    yield Event(reading.cursor, post, skipped)
            elif not message.type:
                yield Event(reading.cursor, skipped=1)

    def _notes(self, body: bytes, reading: "_Reading") -> Iterator[tuple[Post | None, int]]:
        """Yield the posts of a note that were not read before, or that it cannot be read."""
        try:
            note = NOTE.decode(body)
        except (msgspec.DecodeError, RecursionError):
            yield None, 1
            return
        reading.note(moment_of(note))
        for post in posts_of(note, self._watch, self._site, self._host, self._clock()):
            if reading.known.is_new(post.id):
                yield post, 0


class _Reading:
    """What is known within one connection; the stored cursor is all that outlives it."""

    def __init__(self, since: int, clock: Clock) -> None:
        self.newest = since
        self.known = Recent()
        self.subscribed: deque[str] = deque(maxlen=MOST_SUBSCRIBED)
        self._next = since
        self._clock = clock

    @property
    def cursor(self) -> str:
        """Return where to resume."""
        return str(self.newest)

    def note(self, moment: datetime | None) -> None:
        """Take in when a note was written; one dated into the future must not hide those after it."""
        if moment is not None:
            self._next = max(self._next, _milliseconds(min(moment, self._clock())))

    def turn(self) -> None:
        """Move the cursor on to what was taken in."""
        self.newest = self._next


async def _subscribe(socket: Socket, name: str, subscribed: deque[str]) -> None:
    """Ask to be told when a note is deleted; stop asking for the oldest."""
    if len(subscribed) == MOST_SUBSCRIBED:
        await _send(socket, "unsubNote", subscribed[0])
    subscribed.append(name)
    await _send(socket, "subNote", name)


async def _send(socket: Socket, order: str, note: str) -> None:
    await socket.send(json.dumps({"type": order, "body": {"id": note}}))


def _milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _checked_cursor(cursor: str) -> int:
    if not (cursor.isdecimal() and len(cursor) <= MOST_DIGITS):
        raise Misconfigured("The stored cursor is not one of a Misskey server. Add the watch again.")
    return int(cursor)
