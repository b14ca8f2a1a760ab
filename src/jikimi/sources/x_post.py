"""Reads one post of X's API with what it refers to: its author and its media."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape

import msgspec

from jikimi.model.fingerprint import Kind
from jikimi.model.post import MediaRef, Post
from jikimi.sources.markup import joined
from jikimi.sources.moments import read_moment

FIELDS = {
    "tweet.fields": "created_at,attachments,note_tweet",
    "expansions": "attachments.media_keys,author_id",
    "media.fields": "type,url,preview_image_url,variants,alt_text",
    "user.fields": "username",
}
FIRST_MOMENT = 1_288_834_974_657  # Unix milliseconds that identifiers count from
BEST_HEIGHT = 480  # pixels of the shorter side: enough for fingerprints, quick to fetch
BEST_RATE = 950_000  # bits a second that X uses about there
SIZE_IN_ADDRESS = re.compile(r"/(\d{2,5})x(\d{2,5})/")


class Variant(msgspec.Struct, frozen=True):
    """One form of a clip."""

    url: str = ""
    content_type: str = ""
    bit_rate: int | None = None


class Media(msgspec.Struct, frozen=True):
    """A picture (`url`) or a clip (`variants`)."""

    media_key: str = ""
    type: str = ""
    url: str | None = None
    preview_image_url: str | None = None
    variants: list[Variant] = []
    alt_text: str | None = None


class User(msgspec.Struct, frozen=True):
    """An author."""

    id: str = ""
    username: str = ""


class Includes(msgspec.Struct, frozen=True):
    """What posts refer to."""

    media: list[Media] = []
    users: list[User] = []


class Attachments(msgspec.Struct, frozen=True):
    """Which media belong to a post."""

    media_keys: list[str] = []


class LongText(msgspec.Struct, frozen=True):
    """The whole text of a long post; `text` of the post is only its beginning."""

    text: str = ""


class XPost(msgspec.Struct, frozen=True):
    """A post, as far as it is read here."""

    id: str
    text: str = ""
    author_id: str = ""
    created_at: str = ""
    attachments: Attachments = Attachments()
    note_tweet: LongText | None = None


def post_of(post: XPost, includes: Includes, watch: str, seen_at: datetime) -> Post:
    """Return the post with the media and the author that came beside it."""
    wanted = post.attachments.media_keys
    media = {one.media_key: one for one in includes.media if one.media_key in wanted}
    shown = [media[key] for key in wanted if key in media]
    author = next((user.username for user in includes.users if user.id == post.author_id), "")
    text = unescape(post.note_tweet.text if post.note_tweet else post.text)
    return Post(
        watch=watch,
        id=post.id,
        url=f"https://x.com/{author or 'i'}/status/{post.id}",
        author=author,
        text=joined([*text.split("\n"), *(one.alt_text or "" for one in shown)]),
        published_at=read_moment(post.created_at),
        seen_at=seen_at,
        media=tuple(_refs(shown)),
    )


def id_at(moment: datetime) -> int:
    """Return the lowest identifier of that moment."""
    milliseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return max(0, milliseconds - FIRST_MOMENT) << 22


def moment_of(post_id: int) -> datetime:
    """Return when an identifier was given."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=(post_id >> 22) + FIRST_MOMENT)


def _refs(media: list[Media]) -> Iterator[MediaRef]:
    for one in media:
        clips = [variant for variant in one.variants if variant.content_type == "video/mp4" and variant.url]
        if one.type != "photo" and clips:
            yield MediaRef(Kind.VIDEO, min(clips, key=_distance).url, mime="video/mp4")
        elif address := one.url or one.preview_image_url:
            yield MediaRef(Kind.IMAGE, address)


def _distance(variant: Variant) -> tuple[int, int]:
    """Return how far a form is from the best one, by its size if the address tells, else by its rate."""
    size = SIZE_IN_ADDRESS.search(variant.url)
    rate = abs((variant.bit_rate or 0) - BEST_RATE)
    return (abs(min(int(size[1]), int(size[2])) - BEST_HEIGHT) if size else BEST_HEIGHT, rate)
