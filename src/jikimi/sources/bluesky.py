"""Watches Bluesky's network: every public post, within a second or so, by Jetstream or by the firehose."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from jikimi.model.errors import Gone, Misconfigured, TryLater
from jikimi.model.ports import Socket, Surroundings
from jikimi.model.post import Event
from jikimi.model.source import Manifest, Option, Options, Tested
from jikimi.sources import bluesky_firehose, bluesky_jetstream
from jikimi.sources.bluesky_arrivals import Arrivals, Finished
from jikimi.sources.bluesky_homes import Homes
from jikimi.sources.bluesky_message import Message
from jikimi.sources.bluesky_post import COLLECTION, Change, Draft, post_of, read_post, tombstones_of
from jikimi.sources.bluesky_reading import Reading

JETSTREAM, FIREHOSE = "jetstream", "firehose"
HOSTS = {JETSTREAM: "wss://jetstream2.us-east.bsky.network", FIREHOSE: "wss://bsky.network"}
READ = {JETSTREAM: bluesky_jetstream.read, FIREHOSE: bluesky_firehose.read}
QUIET = 1.0  # seconds without a message mean that there is none
QUIET_AT_FIRST = 3.0  # the same, for a relay that was just asked for what comes
ANCHOR_WITHIN = 60.0
SILENCE = timedelta(seconds=40)
RECONNECT = timedelta(seconds=1)
MOST_BYTES = 8 * 2**20  # of one message; the specification allows 5 MB
MOST_DIGITS = 16  # of a cursor


class Bluesky:
    """A pushing Source (see model/ports.py) for all public posts of the network, deletions included.

    By Jetstream the cursor is a Unix time in microseconds; the last five seconds are read again after an
    interruption, for that time may name several events. By firehose it is the relay's host and its own
    number of the last message, and nothing is read twice. An event's cursor never passes a post whose
    author's server is still being looked up.

    Files are fetched from the author's own server: there they are as uploaded, and there they go first when
    they are removed. `bluesky_homes.py` finds it, once a day and account, and only for posts with files.
    """

    manifest = Manifest(
        name="bluesky",
        title="Bluesky: every public post of its network, and deletions",
        is_push=True,
        auth="none",
        cost="none",
        terms="https://bsky.social/about/support/tos",
        tested=Tested.REAL,
        tested_on="firehose: @atproto/dev-env, Bluesky's own servers; Jetstream: recorded answers",
        misses=(
            "deletions by taking down or closing a whole account, which name no posts; by Jetstream the "
            "deletion of a post that was changed before. Counted as skipped: commits too large to be sent, "
            "repositories that begin anew, files of authors whose DID document cannot be had"
        ),
        options=(
            Option("mode", "jetstream (less to read) or firehose (a relay's or server's own)", JETSTREAM),
            Option("host", "another Jetstream, relay or server, such as wss://relay.example.org"),
            Option(
                "directory",
                "the directory of accounts, such as https://plc.directory",
                "https://plc.directory",
            ),
        ),
    )

    def __init__(self, options: Options, around: Surroundings) -> None:
        self._mode = options.one_of("mode", JETSTREAM, FIREHOSE)
        self._origin = _checked_origin(options, "host", "ws", HOSTS[self._mode])
        self._homes = Homes(around.web, _checked_origin(options, "directory", "http"), around.clock)
        self._host = urlsplit(self._origin).netloc
        self._web = around.web
        self._clock = around.clock
        self._watch = around.watch

    def __repr__(self) -> str:
        return f"Bluesky({self._mode}, {self._host})"

    @property
    def interval(self) -> timedelta:
        """Return the pause between two connections."""
        return RECONNECT

    async def anchor(self) -> str:
        """Return the present: the time, or the number of the relay's newest message.

        No call tells that number. The first message that comes does; where none comes, the relay is quiet
        and what it still holds is short enough to be read to its end.
        """
        if self._mode == JETSTREAM:
            return self._cursor(bluesky_jetstream.microseconds_of(self._clock()))
        first = await self._newest(None)
        return self._cursor(first - 1 if first else await self._newest(0))

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        """Yield what the network sends; only an error ends it."""
        position = self._position(cursor)
        if position is None:
            yield Event(await self.anchor())
            raise Gone("The watch was at another relay, which numbers messages its own way: it begins anew.")
        reading = Reading(position, self._clock(), is_jetstream=self._mode == JETSTREAM)
        async with (
            self._socket(reading.asked) as socket,
            aclosing(self._read(socket, reading)) as events,
        ):
            async for event in events:
                yield event
        if reading.is_ahead:
            yield Event(await self.anchor())
            raise Gone(f"{self._host} numbers its messages anew; posts since the last one may be missed.")

    def _socket(self, position: int | None) -> AbstractAsyncContextManager[Socket]:
        query: dict[str, str] = {} if position is None else {"cursor": str(position)}
        path = "/xrpc/com.atproto.sync.subscribeRepos"
        if self._mode == JETSTREAM:
            path, query = "/subscribe", {"wantedCollections": COLLECTION, **query}
        url = f"{self._origin}{path}" + (f"?{urlencode(query)}" if query else "")
        return self._web.socket(url, {}, silence=SILENCE, longest=MOST_BYTES)

    async def _newest(self, position: int | None) -> int:
        """Return the position of the first message, or with a position of the last before it is quiet."""
        newest, patience = 0, QUIET_AT_FIRST if position is None else QUIET
        async with self._socket(position) as socket:
            deadline = asyncio.get_running_loop().time() + ANCHOR_WITHIN
            try:
                while asyncio.get_running_loop().time() < deadline:
                    async with asyncio.timeout(patience):
                        message = READ[self._mode](await socket.receive())
                    newest = max(newest, message.position)
                    if position is None and newest:
                        return newest
            except TimeoutError:
                pass
        return newest  # an earlier one than the newest is only more to read

    async def _read(self, socket: Socket, reading: Reading) -> AsyncGenerator[Event, None]:
        """Yield posts as they are complete, until the relay says that we are ahead of it."""
        arrivals = Arrivals(socket)
        try:
            while not reading.is_ahead:
                arrived = await arrivals.next(
                    None if reading.has_caught_up else QUIET, takes_more=reading.takes_more
                )
                if isinstance(arrived, bytes):
                    message = READ[self._mode](arrived)
                    self._check(message, reading)
                    for event in self._take(message, reading, arrivals):
                        yield event
                elif isinstance(arrived, Finished):
                    reading.give(arrived.position)
                    yield replace(arrived.event, cursor=self._cursor(reading.safe(arrivals.held)))
                if arrivals.held is None and reading.catches_up(is_quiet=arrived is None, now=self._clock()):
                    yield Event(self._cursor(reading.safe(arrivals.held)))
                if reading.is_behind_a_gap and arrivals.held is None:
                    raise Gone(f"{self._host} did not hold all since we were away; posts may be missed.")
        finally:
            await arrivals.close()

    def _check(self, message: Message, reading: Reading) -> None:
        """Take in what a message says about the stream itself. TryLater when it is to be opened again."""
        if message.moved:
            self._homes.forget(message.moved)
        reading.take(message)
        if message.error and not reading.is_ahead:
            raise TryLater(f"{self._host} ended the stream ({message.error[:40]!r}).", RECONNECT)

    def _take(self, message: Message, reading: Reading, arrivals: Arrivals) -> list[Event]:
        """Return the events of a message that are complete; only the last of them passes the message."""
        events: list[Event] = []
        skipped = message.skipped
        for change in message.came:
            try:
                draft = read_post(change)
            except ValueError:
                skipped += 1
                continue
            if draft.files and self._homes.known(change.did) is None:
                arrivals.look_up(self._find(draft), reading.position, message.position)
            else:
                events.append(self._event(draft, self._homes.known(change.did) or ""))
        for change in message.went:
            events += self._tombstones(change)
        events += [Event("", skipped=skipped)] if skipped else []
        cursors = [reading.safe(arrivals.held)] * len(events)
        reading.position = max(reading.position, message.position)
        if events:
            reading.give(reading.position)
            cursors[-1] = reading.safe(arrivals.held)
        return [
            replace(event, cursor=self._cursor(cursor)) for event, cursor in zip(events, cursors, strict=True)
        ]

    def _tombstones(self, change: Change) -> list[Event]:
        try:
            return [Event("", post) for post in tombstones_of(change, self._watch, self._clock())]
        except ValueError:
            return [Event("", skipped=1)]

    async def _find(self, draft: Draft) -> Event:
        return self._event(draft, await self._homes.find(draft.change.did))

    def _event(self, draft: Draft, home: str) -> Event:
        is_short = bool(draft.files) and not home
        return Event("", post_of(draft, home, self._watch, self._clock()), skipped=int(is_short))

    def _cursor(self, position: int) -> str:
        return f"us:{position}" if self._mode == JETSTREAM else f"seq:{position}:{self._host}"

    def _position(self, cursor: str) -> int | None:
        """Read a cursor; None when it is another relay's, whose numbers mean nothing here."""
        form, _, rest = cursor.partition(":")
        number, _, host = rest.partition(":")
        is_ours = form == ("us" if self._mode == JETSTREAM else "seq")
        if not (is_ours and number.isdecimal() and len(number) <= MOST_DIGITS):
            raise Misconfigured(
                f"The stored cursor is not one of mode {self._mode}. Add the watch under another name."
            )
        return int(number) if self._mode == JETSTREAM or host == self._host else None


def _checked_origin(options: Options, name: str, scheme: str, default: str = "") -> str:
    """Return an option that is scheme, host and perhaps port: whatever else an address has, we add."""
    url = (options.text(name) or default).rstrip("/")
    try:
        parts = urlsplit(url)
        is_origin = parts.scheme in (scheme, f"{scheme}s") and bool(parts.hostname) and parts.port != 0
        is_origin = is_origin and url == f"{parts.scheme}://{parts.netloc}" and "@" not in url
    except ValueError:
        is_origin = False
    if not is_origin:
        raise Misconfigured(f"Option {name}: type its address, such as {scheme}s://relay.example.org")
    return url
