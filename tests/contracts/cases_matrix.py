"""Matrix in the contract suite's hands: a real Synapse, and a homeserver that does what it is told."""

import asyncio
import atexit
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import pytest
from loopback_site import now
from scripted_homeserver import ALIAS, ScriptedHomeserver
from source_cases import NUMBERS, SECRET, SourceCase, maker
from surroundings import web_to

from jikimi.media.addresses import AddressPolicy
from jikimi.media.fetch import GuardedFetcher
from jikimi.sources.matrix import Matrix
from matrix_peer import PYTHON, Homeserver, image, start_homeserver, synapse_python

BROKEN = {"msgtype": "m.image", "body": "specimen", "url": 7}


def homeserver() -> Homeserver:
    """Return the one Synapse of this run; the test is skipped by name where there is none."""
    if not synapse_python():
        pytest.skip(f"{PYTHON} is not set: no Synapse to test against")
    return _started()


@cache
def _started() -> Homeserver:
    folder = tempfile.TemporaryDirectory(prefix="synapse-")
    server = start_homeserver(Path(folder.name))
    atexit.register(folder.cleanup)
    atexit.register(server.stop)
    return server


@asynccontextmanager
async def synapse(_: Path) -> AsyncIterator[SourceCase]:
    """A room of its own on a real homeserver."""
    server = await asyncio.to_thread(homeserver)
    author, watcher = server.register(), server.register()
    room = server.open_room(author, watcher)

    async def put_up(number: int) -> list[str]:
        said = [image(f"mxc://localhost/specimen{next(NUMBERS)}") for _ in range(number)]
        return await asyncio.to_thread(lambda: [server.send(room, author, one) for one in said])

    async def delete(post: str) -> None:
        await asyncio.to_thread(server.redact, room, author, post)

    async def garble() -> None:
        await asyncio.to_thread(server.send, room, author, BROKEN)

    policy = AddressPolicy(allowed=frozenset({("127.0.0.1", int(server.url.rpartition(":")[2]))}))
    with GuardedFetcher(policy, user_agent="jikimi-test", clock=now) as fetcher:
        options = {"server": server.url, "token": watcher.token, "rooms": room, "limit": "10"}
        yield SourceCase(maker(Matrix, options, web_to(fetcher=fetcher)), put_up, delete, garble=garble)


@asynccontextmanager
async def scripted_homeserver(_: Path) -> AsyncIterator[SourceCase]:
    """A homeserver that can be made to refuse."""
    server = ScriptedHomeserver()

    async def put_up(number: int) -> list[str]:
        return [server.say(image(f"mxc://server.test/specimen{next(NUMBERS)}")) for _ in range(number)]

    async def delete(post: str) -> None:
        server.say({}, "m.room.redaction", redacts=post)

    async def garble() -> None:
        server.say(BROKEN)

    async with server.opened() as fetcher:
        options = {"server": server.url, "token": SECRET, "rooms": ALIAS, "limit": "10"}
        make = maker(Matrix, options, web_to(fetcher=fetcher))
        yield SourceCase(make, put_up, delete, server.answer, garble)
