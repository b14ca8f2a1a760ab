"""Reads a post's web page: its title, its words, and where its pictures, films and sounds are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urldefrag, urljoin

from jikimi.model.fingerprint import Kind
from jikimi.model.post import MediaRef
from jikimi.sources.kinds import kind_of_mime, kind_of_name
from jikimi.sources.moments import read_moment
from jikimi.sources.website_hidden import in_data, in_style
from jikimi.sources.website_html import Tag, decode, tokens

MOST_MEDIA = 100
MOST_REFERENCES = 20_000
MOST_TEXT = 20_000
PIXEL = 2  # pictures declared this small are counters, not pictures
SIZE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
UNREADABLE_PICTURES = {"image/jxl", "image/svg+xml"}
CARDS = {
    "og:image": Kind.IMAGE,
    "og:image:url": Kind.IMAGE,
    "og:image:secure_url": Kind.IMAGE,
    "twitter:image": Kind.IMAGE,
    "twitter:image:src": Kind.IMAGE,
    "og:video": Kind.VIDEO,
    "og:video:url": Kind.VIDEO,
    "og:video:secure_url": Kind.VIDEO,
    "og:audio": Kind.AUDIO,
    "twitter:player:stream": Kind.VIDEO,
}
EMBEDS = {"iframe": ("src", "data-src"), "embed": ("src",), "object": ("data",)}
MOST_PLAYERS = 20
PLAYERS = {"video": Kind.VIDEO, "audio": Kind.AUDIO}
LAZY_SOURCES = ("data-src", "data-original", "data-lazy-src")  # where boards put it until one scrolls
LAZY_BACKGROUNDS = ("data-bg", "data-background", "data-background-image")
STORIES = ("article", "main")


@dataclass(frozen=True, slots=True)
class Page:
    """What a page shows. `media` is in order of appearance, each address once, at most 100.

    `players` are addresses of foreign pages that play something inside this one, at most 20.
    """

    title: str
    text: str
    media: tuple[MediaRef, ...]
    published_at: datetime | None
    players: tuple[str, ...] = ()


def read_page(body: bytes, url: str, content_type: str = "") -> Page:
    """Read an HTML page or fragment fetched from `url`. There is always a page, if only an empty one."""
    reader, html = _Reader(), decode(body, content_type)
    for token in tokens(html):
        if isinstance(token, Tag):
            reader.see(token)
        else:
            reader.hear(token)
    for kind, reference in in_data(html):
        reader.told(kind, reference)
    base = join(url, reader.base) or url
    return Page(
        title=_plain(reader.title, 300),
        text=_plain(" ".join(reader.words), MOST_TEXT),
        media=unique(_resolved(reader, base)),
        published_at=read_date(reader.published),
        players=tuple(dict.fromkeys(filter(None, (join(base, one) for one in _players(reader))))),
    )


def links(body: bytes, url: str, content_type: str = "") -> Iterator[str]:
    """Yield the addresses a page links to, resolved, in order of appearance."""
    text = decode(body, content_type)
    bases = (token.get("href") for token in tokens(text) if isinstance(token, Tag) and token.name == "base")
    base = join(url, next(bases, "")) or url
    for token in tokens(text):
        if isinstance(token, Tag) and token.name == "a" and (address := join(base, token.get("href"))):
            yield address


def join(base: str, reference: str) -> str | None:
    """Resolve a reference without its fragment; None unless it leads to the web."""
    try:
        url = urldefrag(urljoin(base, reference.strip())).url
    except ValueError:
        return None
    return url if reference.strip() and url.startswith(("http://", "https://")) else None


def unique(media: Iterator[MediaRef]) -> tuple[MediaRef, ...]:
    """Keep the first of those with one address, and a bounded number of them."""
    kept: dict[str, MediaRef] = {}
    for ref in media:
        kept.setdefault(ref.url, ref)
        if len(kept) == MOST_MEDIA:
            break
    return tuple(kept.values())


def read_date(text: str) -> datetime | None:
    """Read an ISO 8601 moment; None for a bare day, which says too little to start a clock."""
    return read_moment(text) if len(text.strip()) > len("2026-11-22") else None


class _Reader:
    """Goes through a page once, from top to bottom."""

    def __init__(self) -> None:
        self.base = self.title = self.published = ""
        self.words: list[str] = []
        self.references: dict[tuple[Kind, str], None] = {}  # each once, in order
        self.cards: list[tuple[Kind, str]] = []
        self.players: list[str] = []
        self.is_player_page = False
        self._heard = 0
        self._story: str | None = ""  # "": none yet; None: it is over
        self._is_title = False
        self._versions: list[tuple[float, str]] = []
        self._player: Kind | None = None

    def hear(self, text: str) -> None:
        """Take in words; once there was an article, only its own count."""
        if self._is_title and not self.title:
            self.title = text[:1000]
        elif not self._is_title and self._story is not None and self._heard < MOST_TEXT:
            words = " ".join(text.split())
            self._heard += len(words) + 1
            self.words.append(words)

    def see(self, tag: Tag) -> None:
        """Take in a tag."""
        self._is_title = tag.name == "title" and not tag.is_end
        if tag.name in STORIES:
            self._turn_to_story(tag)
        elif tag.name in PLAYERS:
            self._open_player(tag)
        elif not tag.is_end:
            self._see_inside(tag)
        if "style" in tag.attributes or tag.attributes.keys() & LAZY_BACKGROUNDS:
            self._see_background(tag)

    def told(self, kind: Kind | None, reference: str) -> None:
        """Take in what the page's data say; None is a player."""
        if kind is None:
            self._embed(reference)
        elif len(self.cards) < MOST_MEDIA:
            self.cards.append((kind, reference))

    def _turn_to_story(self, tag: Tag) -> None:
        if not tag.is_end and self._story == "":
            self._story, self._heard, self.words = tag.name, 0, []
        elif tag.is_end and tag.name == self._story:
            self._story = None

    def _open_player(self, tag: Tag) -> None:
        self._player = None
        if not tag.is_end:
            source = tag.get("src") or tag.get("data-src")
            self._add(PLAYERS[tag.name], source)
            self._add(Kind.IMAGE, tag.get("poster") or tag.get("data-poster"))
            self._player = None if source else PLAYERS[tag.name]

    def _see_inside(self, tag: Tag) -> None:
        if tag.name == "img":
            if not _is_pixel(tag):
                self._add(Kind.IMAGE, _pick([*_versions(tag)])[1])
                self._add(Kind.IMAGE, _pick(self._versions)[1])  # also: a picture's sources may never show
            self._versions = []
        elif tag.name == "source":
            self._see_source(tag)
        elif tag.name == "a":
            kind = kind_of_name(tag.get("href"))
            if kind:
                self._add(kind, tag.get("href"))
        elif tag.name == "meta":
            self._see_card(tag)
        elif tag.name == "base":
            self.base = self.base or tag.get("href")
        elif tag.name in EMBEDS:
            self._see_embedded(tag)

    def _see_embedded(self, tag: Tag) -> None:
        reference = next(filter(None, map(tag.get, EMBEDS[tag.name])), "")
        kind = kind_of_mime(tag.get("type")) or kind_of_name(reference)
        if kind:
            self._add(kind, reference)
        else:
            self._embed(reference)

    def _see_background(self, tag: Tag) -> None:
        for reference in (*in_style(tag.get("style")), *map(tag.get, LAZY_BACKGROUNDS)):
            if not reference.lower().startswith("data:") and (kind := kind_of_name(reference)):
                self._add(kind, reference)

    def _embed(self, reference: str) -> None:
        if reference and len(self.players) < MOST_PLAYERS:
            self.players.append(reference)

    def _see_source(self, tag: Tag) -> None:
        source = tag.get("src") or tag.get("data-src")
        if self._player and source:
            self._add(self._player, source)
            self._player = None  # the others are the same in other formats
        elif tag.get("type") not in UNREADABLE_PICTURES:
            self._versions = [_pick([*self._versions, *_versions(tag)])]

    def _see_card(self, tag: Tag) -> None:
        name, content = tag.get("property") or tag.get("name"), tag.get("content")
        if name == "article:published_time":
            self.published = self.published or content[:100]
        elif name == "og:video:type":
            self.is_player_page |= not content.startswith("video/")
        elif name == "twitter:player":
            self._embed(content)
        elif name in CARDS and len(self.cards) < MOST_MEDIA:
            self.cards.append((CARDS[name], content))

    def _add(self, kind: Kind, reference: str) -> None:
        if reference and len(self.references) < MOST_REFERENCES:
            self.references[kind, reference] = None


