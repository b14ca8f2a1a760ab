"""The contract suite's hands on search engines: a recorded engine that lists more and more."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path

from loopback_site import Site
from recorded_engines import PATHS, SERVING, Allowed, Striding, answer_of
from source_cases import SECRET, WATCH, SourceCase
from surroundings import around, web_to

from jikimi.app.sources import known_sources
from jikimi.model.ports import Source
from jikimi.model.source import Options

NUMBERS = count(1)


@asynccontextmanager
async def engine(name: str, where: str, _: Path) -> AsyncIterator[SourceCase]:
    """One engine, asked for one kind of results; the pages that it lists stand on the same server."""
    site, listed, clock = Site(), list[str](), Striding()

    def put_on_list(urls: list[str]) -> None:
        listed.extend(urls)
        site.pages[PATHS[name, where]] = answer_of(name, where, reversed(listed))

    async def put_up(number: int) -> list[str]:
        paths = [f"/post/{next(NUMBERS)}" for _ in range(number)]
        for path in paths:
            page = f"<title>Specimen</title><article>Words <img src='{path}.jpg'></article>"
            site.pages[path] = ("text/html", page.encode())
        put_on_list([site.url(path) for path in paths])
        return [site.url(path) for path in paths]

    async def garble() -> None:
        put_on_list([""])

    async with site.opened() as fetcher:
        put_on_list([])
        kind = known_sources()[name]
        given = {"key": SECRET, "server": site.url(""), "where": where, "searches": "10000"}
        given |= {"naver": {"id": SECRET}, "google": {"resource": SERVING}}.get(name, {})
        web = web_to(site.url(""), fetcher=fetcher)
        surroundings = around(web, WATCH, clock, searches=Allowed())

        def make() -> Source:
            return kind(Options(kind.manifest, given), surroundings)

        yield SourceCase(make, put_up, answer=site.answer, garble=garble)


OPENERS = {
    "naver": partial(engine, "naver", "blog"),
    "kakao": partial(engine, "kakao", "cafe"),
    "brave-pictures": partial(engine, "brave", "image"),
    "google": partial(engine, "google", "web"),
}
