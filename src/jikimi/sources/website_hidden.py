"""Finds media that stand in a page's data and styles rather than in its tags (JSON-LD, CSS backgrounds)."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from jikimi.model.fingerprint import Kind
from jikimi.sources.kinds import kind_of_name

MOST_SCRIPTS = 20
LONGEST_SCRIPT = 300_000
MOST_NODES = 10_000
MOST_STYLE = 4_000
DATA = re.compile(r"<script\b[^>]{0,400}application/ld\+json[^>]{0,400}>", re.IGNORECASE)
END = re.compile(r"</script", re.IGNORECASE)
STYLE = re.compile(
    r"""url\(\s*(?:"([^"]{1,2000})"|'([^']{1,2000})'|([^)"'\s]{1,2000}))\s*\)""", re.IGNORECASE
)
KINDS = {"VideoObject": Kind.VIDEO, "AudioObject": Kind.AUDIO, "ImageObject": Kind.IMAGE}
FILES = {"contentUrl": None, "thumbnailUrl": Kind.IMAGE, "thumbnail": Kind.IMAGE, "image": Kind.IMAGE}
PLAYER = "embedUrl"


def in_data(html: str) -> Iterator[tuple[Kind | None, str]]:
    """Yield what JSON-LD says of media (https://schema.org/MediaObject): kind, None for players; address."""
    for number, found in enumerate(DATA.finditer(html)):
        end = END.search(html, found.end())
        text = html[found.end() : end.start() if end else len(html)]
        if number >= MOST_SCRIPTS or len(text) > LONGEST_SCRIPT:
            return
        try:
            tree = msgspec.json.decode(text.encode("utf-8", "replace"))
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            continue  # broken data of a page that may show all the same
        yield from _walk(tree)


def in_style(style: str) -> Iterator[str]:
    """Yield the addresses in a tag's style attribute."""
    for quoted, single, bare in STYLE.findall(style[:MOST_STYLE]):
        yield quoted or single or bare


def _walk(tree: Any) -> Iterator[tuple[Kind | None, str]]:
    """Go through data without recursion, in order, and so many nodes only."""
    waiting, seen = [tree], 0
    while waiting and seen < MOST_NODES:
        node = waiting.pop()
        seen += 1
        if isinstance(node, dict):
            yield from _of(node)
            waiting.extend(value for value in reversed(node.values()) if isinstance(value, dict | list))
        elif isinstance(node, list):
            waiting.extend(reversed(node[:MOST_NODES]))


def _of(node: dict[str, Any]) -> Iterator[tuple[Kind | None, str]]:
    kind = next((KINDS[name] for name in _texts(node.get("@type")) if name in KINDS), None)
    for name, meant in FILES.items():
        for address in _texts(node.get(name)):
            found = meant or kind or kind_of_name(address)
            if found:
                yield found, address
    if kind is Kind.IMAGE:
        yield from ((Kind.IMAGE, address) for address in _texts(node.get("url")))
    yield from ((None, address) for address in _texts(node.get(PLAYER)))


def _texts(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str):
            yield one[:2000]
