"""Finds where a list leads on: to its next page, and to the hub that tells of new posts (WebSub)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from jikimi.model.ports import Fetched
from jikimi.sources.website_html import Tag, decode, tokens
from jikimi.sources.website_page import join

HEAD = 64 * 2**10  # of a feed or page: its own links stand before its posts
LINK = re.compile(
    r"<([^<>]{1,2000})>((?:\s*;\s*[a-zA-Z*]{1,20}\s*=\s*(?:\"[^\"]{0,500}\"|[^\s;,\"]{0,500}))+)"
)
REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]*))", re.IGNORECASE)
NAMES = ("link", "atom:link", "atom10:link")
PAGE_NAMES = frozenset({"page", "p", "pg", "paged", "pageno", "page_no", "pagenum", "cpage", "pageindex"})
PAGE_PATH = re.compile(r"(.*?)/(?:page|p)/([0-9]{1,6})/?")
SECOND = 2


@dataclass(frozen=True, slots=True)
class Hub:
    """A hub and the name under which it knows the list."""

    url: str
    topic: str


def find_hub(fetched: Fetched) -> Hub | None:
    """Return the hub a list names, in its headers or itself (https://www.w3.org/TR/websub/#discovery)."""
    found: dict[str, str] = {}
    for rel, address in (*_in_headers(fetched), *_in_head(fetched)):
        found.setdefault(rel, address)
    return Hub(found["hub"], found.get("self", fetched.url)) if "hub" in found else None


def next_page(fetched: Fetched, content_type: str) -> str:
    """Return the address of the list's next page: what says so itself, else the next number; "" for none."""
    named = dict((*_in_head(fetched), *_in_headers(fetched))).get("next", "")
    if named:
        return named if _is_near(named, fetched.url) else ""
    wanted = _numbered(fetched.url)
    numbered = ""
    for tag in tokens(decode(fetched.body, content_type)):
        if isinstance(tag, Tag) and tag.name == "a" and (address := join(fetched.url, tag.get("href"))):
            if "next" in tag.get("rel").lower().split() and _is_near(address, fetched.url):
                return address
            if not numbered and _is_next(_numbered(address), wanted):
                numbered = address
    return numbered if _is_near(numbered, fetched.url) else ""


def _in_headers(fetched: Fetched) -> Iterator[tuple[str, str]]:
    """Read Link headers (RFC 8288)."""
    for name, value in fetched.headers:
        for reference, parameters in LINK.findall(value[:HEAD]) if name == "link" else ():
            for quoted, bare in REL.findall(parameters)[:1]:
                yield from _resolved(quoted or bare, reference, fetched.url)


def _in_head(fetched: Fetched) -> Iterator[tuple[str, str]]:
    for tag in tokens(decode(fetched.body[:HEAD], "")):
        if isinstance(tag, Tag) and tag.name in NAMES:
            yield from _resolved(tag.get("rel"), tag.get("href"), fetched.url)


def _resolved(rels: str, reference: str, url: str) -> Iterator[tuple[str, str]]:
    address = join(url, reference)
    if address:
        yield from ((rel, address) for rel in rels.lower().split())


def _is_near(address: str, url: str) -> bool:
    return address != url and urlsplit(address).netloc == urlsplit(url).netloc


def _numbered(url: str) -> tuple[tuple[object, ...], int]:
    """Take the page number out of an address; the first page often bears none."""
    parts = urlsplit(url)
    number, rest = 0, list[tuple[str, str]]()
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name.lower() in PAGE_NAMES and value.isdecimal() and len(value) <= len("999999"):
            number = int(value)
        else:
            rest.append((name, value))
    path = PAGE_PATH.fullmatch(parts.path)
    if path:
        number = int(path[2])
    place = (parts.netloc, (path[1] if path else parts.path).rstrip("/"), tuple(sorted(rest)))
    return place, number or 1


def _is_next(found: tuple[tuple[object, ...], int], here: tuple[tuple[object, ...], int]) -> bool:
    return found[0] == here[0] and found[1] == here[1] + 1 and found[1] >= SECOND
