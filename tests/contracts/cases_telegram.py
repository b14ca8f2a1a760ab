"""Telegram in the contract suite's hands: preview pages drawn by us, and a stand-in for its library."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from scripted_preview import ScriptedPreview, photo
from scripted_telegram import Telegram as Library
from source_cases import NUMBERS, SECRET, WATCH, SourceCase, maker
from surroundings import around, web_to

from jikimi.model.source import Options
from jikimi.sources.telegram import Telegram
from jikimi.sources.telegram_preview import TelegramPreview


@asynccontextmanager
async def preview(_: Path) -> AsyncIterator[SourceCase]:
    """A channel whose preview anybody may see."""
    server = ScriptedPreview()

    async def put_up(number: int) -> list[str]:
        return [server.say(photo(f"https://cdn.test/{next(NUMBERS)}.jpg")) for _ in range(number)]

    async def delete(post: str) -> None:
        server.take_down(post)

    async def garble() -> None:
        server.say(photo("https://cdn.test/x.jpg"), date="<time datetime='soon'>")

    async with server.opened() as fetcher:
        await put_up(2)
        options = {"channels": "@Street", "site": server.url, "interval": "1"}
        make = maker(TelegramPreview, options, web_to(fetcher=fetcher))
        yield SourceCase(make, put_up, delete, server.answer, garble)


@asynccontextmanager
async def account(_: Path) -> AsyncIterator[SourceCase]:
    """A channel that an account may read."""
    library = Library()
    typed = {"channels": "street", "api_id": "7", "api_hash": SECRET, "session": SECRET, "interval": "1"}

    async def put_up(number: int) -> list[str]:
        return [await library.say() for _ in range(number)]

    def make() -> Telegram:
        return Telegram(Options(Telegram.manifest, typed), around(watch=WATCH), library)

    yield SourceCase(make, put_up, library.take_down, library.answer)
