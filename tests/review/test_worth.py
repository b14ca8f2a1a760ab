"""Which second look goes first, and that none waits for ever."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from jikimi.model.alert import Place
from jikimi.model.fingerprint import How, Kind, Tier
from jikimi.model.post import MediaRef, Post, Priority
from jikimi.review.worth import LONGEST_HEAD_START, due_of_second_look, head_start

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PICTURE = MediaRef(Kind.IMAGE, "https://street.invalid/1.jpg")
POST = Post("street", "1", "https://street.invalid/1", "mina", "look at this", NOW, NOW, (PICTURE,))
GALLERY = replace(POST, media=(PICTURE,) * 9)


def place(post: str = "elsewhere", author: str = "somebody else") -> Place:
    return Place(
        "c", "a", "r", "street", post, 0, "u", "m", author, "", b"", (), Tier.LIKELY, 0.9,
        How("pdq", 1, 31, "re-encoded"), NOW, NOW, NOW,
    )  # fmt: skip


def worth(
    post: Post = POST,
    *places: Place,
    priority: Priority = Priority.NORMAL,
    is_named: bool = False,
) -> timedelta:
    return head_start(post, priority=priority, places=places, is_named=is_named)


def test_a_watch_of_high_priority_goes_before_a_normal_one_and_that_before_a_low_one() -> None:
    high, normal, low = (worth(priority=priority) for priority in Priority)
    assert high > normal > low


def test_a_post_of_few_pictures_goes_before_a_gallery() -> None:
    assert worth() > worth(GALLERY)


def test_a_watch_on_which_copies_were_found_lately_goes_before_others() -> None:
    assert worth(POST, *[place()] * 3) > worth(POST, place()) > worth()
    assert worth(POST, *[place()] * 6) == worth(POST, *[place()] * 50)


def test_a_post_that_names_a_case_goes_before_others() -> None:
    assert worth(is_named=True) > worth()


@pytest.mark.parametrize("kin", [place(post=POST.key), place(author="mina")])
def test_whose_post_or_author_holds_a_copy_goes_before_everybody_else(kin: Place) -> None:
    least = worth(GALLERY, kin, priority=Priority.LOW)
    most = worth(POST, *[place()] * 50, priority=Priority.HIGH, is_named=True)
    assert least > most
    assert worth(POST, kin, kin) > worth(POST, kin, place())


def test_a_nameless_author_is_nobodys_kin() -> None:
    assert worth(replace(POST, author=""), place(author="")) == worth(POST, place())


def test_everything_together_is_worth_the_longest_head_start() -> None:
    kin = [place(post=POST.key)] * 50
    assert worth(POST, *kin, priority=Priority.HIGH, is_named=True) == LONGEST_HEAD_START
    assert worth(GALLERY, priority=Priority.LOW) == timedelta(0)


LOOKS = some.tuples(
    some.integers(0, 3 * 24 * 60),  # minutes after the start
    some.sampled_from(list(Priority)),
    some.booleans(),  # a gallery
    some.booleans(),  # a known word
    some.integers(0, 9),  # neighbours
    some.integers(0, 4),  # kin
)


@given(some.lists(LOOKS, min_size=2, max_size=60), some.integers(1, 4 * 24 * 60))
def test_no_look_ever_waits_for_one_that_came_a_day_later(
    arrivals: list[tuple[int, Priority, bool, bool, int, int]], pace: int
) -> None:
    """One look is done every `pace` minutes, always the one longest due: that is what the queue does."""
    waiting = []
    for minutes, priority, is_gallery, is_named, neighbours, kin in arrivals:
        came = NOW + timedelta(minutes=minutes)
        due = due_of_second_look(
            GALLERY if is_gallery else POST,
            came,
            priority=priority,
            places=[place()] * neighbours + [place(author="mina")] * kin,
            is_named=is_named,
        )
        assert came - LONGEST_HEAD_START <= due <= came
        waiting.append((due, came))
    now = NOW
    done: list[tuple[datetime, datetime]] = []
    while waiting:
        ready = [look for look in waiting if look[1] <= now]
        if ready:
            first = min(ready)
            waiting.remove(first)
            late = [came for _, came in done if came - first[1] > LONGEST_HEAD_START]
            assert late == [], "somebody who came a day later was done first"
            done.append(first)
        now += timedelta(minutes=pace)
    assert len(done) == len(arrivals)
