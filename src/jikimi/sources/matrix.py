"""Watches rooms on a Matrix homeserver that the centre's account has joined."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import quote, urlsplit

import msgspec

from jikimi.model.errors import Blocked, Gone, Misconfigured, NeedsHuman, Unauthorized
from jikimi.model.ports import Surroundings
from jikimi.model.post import Event, Secret
from jikimi.model.source import Manifest, Option, Options, Tested
from jikimi.sources.matrix_api import Api, Directory, Joined, JoinedRooms, Page, Sync
from jikimi.sources.matrix_event import TYPES, Reader, name_of
from jikimi.sources.reminders import Reminders

POLL = timedelta(seconds=30)
LOOK_AGAIN = timedelta(hours=1)  # at where the rooms' names lead
AFTER_AN_ERROR = timedelta(seconds=1)
PAGE = 100
MOST_PAGES = 200
MOST_ROOMS = 100  # their names travel in the address of every question
MOST_AT_ONCE = 1000
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Cursor(msgspec.Struct, frozen=True):
    """Where to resume: the server's token, and the last message read in each room."""

    since: str
    ends: dict[str, str] = {}


class Matrix:
    """A pushing Source (see model/ports.py): one long question after the other to `/sync`.

    When more was said than one answer holds, the rest is paged back to where we were, and comes in order.
    The account joins nothing by itself: entering a room is a person's act.
    """

    manifest = Manifest(
        name="matrix",
        title="Rooms on a Matrix homeserver that an account of the centre has joined",
        is_push=True,
        auth="access token of an account",
        cost="none",
        terms="https://matrix.org/legal/terms-and-conditions/",
        tested=Tested.REAL,
        tested_on="Synapse",
        misses="encrypted rooms and files, which are counted as skipped; what was said before the account"
        " joined a room, or while it was outside",
        options=(
            Option("server", "the homeserver's address, such as https://matrix.example.org", is_needed=True),
            Option("token", "the account's access token", is_needed=True, is_secret=True),
            Option("rooms", "the rooms' names, such as #room:example.org or !id:example.org; all without"),
            Option(
                "limit", "how much of a room one answer may hold, 1 to 1000; the rest is asked for", "100"
            ),
        ),
    )

    def __init__(self, options: Options, around: Surroundings) -> None:
        headers = {"Authorization": Secret(f"Bearer {options.secret('token').reveal()}")}
        self._api = Api(around.web, _checked_server(options.text("server")), headers)
        self._rooms = _checked_rooms(options.words("rooms"))
        self._limit = options.whole("limit", 1, MOST_AT_ONCE)
        self._reader = Reader(around.watch, self._api.server, headers)
        self._clock = around.clock
        self._ids: dict[str, str] = {}
        self._reminders = Reminders()

    def __repr__(self) -> str:
        return f"Matrix({self._api.host})"

    @property
    def interval(self) -> timedelta:
        """Return the pause after an error."""
        return AFTER_AN_ERROR

    async def anchor(self) -> str:
        """Return the server's present point; NeedsHuman while the account is not in all rooms."""
        missing = await self._missing()
        if missing:
            raise NeedsHuman(self._how_to_join(missing))
        sync = await self._sync("", timedelta(0), 1)
        ends = {room: _end(joined.timeline.events) for room, joined in sync.rooms.join.items()}
        return _written(Cursor(sync.next_batch, {room: end for room, end in ends.items() if end}))

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        """Yield what is said in the rooms; only an error ends it."""
        place = _read_cursor(cursor)
        missing = await self._missing()
        if missing and len(missing) >= len(self._rooms):
            raise NeedsHuman(self._how_to_join(missing))
        wait, looked_at = timedelta(0), self._clock()
        while True:
            if not timedelta(0) <= self._clock() - looked_at < LOOK_AGAIN:
                missing, looked_at = await self._missing(), self._clock()
            sync = await self._sync(place.since, wait, self._limit)
            turn = await self._turn(sync, place)
            for event in turn.events[:-1]:
                yield replace(event, cursor=cursor)
            place = Cursor(sync.next_batch, turn.ends)
            cursor = _written(place)
            for event in turn.events[-1:]:
                yield replace(event, cursor=cursor, filled=self._why_filled if turn.is_filled else "")
            if not wait or not turn.events:
                yield Event(cursor)  # we have caught up
            if not turn.is_whole:
                raise Gone(f"The history of a room on {self._api.host} does not reach back to where we were.")
            self._remind([*missing, *sync.rooms.leave])
            missing, wait = [], POLL

    @property
    def _why_filled(self) -> str:
        return f"{self._api.host} was asked for the rest"

    async def _turn(self, sync: Sync, place: Cursor) -> "_Turn":
        """Read all that one answer brings or leaves out; the events bear no cursors yet."""
        turn = _Turn([], dict(place.ends))
        for room, joined in sync.rooms.join.items():
            past = await self._past(room, joined, place)
            turn.events += self._events(past.events, room)
            turn.ends[room] = _end(past.events) or turn.ends.get(room, "")
            turn.is_filled |= past.is_filled
            turn.is_whole &= past.is_whole
        return turn

    def _events(self, raws: Sequence[bytes], room: str) -> list[Event]:
        events, skipped = list[Event](), 0
        for raw in raws:
            try:
                post = self._reader.post(raw, room, self._clock())
            except ValueError:
                skipped += 1
                continue
            if post is not None:
                events.append(Event("", post))
        return [*events, Event("", skipped=skipped)] if skipped else events

    async def _sync(self, since: str, wait: timedelta, limit: int) -> Sync:
        """Ask what happened after a point, and wait for something to happen."""
        nothing: dict[str, list[str]] = {"types": []}
        timeline = {"types": TYPES, "limit": limit}
        room = {"timeline": timeline, "state": nothing, "ephemeral": nothing, "account_data": nothing}
        if self._rooms:
            room["rooms"] = [self._ids[name] for name in self._rooms if name in self._ids]
        params = {
            "timeout": str(int(wait.total_seconds() * 1000)),
            "filter": json.dumps({"room": room, "presence": nothing, "account_data": nothing}),
        }
        return await self._api.ask("sync", Sync, params | ({"since": since} if since else {}), polling=wait)

    async def _past(self, room: str, joined: Joined, place: Cursor) -> "_Past":
        """Return all that was said since the stored point: what came, and before it what was left out."""
        timeline, end = joined.timeline, place.ends.get(room, "")
        if not (timeline.limited and timeline.prev_batch):
            return _Past(timeline.events)
        found, token, is_whole = list[msgspec.Raw](), timeline.prev_batch, False
        for _ in range(MOST_PAGES):
            page = await self._page(room, token, place.since)
            fresh = _until(page.chunk, end)
            found += fresh
            if not page.end or page.end == token or len(fresh) < len(page.chunk):
                is_whole = True
                break
            token = page.end
        if is_whole and end:
            is_whole = await self._is_kept(room, end)
        return _Past([*reversed(found), *timeline.events], is_filled=bool(found), is_whole=is_whole)

    async def _page(self, room: str, start: str, since: str) -> Page:
        params = {
            "dir": "b",
            "from": start,
            "to": since,
            "limit": str(PAGE),
            "filter": json.dumps({"types": TYPES}),
        }
        return await self._api.ask(f"rooms/{quote(room, safe='')}/messages", Page, params)

    async def _is_kept(self, room: str, event: str) -> bool:
        """Tell whether the last message we read is still there: then so is what came after it."""
        try:
            await self._api.ask(f"rooms/{quote(room, safe='')}/event/{quote(event, safe='')}", _Anything)
        except Unauthorized:
            raise
        except (Gone, Blocked):
            return False
        return True

    async def _missing(self) -> list[str]:
        """Return the wanted rooms that the account is not in; a name may lead elsewhere since an upgrade."""
        if not self._rooms:
            return []
        joined = set((await self._api.ask("joined_rooms", JoinedRooms)).joined_rooms)
        for name in self._rooms:
            await self._look_up(name)
        return [name for name in self._rooms if self._ids.get(name) not in joined]

    async def _look_up(self, name: str) -> None:
        if name.startswith("!"):
            self._ids[name] = name
            return
        try:
            found = await self._api.ask(f"directory/room/{quote(name, safe='')}", Directory)
        except Gone as error:
            if name in self._ids:
                return
            raise NeedsHuman(f"There is no room {name}. Correct option rooms.") from error
        self._ids[name] = found.room_id

    def _how_to_join(self, missing: Sequence[str]) -> str:
        commands = ", ".join(f"/join {room}" for room in missing)
        return f"The account on {self._api.host} is not in every room. Sign in with it and type: {commands}"

    def _remind(self, missing: Sequence[str]) -> None:
        """Say once a day that rooms are closed to us; the others are read on meanwhile."""
        due = self._reminders.due(missing, self._clock())
        if due:
            raise Gone(self._how_to_join(due))


