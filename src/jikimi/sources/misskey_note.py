"""Reads one note of Misskey's API: its words, its files, and the note that it shares."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from jikimi.model.fingerprint import Kind
from jikimi.model.post import MediaRef, Post
from jikimi.sources.kinds import kind_of_mime, kind_of_name
from jikimi.sources.markup import joined
from jikimi.sources.moments import read_moment

MOST_MEDIA = 100


class User(msgspec.Struct, frozen=True):
    """Who wrote it; `host` is null where that is the server's own."""

    username: str = ""
    host: str | None = None


class DriveFile(msgspec.Struct, frozen=True):
    """A file; `type` is its media type, `comment` describes it."""

    url: str | None = None
    type: str = ""
    name: str = ""
    size: int | None = None
    comment: str | None = None


class Choice(msgspec.Struct, frozen=True):
    """One answer of a poll."""

    text: str = ""


class Poll(msgspec.Struct, frozen=True):
    """A question with answers."""

    choices: list[Choice] = []


class Note(msgspec.Struct, frozen=True, rename="camel"):
    """A note as the server packs it, as far as it is read here; `cw` is a warning before it."""

    id: str
    created_at: str
    user: User
    text: str | None = None
    cw: str | None = None
    files: list[DriveFile] = []
    poll: Poll | None = None
    renote: "Note | None" = None
    uri: str | None = None
    url: str | None = None


def posts_of(note: Note, watch: str, site: str, host: str, seen_at: datetime) -> Iterator[Post]:
    """Yield the note unless it only shares another, and the shared one, which may come no other way."""
    if note.renote is None or note.text or note.cw or note.files or note.poll:
        yield _post(note, watch, site, host, seen_at)
    if note.renote is not None:
        yield _post(note.renote, watch, site, host, seen_at)


def moment_of(note: Note) -> datetime | None:
    """Return when it was written, as its author's server says."""
    return read_moment(note.created_at)


def _post(note: Note, watch: str, site: str, host: str, seen_at: datetime) -> Post:
    words = [note.cw or "", note.text or ""]
    words += [choice.text for choice in note.poll.choices] if note.poll else []
    words += [file.comment or "" for file in note.files]
    return Post(
        watch=watch,
        id=note.id,
        url=note.url or note.uri or f"{site}/notes/{note.id}",
        author=f"{note.user.username}@{note.user.host or host}",
        text=joined(words),
        published_at=moment_of(note),
        seen_at=seen_at,
        media=tuple(_media(note)),
    )


def _media(note: Note) -> Iterator[MediaRef]:
    for file in note.files[:MOST_MEDIA]:
        kind = kind_of_mime(file.type) or kind_of_name(file.name) or kind_of_name(file.url or "")
        if file.url and isinstance(kind, Kind):
            yield MediaRef(kind, file.url, mime=file.type or None, size=file.size)
