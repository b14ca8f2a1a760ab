"""Watches public Telegram channels with an account of the centre, over Telegram's own protocol."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from datetime import timedelta
from typing import Any

import msgspec

from jikimi.model.errors import Blocked, Gone, Misconfigured
from jikimi.model.ports import Surroundings
from jikimi.model.post import Event
from jikimi.model.source import Manifest, Option, Options, Tested
from jikimi.sources.reminders import Reminders
from jikimi.sources.telegram_client import (
    Library,
    account_of,
    installed_library,
    named,
    signed_in,
    taken_names,
)
from jikimi.sources.telegram_message import edit_of, post_of, tombstone
from jikimi.sources.telegram_names import channels_of

AFTER_AN_ERROR = timedelta(seconds=1)
SHORTEST_INTERVAL = timedelta(seconds=1)
MOST_WAITING = 1000
CURSOR = msgspec.json.Decoder(dict[str, int])


class Telegram:
    """A pushing Source (see model/ports.py). The cursor is the highest message number of each channel.

    What Telegram pushes is a hint to read a channel on from where we were; channels that the account has
    not joined push nothing and are read at every interval. Edits and deletions come by push only.
    """

    manifest = Manifest(
        name="telegram",
        title="Public Telegram channels, with an account of the centre",
        is_push=True,
        auth="api_id, api_hash and session of an account",
        cost="none; an account needs a telephone number",
        terms="https://core.telegram.org/api/terms",
        tested=Tested.RECORDED,
        tested_on="objects in the form of Telethon's",
        misses="private channels and groups; edits and deletions while we are away, or in channels the"
        " account has not joined. Telegram observes accounts of such programs and bans them for flooding:"
        " ask it first, use an account kept for this, and few channels",
        options=(
            Option("channels", "their public names, such as @channel,@other", is_needed=True),
            Option("api_id", "the application's number from my.telegram.org", is_needed=True, is_secret=True),
            Option("api_hash", "the application's hash from my.telegram.org", is_needed=True, is_secret=True),
            Option("session", "the session as text, made by signing in once", is_needed=True, is_secret=True),
            Option("interval", "the pause between two looks at quiet channels in seconds, at least 1", "60"),
        ),
        spacing=timedelta(seconds=1),
        schemes=("telegram",),
    )

    def __init__(self, options: Options, around: Surroundings, library: Library | None = None) -> None:
        self._channels = channels_of(options.words("channels"))
        self._account = account_of(options)
        self._look_every = options.seconds("interval", SHORTEST_INTERVAL).total_seconds()
        self._clock = around.clock
        self._watch = around.watch
        self._allowance = around.allowance
        self._library = library
        self._reminders = Reminders()

    def __repr__(self) -> str:
        return f"Telegram({len(self._channels)} channels)"

    @property
    def interval(self) -> timedelta:
        """Return the pause after an error."""
        return AFTER_AN_ERROR

    async def anchor(self) -> str:
        """Return a cursor that knows each channel's newest message; Blocked where a channel is not open."""
        library, known = self._library or installed_library(), dict[str, int]()
        async with signed_in(self._account, library, self._allowance, listens=False) as client:
            for channel in self._channels:
                try:
                    with named(library):
                        await _channel(client, channel)
                        await self._anchor_new(client, [channel], known)
                except Gone as error:
                    raise Blocked(_closed([channel])) from error
        return _written(known)

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        """Yield what is said, edited and deleted; only an error ends it."""
        library, known = self._library or installed_library(), _read_cursor(cursor)
        async with signed_in(self._account, library, self._allowance, listens=True) as client:
            with named(library):
                ids, closed = await self._look_up(client, library)
                if not ids:
                    raise Blocked(_closed(closed))
                await self._anchor_new(client, ids.values(), known)
                hints = _Hints(client, library, ids)
                due = list(ids.values())
                has_caught_up = False
                while True:
                    count = 0
                    for channel in due:
                        async for event in self._news(client, channel, known):
                            count += 1
                            yield event
                    if not has_caught_up or not count:
                        has_caught_up = True
                        yield Event(_written(known))
                    if late := self._reminders.due(closed, self._clock()):
                        raise Gone(_closed(late))
                    due = []
                    async for event in self._changes(hints, known, due):
                        yield event

    async def _anchor_new(self, client: Any, channels: Iterable[str], known: dict[str, int]) -> None:
        """Let channels that were typed since begin now: years of messages would be asked for else."""
        for channel in channels:
            if channel not in known:
                newest = await client.get_messages(channel, limit=1)
                known[channel] = max((message.id for message in newest), default=0)

    async def _look_up(self, client: Any, library: Library) -> tuple[dict[int, str], list[str]]:
        """Return the channels by Telegram's number, and those that are not open to us."""
        ids, closed = dict[int, str](), list[str]()
        for channel in self._channels:
            try:
                with named(library):
                    ids[await _channel(client, channel)] = channel
            except Gone:
                closed.append(channel)
        return ids, closed

    async def _news(self, client: Any, channel: str, known: dict[str, int]) -> AsyncGenerator[Event, None]:
        """Read a channel on from where we were, oldest first; messages of one album are one post."""
        album: list[Any] = []
        async for message in client.iter_messages(channel, min_id=known.get(channel, 0), reverse=True):
            if album and (message.grouped_id is None or message.grouped_id != album[-1].grouped_id):
                for event in self._events(album, channel, known):
                    yield event
                album = []
            album.append(message)
        for event in self._events(album, channel, known):
            yield event

    def _events(self, album: list[Any], channel: str, known: dict[str, int]) -> list[Event]:
        if album:
            known[channel] = max(known.get(channel, 0), album[-1].id)
        if not album or album[0].action is not None:  # a note of the service, such as a new name
            return []
        return [Event(_written(known), post_of(album, self._watch, channel, self._clock()))]

    async def _changes(
        self, hints: "_Hints", known: dict[str, int], due: list[str]
    ) -> AsyncGenerator[Event, None]:
        """Wait for hints; yield edits and deletions, and note in `due` which channels to read on."""
        async for channel, change in hints.next(self._look_every):
            if isinstance(change, list):
                for number in change:
                    yield Event(_written(known), tombstone(number, self._watch, channel, self._clock()))
            elif change is None:
                due += [] if channel in due else [channel]
            elif post := edit_of(change, self._watch, channel, self._clock()):
                yield Event(_written(known), post)


