"""Where a place stands: every event in its turn, in whatever order they are told."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jikimi.model.alert import Notice, Presence, Receipt, Recheck, Sent
from jikimi.model.standing import Event, Heard, Standing, after, begin, event_of, event_of_answer, standing_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def told(*heard: Heard) -> Standing:
    return standing_of(NOW, [Event(NOW + n * HOUR, one, str(n)) for n, one in enumerate(heard, 1)]).standing


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ((), Standing.FOUND),
        ((Heard.WRITTEN,), Standing.WAITING),
        ((Heard.WRITTEN, Heard.REHEARSED), Standing.REHEARSED),
        ((Heard.WRITTEN, Heard.SENT), Standing.ASKED),
        ((Heard.WRITTEN, Heard.TAKEN_BACK), Standing.TAKEN_BACK),
        ((Heard.WRITTEN, Heard.TAKEN_BACK, Heard.WRITTEN, Heard.SENT), Standing.ASKED),
        ((Heard.WRITTEN, Heard.IN_DOUBT), Standing.IN_DOUBT),
        ((Heard.WRITTEN, Heard.UNDELIVERED), Standing.UNDELIVERED),
        ((Heard.WRITTEN, Heard.NOT_NEEDED), Standing.SEEMS_GONE),
        ((Heard.SENT, Heard.ACKNOWLEDGED), Standing.ANSWERED),
        ((Heard.SENT, Heard.NEEDS_FORM), Standing.ANSWERED),
        ((Heard.SENT, Heard.REFUSED), Standing.REFUSED),
        ((Heard.SENT, Heard.REFUSED, Heard.SENT), Standing.ASKED),
        ((Heard.SENT, Heard.PARTLY), Standing.PARTLY),
        ((Heard.SENT, Heard.REMOVED), Standing.PROMISED),
        ((Heard.SENT, Heard.REMOVED, Heard.SEEN_LIVE), Standing.ASKED),
        ((Heard.SENT, Heard.SEEN_LIVE), Standing.ASKED),
        ((Heard.SENT, Heard.REFUSED, Heard.SEEN_LIVE), Standing.REFUSED),
        ((Heard.SENT, Heard.SEEN_GONE), Standing.SEEMS_GONE),
        ((Heard.SENT, Heard.SEEN_GONE, Heard.NOTHING_NEW), Standing.SEEMS_GONE),
        ((Heard.SENT, Heard.SEEN_GONE, Heard.SEEN_LIVE), Standing.ASKED),
        ((Heard.SENT, Heard.SEEN_GONE, Heard.SEEN_GONE_AGAIN), Standing.GONE),
        ((Heard.SENT, Heard.SEEN_GONE_AGAIN, Heard.SEEN_GONE), Standing.GONE),
        ((Heard.SENT, Heard.SEEN_GONE_AGAIN, Heard.SEEN_BACK), Standing.BACK),
        ((Heard.SENT, Heard.SEEN_GONE_AGAIN, Heard.SEEN_LIVE), Standing.BACK),
        ((Heard.SENT, Heard.SEEN_GONE_AGAIN, Heard.SEEN_BACK, Heard.SEEN_LIVE), Standing.BACK),
        ((Heard.SENT, Heard.SEEN_GONE_AGAIN, Heard.SEEN_BACK, Heard.WRITTEN), Standing.BACK),
        ((Heard.SENT, Heard.SEEN_GONE_AGAIN, Heard.SEEN_BACK, Heard.WRITTEN, Heard.SENT), Standing.ASKED),
        ((Heard.SENT, Heard.SEEN_BLOCKED), Standing.BLOCKED),
        ((Heard.SENT, Heard.SEEN_BLOCKED, Heard.SEEN_GONE), Standing.SEEMS_GONE),
        ((Heard.SENT, Heard.SEEN_LOGIN), Standing.LOGIN),
        ((Heard.SENT, Heard.SEEN_MOVED), Standing.MOVED),
        ((Heard.SENT, Heard.SEEN_MOVED, Heard.SENT), Standing.ASKED),
    ],
)
def test_a_place_stands_where_its_events_lead(heard: tuple[Heard, ...], expected: Standing) -> None:
    assert told(*heard) is expected


@given(st.lists(st.sampled_from(Heard), max_size=12))
def test_only_two_looks_ever_make_it_gone(heard: list[Heard]) -> None:
    if told(*heard) is Standing.GONE:
        assert Heard.SEEN_GONE_AGAIN in heard


@given(st.lists(st.sampled_from(Heard), max_size=12), st.randoms())
def test_the_order_in_which_events_are_told_does_not_matter(heard: list[Heard], dice) -> None:
    events = [Event(NOW + n * HOUR, one) for n, one in enumerate(heard)]
    mixed = list(events)
    dice.shuffle(mixed)
    assert standing_of(NOW, mixed) == standing_of(NOW, events)


@given(st.lists(st.sampled_from(Heard), min_size=2, max_size=12))
def test_the_moment_changes_only_with_the_standing(heard: list[Heard]) -> None:
    course, seen = begin(NOW), []
    for n, one in enumerate(heard, 1):
        course = after(course, Event(NOW + n * HOUR, one))
        seen.append(course)
    for before, now in pairwise(seen):
        assert (before.standing is now.standing) == (before.since == now.since)


def test_records_and_answers_become_events() -> None:
    notice = Notice("c", "p", "e", "email", "a@b.invalid", "en", "", "", 1, NOW)
    receipts = [Receipt("c", "p", "n", state, "why", "", NOW) for state in Sent]
    looks = [Recheck("c", "p", 0, presence, is_verified=False, detail="", at=NOW) for presence in Presence]
    assert event_of(notice).heard is Heard.WRITTEN
    assert {event_of(one).reason for one in receipts} == {"why"}
    assert event_of(looks[list(Presence).index(Presence.GONE)]).heard is Heard.SEEN_GONE
    assert event_of(Recheck("c", "p", 0, Presence.GONE, is_verified=True, detail="", at=NOW)).heard is (
        Heard.SEEN_GONE_AGAIN
    )
    assert event_of_answer(NOW, "refused", "not illegal").heard is Heard.REFUSED
    assert event_of_answer(NOW, "whatever", "").heard is Heard.NOTHING_NEW
