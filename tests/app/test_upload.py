"""What a partner handed in reaches the queue through the watch, and is dropped once the cursor is stored."""

import asyncio
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

sys.path.append(str(Path(__file__).parents[1] / "sources"))

from surroundings import around

from jikimi.app.deliveries import Postroom
from jikimi.model.post import Position, Post
from jikimi.model.source import Gap, Options
from jikimi.sources.runner import run_watch
from jikimi.sources.upload import Upload
from jikimi.store.keyring import Keyring
from jikimi.store.store import Store

pytestmark = pytest.mark.asyncio


async def test_what_waits_is_read_once_and_forgotten_when_its_cursor_is_stored(
    store: Store, clock: Any
) -> None:
    room = Postroom(store.deliveries, Keyring(b"k" * 32), "", connection.close)
    for name in ("1", "2"):
        body = json.dumps({"id": name, "url": "https://board.invalid/1"}).encode()
        await asyncio.to_thread(store.deliveries.add, "hotline", "application/json", body, clock())
    source = Upload(
        Options(Upload.manifest, {}), around(watch="hotline", clock=clock, deliveries=room.of("hotline"))
    )
    stop, ids, cursors = asyncio.Event(), [], list[str]()

    async def keep(posts: Sequence[Post], position: Position, gaps: Sequence[Gap] = ()) -> None:
        assert not gaps
        ids.extend(post.id for post in posts)
        cursors.append(position.cursor)

    watching = asyncio.create_task(
        run_watch(
            source, keep, watch="hotline", position=None, clock=clock, stop=stop, random=random.Random(1)
        )
    )
    async with asyncio.timeout(30):
        while await asyncio.to_thread(store.deliveries.after, "hotline", 0):
            pass
    stop.set()
    await watching
    await asyncio.to_thread(room.close)
    assert ids == ["1", "2"]
    assert cursors[0] == "0"
    assert cursors[-1] == str(max(map(int, cursors)))
