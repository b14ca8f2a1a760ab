"""One case a source: how the contract suite publishes, deletes and breaks things on that platform.

To try a new source, write an opener like those below and add it to CASES.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from html import escape
from itertools import count
from pathlib import Path

from loopback_site import NoFetcher, Site, now
from scripted_relay import ScriptedRelay

from jikimi.model.ports import Source
from jikimi.sources.folder import Folder
from jikimi.sources.nostr import Nostr
from jikimi.sources.website import Website
from nostr_peer import publish as publish_to_relay
from nostr_peer import signed_event, start_relay

SECRET = "hush-hush"
WATCH = "specimen"
NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class SourceCase:
    """A platform in a test's hands.

    `make` returns a fresh source, as after a restart, with SECRET in its options if it takes any.
    `publish` puts up so many posts with a picture each and returns their `Post.id`s. `delete` takes
    one down. `answer` lets the server answer everything with a status and a Retry-After in seconds
    (200 is normal service). `garble` puts up one record that cannot be read. `repeats` tells whether
    posts may come again when a stream is resumed.
    """

    make: Callable[[], Source]
    publish: Callable[[int], Awaitable[list[str]]]
    delete: Callable[[str], Awaitable[None]] | None = None
    answer: Callable[[int, int], None] | None = None
    garble: Callable[[], Awaitable[None]] | None = None
    repeats: bool = False


Opener = Callable[[Path], AbstractAsyncContextManager[SourceCase]]


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
        make = partial(Website, options, fetcher, now, WATCH)
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
    yield SourceCase(partial(Folder, options, NoFetcher(), now, WATCH), put_up)


@asynccontextmanager
async def real_relay(folder: Path) -> AsyncIterator[SourceCase]:
    """The package `nostr-relay`, as people run it."""
    relay = start_relay(folder)

    async def put_up(number: int) -> list[str]:
        return publish_to_relay(relay.url, [signed_event(note()) for _ in range(number)])

    async def delete(post: str) -> None:
        publish_to_relay(relay.url, [signed_event("", [["e", post]], kind=5)])

    try:
        make = partial(Nostr, {"relay": f"{relay.url}/?key={SECRET}"}, NoFetcher(), now, WATCH)
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
        make = partial(Nostr, {"relay": f"{url}/?key={SECRET}"}, NoFetcher(), now, WATCH)
        yield SourceCase(make, put_up, delete, relay.answer, garble, repeats=True)


def note() -> str:
    return f"Specimen {next(NUMBERS)} http://127.0.0.1:9/a.jpg"


CASES: dict[str, Opener] = {
    "feed": partial(website, "feed"),
    "sitemap": partial(website, "sitemap"),
    "page": partial(website, "page"),
    "folder": folder,
    "relay": real_relay,
    "scripted": scripted_relay,
}
DELETES = {"relay", "scripted"}
REFUSES = {"feed", "sitemap", "page", "scripted"}
GARBLES = {"feed", "sitemap", "page", "scripted"}
STARTS_A_SERVER = {"relay"}
