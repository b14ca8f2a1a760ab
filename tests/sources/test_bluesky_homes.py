"""Finding an author's server: asked once, in nobody's way, and asked again when it may have changed."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from loopback_site import NoFetcher

from jikimi.media.addresses import AddressPolicy
from jikimi.media.web import GuardedWeb
from jikimi.model.errors import Blocked, Gone, JikimiError, TryLater
from jikimi.model.ports import Fetched, Limits
from jikimi.model.post import Event, Secret
from jikimi.sources.bluesky_arrivals import MOST_WAITING, Arrivals, Finished
from jikimi.sources.bluesky_homes import Homes

pytestmark = pytest.mark.asyncio
NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
AUTHOR = "did:plc:" + "a2" * 12
DIRECTORY = "https://directory.example"
SERVER = "https://server.example"
ENTRY = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": SERVER}


class Directory(NoFetcher):
    """Answers with documents or errors, by address; notes what was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers: dict[str, Any] = answers
        self.asked: list[str] = []

    async def fetch_async(
        self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None
    ) -> Fetched:
        del limits, headers
        self.asked.append(url)
        await asyncio.sleep(0)
        answer = self.answers[url.rpartition("/")[2]]
        if isinstance(answer, JikimiError):
            raise answer
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return Fetched(url, (url,), "127.0.0.1", 200, (), body, NOW)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def homes(directory: Directory, clock: Clock | None = None) -> Homes:
    web = GuardedWeb(directory, AddressPolicy(), "test", lambda: NOW)
    return Homes(web, DIRECTORY, clock or Clock())


def entry(did: str = AUTHOR, **more: Any) -> dict[str, Any]:
    return {"id": did, "service": [{**ENTRY, **more}]}


async def test_an_account_is_asked_about_once_however_many_of_its_posts_come() -> None:
    directory = Directory(**{AUTHOR: entry()})
    asked = homes(directory)
    assert asked.known(AUTHOR) is None
    assert await asyncio.gather(*(asked.find(AUTHOR) for _ in range(40))) == [SERVER] * 40
    assert asked.known(AUTHOR) == SERVER
    assert len(directory.asked) <= 16  # those under way at the same time
    assert directory.asked[0] == f"{DIRECTORY}/{AUTHOR}"


async def test_it_is_asked_about_again_after_a_day_and_when_it_may_have_moved() -> None:
    directory, clock = Directory(**{AUTHOR: entry()}), Clock()
    asked = homes(directory, clock)
    await asked.find(AUTHOR)
    clock.now += timedelta(hours=25)
    assert asked.known(AUTHOR) is None
    directory.answers[AUTHOR] = entry(serviceEndpoint="https://new.example/")
    assert await asked.find(AUTHOR) == "https://new.example"
    asked.forget(AUTHOR)
    assert asked.known(AUTHOR) is None


@pytest.mark.parametrize(
    "answer",
    [
        Gone("404"),
        b"nonsense",
        b"[" * 100_000,
        entry("did:plc:" + "b3" * 12),
        entry(type="Other"),
        entry(id="#other"),
        entry(serviceEndpoint="ftp://server.example"),
        entry(serviceEndpoint={"uri": SERVER}),
        {"id": AUTHOR},
    ],
)
async def test_an_account_without_a_server_is_left_alone_for_ten_minutes(answer: Any) -> None:
    directory, clock = Directory(**{AUTHOR: answer}), Clock()
    asked = homes(directory, clock)
    assert await asked.find(AUTHOR) == ""
    assert asked.known(AUTHOR) == ""
    clock.now += timedelta(minutes=11)
    assert asked.known(AUTHOR) is None


@pytest.mark.parametrize("error", [TryLater("busy"), Blocked("403")])
async def test_while_the_directory_is_down_nobody_is_given_up(error: JikimiError) -> None:
    asked = homes(Directory(**{AUTHOR: error}))
    for _ in range(20):
        with pytest.raises(type(error)):
            await asked.find(AUTHOR)


async def test_one_broken_entry_is_given_up_once_others_are_answered() -> None:
    others = [f"did:plc:{letter * 24}" for letter in "abcdef"]
    directory = Directory(**{other: entry(other) for other in others}, **{AUTHOR: TryLater("500")})
    asked = homes(directory)
    for other in others[:4]:
        with pytest.raises(TryLater):
            await asked.find(AUTHOR)
        await asked.find(other)
    assert await asked.find(AUTHOR) == ""


async def test_an_account_on_a_host_of_its_own_is_asked_there_and_cannot_stop_the_rest() -> None:
    directory = Directory(**{"did.json": entry("did:web:willow.example")})
    assert await homes(directory).find("did:web:willow.example") == SERVER
    assert directory.asked == ["https://willow.example/.well-known/did.json"]
    directory = Directory(**{"did.json": TryLater("down")})
    assert await homes(directory).find("did:web:willow.example") == ""


class Wire:
    """A socket that gives what a test puts in."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes] = asyncio.Queue()

    async def receive(self) -> bytes:
        return await self.queue.get()

    async def send(self, text: str) -> None:
        raise NotImplementedError


async def test_a_slow_look_up_holds_up_no_post_behind_it_but_the_cursor() -> None:
    wire: Any = Wire()
    arrivals, answered = Arrivals(wire), asyncio.Event()

    async def slow() -> Event:
        await answered.wait()
        return Event("", skipped=7)

    arrivals.look_up(slow(), 41, 42)
    wire.queue.put_nowait(b"next")
    assert await arrivals.next(5) == b"next"
    assert arrivals.held == 41
    answered.set()
    assert await arrivals.next(5) == Finished(Event("", skipped=7), 42)
    assert arrivals.held is None
    await arrivals.close()


async def test_with_too_many_look_ups_under_way_nothing_more_is_taken() -> None:
    wire: Any = Wire()
    arrivals, answered = Arrivals(wire), asyncio.Event()

    async def slow() -> Event:
        await answered.wait()
        return Event("")

    for number in range(MOST_WAITING):
        arrivals.look_up(slow(), number, number + 1)
    wire.queue.put_nowait(b"next")
    assert await arrivals.next(0.05) is None
    answered.set()
    assert await arrivals.next(5) == Finished(Event(""), 1)
    await arrivals.close()
