"""Opening files of Telegram messages: bounded in bytes and time, with the account that was handed in."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "sources"))

from loopback_site import NoFetcher

from jikimi.media.telegram_door import TelegramDoor
from jikimi.model.errors import BadMedia, Blocked, Gone, Misconfigured, TryLater
from jikimi.model.ports import Fetched, Limits
from jikimi.model.post import Secret

NOW = datetime(2026, 12, 1, tzinfo=UTC)


class Files:
    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    async def pieces(self, channel: str, message: int) -> AsyncIterator[bytes]:
        self.asked.append((channel, message))
        if message == 404:
            raise Gone("gone")
        yield b"one"
        if message == 7:
            await asyncio.Event().wait()
        yield b"two"


class Web(NoFetcher):
    def fetch(self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None) -> Fetched:
        del limits, headers
        return Fetched(url, (url,), "", 200, (), b"web", NOW)


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture
def door(files: Files) -> Iterator[TelegramDoor]:
    opened = TelegramDoor({"a watch": files}, Web(), clock=lambda: NOW)
    yield opened
    opened.close()
    opened.close()  # twice is fine


def test_a_file_comes_whole(door: TelegramDoor, files: Files) -> None:
    fetched = door.fetch("telegram://a%20watch/street/5", Limits())
    assert (fetched.body, fetched.status, fetched.at) == (b"onetwo", 200, NOW)
    assert files.asked == [("street", 5)]


@pytest.mark.asyncio
async def test_a_file_comes_whole_in_a_loop(door: TelegramDoor) -> None:
    assert (await door.fetch_async("telegram://a%20watch/street/5", Limits())).body == b"onetwo"


def test_everything_else_goes_through_the_web(door: TelegramDoor, files: Files) -> None:
    assert door.fetch("https://street.test/", Limits()).body == b"web"
    assert not files.asked


def test_bytes_are_bounded(door: TelegramDoor) -> None:
    with pytest.raises(BadMedia, match="5 bytes"):
        door.fetch("telegram://a%20watch/street/5", Limits(max_bytes=5))


def test_time_is_bounded(door: TelegramDoor) -> None:
    with pytest.raises(TryLater, match="No whole file"):
        door.fetch("telegram://a%20watch/street/7", Limits(deadline=timedelta(milliseconds=50)))


def test_what_is_gone_is_gone(door: TelegramDoor) -> None:
    with pytest.raises(Gone):
        door.fetch("telegram://a%20watch/street/404", Limits())


def test_a_watch_without_an_account_is_named(door: TelegramDoor) -> None:
    with pytest.raises(Misconfigured, match="watch again"):
        door.fetch("telegram://other/street/5", Limits())


@pytest.mark.parametrize(
    "url",
    [
        "telegram://a%20watch/street",
        "telegram://a%20watch/street/0",
        "telegram://a%20watch/street/5?x",
        "telegram://a%20watch/../5",
        "telegram://a%20watch/street/5/6",
        "telegram://",
    ],
)
def test_only_one_message_is_named(door: TelegramDoor, url: str) -> None:
    with pytest.raises(Blocked):
        door.fetch(url, Limits())
