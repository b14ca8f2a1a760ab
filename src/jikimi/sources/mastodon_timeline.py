"""Knows where a timeline of Mastodon's API stands: the path of its pages and the path of its stream."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode


@dataclass(frozen=True, slots=True)
class Timeline:
    """Which posts: `scope` is public, local or remote, `hashtag` "" for all."""

    scope: str
    hashtag: str
    only_media: bool

    @property
    def pages(self) -> str:
        """Return the path of its pages."""
        return f"/api/v1/timelines/tag/{quote(self.hashtag)}" if self.hashtag else "/api/v1/timelines/public"

    @property
    def filters(self) -> dict[str, str]:
        """Return what limits the pages."""
        scope = {} if self.scope == "public" else {self.scope: "true"}
        return {**scope, "only_media": "true"} if self.only_media else scope

    @property
    def stream(self) -> str:
        """Return the path of the stream, with what limits it."""
        if self.hashtag:
            local = "/local" if self.scope == "local" else ""
            return f"/api/v1/streaming/hashtag{local}?{urlencode({'tag': self.hashtag})}"
        scope = "" if self.scope == "public" else f"/{self.scope}"
        return f"/api/v1/streaming/public{scope}" + ("?only_media=true" if self.only_media else "")
