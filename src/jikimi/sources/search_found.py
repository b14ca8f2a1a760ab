"""What a search engine is to us: where it is asked, and what comes of an answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, TypeVar

import msgspec

from jikimi.model.errors import TryLater
from jikimi.model.fingerprint import Kind
from jikimi.model.post import MediaRef, Secret
from jikimi.model.source import Options
from jikimi.sources.website_html import Tag, tokens
from jikimi.sources.website_listing import Entry

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found:
    """What an engine answered: results, newest first as far as it sorts, and records that could not be read.

    `media` are results that are media themselves, so that no page is read for them.
    """

    pages: tuple[Entry, ...] = ()
    media: tuple[Entry, ...] = ()
    malformed: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One question to an engine. With a body it is sent with POST."""

    url: str
    headers: Mapping[str, Secret]
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine: where it can be asked, whose midnight ends its day, what is sent, how answers are read."""

    server: str
    zone: tzinfo
    wheres: tuple[str, ...]
    ask: Callable[[str, str, str, Options], Request]  # server, where, words, options
    read: Callable[[str, bytes], Found]  # where, body


def decoded(body: bytes, kind: type[T]) -> T:
    """Read an answer; TryLater when it is not what the engine documents."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise TryLater("The engine's answer is not the JSON we know. Look for a new Jikimi.") from error


def each(raws: Sequence[msgspec.Raw], kind: type[T], needed: str = "") -> tuple[list[T], tuple[bytes, ...]]:
    """Read record by record, so that one which is malformed or lacks its address spoils no other."""
    items, malformed = [], []
    for raw in raws:
        try:
            item: Any = msgspec.json.decode(raw, type=kind)
        except (msgspec.DecodeError, RecursionError):
            malformed.append(bytes(raw))
            continue
        if needed and not getattr(item, needed):
            malformed.append(bytes(raw))
        else:
            items.append(item)
    return items, tuple(malformed)


def page(url: str, title: str, html: str, author: str, at: datetime | None, thumbnail: str = "") -> Entry:
    """Return a result whose page is to be read."""
    media = (MediaRef(Kind.IMAGE, thumbnail),) if thumbnail.startswith(("https://", "http://")) else ()
    return Entry(url, url, plain(title), author, at, html, media)


def picture(address: str, page: str, title: str, at: datetime | None) -> Entry:
    """Return a result that is a picture, on `page` where the engine says so."""
    return Entry(address, page or address, plain(title), "", at, "", (MediaRef(Kind.IMAGE, address),))


def plain(html: str) -> str:
    """Return the words of a title in which what was asked for is marked up."""
    return " ".join("".join(_texts(html)).split())


def _texts(html: str) -> Iterator[str]:
    return (token for token in tokens(html) if not isinstance(token, Tag))
