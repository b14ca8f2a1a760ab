"""Reads one status of Mastodon's API: its words, its media, its place in the order of all."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from jikimi.model.fingerprint import Kind
from jikimi.model.post import MediaRef, Post
from jikimi.sources.kinds import kind_of_name
from jikimi.sources.markup import joined, plain_text
from jikimi.sources.moments import read_moment

KINDS = {"image": Kind.IMAGE, "gifv": Kind.VIDEO, "video": Kind.VIDEO, "audio": Kind.AUDIO}
FIRST_MOMENT = datetime(2016, 1, 1, tzinfo=UTC)  # Mastodon is not older
ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CLOCK_LETTERS = 10  # of a ULID
MOST_MEDIA = 100


class Attachment(msgspec.Struct, frozen=True):
    """A medium; `url` is the server's own copy, `remote_url` the original."""

    type: str = ""
    url: str | None = None
    remote_url: str | None = None
    description: str | None = None


class Account(msgspec.Struct, frozen=True):
    """Who wrote it; `acct` has no host where that is the server's own."""

    acct: str = ""


class Choice(msgspec.Struct, frozen=True):
    """One answer of a poll."""

    title: str = ""


class Poll(msgspec.Struct, frozen=True):
    """A question with answers."""

    options: list[Choice] = []


class Card(msgspec.Struct, frozen=True):
    """What a page that the status links to shows of itself."""

    title: str | None = None
    description: str | None = None
    image: str | None = None


class Status(msgspec.Struct, frozen=True):
    """A status (https://docs.joinmastodon.org/entities/Status/), as far as it is read here."""

    id: str
    account: Account
    content: str | None = None
    spoiler_text: str | None = None
    created_at: str | None = None
    edited_at: str | None = None
    uri: str | None = None
    url: str | None = None
    media_attachments: list[Attachment] = []
    poll: Poll | None = None
    card: Card | None = None
    reblog: "Status | None" = None


def post_of(status: Status, watch: str, host: str, seen_at: datetime) -> Post:
    """Return the post. A boost is the post that it boosts: that may have come no other way.

    An edited status is a post of its own, named by status and time of the edit: its media may be new.
    """
    shown = status.reblog or status
    acct = shown.account.acct
    return Post(
        watch=watch,
        id=f"{shown.id}@{shown.edited_at}" if shown.edited_at else shown.id,
        url=shown.url or shown.uri or "",
        author=acct if "@" in acct or not acct else f"{acct}@{host}",
        text=joined([*_words(shown)]),
        published_at=read_moment(shown.created_at or ""),
        seen_at=seen_at,
        media=tuple(_media(shown)),
    )


def order(status_id: str) -> tuple[int, str]:
    """Return what to sort identifiers by: numbers, ULIDs and flakes grow in length, then in letters."""
    return len(status_id), status_id


def earlier(status_id: str, by: timedelta, now: datetime) -> str:
    """Return the identifier of a status that is older by so much, or the same where it holds no time.

    A server names what others send it by the time it was written, not by when it came: so what comes late
    stands before what is known. Mastodon's numbers hold milliseconds above 16 bits, ULIDs (GoToSocial) in
    their first ten letters. Pleroma's and Akkoma's are given when a status comes.
    """
    milliseconds = by // timedelta(milliseconds=1)
    if status_id.isdecimal() and len(status_id) < len(str(2**63)):
        moment = int(status_id) >> 16
        if FIRST_MOMENT.timestamp() * 1000 < moment < (now.timestamp() + 86_400) * 1000:
            return str(int(status_id) - (milliseconds << 16))
    if ULID.fullmatch(status_id):
        clock = 0
        for letter in status_id[:CLOCK_LETTERS]:
            clock = clock << 5 | CROCKFORD.index(letter)
        clock = max(0, clock - milliseconds)
        letters = [CROCKFORD[clock >> (5 * place) & 31] for place in reversed(range(CLOCK_LETTERS))]
        return "".join(letters) + status_id[CLOCK_LETTERS:]
    return status_id


def _words(status: Status) -> Iterator[str]:
    yield status.spoiler_text or ""
    yield plain_text(status.content or "")
    if status.poll:
        yield from (choice.title for choice in status.poll.options)
    yield from (attachment.description or "" for attachment in status.media_attachments)
    if status.card:
        yield status.card.title or ""
        yield status.card.description or ""


def _media(status: Status) -> Iterator[MediaRef]:
    for attachment in status.media_attachments[:MOST_MEDIA]:
        url = attachment.url or attachment.remote_url
        named = kind_of_name(attachment.remote_url or "") or kind_of_name(url or "")
        if url:  # of an unknown type are media that the server could not take in
            yield MediaRef(KINDS.get(attachment.type) or named or Kind.IMAGE, url)
    if status.card and status.card.image:
        yield MediaRef(Kind.IMAGE, status.card.image)
