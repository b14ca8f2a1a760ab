"""Reads a sitemap: the pages it lists, or the sitemaps that an index of them lists."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from jikimi.model.errors import BadMedia
from jikimi.sources.strict_xml import read_xml
from jikimi.sources.website_page import join

GZIP = b"\x1f\x8b"
LARGEST = 52_428_800  # the protocol's own limit, unpacked
MOST = 50_000  # pages, or sitemaps, in one: the protocol's limit, too
LONGEST_DATE = 40


@dataclass(frozen=True, slots=True)
class Sitemap:
    """Addresses of pages, and of further sitemaps with when each changed last ("" where it does not say)."""

    pages: tuple[str, ...]
    maps: tuple[tuple[str, str], ...]


def read_sitemap(body: bytes, url: str) -> Sitemap:
    """Read https://www.sitemaps.org/protocol.html, packed with gzip or not.

    Raises BadMedia for anything else. The `lastmod` of a page does not say when a post appeared and is
    not read; that of a sitemap says whether to fetch it again.
    """
    reader = _Reader()
    read_xml(_unpacked(body), reader, "This is not a sitemap.")
    maps = ((join(url, one), changed.strip()[:LONGEST_DATE]) for one, changed in reader.maps)
    return Sitemap(
        tuple(address for one in reader.pages if (address := join(url, one))),
        tuple((address, changed) for address, changed in maps if address),
    )


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(GZIP):
        return body
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        plain = unpacking.decompress(body, LARGEST)
    except zlib.error as error:
        raise BadMedia("This is not a sitemap.") from error
    if unpacking.unconsumed_tail:
        raise BadMedia("The sitemap is larger than the protocol allows: watch another list of the site.")
    return plain


class _Reader:
    """Collects the `loc` of each `url` and of each `sitemap`, as expat calls it."""

    def __init__(self) -> None:
        self.pages: list[str] = []
        self.maps: list[list[str]] = []
        self._path: list[str] = []

    def refuse(self, *_: object) -> None:
        raise BadMedia("A sitemap needs no document type: this one was not read.")

    def start(self, name: str, _: Mapping[str, str]) -> None:
        self._path.append(name.rpartition(" ")[2])
        if self._path == ["urlset", "url", "loc"]:
            self.pages.append("")
        elif self._path == ["sitemapindex", "sitemap"]:
            self.maps.append(["", ""])
        if max(len(self.pages), len(self.maps)) > MOST:
            raise BadMedia("The sitemap lists more than the protocol allows: watch another list of the site.")

    def text(self, text: str) -> None:
        if self._path == ["urlset", "url", "loc"]:
            self.pages[-1] += text
        elif self._path == ["sitemapindex", "sitemap", "loc"]:
            self.maps[-1][0] += text
        elif self._path == ["sitemapindex", "sitemap", "lastmod"]:
            self.maps[-1][1] += text

    def end(self, _: str) -> None:
        self._path.pop()