class _Anything(msgspec.Struct, frozen=True):
    """An answer whose content does not matter."""


@dataclass(slots=True)
class _Turn:
    """What one answer brought, and the last message of each room behind it."""

    events: list[Event]
    ends: dict[str, str]
    is_filled: bool = False
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class _Past:
    """What was said in a room, oldest first; `is_whole` unless the server no longer has all of it."""

    events: list[msgspec.Raw]
    is_filled: bool = False
    is_whole: bool = True


def _until(newest_first: Sequence[msgspec.Raw], end: str) -> list[msgspec.Raw]:
    """Return what is newer than the last message read; some servers page on beyond it."""
    fresh = []
    for raw in newest_first:
        if end and name_of(raw) == end:
            break
        fresh.append(raw)
    return fresh


def _end(events: Sequence[bytes]) -> str:
    return name_of(events[-1]) if events else ""


def _written(cursor: Cursor) -> str:
    return msgspec.json.encode(cursor).decode()


def _read_cursor(cursor: str) -> Cursor:
    try:
        return msgspec.json.decode(cursor, type=Cursor)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Misconfigured(
            "The stored cursor is not one of a Matrix server. Add the watch again."
        ) from error


def _checked_server(url: str) -> str:
    """Return the address without a slash at its end. The token travels in clear only within this machine."""
    try:
        parts = urlsplit(url)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        is_server = is_safe and bool(parts.hostname) and not (parts.username or parts.query or parts.fragment)
    except ValueError:
        is_server = False
    if not is_server:
        raise Misconfigured(
            "Option server: type the homeserver's address, such as https://matrix.example.org"
        )
    return url.rstrip("/")


def _checked_rooms(rooms: tuple[str, ...]) -> tuple[str, ...]:
    if len(rooms) > MOST_ROOMS or not all(room[:1] in ("#", "!") and room[1:] for room in rooms):
        raise Misconfigured(
            f"Option rooms: type at most {MOST_ROOMS} rooms with commas between, such as #room:example.org"
        )
    return tuple(dict.fromkeys(rooms))
