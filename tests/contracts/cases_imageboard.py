"""How the contract suite publishes and breaks things on an imageboard; deletions are in its own tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from scripted_board import MEDIA, ScriptedBoard
from source_cases import SourceCase, maker

from jikimi.sources.imageboard import Imageboard


@asynccontextmanager
async def imageboard(_: Path) -> AsyncIterator[SourceCase]:
    """A board on which every post begins a thread."""
    board = ScriptedBoard()

    async def put_up(number: int) -> list[str]:
        return [board.put_up() for _ in range(number)]

    async def garble() -> None:
        board.put_up(com=7)

    async with board.opened() as (url, way):
        make = maker(Imageboard, {"board": url, "media": MEDIA, "interval": "1"}, way)
        yield SourceCase(make, put_up, answer=board.door.answer, garble=garble)


OPENERS = {"imageboard": imageboard}
