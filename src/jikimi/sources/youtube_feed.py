"""Reads what YouTube lists or pushes of a channel: Atom with videos, and tombstones of those taken down."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from jikimi.model.errors import BadMedia
from jikimi.sources.strict_xml import read_xml
from jikimi.sources.website_page import read_date

ATOM = "http://www.w3.org/2005/Atom"
YOUTUBE = "http://www.youtube.com/xml/schemas/2015"
MEDIA = "http://search.yahoo.com/mrss/"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"  # RFC 6721
ENTRY, DELETED = f"{ATOM} entry", f"{TOMBSTONES} deleted-entry"
PREFIX = "yt:video:"
MOST_ENTRIES = 1_000
MOST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Video:
    """One video as far as it is known. `thumbnails` are addresses, the largest first."""

    id: str
    channel: str = ""
    title: str = ""
    author: str = ""
    text: str = ""
    published_at: datetime | None = None
    thumbnails: tuple[str, ...] = ()
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """What a feed lists, oldest first, and the text of entries that name no video."""

    videos: tuple[Video, ...]
    malformed: tuple[str, ...]


def read_feed(body: bytes) -> Listed:
    """Read a channel's feed, or what a hub delivered of it. BadMedia when it is no Atom, or a hostile one.

    https://developers.google.com/youtube/v3/guides/push_notifications; tombstones: RFC 6721.
    """
    reader = _Reader()
    read_xml(body, reader, "This is not a channel's feed.")
    return Listed(tuple(reversed(reader.videos)), tuple(reader.malformed))


class _Reader:
    """Collects entries, as expat calls it."""

    def __init__(self) -> None:
        self.videos: list[Video] = []
        self.malformed: list[str] = []
        self._path: list[str] = []
        self._texts: dict[str, str] = {}
        self._thumbnails: list[str] = []

    def refuse(self, *_: object) -> None:
        raise BadMedia("A feed needs no document type: this one was not read.")

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._path.append(name)
        if name == ENTRY:
            self._texts, self._thumbnails = {}, []
        elif name == f"{MEDIA} thumbnail" and len(self._thumbnails) < 10:  # noqa: PLR2004 - it names one
            self._thumbnails.append(attributes.get("url", ""))
        elif name == DELETED:
            self._keep(
                Video(attributes.get("ref", "").removeprefix(PREFIX), is_deleted=True), str(attributes)
            )

    def text(self, text: str) -> None:
        if ENTRY in self._path:
            where = " ".join(self._path[self._path.index(ENTRY) + 1 :])
            self._texts[where] = (self._texts.get(where, "") + text)[:MOST_TEXT]

    def end(self, name: str) -> None:
        self._path.pop()
        if name != ENTRY:
            return
        texts = {where: text.strip() for where, text in self._texts.items()}
        video = Video(
            id=texts.get(f"{YOUTUBE} videoId", ""),
            channel=texts.get(f"{YOUTUBE} channelId", ""),
            title=texts.get(f"{ATOM} title", ""),
            author=texts.get(f"{ATOM} author {ATOM} name", ""),
            text=texts.get(f"{MEDIA} group {MEDIA} description", ""),
            published_at=read_date(texts.get(f"{ATOM} published", "")),
            thumbnails=tuple(url for url in self._thumbnails if url.startswith(("https://", "http://"))),
        )
        self._keep(video, str(sorted(texts.items())))

    def _keep(self, video: Video, source: str) -> None:
        if not video.id:
            self.malformed.append(source)
        elif len(self.videos) < MOST_ENTRIES:
            self.videos.append(video)
