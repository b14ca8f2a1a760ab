"""Telegram's own protocol is no way around budgets, turns and halts: every call is counted before it goes."""

from datetime import UTC, datetime, timedelta

import pytest
from scripted_telegram import Telegram as Library
from scripted_telegram import errors, picture
from stream_reading import has_caught_up, ids, read
from surroundings import around

from jikimi.model.errors import Busy, TryLater
from jikimi.model.post import Bounds, Spent
from jikimi.model.source import Options
from jikimi.sources import telegram_client
from jikimi.sources.allowance import WatchAllowance
from jikimi.sources.pacer import Pacer
from jikimi.sources.purse import Purse
from jikimi.sources.telegram import Telegram
from jikimi.sources.telegram_client import TelegramFiles, account_of

pytestmark = pytest.mark.asyncio
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TYPED = {"channels": "street", "api_id": "7", "api_hash": "hush-hash", "session": "hush"}
OPTIONS = Options(Telegram.manifest, TYPED)


class Account:
    """A watch's allowance, seconds that only waiting moves, and a person who may halt."""

    def __init__(self, library: Library, requests: int = 0) -> None:
        self.seconds, self.is_halted = 0.0, False
        self.purse = Purse(Telegram.manifest, Bounds(requests=requests), Spent(), lambda: NOON)
        pacer = Pacer(lambda: self.seconds, self._wait)
        self.allowance = WatchAllowance(Telegram.manifest, self.purse, pacer, self._check)
        self.source = Telegram(OPTIONS, around(allowance=self.allowance), library)
        self.files = TelegramFiles(account_of(OPTIONS), self.allowance, library)

    async def _wait(self, pause: timedelta) -> None:
        self.seconds += pause.total_seconds()

    async def _check(self) -> None:
        if self.is_halted:
            raise Busy("halted")


async def test_every_call_is_counted_and_waits_for_its_turn() -> None:
    library = Library()
    library.messages = [picture(5)]
    account = Account(library)
    events = await read(account.source, '{"street":4}', has_caught_up)
    assert ids(events) == ["street/5"]
    assert library.sent == ["GetState", "ResolveUsername", "GetHistory"]
    assert account.purse.spent.requests == 1 + 3  # connecting is one
    assert account.seconds == 3.0


async def test_a_days_calls_end_at_what_was_allowed() -> None:
    library = Library()
    account = Account(library, requests=3)
    with pytest.raises(TryLater, match="used up"):
        await read(account.source, '{"street":4}', has_caught_up)
    assert library.sent == ["GetState", "ResolveUsername"]
    assert library.clients == []  # it hung up


async def test_a_file_takes_one_turn_and_its_pieces_are_counted() -> None:
    library = Library()
    library.messages = [picture(5)]
    account = Account(library)
    for _ in range(2):
        assert [piece async for piece in account.files.pieces("street", 5)] == [b"one", b"two"]
    assert library.sent == ["GetState", "GetMessages", "GetFile", "GetFile"] * 2
    assert account.purse.spent.requests == 2 * (1 + 4)
    assert account.seconds == 1.0


async def test_a_file_of_a_halted_watch_is_not_asked_for_and_one_that_comes_ends() -> None:
    library = Library()
    library.messages = [picture(5)]
    account = Account(library)
    pieces = account.files.pieces("street", 5)
    assert await anext(pieces) == b"one"
    account.is_halted = True
    with pytest.raises(Busy):
        await anext(pieces)
    library.calls.clear()
    with pytest.raises(Busy):
        await anext(account.files.pieces("street", 5))
    assert library.calls == []


async def test_an_account_that_is_told_to_slow_down_rests_in_all_that_use_it() -> None:
    library = Library()
    library.messages = [picture(5)]
    account = Account(library)
    library.failure = lambda: errors.FloodWaitError(40)
    with pytest.raises(TryLater) as caught:
        await anext(account.files.pieces("street", 5))
    assert caught.value.after == timedelta(seconds=40)
    library.failure, before = None, account.seconds
    assert [piece async for piece in account.files.pieces("street", 5)] == [b"one", b"two"]
    assert account.seconds == before + 40.0


async def test_the_library_itself_passes_every_call_where_we_count() -> None:
    telethon = pytest.importorskip("telethon", reason="Telethon is not installed")
    sessions = pytest.importorskip("telethon.sessions", reason="Telethon is not installed")
    counted: list[str] = []

    async def each() -> None:
        counted.append("call")
        raise TryLater("used up")

    client = telethon.TelegramClient(sessions.StringSession(), 7, "hash")
    telegram_client._count(client, telethon, each, lambda _: None)
    calls = (
        client.is_user_authorized(),
        client.get_entity("street"),
        client.get_messages("street", limit=1),
        client(telethon.functions.help.GetConfigRequest()),
        anext(client.iter_messages("street", min_id=1, reverse=True)),
        anext(client.iter_download(telethon.types.InputDocumentFileLocation(1, 1, b"", ""), dc_id=None)),
    )
    for call in calls:
        with pytest.raises(TryLater):
            await call
    assert len(counted) == len(calls)
