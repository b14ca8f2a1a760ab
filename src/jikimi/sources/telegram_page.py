"""Reads the preview page of a public Telegram channel: its messages, their words and their media."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urljoin

from jikimi.model.fingerprint import Kind
from jikimi.model.post import MediaRef
from jikimi.sources.moments import read_moment
from jikimi.sources.website_html import Tag, decode, tokens

MOST_TEXT = 20_000
MOST_MEDIA = 100
NAMED = re.compile(r"([A-Za-z0-9_]{1,64})/([1-9][0-9]{0,14})")
PICTURE = re.compile(r"background-image:\s*url\(\s*['\"]?([^'\")]+)", re.IGNORECASE)
MESSAGE, SERVICE, WORDS = "tgme_widget_message", "service_message", "js-message_text"
PICTURES = {
    "tgme_widget_message_photo_wrap",
    "tgme_widget_message_sticker",
    "link_preview_image",
    "link_preview_right_image",
}
THUMBNAILS = {"tgme_widget_message_video_thumb", "tgme_widget_message_roundvideo_thumb"}
PLAYERS = {"video": Kind.VIDEO, "audio": Kind.AUDIO}


@dataclass(slots=True)
class Shown:
    """One message on the page. `moment` is None where its date cannot be read."""

    number: int
    is_service: bool = False
    words: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    media: dict[str, Kind] = field(default_factory=dict)
    stills: list[str] = field(default_factory=list)
    moment: datetime | None = None

    @property
    def text(self) -> str:
        """Return the words, and the addresses of links that hide behind words."""
        words = "".join(self.words).strip()
        hidden = [link for link in dict.fromkeys(self.links) if link not in words]
        return "\n".join([words, *hidden]).strip()[:MOST_TEXT]

    @property
    def refs(self) -> tuple[MediaRef, ...]:
        """Return its media; of a film too large for the preview, the still picture in its place."""
        has_film = Kind.VIDEO in self.media.values()
        found = self.media | ({} if has_film else dict.fromkeys(self.stills, Kind.IMAGE))
        return tuple(MediaRef(kind, url) for url, kind in list(found.items())[:MOST_MEDIA])


def read_preview(body: bytes, url: str) -> list[Shown]:
    """Return the messages of a preview page, oldest first; ValueError where none of them has a name."""
    reader = _Reader(url)
    for token in tokens(decode(body, "text/html; charset=utf-8")):
        if isinstance(token, Tag):
            reader.see(token)
        else:
            reader.hear(token)
    if reader.nameless and not reader.found:
        raise ValueError("messages without names")
    return sorted(reader.found.values(), key=lambda shown: shown.number)


class _Reader:
    """Goes through the page once, from top to bottom."""

    def __init__(self, url: str) -> None:
        self.found: dict[int, Shown] = {}
        self.nameless = 0
        self._url = url
        self._shown: Shown | None = None
        self._depth = 0  # of boxes within the words; 0: outside

    def hear(self, text: str) -> None:
        """Take in text, if it is a message's own."""
        if self._shown is not None and self._depth:
            self._shown.words.append(text)

    def see(self, tag: Tag) -> None:
        """Take in a tag."""
        if tag.name == "div":
            self._box(tag)
        if self._shown is None or tag.is_end:
            return
        if self._depth:
            self._within_words(tag, self._shown)
        else:
            self._beside_words(tag, self._shown)

    def _box(self, tag: Tag) -> None:
        classes = tag.get("class").split()
        if tag.is_end:
            self._depth = max(0, self._depth - 1)
        elif MESSAGE in classes:
            self._open(tag, is_service=SERVICE in classes)
        elif self._depth or WORDS in classes:
            self._depth += 1

    def _open(self, tag: Tag, *, is_service: bool) -> None:
        named = NAMED.fullmatch(tag.get("data-post"))
        self._depth = 0
        self._shown = None
        if named is None:
            self.nameless += 1
            return
        self._shown = self.found.setdefault(int(named[2]), Shown(int(named[2]), is_service))

    def _within_words(self, tag: Tag, shown: Shown) -> None:
        if tag.name == "br":
            shown.words.append("\n")
        elif tag.name == "a" and tag.get("href").startswith(("http://", "https://")):
            shown.links.append(tag.get("href"))

    def _beside_words(self, tag: Tag, shown: Shown) -> None:
        classes = set(tag.get("class").split())
        for url in self._pictures(tag):
            if classes & PICTURES:
                shown.media.setdefault(url, Kind.IMAGE)
            elif classes & THUMBNAILS:
                shown.stills.append(url)
        if tag.name in PLAYERS and (url := self._resolved(tag.get("src"))):
            shown.media.setdefault(url, PLAYERS[tag.name])
        if tag.name == "time" and tag.get("datetime") and shown.moment is None:
            shown.moment = read_moment(tag.get("datetime"))

    def _pictures(self, tag: Tag) -> Iterator[str]:
        for address in PICTURE.findall(tag.get("style")):
            if url := self._resolved(address):
                yield url

    def _resolved(self, address: str) -> str:
        """Return a whole address of the web, "" for all else."""
        try:
            url = urljoin(self._url, address.strip()) if address.strip() else ""
        except ValueError:
            return ""
        return url if url.startswith(("http://", "https://")) else ""
