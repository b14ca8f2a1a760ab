"""Watching Bluesky: nothing is lost between two connections, and nobody can hold the watch up."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import libipld
import pytest
import pytest_asyncio
from loopback_site import Site
from surroundings import around, web_to

from jikimi.model.errors import Gone, JikimiError, Misconfigured, TryLater
from jikimi.model.post import Event
from jikimi.model.source import Options
from jikimi.sources import bluesky
from jikimi.sources.bluesky import Bluesky

sys.path.append(str(Path(__file__).parents[1] / "atproto"))

from scripted_network import AUTHOR, POST, Firehose, Jetstream, car, cid_of, document, pictures, record

pytestmark = pytest.mark.asyncio
SERVER = "https://server.example"
OTHER = "did:plc:" + "b3" * 12


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bluesky, "QUIET", 0.2)
    monkeypatch.setattr(bluesky, "QUIET_AT_FIRST", 0.2)


class Opened:
    """A scripted stream, a directory, and sources that watch them."""

    def __init__(self, mode: str, stream: Any, url: str, site: Site, fetcher: Any) -> None:
        self.mode, self.stream, self.url, self.site, self.fetcher = mode, stream, url, site, fetcher

    def source(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Bluesky:
        options = {"mode": self.mode, "host": self.url, "directory": self.site.url("")}
        web = web_to(self.url, fetcher=self.fetcher)
        return Bluesky(Options(Bluesky.manifest, options), around(web, clock=clock))

    def cursor(self, position: int) -> str:
        if self.mode == "jetstream":
            return f"us:{position}"
        return f"seq:{position}:{self.url.removeprefix('ws://')}"

    async def put_up(self, *names: str, embed: Any = None) -> None:
        for name in names:
            await self.stream.commit("create", name, record(name, embed))


@asynccontextmanager
async def opened(mode: str) -> AsyncIterator[Opened]:
    site = Site()
    site.pages[f"/{AUTHOR}"] = ("application/json", document(AUTHOR, SERVER))
    stream: Any = Jetstream() if mode == "jetstream" else Firehose()
    async with stream.opened() as url, site.opened() as fetcher:
        yield Opened(mode, stream, url, site, fetcher)


@pytest_asyncio.fixture
async def jetstream() -> AsyncIterator[Opened]:
    async with opened("jetstream") as one:
        yield one


@pytest_asyncio.fixture
async def firehose() -> AsyncIterator[Opened]:
    async with opened("firehose") as one:
        yield one


async def read(source: Bluesky, cursor: str) -> tuple[list[Event], JikimiError | None]:
    """Read until the source has caught up and nothing more follows at once; also how it ended, if it did."""
    events: list[Event] = []
    stream = source.stream(cursor)
    ending: JikimiError | None = None
    try:
        async with asyncio.timeout(30):
            while not (events and events[-1].post is None and not events[-1].skipped):
                events.append(await anext(stream))
        async with asyncio.timeout(0.5):
            events.append(await anext(stream))
    except JikimiError as error:
        ending = error
    except TimeoutError:
        pass
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
    return events, ending


def texts(events: list[Event]) -> list[str]:
    return [event.post.text for event in events if event.post]


async def test_a_jetstream_is_asked_for_posts_since_five_seconds_before(jetstream: Opened) -> None:
    await read(jetstream.source(), "us:1795000000000000")
    assert jetstream.stream.asked == [{"wantedCollections": [POST], "cursor": ["1794999995000000"]}]


async def test_what_a_jetstream_no_longer_holds_is_a_gap_once(jetstream: Opened) -> None:
    two_days = timedelta(days=2)
    old = bluesky.bluesky_jetstream.microseconds_of(datetime.now(UTC) - two_days)
    await jetstream.put_up("kept")
    events, ending = await read(jetstream.source(), f"us:{old}")
    assert texts(events) == ["kept"]
    assert isinstance(ending, Gone)
    again, ending = await read(jetstream.source(), events[-1].cursor)
    assert ending is None
    assert texts(again) == ["kept"]  # within the overlap


async def test_a_jetstream_that_still_holds_what_we_know_has_no_gap(jetstream: Opened) -> None:
    await jetstream.put_up("known", "new")
    known = jetstream.stream.messages[0][0]
    later = datetime.now(UTC) + timedelta(hours=1)
    events, ending = await read(jetstream.source(lambda: later), f"us:{known}")
    assert (texts(events), ending) == (["known", "new"], None)


async def test_accounts_move_a_jetstreams_cursor_on(jetstream: Opened) -> None:
    anchor = await jetstream.source().anchor()
    await jetstream.stream.tell({"did": AUTHOR, "kind": "account", "account": {"active": True}})
    events, _ = await read(jetstream.source(), anchor)
    assert events[-1] == Event(f"us:{jetstream.stream.messages[-1][0]}")


@pytest.mark.parametrize("garbage", ["", "{", "[]", '{"did":1}', "[" * 100_000])
async def test_nonsense_from_a_jetstream_is_skipped(jetstream: Opened, garbage: str) -> None:
    anchor = await jetstream.source().anchor()
    await jetstream.stream.send(time.time_ns() // 1000, garbage)
    await jetstream.put_up("after")
    events, ending = await read(jetstream.source(), anchor)
    assert (texts(events), ending) == (["after"], None)
    assert sum(event.skipped for event in events) == 1


@pytest.mark.parametrize("garbage", [b"", b"\xff", b"\xa0\xa0", b"\x81" * 100_000, b"\xa1bop\x01\xa0"])
async def test_nonsense_from_a_firehose_is_skipped(firehose: Opened, garbage: bytes) -> None:
    await firehose.put_up("before")
    await firehose.stream.send(1, garbage)
    await firehose.put_up("after")
    events, ending = await read(firehose.source(), firehose.cursor(0))
    assert (texts(events), ending) == (["before", "after"], None)
    assert sum(event.skipped for event in events) <= 1


async def test_within_a_commit_only_the_last_event_passes_it(firehose: Opened) -> None:
    changes = [("create", name, record(name)) for name in ("one", "two")] + [("delete", "three", None)]
    await firehose.stream.commits(changes)
    events, _ = await read(firehose.source(), firehose.cursor(0))
    assert [event.cursor for event in events] == [firehose.cursor(seq) for seq in (0, 0, 1, 1)]


async def test_a_quiet_firehose_is_anchored_at_its_end(firehose: Opened) -> None:
    await firehose.put_up("one", "two")
    assert await firehose.source().anchor() == firehose.cursor(2)


async def test_an_empty_firehose_is_anchored_at_its_beginning(firehose: Opened) -> None:
    anchor = await firehose.source().anchor()
    await firehose.put_up("first")
    assert (anchor, texts((await read(firehose.source(), anchor))[0])) == (firehose.cursor(0), ["first"])


async def test_a_busy_firehose_is_anchored_before_the_first_message(firehose: Opened) -> None:
    await firehose.put_up("one")
    anchoring = asyncio.create_task(firehose.source().anchor())
    await firehose.stream.is_heard.wait()
    await firehose.put_up("two")
    anchor = await anchoring
    assert texts((await read(firehose.source(), anchor))[0])[-1] == "two"


async def test_a_firehose_that_kept_too_little_is_a_gap_once(firehose: Opened) -> None:
    await firehose.put_up("lost", "kept")
    firehose.stream.begins = 2
    events, ending = await read(firehose.source(), firehose.cursor(0))
    assert (texts(events), type(ending)) == (["kept"], Gone)
    assert await read(firehose.source(), events[-1].cursor) == ([Event(firehose.cursor(2))], None)


async def test_a_gap_with_nothing_behind_it_is_told_with_the_next_post(firehose: Opened) -> None:
    await firehose.put_up("lost", "lost too")
    firehose.stream.begins = 3
    events, ending = await read(firehose.source(), firehose.cursor(1))
    assert (events, ending) == ([Event(firehose.cursor(1))], None)


async def test_a_firehose_that_counts_anew_is_anchored_anew_and_a_gap(firehose: Opened) -> None:
    await firehose.put_up("one")
    events, ending = await read(firehose.source(), firehose.cursor(4711))
    assert (events, type(ending)) == ([Event(firehose.cursor(1))], Gone)


async def test_the_number_of_another_relay_means_nothing_here(firehose: Opened) -> None:
    await firehose.put_up("one", "two")
    events, ending = await read(firehose.source(), "seq:1:other.example")
    assert (events, type(ending)) == ([Event(firehose.cursor(2))], Gone)


async def test_a_slow_reader_comes_back_at_once_from_where_it_was(firehose: Opened) -> None:
    stream = firehose.source().stream(firehose.cursor(0))
    assert await anext(stream) == Event(firehose.cursor(0))
    await firehose.stream.fail("ConsumerTooSlow")
    with pytest.raises(TryLater, match="ConsumerTooSlow") as caught:
        await anext(stream)
    assert caught.value.after == bluesky.RECONNECT


async def test_a_commit_too_large_and_a_repository_begun_anew_are_counted(firehose: Opened) -> None:
    await firehose.stream.commits([], tooBig=True, blocks=b"")
    await firehose.stream.tell("#sync", {"did": AUTHOR, "blocks": b"", "rev": "x"})
    await firehose.stream.tell("#commit", {"repo": AUTHOR, "ops": [], "blocks": b"junk"})
    events, _ = await read(firehose.source(), firehose.cursor(0))
    assert sum(event.skipped for event in events) == 2
    assert events[-1].cursor == firehose.cursor(3)


async def test_a_new_accounts_empty_repository_counts_as_nothing(firehose: Opened) -> None:
    tree = libipld.encode_dag_cbor({"e": [], "l": None})
    commit = libipld.encode_dag_cbor({"did": AUTHOR, "data": cid_of(tree, 0x71), "version": 3})
    blocks = car([(cid_of(commit, 0x71), commit)])
    await firehose.stream.tell("#sync", {"did": AUTHOR, "blocks": blocks, "rev": "x"})
    events, _ = await read(firehose.source(), firehose.cursor(0))
    assert events == [Event(firehose.cursor(1))]


async def test_a_record_that_did_not_come_along_is_counted(firehose: Opened) -> None:
    await firehose.stream.commits([("create", "one", record("one"))], blocks=car([]))
    events, _ = await read(firehose.source(), firehose.cursor(0))
    assert (texts(events), sum(event.skipped for event in events)) == ([], 1)


async def test_an_author_whom_nobody_knows_is_read_without_files_and_counted(firehose: Opened) -> None:
    await firehose.stream.commit("create", "one", record("one", pictures(b"file")), repo=OTHER)
    events, _ = await read(firehose.source(), firehose.cursor(0))
    (event,) = [event for event in events if event.post]
    assert event.post
    assert (event.post.text, event.post.media, event.skipped) == ("one", (), 1)


async def test_while_the_directory_is_down_no_file_is_passed(firehose: Opened) -> None:
    await firehose.put_up("one", embed=pictures(b"file"))
    await firehose.put_up("two")
    firehose.site.answer(503)
    events, ending = await read(firehose.source(), firehose.cursor(0))
    assert isinstance(ending, TryLater)
    assert {event.cursor for event in events} <= {firehose.cursor(0)}
    firehose.site.answer(200)
    again, _ = await read(firehose.source(), firehose.cursor(0))
    assert sorted(texts(again)) == ["one", "two"]
    assert again[-1].cursor == firehose.cursor(2)


@pytest.mark.parametrize(
    ("mode", "cursor"), [("jetstream", "seq:1:host"), ("firehose", "us:1"), ("firehose", "seq:x:host")]
)
async def test_a_cursor_of_the_other_mode_is_refused(mode: str, cursor: str) -> None:
    async with opened(mode) as one:
        _, ending = await read(one.source(), cursor)
        assert isinstance(ending, Misconfigured)


@pytest.mark.parametrize(
    "options", [{"mode": "x"}, {"host": "https://a.b"}, {"host": "wss://a.b/path"}, {"directory": "ws://a.b"}]
)
async def test_a_wrong_option_says_what_to_type(options: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match="Option"):
        Bluesky(Options(Bluesky.manifest, options), around())
