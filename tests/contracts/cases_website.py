"""Further forms in which websites list their posts: told by a hub, an index of sitemaps, one page, a wiki."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hub import Hub, Mailbox
from loopback_site import Site, now
from source_cases import NUMBERS, SECRET, WATCH, Opener, SourceCase, feed_of, maker, sitemap_of
from surroundings import around, web_to

from jikimi.media.addresses import AddressPolicy
from jikimi.media.fetch import GuardedFetcher
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.keys import key_of
from jikimi.model.ports import Fetched, Fetcher, Limits, Source
from jikimi.model.post import Secret
from jikimi.model.source import Options
from jikimi.sources.website import Website
from jikimi.sources.website_listing import Form, read_listing
from wiki_peer import is_installed, start_wiki


def write_pages(site: Site, number: int) -> list[str]:
    """Put up so many pages with a picture each; return their paths."""
    paths = [f"/post/{next(NUMBERS)}" for _ in range(number)]
    for path in paths:
        page = f"<title>Specimen</title><article>Words <img src='{path}.jpg'></article>"
        site.pages[path] = ("text/html", page.encode())
    return paths


@asynccontextmanager
async def told_by_a_hub(_: Path) -> AsyncIterator[SourceCase]:
    """A feed that names a hub, which delivers every post but lists it, too."""
    site, hub, listed = Site(), Hub(Mailbox(now, longest=timedelta(seconds=0.2))), list[str]()

    def feed(paths: list[str]) -> bytes:
        kind, body = feed_of([site.url(path) for path in paths])
        del kind
        return body.replace(b"<channel>", f'<channel><atom:link rel="hub" href="{address}"/>'.encode(), 1)

    async def add(paths: list[str]) -> list[str]:
        listed.extend(paths)
        site.pages["/list"] = ("application/rss+xml", feed(listed[::-1]))
        await hub.publish(f"{site.url('/list')}?key={SECRET}", feed(paths))
        return [site.url(path) for path in paths]

    async def put_up(number: int) -> list[str]:
        return await add(write_pages(site, number))

    async def garble() -> None:
        await add([f"/broken/{next(NUMBERS)}"])

    async with site.opened() as fetcher, hub.opened() as address:
        await put_up(1)
        given = {"url": f"{site.url('/list')}?key={SECRET}", "interval": "1"}
        web = web_to(address, fetcher=fetcher)

        def make() -> Source:
            return Website(Options(Website.manifest, given), around(web, WATCH, deliveries=hub.mailbox))

        yield SourceCase(make, put_up, answer=site.answer, garble=garble)


@asynccontextmanager
async def index_of_sitemaps(_: Path) -> AsyncIterator[SourceCase]:
    """An index whose newest sitemap grows."""
    site, listed = Site(), list[str]()

    async def add(paths: list[str]) -> list[str]:
        listed.extend(paths)
        site.pages["/new.xml"] = sitemap_of([site.url(path) for path in reversed(listed)])
        changed = {"/old.xml": "2026-01-01", "/new.xml": f"2026-11-22T00:00:{len(listed):02}Z"}
        rows = "".join(
            f"<sitemap><loc>{site.url(path)}</loc><lastmod>{day}</lastmod></sitemap>"
            for path, day in changed.items()
        )
        site.pages["/list"] = ("application/xml", f"<sitemapindex>{rows}</sitemapindex>".encode())
        return [site.url(path) for path in paths]

    async def put_up(number: int) -> list[str]:
        return await add(write_pages(site, number))

    async def garble() -> None:
        await add([f"/broken/{next(NUMBERS)}"])

    async with site.opened() as fetcher:
        site.pages["/old.xml"] = sitemap_of([site.url("/ancient")])
        await put_up(1)
        options = {"url": site.url(f"/list?key={SECRET}"), "interval": "1"}
        make = maker(Website, options, web_to(fetcher=fetcher))
        yield SourceCase(make, put_up, answer=site.answer, garble=garble)


@asynccontextmanager
async def page_in_place(_: Path) -> AsyncIterator[SourceCase]:
    """One page to which pictures are added."""
    site, shown = Site(), list[str]()

    async def put_up(number: int) -> list[str]:
        paths = [f"/{next(NUMBERS)}.jpg" for _ in range(number)]
        shown.extend(paths)
        pictures = "".join(f"<img src='{path}'>" for path in reversed(shown))
        site.pages["/wall"] = ("text/html", f"<title>Wall</title>{pictures}".encode())
        return [key_of("page", url, site.url(path)) for path in paths]

    async with site.opened() as fetcher:
        url = site.url("/wall")  # the address of its posts: what evidence names, and no secret
        await put_up(1)
        make = maker(Website, {"url": url, "kind": "changes", "interval": "1"}, web_to(fetcher=fetcher))
        yield SourceCase(make, put_up, answer=site.answer)


class Patient:
    """A fetcher that waits while pictures are put up, so that all of them are new at once."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self.is_still = asyncio.Event()
        self.is_still.set()

    def fetch(self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None) -> Fetched:
        return self._fetcher.fetch(url, limits, headers)

    async def fetch_async(
        self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None
    ) -> Fetched:
        await self.is_still.wait()
        return await self._fetcher.fetch_async(url, limits, headers)


@asynccontextmanager
async def mediawiki(folder: Path) -> AsyncIterator[SourceCase]:
    """A real MediaWiki, by its feed of recent changes."""
    if not is_installed():
        pytest.skip("MediaWiki is not installed: apt-get install mediawiki php-cli php-sqlite3")
    wiki = await asyncio.to_thread(start_wiki, folder / "wiki")
    port = int(wiki.url.rpartition(":")[2])
    policy = AddressPolicy(allowed=frozenset({("127.0.0.1", port)}))

    async def put_up(number: int) -> list[str]:
        patient.is_still.clear()
        names = [f"Specimen {next(NUMBERS)}.jpg" for _ in range(number)]
        for name in names:
            picture = encode_jpeg(draw(next(NUMBERS), 64, 48))
            await asyncio.to_thread(wiki.upload, name, picture)
        fetched = await fetcher.fetch_async(wiki.feed, Limits())
        patient.is_still.set()
        titles = {f"File:{name}" for name in names}
        return [
            entry.id for entry in read_listing(fetched.body, wiki.feed, Form.FEED) if entry.title in titles
        ]

    try:
        with GuardedFetcher(policy, user_agent="jikimi-test", clock=now) as fetcher:
            patient = Patient(fetcher)
            options = {"url": f"{wiki.feed}&key={SECRET}", "interval": "1"}
            yield SourceCase(maker(Website, options, web_to(fetcher=patient)), put_up)
    finally:
        wiki.stop()


OPENERS: dict[str, Opener] = {
    "hub": told_by_a_hub,
    "index": index_of_sitemaps,
    "changes": page_in_place,
    "mediawiki": mediawiki,
}
