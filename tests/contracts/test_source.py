"""What every source must do, whatever platform it watches."""

import asyncio
import random
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

sys.path.append(str(Path(__file__).parents[1] / "contracts"))
sys.path.append(str(Path(__file__).parents[1] / "sources"))
sys.path.append(str(Path(__file__).parents[2] / "bench"))

from loopback_site import now
from source_cases import (
    CASES,
    DELETES,
    GARBLES,
    REFUSES,
    SECRET,
    STARTS_A_SERVER,
    SourceCase,
)

from jikimi.model.errors import Blocked, Misconfigured, TryLater
from jikimi.model.ports import Source
from jikimi.model.post import Event, Position, Post
from jikimi.sources.runner import Pacing, run_watch

pytestmark = pytest.mark.asyncio
PATIENCE = 30  # seconds; reached only when something is lost


def cases(names: set[str]) -> pytest.MarkDecorator:
    marks = {name: [pytest.mark.server] if name in STARTS_A_SERVER else [] for name in CASES}
    chosen = [pytest.param(name, marks=marks[name], id=name) for name in CASES if name in names]
    return pytest.mark.parametrize("case", chosen, indirect=True)


every = cases(set(CASES))


@pytest_asyncio.fixture
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SourceCase]:
    async with CASES[request.param](tmp_path) as opened:
        yield opened