def _resolved(reader: _Reader, base: str) -> Iterator[MediaRef]:
    cards = [card for card in reader.cards if not _is_player(card, is_player_page=reader.is_player_page)]
    for kind, reference in (*reader.references, *cards):
        url = join(base, reference)
        if url:
            yield MediaRef(kind, url)


def _players(reader: _Reader) -> Iterator[str]:
    yield from reader.players
    yield from (card[1] for card in reader.cards if _is_player(card, is_player_page=reader.is_player_page))


def _is_player(card: tuple[Kind, str], *, is_player_page: bool) -> bool:
    """Tell whether a page's card names a player, where it says so, instead of a file."""
    kind, reference = card
    return kind is Kind.VIDEO and is_player_page and kind_of_name(reference) is None


def _is_pixel(image: Tag) -> bool:
    sizes = (image.get("width"), image.get("height"))
    return all(SIZE.fullmatch(size) and float(size) <= PIXEL for size in sizes)


def _versions(tag: Tag) -> Iterator[tuple[float, str]]:
    """Yield what a picture or one of its sources offers, with a size to compare by."""
    for name in (*LAZY_SOURCES, "src"):
        yield 1.0, tag.get(name)
    srcset = tag.get("srcset") or tag.get("data-srcset")
    for part in re.split(r",\s+|,(?=https?:)", srcset):
        address, _, size = part.strip().partition(" ")
        number = size.strip().rstrip("wxh")
        yield float(number) if SIZE.fullmatch(number) else 1.0, address.strip(",")


def _pick(versions: list[tuple[float, str]]) -> tuple[float, str]:
    """Return the largest version that is a file of its own; the first of equals."""
    usable = [version for version in versions if version[1] and not version[1].lower().startswith("data:")]
    return max(usable, key=lambda version: version[0], default=(0.0, ""))


def _plain(text: str, limit: int) -> str:
    return " ".join(text.split())[:limit]
