"""How many requests one recipient gets, and when the next may go."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from jikimi.model.policy import Leave, day_of
from jikimi.review.brake import DAY, HOUR, free_at, next_seat

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def leave(minutes_ago: float, seat: int = 0, day: str = "d") -> Leave:
    return Leave(day, seat, "n", NOW - minutes_ago * MINUTE)


def test_requests_go_until_the_hour_is_full_and_then_wait_for_the_oldest_to_be_an_hour_old() -> None:
    assert free_at([leave(10)], NOW, 2, 100) is None
    assert free_at([leave(10), leave(50)], NOW, 2, 100) == NOW + 10 * MINUTE
    assert free_at([leave(10), leave(60)], NOW, 2, 100) is None


def test_a_full_day_holds_even_where_the_hour_is_free() -> None:
    leaves = [leave(120 * number) for number in range(1, 4)]
    assert free_at(leaves, NOW, 100, 3) == NOW - 360 * MINUTE + DAY
    assert free_at([leave(59), leave(1)], NOW, 2, 2) == NOW - 59 * MINUTE + DAY


def test_the_next_seat_is_behind_the_last_of_that_day() -> None:
    assert next_seat([], "d") == 0
    assert next_seat([leave(1, 0), leave(1, 4), leave(1, 9, "e")], "d") == 5


def test_two_that_take_one_seat_have_one_key_and_days_and_recipients_have_their_own() -> None:
    assert Leave("d", 3, "one", NOW).key == Leave("d", 3, "other", NOW + MINUTE).key
    assert day_of("email", "A@b.example ", NOW) == day_of("email", "a@b.example", NOW + HOUR)
    assert day_of("email", "a@b.example", NOW) != day_of("email", "a@b.example", NOW + DAY)
    assert day_of("email", "a@b.example", NOW) != day_of("form", "a@b.example", NOW)


@given(
    gaps=st.lists(st.integers(0, 90), min_size=1, max_size=60),
    an_hour=st.integers(1, 5),
    a_day=st.integers(1, 12),
)
def test_no_hour_and_no_day_ever_holds_more_than_it_may(gaps: list[int], an_hour: int, a_day: int) -> None:
    given_out: list[Leave] = []
    now = NOW
    for gap in gaps:
        now += gap * MINUTE
        free = free_at(given_out, now, an_hour, a_day)
        if free is None:
            given_out.append(Leave("d", len(given_out), "n", now))
        else:
            assert free > now
            assert free_at(given_out, free, an_hour, a_day) is None
    for one in given_out:
        for span, most in ((HOUR, an_hour), (DAY, a_day)):
            assert sum(one.at - span < other.at <= one.at for other in given_out) <= most
