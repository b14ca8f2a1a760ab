"""What was pushed and waited for too long is dropped, and the watch tells: a gap on record, and an alarm."""

import asyncio
import json
import random
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

sys.path.append(str(Path(__file__).parents[1] / "sources"))

from surroundings import around

from jikimi.app.deliveries import Postroom
from jikimi.model.errors import Gone
from jikimi.model.outcome import Outcome
from jikimi.model.post import Position, Post, Watch, WatchEnd
from jikimi.model.source import Gap, Options
from jikimi.sources.health import health
from jikimi.sources.runner import run_watch
from jikimi.sources.upload import Upload
from jikimi.store.deliveries import DROPPED, FORM
from jikimi.store.keyring import Keyring
from jikimi.store.store import Store

pytestmark = pytest.mark.asyncio
WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)


async def put(store: Store, clock: Any, *names: str, watch: str = "hotline", mime: str = "text/xml") -> None:
    for name in names:
        body = json.dumps({"id": name, "url": f"https://board.invalid/{name}"}).encode()
        await asyncio.to_thread(store.deliveries.add, watch, mime, body, clock())


async def stand(store: Store, clock: Any, *watches: str) -> None:
    records = tuple(Watch(name, "upload", {}, "", "ada", clock()) for name in watches)
    await asyncio.to_thread(store.apply, Outcome(records=records), by="ada")


def room_of(store: Store) -> Postroom:
    return Postroom(store.deliveries, Keyring(b"k" * 32), "", connection.close)


async def test_a_watch_that_was_away_for_too_long_tells_once_and_reads_on(store: Store, clock: Any) -> None:
    await stand(store, clock, "hotline")
    await put(store, clock, "1")
    clock.turn(HOUR)
    await put(store, clock, "2")
    clock.turn(HOUR)
    await put(store, clock, "3")
    clock.turn(WEEK - HOUR / 2)
    await put(store, clock, "4")  # the second is half an hour over
    clock.turn(HOUR)
    room, stop, ids, gaps, positions = room_of(store), asyncio.Event(), list[str](), list[Gap](), []
    surroundings = around(watch="hotline", clock=clock, deliveries=room.of("hotline"))

    async def keep(posts: Sequence[Post], position: Position, told: Sequence[Gap] = ()) -> None:
        ids.extend(post.id for post in posts)
        gaps.extend(told)
        positions.append(position)
        if "4" in ids:
            stop.set()

    async with asyncio.timeout(60):
        await run_watch(
            Upload(Options(Upload.manifest, {}), surroundings), keep, watch="hotline",
            position=Position("hotline", "0", clock() - WEEK - 3 * HOUR), clock=clock, stop=stop,
            random=random.Random(1),
        )  # fmt: skip
    assert ids == ["3", "4"]
    (gap,) = gaps
    assert "Up to 2 deliveries that came between 2026-03-02 09:00 and 2026-03-02 10:00 UTC" in gap.why
    assert not gap.is_filled
    assert health(positions[-1], clock()).is_alarm
    assert await room.of("hotline").after(0)  # told: also by who was not there to tell
    await asyncio.to_thread(room.close)


async def test_who_falls_over_before_the_gap_is_stored_tells_again(store: Store, clock: Any) -> None:
    await stand(store, clock, "hotline")
    await put(store, clock, "1")
    clock.turn(WEEK + HOUR)
    await put(store, clock, "2")
    room = room_of(store)
    for _ in range(2):
        with pytest.raises(Gone, match="Up to 1 deliveries"):
            await room.of("hotline").after(0)
    ours = room.of("hotline")
    with pytest.raises(Gone):
        await ours.after(0)
    assert len(await ours.after(0)) == 1
    assert len(await room.of("hotline").after(0)) == 1
    await asyncio.to_thread(room.close)


async def test_what_is_dropped_at_several_times_is_one_hole(store: Store, clock: Any) -> None:
    await stand(store, clock, "hotline")
    for name in "123":
        await put(store, clock, name)
        clock.turn(WEEK + HOUR)
    await put(store, clock, "4")
    lost = await asyncio.to_thread(store.deliveries.dropped, "hotline", 0)
    assert lost is not None
    assert (lost.count, lost.until - lost.since) == (3, 2 * (WEEK + HOUR))
    assert await asyncio.to_thread(store.deliveries.dropped, "hotline", lost.number) is None  # it was read


@pytest.mark.parametrize("state", ["read", "ended", "a hub's word"])
async def test_what_nobody_misses_is_no_gap(store: Store, clock: Any, state: str) -> None:
    await stand(store, clock, "hotline", "other")
    await put(store, clock, "1", mime=FORM if state == "a hub's word" else "text/xml")
    room = room_of(store)
    number = await room.of("hotline").newest()
    if state == "ended":
        end = WatchEnd("hotline", "ada", clock())
        await asyncio.to_thread(store.apply, Outcome(records=(end,)), by="ada")
    clock.turn(WEEK + HOUR)
    await put(store, clock, "2", watch="other")
    assert await room.of("hotline").after(number if state == "read" else 0) == ()
    await asyncio.to_thread(room.close)


async def test_nobody_outside_can_say_that_something_was_dropped(store: Store, clock: Any) -> None:
    await put(store, clock, "1", mime=DROPPED)
    room = room_of(store)
    (delivery,) = await room.of("hotline").after(0)
    assert (delivery.mime, b'"1"' in delivery.body) == ("", True)
    await asyncio.to_thread(room.close)
