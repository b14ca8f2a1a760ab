"""What was pushed reaches the watch it was meant for, also from another process."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from jikimi.app.deliveries import Postroom
from jikimi.model.errors import TryLater
from jikimi.store import deliveries
from jikimi.store.keyring import Keyring
from jikimi.store.store import Store

pytestmark = pytest.mark.asyncio
KEYRING = Keyring(b"k" * 32)


def postroom(store: Store, address: str = "https://desk.invalid/") -> Postroom:
    return Postroom(store.deliveries, KEYRING, address, connection.close)


async def test_a_watch_that_waits_is_told_at_once(store: Store, clock: Any) -> None:
    room = postroom(store)
    waiting = asyncio.create_task(room.of("board").after(0, timedelta(seconds=30)))
    await asyncio.to_thread(store.deliveries.add, "other", "text/xml", b"theirs", clock())
    await asyncio.to_thread(store.deliveries.add, "board", "text/xml", b"ours", clock())
    (found,) = await waiting
    assert (found.watch, found.body) == ("board", b"ours")
    assert await room.of("board").newest() == found.number
    await asyncio.to_thread(room.close)


async def test_a_watch_reads_on_from_where_it_was(store: Store, clock: Any) -> None:
    room = postroom(store)
    ours = room.of("board")
    for body in (b"1", b"2", b"3"):
        await asyncio.to_thread(store.deliveries.add, "board", "text/xml", body, clock())
    first, *_ = await ours.after(0)
    assert [one.body for one in await ours.after(first.number)] == [b"2", b"3"]
    await ours.forget(first.number)
    assert [one.body for one in await ours.after(0)] == [b"2", b"3"]
    assert await ours.after(first.number + 2) == ()
    await asyncio.to_thread(room.close)


async def test_too_many_that_wait_are_left_to_the_hub(
    store: Store, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "MOST_WAITING", 2)
    for _ in range(2):
        await asyncio.to_thread(store.deliveries.add, "board", "text/xml", b"1", clock())
    with pytest.raises(TryLater):
        await asyncio.to_thread(store.deliveries.add, "board", "text/xml", b"1", clock())


async def test_without_a_public_address_there_is_nowhere_to_push(store: Store) -> None:
    room = postroom(store, "")
    assert room.of("board").callback == ""
    await asyncio.to_thread(room.close)


async def test_the_address_and_the_secret_are_not_shown(store: Store) -> None:
    room = postroom(store)
    ours = room.of("board")
    assert ours.callback == "https://desk.invalid/push/" + KEYRING.push_token("board")
    assert KEYRING.push_token("board") not in repr(ours)
    assert ours.secret.reveal() not in repr(ours)
    await asyncio.to_thread(room.close)
