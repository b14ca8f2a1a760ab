"""How the contract suite publishes, deletes and breaks things on a server that speaks Mastodon's API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from scripted_mastodon import ScriptedMastodon
from source_cases import SECRET, SourceCase, maker

from jikimi.sources.mastodon import Mastodon


@asynccontextmanager
async def mastodon(has_stream: bool, _: Path) -> AsyncIterator[SourceCase]:  # noqa: FBT001
    """A server with a stream, as Mastodon is, or without one, as others are."""
    server = ScriptedMastodon(SECRET)
    server.has_stream = has_stream

    async def put_up(number: int) -> list[str]:
        return [await server.put_up() for _ in range(number)]

    async def garble() -> None:
        await server.put_up(content=7)

    async with server.opened() as (url, way):
        options = {"server": url, "token": SECRET, "interval": "1"}
        make = maker(Mastodon, options, way)
        delete = server.take_down if has_stream else None
        yield SourceCase(make, put_up, delete, server.door.answer, garble, repeats=True)


OPENERS = {"mastodon": partial(mastodon, True), "mastodon without a stream": partial(mastodon, False)}
