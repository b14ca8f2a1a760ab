"""Asks a Matrix homeserver, and says in our words what it answers (client-server API, v1.16)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from jikimi.model.errors import Blocked, Gone, TryLater, Unauthorized
from jikimi.model.ports import Fetched, Limits, Web
from jikimi.model.post import Secret
from jikimi.sources.answers import wait_asked_for

MOST_BYTES = 20 * 2**20
PATIENCE = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)

S = TypeVar("S", bound=msgspec.Struct)


class Refusal(msgspec.Struct, frozen=True):
    """Why a server refuses; `retry_after_ms` is how older ones say when to come back."""

    errcode: str = ""
    retry_after_ms: int = 0


class Timeline(msgspec.Struct, frozen=True):
    """What happened in a room. `limited`: more than this, and `prev_batch` is where the rest begins."""

    events: list[msgspec.Raw] = []
    limited: bool = False
    prev_batch: str = ""


class Joined(msgspec.Struct, frozen=True):
    """One room we are in."""

    timeline: Timeline = Timeline()


class Rooms(msgspec.Struct, frozen=True):
    """The rooms in which something happened, and those we are no longer in."""

    join: dict[str, Joined] = {}
    leave: dict[str, msgspec.Raw] = {}


class Sync(msgspec.Struct, frozen=True):
    """What happened since a point, and the name of the point behind it."""

    next_batch: str
    rooms: Rooms = Rooms()


class Page(msgspec.Struct, frozen=True):
    """A piece of a room's history, newest first; without `end` nothing older is left."""

    chunk: list[msgspec.Raw] = []
    end: str = ""


class Directory(msgspec.Struct, frozen=True):
    """Where an alias leads."""

    room_id: str


class JoinedRooms(msgspec.Struct, frozen=True):
    """The rooms we are in."""

    joined_rooms: list[str]


@dataclass(frozen=True, slots=True)
class Api:
    """One homeserver and how we sign in there; `server` is its address without a slash at the end."""

    web: Web
    server: str
    headers: Mapping[str, Secret]

    @property
    def host(self) -> str:
        """Return the server's name for messages."""
        return urlsplit(self.server).hostname or ""

    async def ask(
        self,
        path: str,
        kind: type[S],
        params: Mapping[str, str] | None = None,
        *,
        polling: timedelta | None = None,
    ) -> S:
        """Return what the server says; it may keep us waiting as long as `polling`.

        Raises TryLater (429 and 5xx, or an answer that is not Matrix), Unauthorized (401), Blocked (403 and
        other refusals), Gone (404).
        """
        url = f"{self.server}/_matrix/client/v3/{path}" + (f"?{urlencode(params)}" if params else "")
        limits = Limits(MOST_BYTES, PATIENCE + (polling or timedelta(0)), is_any_status=True)
        answer = await self.web.fetch_async(url, limits, self.headers)
        if answer.status != HTTPStatus.OK:
            raise self._named(answer)
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.DecodeError, RecursionError) as error:
            raise TryLater(f"{self.host} does not answer as Matrix does. Check option server.") from error

    def _named(self, answer: Fetched) -> TryLater | Blocked | Gone:
        """Name a refusal by what to do. Soft log-outs are 401, too: a person signs in again."""
        refusal = _refusal(answer.body)
        match answer.status:
            case HTTPStatus.UNAUTHORIZED:
                return Unauthorized(
                    f"{self.host} does not accept the token. Sign in again and type the new one."
                )
            case HTTPStatus.TOO_MANY_REQUESTS:
                return TryLater(f"{self.host} asks us to slow down.", _asked_pause(answer, refusal))
            case HTTPStatus.NOT_FOUND if refusal.errcode == "M_NOT_FOUND":
                return Gone(f"{self.host} has no such room or message.")
            case HTTPStatus.NOT_FOUND:
                return Blocked(f"{self.host} knows nothing of Matrix there. Check option server.")
            case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                return TryLater(f"{self.host} answers {status}.", _asked_pause(answer, refusal))
            case status:
                return Blocked(f"{self.host} answers {status}. Ask its administrators to let the account in.")


def _refusal(body: bytes) -> Refusal:
    try:
        return msgspec.json.decode(body, type=Refusal)
    except (msgspec.DecodeError, RecursionError):
        return Refusal()


def _asked_pause(answer: Fetched, refusal: Refusal) -> timedelta:
    """Return when to come back: Retry-After, or its older form in the body; else a minute."""
    stated = wait_asked_for(dict(answer.headers), answer.at)
    if stated is not None:
        return min(stated, LONGEST_WAIT)
    if 0 < refusal.retry_after_ms < LONGEST_WAIT.total_seconds() * 1000:
        return timedelta(milliseconds=refusal.retry_after_ms)
    return timedelta(minutes=1)
