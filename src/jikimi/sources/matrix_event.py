"""Turns what happens in a Matrix room into posts: messages, pictures, stickers, edits, and tombstones."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

import msgspec

from jikimi.model.fingerprint import Kind
from jikimi.model.post import MediaRef, Post, Secret
from jikimi.sources.kinds import kind_of_mime, kind_of_name
from jikimi.sources.website_html import Tag, tokens

MESSAGE, STICKER, REDACTION, ENCRYPTED = "m.room.message", "m.sticker", "m.room.redaction", "m.room.encrypted"
TYPES = (MESSAGE, STICKER, REDACTION, ENCRYPTED)
KINDS = {"m.image": Kind.IMAGE, "m.video": Kind.VIDEO, "m.audio": Kind.AUDIO}
MOST_TEXT = 20_000
MOST_MEDIA = 20
MXC = re.compile(r"mxc://([0-9A-Za-z.:\[\]-]{1,255})/([0-9A-Za-z_=.~-]{1,255})")
QUOTED = re.compile(r"(?:> [^\n]*\n)+\n")  # what one answers to, as older programs repeat it


class Unsigned(msgspec.Struct, frozen=True):
    """What the server adds to an event."""

    redacted_because: msgspec.Raw = msgspec.Raw()


class RoomEvent(msgspec.Struct, frozen=True):
    """An event as homeservers send it. `redacts` stands here or, since room version 11, in the content."""

    event_id: str
    sender: str
    type: str
    origin_server_ts: int
    content: msgspec.Raw
    redacts: str = ""
    unsigned: Unsigned = Unsigned()


class Relation(msgspec.Struct, frozen=True):
    """How a message relates to another one: m.replace is an edit, m.thread an answer in a thread."""

    rel_type: str = ""


class About(msgspec.Struct, frozen=True):
    """What a message says about its file."""

    mimetype: str = ""
    size: int = -1


class Content(
    msgspec.Struct, frozen=True, rename={"relates_to": "m.relates_to", "new_content": "m.new_content"}
):
    """What a message says. `file` in place of `url` means that the file is encrypted."""

    msgtype: str = ""
    body: str = ""
    filename: str = ""
    formatted_body: str = ""
    url: str = ""
    file: msgspec.Raw = msgspec.Raw()
    info: msgspec.Raw = msgspec.Raw()
    redacts: str = ""
    relates_to: Relation = Relation()
    new_content: msgspec.Raw = msgspec.Raw()


EVENT = msgspec.json.Decoder(RoomEvent)
CONTENT = msgspec.json.Decoder(Content)
ABOUT = msgspec.json.Decoder(About)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the events of one watch; files are asked for at `server` with `headers`."""

    watch: str
    server: str
    headers: Mapping[str, Secret]

    def post(self, raw: bytes, room: str, seen_at: datetime) -> Post | None:
        """Return the post or tombstone of an event, None if it is neither.

        An edit is a post of its own, because its words and pictures are new; so is an answer. Raises
        ValueError for what cannot be read: a malformed event, an encrypted message or file.
        """
        try:
            event = EVENT.decode(raw)
            return self._post(event, CONTENT.decode(event.content), room, seen_at)
        except (msgspec.DecodeError, RecursionError) as error:
            raise ValueError("a malformed event") from error

    def _post(self, event: RoomEvent, content: Content, room: str, seen_at: datetime) -> Post | None:
        is_message = event.type in (MESSAGE, STICKER)
        if is_message and event.unsigned.redacted_because:
            return self._tombstone(event, event.event_id, room, seen_at)
        if event.type == REDACTION:
            target = content.redacts or event.redacts
            return self._tombstone(event, target, room, seen_at) if target else None
        if event.type == ENCRYPTED:
            raise ValueError("an encrypted message")
        if not is_message:
            return None
        if content.relates_to.rel_type == "m.replace" and content.new_content:
            content = CONTENT.decode(content.new_content)
        return Post(
            watch=self.watch,
            id=event.event_id,
            url=address_of(room, event.event_id, event.sender),
            author=event.sender,
            text=_text(content),
            published_at=_moment(event.origin_server_ts),
            seen_at=seen_at,
            media=tuple(self._media(content, is_sticker=event.type == STICKER)),
        )

    def _tombstone(self, event: RoomEvent, target: str, room: str, seen_at: datetime) -> Post:
        url, moment = address_of(room, target, event.sender), _moment(event.origin_server_ts)
        return Post(self.watch, target, url, event.sender, "", moment, seen_at, is_deleted=True)

    def _media(self, content: Content, *, is_sticker: bool) -> Iterator[MediaRef]:
        """Yield the message's file, then pictures within its words. Thumbnails show nothing else."""
        about = _about(content.info)
        kind = Kind.IMAGE if is_sticker else KINDS.get(content.msgtype)
        if content.msgtype == "m.file":
            kind = kind_of_mime(about.mimetype) or kind_of_name(content.filename or content.body)
        if kind is not None:
            if content.file and not content.url:
                raise ValueError("an encrypted file")
            size = about.size if about.size >= 0 else None
            yield MediaRef(kind, self._address(content.url), self.headers, about.mimetype or None, size)
        for number, source in enumerate(_inline(content.formatted_body)):
            if number < MOST_MEDIA:
                yield MediaRef(Kind.IMAGE, self._address(source), self.headers)

    def _address(self, mxc: str) -> str:
        """Return where a file is served to those who sign in (the address without signing in is gone)."""
        found = MXC.fullmatch(mxc)
        if found is None:
            raise ValueError("no address of a Matrix file")
        server, name = quote(found[1], safe=":[]"), quote(found[2], safe="")
        return f"{self.server}/_matrix/client/v1/media/download/{server}/{name}"


def name_of(raw: bytes) -> str:
    """Return an event's id, "" where it has none."""
    try:
        return EVENT.decode(raw).event_id
    except (msgspec.DecodeError, RecursionError):
        return ""


def address_of(room: str, event: str, sender: str) -> str:
    """Return the matrix.to address of a message, with a server that knows the room."""
    via = sender.partition(":")[2]
    address = f"https://matrix.to/#/{quote(room, safe='!:')}/{quote(event, safe='$:')}"
    return f"{address}?via={quote(via, safe=':')}" if via else address


def _text(content: Content) -> str:
    """Return the words, without what is quoted, and with the addresses of links that hide behind words."""
    body = QUOTED.sub("", content.body, count=1) if content.body.startswith("> <") else content.body
    hrefs = dict.fromkeys(
        tag.get("href") for tag in tokens(content.formatted_body) if isinstance(tag, Tag) and tag.name == "a"
    )
    hidden = [
        href for href in hrefs if href and href not in body and not href.startswith("https://matrix.to/")
    ]
    return "\n".join([body, *hidden])[:MOST_TEXT]


def _inline(formatted: str) -> list[str]:
    """Return the pictures that stand within the words, such as emoji of one's own."""
    sources = (tag.get("src") for tag in tokens(formatted) if isinstance(tag, Tag) and tag.name == "img")
    return [source for source in dict.fromkeys(sources) if MXC.fullmatch(source)]


def _about(raw: bytes) -> About:
    """Read what is said about the file; programs show it whatever stands there, so we read on, too."""
    try:
        return ABOUT.decode(raw) if raw else About()
    except (msgspec.DecodeError, RecursionError):
        return About()


def _moment(milliseconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
