"""How the contract suite publishes and breaks things on X; of deletions X tells most apps nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from scripted_x import RULE, ScriptedX
from source_cases import SECRET, SourceCase, maker

from jikimi.sources.x import X


@asynccontextmanager
async def x(_: Path) -> AsyncIterator[SourceCase]:
    """X as one app sees it: every post matches its rule."""
    server = ScriptedX(SECRET)

    async def put_up(number: int) -> list[str]:
        return [await server.put_up() for _ in range(number)]

    async def garble() -> None:
        await server.put_up(text=7)

    async with server.opened() as (url, way):
        make = maker(X, {"api": url, "token": SECRET, "rules": RULE}, way)
        yield SourceCase(make, put_up, answer=server.door.answer, garble=garble, repeats=True)


OPENERS = {"x": x}
