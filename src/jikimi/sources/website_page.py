"""Reads a post's web page: its title, its words, and where its pictures, films and sounds are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urldefrag, urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Kind
from jikimi.model.post import MediaRef
from jikimi.sources.kinds import kind_of_name

MOST_TAGS = 20_000
MOST_MEDIA = 100
MOST_TEXT = 20_000
PIXEL = 2  # pictures declared this small are counters, not pictures

# An HTML parser is quadratic in nesting: 20,000 open <div> take 0.7 s, 100,000 take 38 s. And it must
# repeat unclosed <b>, <i> … in every paragraph: 26 kB became 4 million nodes and 1.7 GB (selectolax 1.0.2).
FORMATTING = re.compile(
    r"</?(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])[^>]*>", re.IGNORECASE
)
TAG = re.compile(r"<[a-zA-Z]")
# Named by pages themselves, so only these are believed; some of Python's other codecs are slow or odd.
CHARSETS = re.compile(
    r"utf-?8|utf-16(le|be)?|euc-(kr|jp)|cp949|ks_c_5601-1987|shift_jis|gb(2312|k|18030)|big5|"
    r"iso-8859-\d+|windows-125\d|koi8-[ru]|us-ascii",
    re.IGNORECASE,
)
CHARSET_IN_PAGE = re.compile(rb"""charset\s*=\s*["']?\s*([a-zA-Z0-9_-]+)""", re.IGNORECASE)
UNREADABLE_PICTURES = {"image/avif-sequence", "image/jxl", "image/svg+xml"}
CARDS = {
    "og:image": Kind.IMAGE,
    "og:image:url": Kind.IMAGE,
    "og:image:secure_url": Kind.IMAGE,
    "twitter:image": Kind.IMAGE,
    "og:video": Kind.VIDEO,
    "og:video:url": Kind.VIDEO,
    "og:video:secure_url": Kind.VIDEO,
    "og:audio": Kind.AUDIO,
}
LAZY_SOURCES = ("data-src", "data-original", "data-lazy-src")  # where boards put it until one scrolls


@dataclass(frozen=True, slots=True)
class Page:
    """What a page shows. `media` is in order of appearance, each address once, at most 100."""

    title: str
    text: str
    media: tuple[MediaRef, ...]
    published_at: datetime | None


def read_page(body: bytes, url: str, content_type: str = "") -> Page:
    """Read an HTML page or fragment fetched from `url`; raises BadMedia when it is built to choke readers."""
    tree = parse_html(body, content_type)
    base = base_of(tree, url)
    title = tree.css_first("title")
    published = tree.css_first('meta[property="article:published_time"]')
    media = unique(_media(tree, base))
    tree.strip_tags(["script", "style", "template"])
    shown = tree.css_first("article, main, [role=main]") or tree.body
    return Page(
        title=_plain(title.text() if title else "", 300),
        text=_plain(shown.text(separator=" ") if shown else "", MOST_TEXT),
        media=media,
        published_at=read_date(_attribute(published, "content")) if published else None,
    )


def parse_html(body: bytes, content_type: str = "") -> LexborHTMLParser:
    """Return the page as a tree, decoded as its server, itself or its bytes say."""
    text = FORMATTING.sub(" ", _decode(body, content_type))
    if sum(1 for _ in TAG.finditer(text)) > MOST_TAGS:
        raise BadMedia(f"A page has more than {MOST_TAGS} tags.")
    return LexborHTMLParser(text)


def base_of(tree: LexborHTMLParser, url: str) -> str:
    """Return the address that relative ones on the page start from."""
    base = tree.css_first("base[href]")
    return (join(url, _attribute(base, "href")) if base else None) or url


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
    try:
        moment = datetime.fromisoformat(text.strip())
        if len(text.strip()) <= len("2026-11-22"):
            return None
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _decode(body: bytes, content_type: str) -> str:
    for mark, codec in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16le"), (b"\xfe\xff", "utf-16be")):
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace")
    for found in (CHARSET_IN_PAGE.search(content_type.encode()), CHARSET_IN_PAGE.search(body[:2048])):
        name = found[1].decode() if found else ""
        if CHARSETS.fullmatch(name):
            korean = name.lower() in ("euc-kr", "ks_c_5601-1987")  # browsers read both as cp949
            return body.decode("cp949" if korean else name, "replace")
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("cp949", "replace")


def _media(tree: LexborHTMLParser, base: str) -> Iterator[MediaRef]:
    for node in tree.css("img, video, audio, a[href]"):
        for kind, reference in _of_node(node):
            url = join(base, reference)
            if url:
                yield MediaRef(kind, url)
    is_player = any(
        not _attribute(meta, "content").startswith("video/")
        for meta in tree.css('meta[property="og:video:type"]')
    )
    for meta in tree.css("meta[content]"):
        card = CARDS.get(_attribute(meta, "property") or _attribute(meta, "name"))
        url = join(base, _attribute(meta, "content"))
        if card and url and not (card is Kind.VIDEO and is_player):
            yield MediaRef(card, url)


def _of_node(node: LexborNode) -> Iterator[tuple[Kind, str]]:
    if node.tag == "a":
        kind = kind_of_name(_attribute(node, "href"))
        if kind:
            yield kind, _attribute(node, "href")
    elif node.tag == "img":
        if not _is_pixel(node):
            yield Kind.IMAGE, _largest(node)
    else:
        kind = Kind.VIDEO if node.tag == "video" else Kind.AUDIO
        source = node.css_first("source[src]")
        yield kind, _attribute(node, "src") or _attribute(source, "src")
        yield Kind.IMAGE, _attribute(node, "poster")


def _is_pixel(image: LexborNode) -> bool:
    sizes = (_attribute(image, "width"), _attribute(image, "height"))
    return all(size.isdecimal() and int(size[:5]) <= PIXEL for size in sizes)


def _largest(image: LexborNode) -> str:
    """Return the largest version offered; its plain `src` where nothing larger is."""
    offers = [(1.0, _attribute(image, name)) for name in (*LAZY_SOURCES, "src")]
    parent = image.parent
    sources = parent.css("source") if parent is not None and parent.tag == "picture" else []
    for node in (image, *sources):
        if _attribute(node, "type") in UNREADABLE_PICTURES:
            continue
        offers += _offers(_attribute(node, "srcset") or _attribute(node, "data-srcset"))
    usable = [(size, reference) for size, reference in offers if reference and not _is_inline(reference)]
    return max(usable, key=lambda offer: offer[0], default=(0.0, ""))[1]


def _offers(srcset: str) -> Iterator[tuple[float, str]]:
    """Read "small.jpg 480w, large.jpg 2x" as sizes and addresses."""
    for part in re.split(r",\s+|,(?=https?:)", srcset):
        address, _, size = part.strip().partition(" ")
        number = size.strip().rstrip("wxh")
        yield float(number) if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", number) else 1.0, address.strip(",")


def _is_inline(reference: str) -> bool:
    return reference.strip().lower().startswith("data:")


def _attribute(node: LexborNode | None, name: str) -> str:
    return (node.attributes.get(name) or "").strip() if node is not None else ""


def _plain(text: str, limit: int) -> str:
    return " ".join(text.split())[:limit]
