"""Asks the YouTube Data API: videos by words, and what is known of a video."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlencode

import msgspec

from jikimi.model.errors import Misconfigured, TryLater
from jikimi.model.ports import Fetched, Web
from jikimi.model.post import Secret
from jikimi.sources.answers import ANSWER, check_answer
from jikimi.sources.website_page import read_date
from jikimi.sources.youtube_feed import Video

MOST_RESULTS = 50  # of one search.list or videos.list
SIZES = ("maxres", "standard", "high", "medium", "default")
USED_UP = {"quotaExceeded", "dailyLimitExceeded", "rateLimitExceeded", "userRateLimitExceeded"}
WRONG_KEY = {"keyInvalid", "keyExpired", "API_KEY_INVALID", "accessNotConfigured", "SERVICE_DISABLED"}


class Thumbnail(msgspec.Struct):
    """Where a still is."""

    url: str


class Snippet(msgspec.Struct):
    """What is known of a video."""

    title: str = ""
    description: str = ""
    channelId: str = ""  # noqa: N815 - YouTube's names
    channelTitle: str = ""  # noqa: N815
    publishedAt: str = ""  # noqa: N815
    thumbnails: dict[str, Thumbnail] = {}


class FoundId(msgspec.Struct):
    """How search.list names what it found."""

    videoId: str  # noqa: N815


class FoundItem(msgspec.Struct):
    """One result of search.list."""

    id: FoundId
    snippet: Snippet


class VideoItem(msgspec.Struct):
    """One result of videos.list."""

    id: str
    snippet: Snippet


class Items(msgspec.Struct):
    """An answer of either."""

    items: list[msgspec.Raw] = []


class Reason(msgspec.Struct):
    """Why something was refused."""

    reason: str = ""


class Trouble(msgspec.Struct):
    """What stands in a refusal (https://developers.google.com/youtube/v3/docs/errors)."""

    errors: list[Reason] = []
    details: list[Reason] = []


class Refusal(msgspec.Struct):
    """A refusal's body."""

    error: Trouble = msgspec.field(default_factory=Trouble)


@dataclass(frozen=True, slots=True)
class YouTubeApi:
    """The API at one address with one key.

    search.list may be called 100 times a day, videos.list costs one of 10,000 units; both begin anew at
    midnight in Pacific time (https://developers.google.com/youtube/v3/determine_quota_cost).
    """

    web: Web
    address: str
    key: Secret

    async def search(self, words: str, until_reset: timedelta) -> tuple[list[Video], list[bytes]]:
        """Return the newest videos for some words, oldest first, and records that could not be read."""
        asked = {
            "part": "snippet", "type": "video", "order": "date", "safeSearch": "none",
            "maxResults": str(MOST_RESULTS), "q": words,
        }  # fmt: skip
        videos, malformed = list[Video](), list[bytes]()
        for raw in await self._ask("search", asked, until_reset):
            try:
                item = msgspec.json.decode(raw, type=FoundItem)
            except msgspec.DecodeError:
                malformed.append(bytes(raw))
            else:
                videos.append(_video(item.id.videoId, item.snippet))
        return videos[::-1], malformed

    async def videos(self, ids: Sequence[str], until_reset: timedelta) -> dict[str, Video]:
        """Return what is known of up to 50 videos; those that are gone or private are left out."""
        found = dict[str, Video]()
        for raw in await self._ask("videos", {"part": "snippet", "id": ",".join(ids)}, until_reset):
            try:
                item = msgspec.json.decode(raw, type=VideoItem)
            except msgspec.DecodeError:
                continue  # what the feed or the search said of it is used
            found[item.id] = _video(item.id, item.snippet)
        return found

    async def _ask(self, method: str, asked: dict[str, str], until_reset: timedelta) -> list[msgspec.Raw]:
        url = f"{self.address}/{method}?{urlencode(asked)}"
        fetched = await self.web.fetch_async(url, ANSWER, {"X-goog-api-key": self.key})
        check_youtube(fetched, until_reset)
        try:
            return msgspec.json.decode(fetched.body, type=Items).items
        except (msgspec.DecodeError, RecursionError) as error:
            raise TryLater("YouTube's answer is not the JSON we know. Look for a new Jikimi.") from error


def check_youtube(fetched: Fetched, until_reset: timedelta) -> None:
    """Return for success. TryLater until the day's end for a used-up quota, Misconfigured for a wrong key."""
    if fetched.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN):
        try:
            trouble = msgspec.json.decode(fetched.body, type=Refusal).error
        except (msgspec.DecodeError, RecursionError):
            trouble = Trouble()
        reasons = {one.reason for one in (*trouble.errors, *trouble.details)}
        if reasons & WRONG_KEY:
            raise Misconfigured("YouTube does not accept the key. Type a new one: jikimi watch add youtube …")
        if reasons & USED_UP:
            raise TryLater("The day's share of YouTube's API is used up. It goes on by itself.", until_reset)
    check_answer(fetched, until_reset)


def _video(name: str, snippet: Snippet) -> Video:
    stills = (snippet.thumbnails[size].url for size in SIZES if size in snippet.thumbnails)
    return Video(
        id=name,
        channel=snippet.channelId,
        title=snippet.title,
        author=snippet.channelTitle,
        text=snippet.description,
        published_at=read_date(snippet.publishedAt),
        thumbnails=tuple(stills)[:1],
    )
