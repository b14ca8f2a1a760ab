"""The contract's cases for Bluesky: a scripted Jetstream and firehose, and a real server's firehose."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from loopback_site import Site, now
from source_cases import NUMBERS, SourceCase, maker
from surroundings import web_to

from bluesky_peer import Network, account, network
from jikimi.media.addresses import AddressPolicy, parse_allowed
from jikimi.media.fetch import GuardedFetcher
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.ports import Fetcher, Source
from jikimi.model.post import Event
from jikimi.sources import bluesky
from jikimi.sources.bluesky import Bluesky

sys.path.append(str(Path(__file__).parents[1] / "atproto"))

from scripted_network import AUTHOR, POST, Firehose, Jetstream, document, pictures, record

QUIET = 0.2  # seconds; a loopback server needs no longer to say that it has nothing


def quietly() -> Any:
    return patch.multiple(bluesky, QUIET=QUIET, QUIET_AT_FIRST=QUIET)


@asynccontextmanager
async def jetstream(_: Path) -> AsyncIterator[SourceCase]:
    """A Jetstream that can be made to refuse and to talk nonsense."""
    stream = Jetstream()

    async def garble() -> None:
        await stream.commit("create", key(), {"text": 7})

    async with scripted("jetstream", stream, garble) as case:
        yield case


@asynccontextmanager
async def firehose(_: Path) -> AsyncIterator[SourceCase]:
    """A firehose that can be made to refuse and to talk nonsense."""
    stream = Firehose()

    async def garble() -> None:
        await stream.commit("create", key(), {"text": 7})

    async with scripted("firehose", stream, garble) as case:
        yield case


@asynccontextmanager
async def scripted(
    mode: str, stream: Jetstream | Firehose, garble: Callable[[], Awaitable[None]]
) -> AsyncIterator[SourceCase]:
    async def put_up(number: int) -> list[str]:
        names = [key() for _ in range(number)]
        for name in names:
            await stream.commit("create", name, record(embed=pictures(name.encode())))
        return [f"at://{AUTHOR}/{POST}/{name}" for name in names]

    async def delete(post: str) -> None:
        await stream.commit("delete", post.rpartition("/")[2])

    site = Site()
    site.pages[f"/{AUTHOR}"] = ("application/json", document(AUTHOR, "http://127.0.0.1:9"))
    async with stream.opened() as url, site.opened() as fetcher:
        with quietly():
            options = {"mode": mode, "host": url, "directory": site.url("")}
            make = maker(Bluesky, options, web_to(url, fetcher=fetcher))
            is_jetstream = mode == "jetstream"
            yield SourceCase(make, put_up, delete, stream.answer, garble, repeats=is_jetstream)


@asynccontextmanager
async def real_network(_: Path) -> AsyncIterator[SourceCase]:
    """Bluesky's own servers, as tests/atproto/start starts them."""
    found = network()
    if found is None:
        pytest.skip("no Bluesky network: JIKIMI_TEST_ATPROTO is unset")
    author = await asyncio.to_thread(account, found)
    picture = await asyncio.to_thread(author.upload, encode_jpeg(draw(5)))

    async def put_up(number: int) -> list[str]:
        return [await asyncio.to_thread(author.post, "a harmless post", picture) for _ in range(number)]

    async def delete(post: str) -> None:
        await asyncio.to_thread(author.delete, post)

    async with fetcher_to(found) as fetcher:
        with quietly():
            make = maker(Bluesky, found.options, web_to(found.server, found.directory, fetcher=fetcher))
            yield SourceCase(lambda: Own(make(), author.did), put_up, delete)


class Own:
    """A source that tells of one author's posts only: other tests use the same network at the same time."""

    def __init__(self, source: Source, author: str) -> None:
        self._source, self._author = source, author
        self.manifest, self.interval = source.manifest, source.interval

    def __repr__(self) -> str:
        return repr(self._source)

    async def anchor(self) -> str:
        return await self._source.anchor()

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        async with aclosing(self._source.stream(cursor)) as events:  # type: ignore[type-var]  # it is a generator
            async for event in events:
                is_ours = event.post is None or f"/{self._author}/" in event.post.id
                yield event if is_ours else replace(event, post=None)


@asynccontextmanager
async def fetcher_to(found: Network) -> AsyncIterator[Fetcher]:
    policy = AddressPolicy(allowed=parse_allowed(found.allow))
    with GuardedFetcher(policy, user_agent="jikimi-test", clock=now) as fetcher:
        yield fetcher


def key() -> str:
    return f"key{next(NUMBERS)}"
