"""Reads what a site lists as its newest posts: a feed, a sitemap, or a page of links."""

import calendar
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import feedparser

from jikimi.model.errors import BadMedia
from jikimi.model.keys import key_of
from jikimi.model.post import MediaRef
from jikimi.sources.kinds import kind_of_mime, kind_of_name
from jikimi.sources.website_page import join, links
from jikimi.sources.website_sitemap import read_sitemap

MOST_ENTRIES = 20_000
MOST_HTML = 100_000
MOST_TAGS, MOST_ENTITIES = 100_000, 500_000  # feedparser 6.0.14 takes up to 50 µs for one, 5 µs for the other
SIZE = re.compile(r"[0-9]{1,15}")
NUMBERED = re.compile(rb"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
MOST_DIGITS = 7  # of a character's number
CHARACTERS = ((9, 10, 13), range(0x20, 0xD800), range(0xE000, 0xFFFE), range(0x10000, 0x110000))
ROOT = re.compile(r"<(?:[a-z]+:)?(rss|rdf|feed|urlset|sitemapindex)[\s>:]", re.IGNORECASE)


class Form(StrEnum):
    """How a site lists its posts; `auto` looks at the first bytes."""

    AUTO = "auto"
    FEED = "feed"
    SITEMAP = "sitemap"
    PAGE = "page"
    CHANGES = "changes"  # no list: one page that is changed in place


@dataclass(frozen=True, slots=True)
class Entry:
    """One listed post. `url` is "" where the list gives none; `html` and `media` are what it shows of it."""

    id: str
    url: str
    title: str = ""
    author: str = ""
    published_at: datetime | None = None
    html: str = ""
    media: tuple[MediaRef, ...] = ()


def read_listing(body: bytes, url: str, form: Form, content_type: str = "") -> tuple[Entry, ...]:
    """Return the listed posts, oldest first, each identifier once.

    Raises BadMedia when this is no list, a hostile one, or an index of sitemaps.
    """
    if form is Form.AUTO:
        form = guess_form(body)
    if form is Form.FEED:
        found = _feed(body, url, content_type)
    elif form is Form.SITEMAP:
        found = _sitemap(body, url)
    else:
        found = _links(body, url, content_type)
    entries = list(islice(found, MOST_ENTRIES + 1))
    if len(entries) > MOST_ENTRIES:
        raise BadMedia(f"The list has more than {MOST_ENTRIES} posts: watch a shorter one of the same site.")
    unique = {entry.id: entry for entry in reversed(entries)}
    dated = [(entry.published_at, entry) for entry in unique.values() if entry.published_at]
    if len(dated) == len(unique):
        return tuple(entry for _, entry in sorted(dated, key=lambda pair: pair[0]))
    return tuple(unique.values())


def guess_form(body: bytes) -> Form:
    """Tell from the first element what kind of list this is; a page where nothing says otherwise."""
    codec = "utf-16" if body.startswith((b"\xff\xfe", b"\xfe\xff")) else "latin-1"
    root = ROOT.search(body[:4096].decode(codec, "replace"))
    if root is None:
        return Form.PAGE
    return Form.SITEMAP if root[1].lower() in ("urlset", "sitemapindex") else Form.FEED


def _feed(body: bytes, url: str, content_type: str) -> Iterator[Entry]:
    if body.count(b"<") > MOST_TAGS or body.count(b"&") > MOST_ENTITIES:
        raise BadMedia("The feed is built to take forever: watch a shorter one of the same site.")
    # A stream, never bytes or text: those feedparser would try as a file name or address of its own.
    stream, headers = (
        io.BytesIO(NUMBERED.sub(_tamed, body)),
        {"content-type": content_type or "application/xml"},
    )
    try:
        feed = feedparser.parse(
            stream, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except (ValueError, OverflowError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise BadMedia("The feed is malformed in a way that cannot be read.") from error
    if not feed.entries and not feed.get("version"):
        raise BadMedia("This is not a feed.")
    for raw in feed.entries:
        yield _feed_entry(raw, url)


def _tamed(found: re.Match[bytes]) -> bytes:
    """Replace a number that is no character (XML 1.0, 2.2): feedparser gives up the whole feed for one."""
    digits = (found[1] or found[2]).lstrip(b"0")
    code = int(digits, 16 if found[1] else 10) if digits and len(digits) <= MOST_DIGITS else 0
    return found[0] if any(code in those for those in CHARACTERS) else b"&#65533;"


def _feed_entry(raw: Mapping[str, Any], url: str) -> Entry:
    link = str(raw.get("link") or "")
    if link == raw.get("id") and not link.startswith(("http://", "https://")):
        link = ""  # a plain number in <guid>, which RSS 2.0 takes for an address
    link = join(url, link) or ""
    html = " ".join(str(part.get("value", "")) for part in raw.get("content", ())) or str(
        raw.get("summary", "")
    )
    title = str(raw.get("title", ""))[:300]
    return Entry(
        id=str(raw.get("id") or "") or link or key_of("entry", title, html),
        url=link,
        title=title,
        author=str(raw.get("author", ""))[:200],
        published_at=_moment(raw.get("published_parsed") or raw.get("updated_parsed")),
        html=html[:MOST_HTML],
        media=tuple(_attachments(raw, url)),
    )


def _attachments(raw: Mapping[str, Any], url: str) -> Iterator[MediaRef]:
    """Read RSS enclosures and Media RSS (https://www.rssboard.org/media-rss)."""
    files = [(file.get("href"), file.get("type"), file.get("length")) for file in raw.get("enclosures", ())]
    files += [
        (file.get("url"), file.get("type") or file.get("medium"), file.get("filesize"))
        for file in raw.get("media_content", ())
    ]
    files += [(file.get("url"), "image", None) for file in raw.get("media_thumbnail", ())]
    for reference, mime, size in files:
        address = join(url, str(reference or ""))
        kind = kind_of_mime(mime) or kind_of_name(address or "")
        if address and kind:
            stated = int(size) if size and str(size).isdecimal() and len(str(size)) <= 15 else None  # noqa: PLR2004 - a number no int() chokes on
            yield MediaRef(kind, address, mime=mime if mime and "/" in mime else None, size=stated)


def _moment(parsed: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None


def _sitemap(body: bytes, url: str) -> Iterator[Entry]:
    sitemap = read_sitemap(body, url)
    if sitemap.maps:
        raise BadMedia("This is an index of sitemaps: type the address of one that it lists.")
    yield from (Entry(page, page) for page in sitemap.pages)


def _links(body: bytes, url: str, content_type: str) -> Iterator[Entry]:
    """Take every link that stays on the site for a post: only new ones are ever looked at."""
    here = urlsplit(url)
    for address in links(body, url, content_type):
        if address != url and urlsplit(address).netloc == here.netloc:
            yield Entry(address, address)
