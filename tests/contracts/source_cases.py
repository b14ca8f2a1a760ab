"""One case a source: how the contract suite publishes, deletes and breaks things on that platform.

To try a new source, write an opener like those below and add it to CASES.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from html import escape
from itertools import count
from pathlib import Path

from loopback_site import Site
from scripted_relay import ScriptedRelay
from surroundings import around, web_to

from jikimi.app.sources import SourceClass
from jikimi.model.ports import Source, Web
from jikimi.model.source import Options
from jikimi.sources.contract_case import SECRET, Opener, SourceCase
from jikimi.sources.folder import Folder
from jikimi.sources.nostr import Nostr
from jikimi.sources.website import Website
from nostr_peer import publish as publish_to_relay
from nostr_peer import signed_event, start_relay

WATCH = "specimen"
NUMBERS = count(1)


def maker(kind: SourceClass, options: Mapping[str, str], web: Web | None = None) -> Callable[[], Source]:
    """Return what makes a source anew, as after a restart."""
    return lambda: kind(Options(kind.manifest, options), around(web, WATCH))


@asynccontextmanager
async def website(form: str, _: Path) -> AsyncIterator[SourceCase]:
    """A site that lists its posts, newest first, in one of the forms we read."""
    site, listed = Site(), list[str]()
    write = {"feed": feed_of, "sitemap": sitemap_of, "page": links_of}[form]

    async def add(paths: list[str]) -> list[str]:
        listed.extend(paths)
        site.pages["/list"] = write([escape(site.url(path)) for path in reversed(listed)])
        return [site.url(path) for path in paths]

    async def put_up(number: int) -> list[str]:
        paths = [f"/post/{next(NUMBERS)}" for _ in range(number)]
        for path in paths:
            page = f"<title>Specimen</title><article>Words <img src='{path}.jpg'></article>"
            site.pages[path] = ("text/html", page.encode())
        return await add(paths)

    async def garble() -> None:
        await add([f"/broken/{next(NUMBERS)}"])  # listed, but there is no such page

    async with site.opened() as fetcher:
        await put_up(1)  # so that the list is not empty when it is first looked at
        options = {"url": site.url(f"/list?key={SECRET}"), "kind": form, "interval": "1"}
        make = maker(Website, options, web_to(fetcher=fetcher))
        yield SourceCase(make, put_up, answer=site.answer, garble=garble)


def feed_of(links: list[str]) -> tuple[str, bytes]:
    items = "".join(f"<item><guid>{link}</guid><link>{link}</link></item>" for link in links)
    return "application/rss+xml", f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()


def sitemap_of(links: list[str]) -> tuple[str, bytes]:
    rows = "".join(f"<url><loc>{link}</loc></url>" for link in links)
    xmlns = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return "application/xml", f'<?xml version="1.0"?><urlset xmlns="{xmlns}">{rows}</urlset>'.encode()


def links_of(links: list[str]) -> tuple[str, bytes]:
    return "text/html", "".join(f"<p><a href='{link}'>post</a>" for link in links).encode()


@asynccontextmanager
async def folder(path: Path) -> AsyncIterator[SourceCase]:
    """A folder in which whole files appear."""

    async def put_up(number: int) -> list[str]:
        files = [path / f"{next(NUMBERS)}.jpg" for _ in range(number)]
        for file in files:
            file.write_bytes(b"specimen")
        facts = [(file, file.stat()) for file in files]
        return [f"{file.name}@{fact.st_mtime_ns}-{fact.st_size}" for file, fact in facts]

    options = {"path": str(path), "interval": "0.1"}
    yield SourceCase(maker(Folder, options), put_up)


@asynccontextmanager
async def real_relay(folder: Path) -> AsyncIterator[SourceCase]:
    """The package `nostr-relay`, as people run it."""
    relay = start_relay(folder)

    async def put_up(number: int) -> list[str]:
        return publish_to_relay(relay.url, [signed_event(note()) for _ in range(number)])

    async def delete(post: str) -> None:
        publish_to_relay(relay.url, [signed_event("", [["e", post]], kind=5)])

    try:
        make = maker(Nostr, {"relay": f"{relay.url}/?key={SECRET}"}, web_to(relay.url))
        yield SourceCase(make, put_up, delete, repeats=True)
    finally:
        relay.stop()


@asynccontextmanager
async def scripted_relay(_: Path) -> AsyncIterator[SourceCase]:
    """A relay that can be made to refuse and to talk nonsense."""
    relay = ScriptedRelay()

    async def put_up(number: int) -> list[str]:
        return [await relay.store(signed_event(note())) for _ in range(number)]

    async def delete(post: str) -> None:
        await relay.store(signed_event("", [["e", post]], kind=5))

    async def garble() -> None:
        relay.raw.append('["EVENT","live",{"id":7}]')

    async with relay.opened() as url:
        make = maker(Nostr, {"relay": f"{url}/?key={SECRET}"}, web_to(url))
        yield SourceCase(make, put_up, delete, relay.answer, garble, repeats=True)


def note() -> str:
    return f"Specimen {next(NUMBERS)} http://127.0.0.1:9/a.jpg"


import cases_bluesky  # noqa: E402  # its openers need what stands above

CASES: dict[str, Opener] = {
    "jetstream": cases_bluesky.jetstream,
    "firehose": cases_bluesky.firehose,
    "bluesky": cases_bluesky.real_network,
    "feed": partial(website, "feed"),
    "sitemap": partial(website, "sitemap"),
    "page": partial(website, "page"),
    "folder": folder,
    "relay": real_relay,
    "scripted": scripted_relay,
}
DELETES = {"jetstream", "firehose", "bluesky", "relay", "scripted"}
REFUSES = {"jetstream", "firehose", "feed", "sitemap", "page", "scripted"}
GARBLES = {"jetstream", "firehose", "feed", "sitemap", "page", "scripted"}
STARTS_A_SERVER = {"bluesky", "relay"}

import cases_imageboard  # noqa: E402 - builds on what stands above
import cases_mastodon  # noqa: E402 - as above
import cases_matrix  # noqa: E402 - as above
import cases_misskey  # noqa: E402 - as above
import cases_search  # noqa: E402 - as above
import cases_telegram  # noqa: E402 - as above
import cases_upload  # noqa: E402 - as above
import cases_website  # noqa: E402 - as above
import cases_x  # noqa: E402 - as above
import cases_youtube  # noqa: E402 - as above

SOCIAL = cases_imageboard.OPENERS | cases_mastodon.OPENERS | cases_misskey.OPENERS | cases_x.OPENERS
CASES |= SOCIAL
CASES["upload"] = cases_upload.upload
CASES |= {"synapse": cases_matrix.synapse, "scripted-matrix": cases_matrix.scripted_homeserver}
CASES |= {"telegram": cases_telegram.account, "telegram-preview": cases_telegram.preview}
DELETES |= {"upload", "mastodon", "misskey", "synapse", "scripted-matrix", "telegram", "telegram-preview"}
REFUSES |= {*SOCIAL, "scripted-matrix", "telegram", "telegram-preview"}
GARBLES |= {*SOCIAL, "upload", "synapse", "scripted-matrix", "telegram-preview"}
STARTS_A_SERVER |= {"synapse", "mediawiki"}
CASES |= cases_website.OPENERS
REFUSES |= {"hub", "index", "changes"}
GARBLES |= {"hub", "index"}
CASES |= cases_search.OPENERS | cases_youtube.OPENERS
DELETES |= {"youtube-pushed"}
REFUSES |= {*cases_search.OPENERS, "youtube-feed", "youtube-search"}
GARBLES |= {*cases_search.OPENERS, *cases_youtube.OPENERS}
