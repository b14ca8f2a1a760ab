"""The contract suite of sources: what every source must do, whatever platform it watches.

A test module takes it in with `from jikimi.sources.contract import *` and names its platforms in CASES, a
dict of openers, and in the sets DELETES, REFUSES and GARBLES what can be done to each. It needs
pytest-asyncio.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio

from jikimi.model.errors import Blocked, Misconfigured, TryLater, Unauthorized
from jikimi.sources.contract_case import (
    SECRET,
    Counting,
    Memory,
    Running,
    SourceCase,
    ids,
    read,
)
from jikimi.sources.journal import Pacing

Test = TypeVar("Test", bound=Callable[..., object])

pytestmark = pytest.mark.asyncio
NEEDS = "source_needs"


def needs(names: str) -> Callable[[Test], Test]:
    """Let a test run for the platforms in a set of the test module only."""

    def marked(test: Test) -> Test:
        setattr(test, NEEDS, names)
        return test

    return marked


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test for each platform that the test module names."""
    if "case" not in metafunc.fixturenames:
        return
    module = metafunc.module
    chosen = getattr(module, getattr(metafunc.function, NEEDS, "CASES"), ())
    servers = getattr(module, "STARTS_A_SERVER", ())
    names = [
        pytest.param(name, marks=[pytest.mark.server] if name in servers else [], id=name)
        for name in module.CASES
        if name in chosen
    ]
    metafunc.parametrize("case", names, indirect=True)


@pytest_asyncio.fixture
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SourceCase]:
    """Open one platform."""
    async with request.module.CASES[request.param](tmp_path) as opened:
        yield opened


async def test_what_is_published_after_the_anchor_is_read(case: SourceCase) -> None:
    source = case.make()
    anchor = await source.anchor()
    assert anchor  # an empty cursor means "not anchored yet"
    published = await case.publish(3)
    events = await read(source, anchor)
    assert sorted(ids(events)) == sorted(published)
    assert all(event.post.media for event in events if event.post)


async def test_resumed_at_any_cursor_nothing_is_missing(case: SourceCase) -> None:
    anchor = await case.make().anchor()
    published = set(await case.publish(12))
    events = await read(case.make(), anchor)
    before = anchor
    for place, event in enumerate(events):
        earlier, later = set(ids(events[: place + 1])), set(ids(await read(case.make(), event.cursor)))
        assert earlier | later == published
        if event.cursor != before and not case.repeats:
            assert not earlier & later
        before = event.cursor


async def test_read_to_the_end_it_repeats_at_most_its_overlap(case: SourceCase) -> None:
    anchor = await case.make().anchor()
    published = await case.publish(3)
    events = await read(case.make(), anchor)
    again = ids(await read(case.make(), events[-1].cursor))
    assert set(again) <= (set(published) if case.repeats else set())


async def test_killed_before_its_first_post_it_loses_nothing(case: SourceCase) -> None:
    memory = Memory()
    running = Running(case.make(), memory)
    await memory.until(lambda: memory.position is not None)
    await running.kill()
    published = set(await case.publish(5))
    running = Running(case.make(), memory)
    await memory.until(lambda: memory.ids == published)
    await running.kill()


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


@needs("DELETES")
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


@needs("REFUSES")
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


@needs("REFUSES")
async def test_refused_it_leaves_the_matter_to_a_person(
    case: SourceCase, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    assert case.answer
    source = case.make()
    anchor = await source.anchor()
    case.answer(401, 0)
    has_token = any(option.is_secret for option in source.manifest.options)
    wanted = (Misconfigured, Unauthorized) if has_token else (Blocked, Misconfigured)
    with caplog.at_level(logging.INFO), pytest.raises(wanted) as caught:
        await read(source, anchor)
    told = f"{caught.value} {caught.value!r} {caplog.text} {''.join(capsys.readouterr())}"
    assert SECRET not in told


@needs("GARBLES")
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


async def test_it_shows_no_secret(
    case: SourceCase, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    source = case.make()
    with caplog.at_level(logging.INFO):
        anchor = await source.anchor()
        await case.publish(1)
        events = await read(source, anchor)
    refs = [ref for event in events if event.post for ref in event.post.media]
    for one in (source, refs, events, [dict(ref.headers) for ref in refs]):
        assert SECRET not in f"{one!r} {one!s} {one}"
    assert SECRET not in f"{caplog.text} {''.join(capsys.readouterr())}"
    assert SECRET not in "".join(event.cursor for event in events)
