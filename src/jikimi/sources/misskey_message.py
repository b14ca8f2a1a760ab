"""Reads one message of Misskey's websocket."""

import msgspec


class Inner(msgspec.Struct, frozen=True):
    """What a message is about; `id` names a channel or a note, `type` says what happened."""

    id: str = ""
    type: str = ""
    body: msgspec.Raw = msgspec.Raw(b"null")


class Message(msgspec.Struct, frozen=True):
    """A message. Without a type it is none."""

    type: str
    body: Inner = Inner()


class _Typed(msgspec.Struct, frozen=True):
    type: str


class _Named(msgspec.Struct, frozen=True):
    id: str


def parse(raw: bytes) -> Message:
    """Read one message; what is none has no type. Bodies of other kinds are not looked into."""
    try:
        return msgspec.json.decode(raw, type=Message)
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        return Message(msgspec.json.decode(raw, type=_Typed).type)
    except (msgspec.DecodeError, RecursionError):
        return Message("")


def id_of(raw: msgspec.Raw) -> str:
    """Return the name of a note that may not be readable otherwise, "" where it has none."""
    try:
        return msgspec.json.decode(raw, type=_Named).id
    except msgspec.DecodeError:
        return ""
