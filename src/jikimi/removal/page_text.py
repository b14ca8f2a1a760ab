"""Reads a page as far as a re-check must: words, what scripts say, pictures it names, where it leads."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

from jikimi.model.ports import Fetched

LONGEST_TEXT = 400_000  # letters of a page that are read; soft errors are short
MOST_ADDRESSES = 400

_CHARSET = re.compile(rb"charset=[\"']?\s*([A-Za-z0-9_-]+)", re.IGNORECASE)
_SPOKEN = re.compile(r"\b(?:alert|confirm)\s*\(\s*([\"'])(.*?)(?<!\\)\1", re.DOTALL)
_JUMP = re.compile(r"location(?:\.href)?\s*(?:=|\.replace\(|\.assign\()\s*([\"'])(.*?)\1")
_REFRESH = re.compile(r"^\s*[0-9.]+\s*;\s*url\s*=\s*[\"']?([^\"']+)", re.IGNORECASE)
_NAMED = re.compile(
    r"[^\s\"'()<>\\]+\.(?:jpe?g|png|gif|webp|avif|bmp|mp4|webm|m4v|mov)(?:\?[^\s\"'()<>\\]*)?", re.IGNORECASE
)
_BREAKS = re.compile(r"[\s\"'()<>]+")
_ATTRIBUTE = re.compile(r"^[a-z-]+=")  # an attribute without quotes: src=/a.jpg
_SILENT = {"script", "style", "template", "svg", "noscript", "option"}
_PICTURED = {
    "img": ("src", "data-src", "data-original", "data-lazy-src"),
    "amp-img": ("src",),
    "source": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "embed": ("src",),
    "a": ("href",),
}
_CARDS = {"og:image", "og:image:url", "og:image:secure_url", "twitter:image", "og:video", "og:video:url"}


@dataclass
class _Reading(HTMLParser):
    """Collects what one page holds; `hidden` counts the elements around whose text nobody sees."""

    words: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    jumps: list[str] = field(default_factory=list)
    links: int = 0
    scripts: int = 0
    asks_password: bool = False
    hidden: int = 0

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.hidden += tag in _SILENT
        self.scripts += tag == "script"
        self.links += tag == "a"
        self.asks_password |= tag == "input" and given.get("type", "").lower() == "password"
        self._note_pictures(tag, given)
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            found = _REFRESH.match(given.get("content", ""))
            self.jumps += [found[1].strip()] if found else []

    def handle_endtag(self, tag: str) -> None:
        self.hidden = max(0, self.hidden - (tag in _SILENT))

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and not self.hidden:
            self.words.append(text)

    def _note_pictures(self, tag: str, given: dict[str, str]) -> None:
        named = [given[name] for name in _PICTURED.get(tag, ()) if given.get(name)]
        if tag == "a":  # a link counts only when it leads to a file
            named = [address for address in named if _NAMED.fullmatch(address)]
        if tag in {"img", "source"}:
            named += [part.split()[0] for part in given.get("srcset", "").split(",") if part.strip()]
        if tag == "meta" and (given.get("property") or given.get("name")) in _CARDS:
            named.append(given.get("content", ""))
        self.pictures += named


@dataclass(frozen=True, slots=True)
class PageText:
    """What a page says. `words` are its visible texts in order, `spoken` what its scripts say in a box.

    `pictures` are the addresses of media it names, absolute and in order; `jump` is where it sends a browser
    by itself, "" if nowhere.
    """

    words: tuple[str, ...]
    spoken: str
    pictures: tuple[str, ...]
    jump: str
    links: int
    scripts: int
    asks_password: bool

    @property
    def text(self) -> str:
        """Return the visible words in one line, with what scripts say."""
        return " ".join((*self.words, self.spoken)).strip()


def read_page(answer: Fetched) -> PageText:
    """Read an answer's body as a page; of what is no page, nothing is found."""
    text = decoded(answer)
    reading = _Reading()
    reading.feed(text)
    raw = html.unescape(text).replace("\\/", "/")
    elsewhere = (_ATTRIBUTE.sub("", one) for one in _NAMED.findall(raw))
    named = [*reading.pictures, *elsewhere][:MOST_ADDRESSES]
    jumps = [*reading.jumps, *(found[2] for found in _JUMP.finditer(raw))]
    return PageText(
        words=tuple(reading.words),
        spoken=" ".join(found[2].replace("\\n", " ") for found in _SPOKEN.finditer(raw)),
        pictures=tuple(dict.fromkeys(_absolute(answer.url, named))),
        jump=_joined(answer.url, jumps[0]) if jumps else "",
        links=reading.links,
        scripts=reading.scripts,
        asks_password=reading.asks_password,
    )


def decoded(answer: Fetched) -> str:
    """Return a body's text: by the charset it declares, else UTF-8, else Korean Windows (cp949)."""
    body = answer.body[:LONGEST_TEXT]
    header = dict(answer.headers).get("content-type", "").encode("latin-1", "replace")
    declared = _CHARSET.search(header) or _CHARSET.search(body[:2048])
    name = declared[1].decode("ascii") if declared else "utf-8"
    names = (
        ["cp949"]
        if name.lower().replace("_", "-") in {"euc-kr", "ks-c-5601-1987"}
        else [name, "utf-8", "cp949"]
    )
    for one in names:
        try:
            return body.decode(one)
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode(names[-1], "replace")


def mentions(answer: Fetched, url: str) -> set[str]:
    """Return the addresses, absolute and unquoted, under which a page names a file of that name."""
    name = PurePosixPath(urlsplit(url).path).name
    text = html.unescape(decoded(answer)).replace("\\/", "/")
    pieces = (piece.strip(",;") for piece in _BREAKS.split(text))
    named = (_ATTRIBUTE.sub("", piece) for piece in pieces if name in piece or unquote(name) in piece)
    return {unquote(address) for address in _absolute(answer.url, named)}


def _absolute(base: str, addresses: Iterable[str]) -> list[str]:
    found = []
    for address in addresses:
        whole = _joined(base, address.strip())
        if whole.startswith(("http://", "https://")):
            found.append(whole.partition("#")[0])
    return found


def _joined(base: str, address: str) -> str:
    """Return where an address leads from a page; "" for what is none, such as one with a broken IPv6 host."""
    try:
        return urljoin(base, address)
    except ValueError:
        return ""
