"""A stand-in for Telethon: objects with the names and shapes that its documentation gives, and no network."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

CHANNEL_NUMBER = -1000000000007


class RPCError(Exception):
    """Telegram refuses."""


class FloodWaitError(RPCError):
    """Too many questions."""

    def __init__(self, seconds: int) -> None:
        super().__init__("wait")
        self.seconds = seconds


def refusal(name: str) -> type[RPCError]:
    return type(name, (RPCError,), {})


NAMES = (
    "ChannelPrivateError", "ChannelInvalidError", "ChannelPublicGroupNaError", "UsernameInvalidError",
    "UsernameNotOccupiedError", "UnauthorizedError", "AuthKeyError", "ForbiddenError",
)  # fmt: skip
errors = SimpleNamespace(
    RPCError=RPCError, FloodWaitError=FloodWaitError, **{name: refusal(name) for name in NAMES}
)


@dataclass
class File:
    mime_type: str | None
    size: int | None
    name: str | None = None


@dataclass
class Message:
    id: int
    raw_text: str = ""
    file: File | None = None
    photo: object | None = None
    grouped_id: int | None = None
    date: datetime | None = datetime(2026, 11, 30, tzinfo=UTC)
    edit_date: datetime | None = None
    edit_hide: bool = False
    entities: list[Any] | None = None
    action: object | None = None

    @property
    def media(self) -> object | None:
        return self.photo or self.file


def picture(number: int, **others: Any) -> Message:
    return Message(number, file=File("image/jpeg", 9), photo=object(), **others)


@dataclass
class StringSession:
    text: str

    def __post_init__(self) -> None:
        if self.text == "broken":
            raise ValueError("Not a valid string")


@dataclass
class EventBuilder:
    chats: list[int]


class Telegram:
    """The library and the network behind it.

    `calls` are the methods that were asked for, `sent` the calls that went out, but for connecting.
    """

    __name__ = "scripted"
    StringSession = StringSession
    errors = errors

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.names = {"street": SimpleNamespace(broadcast=True), "mina": SimpleNamespace()}
        self.failure: Callable[[], Exception] | None = None
        self.is_signed_in = True
        self.calls: list[str] = []
        self.clients: list[Client] = []
        self.events = SimpleNamespace(
            NewMessage=type("NewMessage", (EventBuilder,), {}),
            MessageEdited=type("MessageEdited", (EventBuilder,), {}),
            MessageDeleted=type("MessageDeleted", (EventBuilder,), {}),
        )
        self.TelegramClient = lambda *given, **named: Client(self, given, named)
        self.sent: list[str] = []
        self.pieces = [b"one", b"two"]
        self._newest = 100

    def answer(self, status: int, retry_after: int = 0) -> None:
        """Refuse everything from now on, in Telegram's own words for an HTTP status."""
        kinds = {401: errors.UnauthorizedError, 403: errors.ForbiddenError}
        self.failure = None if status == 200 else lambda: kinds.get(status, FloodWaitError)(retry_after)

    async def say(self, **others: Any) -> str:
        """Put a message with a picture into the channel, and push it."""
        self._newest += 1
        self.messages.append(picture(self._newest, **others))
        await self.push("NewMessage", message=self.messages[-1])
        return f"street/{self._newest}"

    async def take_down(self, name: str) -> None:
        """Remove a message, and push that."""
        number = int(name.partition("/")[2])
        self.messages = [one for one in self.messages if one.id != number]
        await self.push("MessageDeleted", deleted_ids=[number])

    async def push(self, kind: str, **fields: Any) -> None:
        """Push an event to every client that listens."""
        event = SimpleNamespace(chat_id=CHANNEL_NUMBER, **fields)
        for client in self.clients:
            for act, builder in client.handlers:
                if type(builder).__name__ == kind and CHANNEL_NUMBER in builder.chats:
                    await act(event)


@dataclass
class Client:
    """TelegramClient, as far as we use it."""

    telegram: Telegram
    given: tuple[Any, ...]
    named: dict[str, Any]
    handlers: list[tuple[Callable[[Any], Awaitable[None]], EventBuilder]] = field(default_factory=list)

    def _called(self, name: str) -> None:
        self.telegram.calls.append(name)

    async def _call(self, sender: object, request: str) -> None:
        """Send a request. In Telethon, too, every call passes here, a piece of a file as well."""
        assert sender is None
        self.telegram.sent.append(request)
        if self.telegram.failure:
            raise self.telegram.failure()

    async def connect(self) -> None:
        self._called("connect")
        self.telegram.clients.append(self)

    async def disconnect(self) -> None:
        self.telegram.calls.append("disconnect")
        if self in self.telegram.clients:
            self.telegram.clients.remove(self)

    async def is_user_authorized(self) -> bool:
        self._called("is_user_authorized")
        await self._call(None, "GetState")
        return self.telegram.is_signed_in

    def add_event_handler(self, act: Callable[[Any], Awaitable[None]], event: EventBuilder) -> None:
        self._called("add_event_handler")
        self.handlers.append((act, event))

    async def get_entity(self, name: str) -> Any:
        self._called("get_entity")
        await self._call(None, "ResolveUsername")
        self._check(name)
        return self.telegram.names[name]

    def _check(self, name: str) -> None:
        """Refuse a name that nobody bears: with an error of Telethon's own, not Telegram's."""
        if name not in self.telegram.names:
            raise ValueError(f"No user has {name!r} as username") from errors.UsernameNotOccupiedError()

    async def get_peer_id(self, _: Any) -> int:
        self._called("get_peer_id")
        return CHANNEL_NUMBER

    async def get_messages(self, name: str, limit: int = 0, ids: int | None = None) -> Any:
        self._called("get_messages")
        await self._call(None, "GetMessages")
        self._check(name)
        if ids is not None:
            return next((one for one in self.telegram.messages if one.id == ids), None)
        return self.telegram.messages[::-1][:limit]

    async def iter_messages(self, _: str, *, min_id: int, reverse: bool) -> AsyncIterator[Message]:
        self._called("iter_messages")
        assert reverse
        await self._call(None, "GetHistory")
        for message in list(self.telegram.messages):
            if message.id > min_id:
                await asyncio.sleep(0)
                yield message

    async def iter_download(self, media: object) -> AsyncIterator[memoryview]:
        self._called("iter_download")
        assert media
        for piece in self.telegram.pieces:
            await self._call(None, "GetFile")
            yield memoryview(piece)
