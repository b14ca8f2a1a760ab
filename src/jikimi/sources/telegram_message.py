"""Turns Telegram's messages, as Telethon gives them, into posts; an album is one post."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from jikimi.model.fingerprint import Kind
from jikimi.model.post import MediaRef, Post
from jikimi.sources.kinds import kind_of_mime, kind_of_name
from jikimi.sources.telegram_names import address_of, id_of

MOST_TEXT = 20_000


def post_of(album: Sequence[Any], watch: str, channel: str, seen_at: datetime) -> Post:
    """Return one post of a message, or of all messages of an album; named by the first of them."""
    first = album[0]
    return Post(
        watch=watch,
        id=id_of(channel, first.id),
        url=address_of(channel, first.id),
        author=channel,
        text="\n".join(filter(None, map(_text, album)))[:MOST_TEXT],
        published_at=first.date.astimezone(UTC) if first.date else None,
        seen_at=seen_at,
        media=tuple(ref for message in album for ref in _media(message, watch, channel)),
    )


def edit_of(message: Any, watch: str, channel: str, seen_at: datetime) -> Post | None:
    """Return an edited message as a post of its own, None where only counters or reactions changed."""
    if message.edit_date is None or message.edit_hide:
        return None
    post = post_of([message], watch, channel, seen_at)
    return Post(
        watch, f"{post.id}@{int(message.edit_date.timestamp())}", post.url, channel, post.text,
        message.edit_date.astimezone(UTC), seen_at, post.media,
    )  # fmt: skip


def tombstone(number: int, watch: str, channel: str, seen_at: datetime) -> Post:
    """Return what is left of a message that was deleted."""
    url = address_of(channel, number)
    return Post(watch, id_of(channel, number), url, channel, "", None, seen_at, is_deleted=True)


def _text(message: Any) -> str:
    """Return the words, and the addresses of links that hide behind words. Invitations are only words."""
    words = message.raw_text or ""
    urls = (getattr(entity, "url", None) for entity in message.entities or ())
    hidden = [url for url in dict.fromkeys(urls) if url and url not in words]
    return "\n".join([words, *hidden]).strip()


def _media(message: Any, watch: str, channel: str) -> Iterator[MediaRef]:
    """Yield the message's file; media/telegram_door.py opens its address, for it is not on the web."""
    file = message.file
    if file is None:
        return
    kind = Kind.IMAGE if message.photo else kind_of_mime(file.mime_type) or kind_of_name(file.name or "")
    if kind is not None:
        url = f"telegram://{quote(watch, safe='')}/{channel}/{message.id}"
        yield MediaRef(kind, url, mime=file.mime_type, size=file.size)
