"""Reads the JSON in which partners hand in a post, and says what it may look like."""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from jikimi.model.fingerprint import Kind
from jikimi.model.post import MediaRef, Post
from jikimi.sources.moments import in_utc

LONGEST_ADDRESS = 4_096
LONGEST_TEXT = 100_000
LONGEST_NAME = 512
MOST_MEDIA = 20

Address = Annotated[str, msgspec.Meta(max_length=LONGEST_ADDRESS, pattern="^https?://[^/?#]+")]


class HandedMedium(msgspec.Struct, forbid_unknown_fields=True):
    """One picture, clip or sound of a post. Without `url` its file must come in the same request."""

    kind: Annotated[str, msgspec.Meta(pattern="^(image|video|audio)$")]
    url: Address | None = None
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")] | None = None


class HandedPost(msgspec.Struct, forbid_unknown_fields=True):
    """One public post. `id` is the partner's own name for it: handed in twice under one, it is taken once."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]
    url: Address
    author: Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)] = ""
    text: Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)] = ""
    published_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    media: Annotated[list[HandedMedium], msgspec.Meta(max_length=MOST_MEDIA)] = []
    is_deleted: bool = False


READER = msgspec.json.Decoder(HandedPost)


def post_of(raw: bytes, watch: str, now: datetime) -> Post:
    """Return the post that a partner wrote down; msgspec.DecodeError says what is wrong with it.

    A medium without an address of its own gets that of its post.
    """
    handed = READER.decode(raw)
    for address in (handed.url, *(medium.url for medium in handed.media if medium.url)):
        _check(address)
    media = tuple(
        MediaRef(Kind(medium.kind), medium.url or handed.url, sha256=medium.sha256) for medium in handed.media
    )
    moment = in_utc(handed.published_at)
    if moment is None and handed.published_at is not None:
        raise msgspec.ValidationError("published_at is no moment that a clock can show.")
    return Post(
        watch, handed.id, handed.url, handed.author, handed.text, moment, now, media, handed.is_deleted
    )


def without_address(raw: bytes) -> frozenset[int]:
    """Return the numbers of the media that have no address of their own."""
    return frozenset(part for part, medium in enumerate(READER.decode(raw).media) if not medium.url)


def _check(address: str) -> None:
    try:
        parts = urlsplit(address)
        is_whole = bool(parts.hostname) and not parts.username and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole:
        raise msgspec.ValidationError("An address has no host, or a port or a name that cannot be visited.")