class Memory:
    """A sink that keeps everything, or waits while it is shut."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.position: Position | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.changed = asyncio.Condition()

    async def __call__(self, posts: Sequence[Post], position: Position) -> None:
        await self.open.wait()
        async with self.changed:
            self.posts += posts
            self.position = position
            self.changed.notify_all()

    @property
    def ids(self) -> set[str]:
        return {post.id for post in self.posts}

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(holds)


class Running:
    """A watch at work on a source; `kill` ends it without a word."""

    def __init__(self, source: Source, memory: Memory, pacing: Pacing | None = None) -> None:
        self._task = asyncio.create_task(
            run_watch(
                source,
                memory,
                watch="specimen",
                position=memory.position,
                clock=now,
                stop=asyncio.Event(),
                random=random.Random(7),
                pacing=pacing or Pacing(),
            )
        )

    async def kill(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


async def read(source: Source, cursor: str) -> list[Event]:
    """Read on until the source has caught up: a push source says so with a checkpoint."""
    events: list[Event] = []
    looks = 0
    async with asyncio.timeout(PATIENCE):
        while True:
            looks += 1
            before = len(events)
            stream = source.stream(events[-1].cursor if events else cursor)
            async for event in stream:
                events.append(event)
                if source.is_push and event.post is None and not event.skipped:
                    break
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()
            if source.is_push or (looks > 1 and not any(event.post for event in events[before:])):
                return events


def ids(events: Sequence[Event]) -> list[str]:
    return [event.post.id for event in events if event.post]


@every
async def test_what_is_published_after_the_anchor_is_read(case: SourceCase) -> None:
    source = case.make()
    anchor = await source.anchor()
    assert anchor  # an empty cursor means "not anchored yet"
    published = await case.publish(3)
    events = await read(source, anchor)
    assert sorted(ids(events)) == sorted(published)
    assert all(event.post.media for event in events if event.post)


@every
async def test_resumed_at_any_cursor_nothing_is_missing(case: SourceCase) -> None:
    anchor = await case.make().anchor()
    published = set(await case.publish(12))
    events = await read(case.make(), anchor)
    for place, event in enumerate(events):
        later = await read(case.make(), event.cursor)
        assert set(ids(events[: place + 1])) | set(ids(later)) == published


@every
async def test_read_to_the_end_it_repeats_at_most_its_overlap(case: SourceCase) -> None:
    anchor = await case.make().anchor()
    published = await case.publish(3)
    events = await read(case.make(), anchor)
    again = ids(await read(case.make(), events[-1].cursor))
    assert set(again) <= (set(published) if case.repeats else set())


@every
async def test_killed_before_its_first_post_it_loses_nothing(case: SourceCase) -> None:
    memory = Memory()
    running = Running(case.make(), memory)
    await memory.until(lambda: memory.position is not None)
    await running.kill()
    published = set(await case.publish(5))
    running = Running(case.make(), memory)
    await memory.until(lambda: memory.ids == published)
    await running.kill()


@every
async def test_thirty_posts_while_it_was_down_are_all_seen(case: SourceCase) -> None:
    memory = Memory()
    running = Running(case.make(), memory)
    await memory.until(lambda: memory.position is not None)
    first = set(await case.publish(1))
    await memory.until(lambda: memory.ids == first)
    await running.kill()
    published = set(await case.publish(30))
    running = Running(case.make(), memory)
    await memory.until(lambda: memory.ids == first | published)
    await running.kill()


@every
async def test_while_the_sink_is_busy_the_source_is_not_read(case: SourceCase) -> None:
    memory, source = Memory(), Counting(case.make())
    pacing = Pacing(batch=1, queue=2)
    running = Running(source, memory, pacing)
    await memory.until(lambda: memory.position is not None)
    memory.open.clear()
    published = set(await case.publish(20))
    await source.until(pacing.batch + pacing.queue)
    for _ in range(100):
        await asyncio.sleep(0)
    assert source.count <= pacing.batch + pacing.queue + 1
    memory.open.set()
    await memory.until(lambda: memory.ids == published)
    await running.kill()


@cases(DELETES)
async def test_a_deletion_arrives_as_a_tombstone(case: SourceCase) -> None:
    assert case.delete
    memory = Memory()
    running = Running(case.make(), memory)
    await memory.until(lambda: memory.position is not None)
    (post,) = await case.publish(1)
    await memory.until(lambda: memory.ids == {post})
    await case.delete(post)
    await memory.until(lambda: memory.posts[-1].is_deleted)
    assert memory.posts[-1].key == memory.posts[0].key
    await running.kill()


@cases(REFUSES)
async def test_asked_to_come_back_later_it_says_when(case: SourceCase) -> None:
    assert case.answer
    source = case.make()
    anchor = await source.anchor()
    published = await case.publish(1)
    case.answer(429, 7)
    with pytest.raises(TryLater) as caught:
        await read(source, anchor)
    assert timedelta(seconds=6) < caught.value.after <= timedelta(seconds=7)
    case.answer(200, 0)
    assert ids(await read(source, anchor)) == published


@cases(REFUSES)
async def test_refused_it_leaves_the_matter_to_a_person(case: SourceCase) -> None:
    assert case.answer
    source = case.make()
    anchor = await source.anchor()
    case.answer(401, 0)
    with pytest.raises((Blocked, Misconfigured)) as caught:
        await read(source, anchor)
    assert SECRET not in str(caught.value)


@cases(GARBLES)
async def test_a_record_that_cannot_be_read_is_skipped_and_counted(case: SourceCase) -> None:
    assert case.garble
    source = case.make()
    anchor = await source.anchor()
    published = await case.publish(2)
    await case.garble()
    published += await case.publish(2)
    events = await read(source, anchor)
    assert set(ids(events)) == set(published)
    assert sum(event.skipped for event in events) == 1


@every
async def test_it_shows_no_secret(case: SourceCase) -> None:
    assert SECRET not in repr(case.make())


class Counting:
    """A source that counts what is taken from it."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._taken = asyncio.Condition()
        self.count = 0
        self.name, self.is_push, self.interval = source.name, source.is_push, source.interval

    async def anchor(self) -> str:
        return await self._source.anchor()

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        async for event in self._source.stream(cursor):
            async with self._taken:
                self.count += event.post is not None
                self._taken.notify_all()
            yield event

    async def until(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE), self._taken:
            await self._taken.wait_for(lambda: self.count >= count)