class _Hints:
    """What Telegram pushes, until it is read: a channel, and a list of deleted numbers, an edit, or None."""

    def __init__(self, client: Any, library: Library, ids: dict[int, str]) -> None:
        self._ids = ids
        self._queue: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        numbers = list(ids)
        client.add_event_handler(self._said, library.events.NewMessage(chats=numbers))
        client.add_event_handler(self._edited, library.events.MessageEdited(chats=numbers))
        client.add_event_handler(self._deleted, library.events.MessageDeleted(chats=numbers))

    async def next(self, patience: float) -> AsyncGenerator[tuple[str, Any], None]:
        """Wait for hints and give all there are; after `patience` seconds of silence every channel is due."""
        try:
            async with asyncio.timeout(patience):
                first = [await self._queue.get()]
        except TimeoutError:
            first = [(channel, None) for channel in self._ids.values()]
        for hint in first:
            yield hint
        while not self._queue.empty():
            yield self._queue.get_nowait()

    async def _said(self, event: Any) -> None:
        self._put(event, None)

    async def _edited(self, event: Any) -> None:
        self._put(event, event.message)

    async def _deleted(self, event: Any) -> None:
        self._put(event, list(event.deleted_ids))

    def _put(self, event: Any, change: Any) -> None:
        """Keep a hint. New messages need none while others wait: the channel is read on anyway."""
        channel = self._ids.get(event.chat_id)
        if channel is not None and (change is not None or self._queue.qsize() < MOST_WAITING):
            self._queue.put_nowait((channel, change))


async def _channel(client: Any, name: str) -> int:
    """Return Telegram's number of a channel; Gone where the name is a person's, or nobody's any more."""
    with taken_names():
        entity = await client.get_entity(name)
    if not (getattr(entity, "broadcast", False) or getattr(entity, "megagroup", False)):
        raise Gone("The name is not that of a channel.")
    return int(await client.get_peer_id(entity))


def _closed(channels: list[str]) -> str:
    names = ", ".join(f"@{channel}" for channel in channels)
    return f"Not open to the account: {names}. Correct option channels; only a person joins anything."


def _written(known: dict[str, int]) -> str:
    return msgspec.json.encode(known).decode()


def _read_cursor(cursor: str) -> dict[str, int]:
    try:
        return CURSOR.decode(cursor)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Misconfigured("The stored cursor is not one of Telegram. Add the watch again.") from error
