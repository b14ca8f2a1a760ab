"""How the contract suite publishes, deletes and breaks things on a Misskey server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from scripted_misskey import ScriptedMisskey
from source_cases import SECRET, SourceCase, maker

from jikimi.sources.misskey import Misskey


@asynccontextmanager
async def misskey(_: Path) -> AsyncIterator[SourceCase]:
    """A server whose timeline and channel are the same notes."""
    server = ScriptedMisskey(SECRET)

    async def put_up(number: int) -> list[str]:
        return [await server.put_up() for _ in range(number)]

    async def garble() -> None:
        await server.put_up(text=7)

    async with server.opened() as (url, way):
        make = maker(Misskey, {"server": url, "token": SECRET}, way)
        yield SourceCase(make, put_up, server.take_down, server.door.answer, garble, repeats=True)


OPENERS = {"misskey": misskey}
