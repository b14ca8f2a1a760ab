"""Whose turn it is among the jobs that wait for first looks."""

from datetime import UTC, datetime, timedelta

from jikimi.review.worth import CLIPS_RANK, LETTERS_RANK, SECOND_LOOK_RANK
from jikimi.worker.turns import Turns, turns_of

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_so_many_have_a_turn_at_once_and_those_given_back_again() -> None:
    turns = Turns(SECOND_LOOK_RANK, 2, SECOND, NOW)
    assert [turns.take(5, NOW), turns.take(5, NOW)] == [2, 0]
    turns.give_back()
    assert turns.take(5, NOW) == 1
    turns.give_back(2)
    assert turns.take(1, NOW) == 1


def test_one_is_due_when_its_share_of_time_came_however_the_clock_goes() -> None:
    turns = Turns(SECOND_LOOK_RANK, 2, SECOND, NOW)
    assert not turns.is_due(NOW + SECOND / 2)
    assert turns.is_due(NOW + SECOND)
    turns.take(0, NOW + SECOND)
    assert not turns.is_due(NOW + SECOND * 1.5)
    assert turns.is_due(NOW - timedelta(hours=1))


def test_pictures_go_first_and_take_every_reader_but_clips_and_letters_one() -> None:
    ranks = turns_of(4, NOW)
    assert [one.rank for one in ranks] == [SECOND_LOOK_RANK, CLIPS_RANK, LETTERS_RANK]
    assert [one.take(9, NOW) for one in ranks] == [4, 1, 1]
