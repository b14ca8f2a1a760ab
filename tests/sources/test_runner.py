"""The runner: what it stores and when, what it does about errors, and that it can be stopped at any time."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from scripted_source import START, Kept, Script, anchored, event, post, run

from jikimi.model.errors import BadMedia, Blocked, Gone, JikimiError, Misconfigured, NeedsHuman, TryLater
from jikimi.model.post import Event, Position, Spent
from jikimi.sources.journal import Pacing

pytestmark = pytest.mark.asyncio


async def test_the_anchor_is_stored_before_the_first_stream() -> None:
    kept, _ = await run(Script([event("a")]), lambda kept: kept.ids == ["a"])
    assert kept.calls[0] == ([], Position("watch", "anchor", START, spent=Spent(START.date())))


async def test_a_stored_position_is_resumed_without_a_new_anchor() -> None:
    source = Script([event("b")])
    await run(source, lambda kept: kept.ids == ["b"], anchored("after a"))
    assert source.anchors == ["anchor"]
    assert source.cursors == ["after a"]


async def test_posts_and_the_cursor_behind_them_arrive_in_one_call() -> None:
    source = Script([event("a"), event("b")])
    kept, _ = await run(source, lambda kept: kept.ids == ["a", "b"], anchored())
    ids, position = kept.calls[0]
    assert (ids, position.cursor, position.posts) == (["a", "b"], "after b", 2)


async def test_a_lone_post_does_not_wait_for_company() -> None:
    kept, time = await run(Script([event("a")]), lambda kept: kept.ids == ["a"], anchored())
    assert kept.calls[0][1].at == START
    assert not time.pauses


async def test_batches_are_bounded() -> None:
    source = Script([event(str(number)) for number in range(7)])
    kept, _ = await run(source, lambda kept: len(kept.ids) == 7, anchored(), Pacing(batch=3))
    assert [len(ids) for ids, _ in kept.calls[:3]] == [3, 3, 1]


async def test_a_full_queue_stops_reading_until_the_sink_has_taken_some() -> None:
    source = Script([event(str(number)) for number in range(50)])
    most = 0

    def enough(kept: Kept) -> bool:
        nonlocal most
        most = max(most, source.taken - len(kept.ids))
        return len(kept.ids) == 50

    await run(source, enough, anchored(), Pacing(batch=2, queue=5))
    assert most <= 6  # the queue, and the one in hand


async def test_a_polled_source_is_asked_again_after_its_interval_from_the_new_cursor() -> None:
    source = Script([event("a"), None], [event("b")])
    _, time = await run(source, lambda kept: kept.ids == ["a", "b"], anchored())
    assert source.cursors == ["anchor", "after a"]
    assert time.pauses[0] == source.interval


async def test_silence_is_broken_by_heartbeats() -> None:
    kept, _ = await run(Script([]), lambda kept: len(kept.calls) == 3, anchored())
    moments = [position.at - START for _, position in kept.calls[:3]]
    assert moments == [timedelta(seconds=30 * beat) for beat in (1, 2, 3)]


async def test_a_checkpoint_is_stored_with_the_next_heartbeat() -> None:
    kept, _ = await run(Script([Event("checkpoint")]), lambda kept: len(kept.calls) == 1, anchored())
    assert kept.calls[0][1].cursor == "checkpoint"


async def test_unreadable_records_are_counted() -> None:
    source = Script([Event("c", skipped=2), Event("d", skipped=1)])
    kept, _ = await run(source, lambda kept: bool(kept.calls), anchored())
    assert kept.calls[0][1].skipped == 3


async def test_the_newest_post_is_remembered_and_a_date_in_the_future_is_not_believed() -> None:
    old, future = START - timedelta(hours=1), START + timedelta(days=900)
    source = Script(
        [Event("1", post("a", published_at=old)), None], [Event("2", post("b", published_at=future))]
    )
    kept, _ = await run(source, lambda kept: kept.ids == ["a", "b"], anchored())
    assert kept.calls[0][1].newest_post_at == old
    assert kept.calls[-1][1].newest_post_at == START


async def test_busy_is_tried_again_not_before_the_time_the_server_asked_for() -> None:
    busy = TryLater("busy", timedelta(minutes=3))
    source = Script([event("a"), busy], [event("b")])
    kept, time = await run(source, lambda kept: kept.ids == ["a", "b"], anchored())
    assert sum(time.pauses, timedelta()) == timedelta(minutes=3)
    assert source.cursors == ["anchor", "after a"]
    assert "busy" in kept.problems
    assert kept.problems[-1] == ""


async def test_repeated_failure_backs_off_with_jitter_up_to_a_minute() -> None:
    failures = [[TryLater("down", timedelta(0))] for _ in range(12)]
    source = Script(*failures, [event("a")])
    _, time = await run(
        source, lambda kept: kept.ids == ["a"], anchored(), Pacing(heartbeat=timedelta(hours=1))
    )
    assert max(time.pauses) <= timedelta(seconds=60)
    assert len(set(time.pauses)) == 12
    assert sum(time.pauses[6:], timedelta()) > sum(time.pauses[:3], timedelta())


@pytest.mark.parametrize("error", [Blocked("no entry"), NeedsHuman("sign in first")])
async def test_refused_it_says_so_and_looks_again_hourly(error: JikimiError) -> None:
    source = Script([error], [event("a")])
    kept, time = await run(source, lambda kept: kept.ids == ["a"], anchored())
    assert sum(time.pauses, timedelta()) == timedelta(hours=1)
    assert kept.problems[:100] == [str(error)] * 100  # heartbeats keep saying it
    assert kept.problems[-1] == ""


async def test_a_wrong_setting_is_said_and_ends_the_watch() -> None:
    kept, _ = await run(Script([Misconfigured("type a path")]), lambda _: False, anchored())
    assert kept.problems == ["type a path"]


async def test_a_gap_is_shown_for_a_day_while_reading_goes_on() -> None:
    source = Script([event("a"), Gone("some were missed")], [event("b")])
    kept, _ = await run(source, lambda kept: len(kept.calls) > 2900, anchored())
    assert source.cursors == ["anchor", "after a"]
    assert kept.ids == ["a", "b"]
    shown = {
        position.at - START < timedelta(hours=24, seconds=35)
        for _, position in kept.calls
        if position.problem
    }
    assert shown == {True}
    assert kept.problems[2] == "Gap: some were missed"
    assert kept.problems[-1] == ""


async def test_an_anchor_that_fails_is_tried_again_and_its_problem_is_shown() -> None:
    source = Script([event("a")])
    source.anchors = [TryLater("no answer", timedelta(seconds=9)), "anchor"]
    kept, _ = await run(source, lambda kept: kept.ids == ["a"])
    assert kept.calls[0][1].problem == "no answer"
    assert source.cursors == ["anchor"]


async def test_an_answer_nobody_can_read_is_tried_again() -> None:
    source = Script([BadMedia("not a list")], [event("a")])
    kept, _ = await run(source, lambda kept: kept.ids == ["a"], anchored())
    assert kept.problems[0] == "not a list"


async def test_a_bug_in_a_source_is_loud_and_loses_nothing_that_was_read() -> None:
    kept: list[str] = []

    def enough(memory: Kept) -> bool:
        kept[:] = memory.ids
        return False

    with pytest.raises(ZeroDivisionError):
        await run(Script([event("a"), ZeroDivisionError()]), enough, anchored())
    assert kept == ["a"]


async def test_an_error_of_the_sink_is_never_taken_for_one_of_the_source() -> None:
    def enough(_: Kept) -> bool:
        raise TryLater("the disk is full")

    source = Script([event("a")])
    with pytest.raises(TryLater, match="disk"):
        await run(source, enough, anchored())
    assert source.is_closed


async def test_addresses_nobody_should_fetch_are_dropped() -> None:
    urls = [
        "file:///etc/passwd",
        "https://site.test/a.jpg",
        "folder://x/y",
        "http://[",
        "javascript:1",
        "http:///x",
    ]
    kept, _ = await run(Script([Event("1", post("a", *urls))]), lambda kept: bool(kept.ids), anchored())
    assert [ref.url for ref in kept.posts[0].media] == ["https://site.test/a.jpg"]


async def test_only_the_folder_may_point_into_folders() -> None:
    source = Script([Event("1", post("a", "folder://in/a.jpg"))], name="folder")
    kept, _ = await run(source, lambda kept: bool(kept.ids), anchored())
    assert [ref.url for ref in kept.posts[0].media] == ["folder://in/a.jpg"]


async def test_stopped_it_stores_what_it_has_read_and_closes_the_stream() -> None:
    source = Script([event("a"), event("b"), event("c")])
    kept, _ = await run(source, lambda _: True, anchored(), Pacing(batch=1))
    assert kept.ids == ["a", "b", "c"]
    assert kept.calls[-1][1].cursor == "after c"
    assert source.is_closed


async def test_a_long_pause_can_be_interrupted() -> None:
    source = Script([Blocked("no entry")])
    kept, time = await run(source, lambda kept: len(kept.calls) == 3, anchored())
    assert sum(time.pauses, timedelta()) < timedelta(hours=1)
    assert kept.problems[-1] == "no entry"


async def test_a_clock_set_back_does_not_silence_the_heartbeat() -> None:
    ahead = Position("watch", "anchor", START + timedelta(days=1))
    kept, _ = await run(Script([]), lambda kept: bool(kept.calls), ahead)
    assert kept.calls[0][1].at == START + timedelta(seconds=30)


@pytest.mark.parametrize(
    ("problem", "since"),
    [
        ("TryLater: the site is down", START - timedelta(days=3)),  # it gave signs of life, and read nothing
        ("Gap: some were missed", START),
        ("", START),
    ],
)
async def test_a_gap_begins_where_reading_ended_also_when_the_program_began_anew_since(
    problem: str, since: datetime
) -> None:
    source = Script([Gone("some were missed")], [])
    stored = replace(anchored(), problem=problem, newest_post_at=START - timedelta(days=3))
    kept, _ = await run(source, lambda kept: bool(kept.gaps), stored)
    assert kept.gaps[0].since == since


async def test_a_gap_is_recorded_with_its_two_ends() -> None:
    source = Script([event("a"), Gone("some were missed")], [event("b")])
    kept, _ = await run(source, lambda kept: kept.ids == ["a", "b"], anchored())
    (gap,) = kept.gaps
    assert (gap.since, gap.why, gap.is_filled) == (START, "some were missed", False)
    assert gap.until >= gap.since


async def test_a_hole_that_was_paged_back_over_is_recorded_as_filled() -> None:
    source = Script([Event("c", post("a"), filled="the server left some out")])
    kept, _ = await run(source, lambda kept: kept.ids == ["a"], anchored())
    assert [(gap.why, gap.is_filled) for gap in kept.gaps] == [("the server left some out", True)]
