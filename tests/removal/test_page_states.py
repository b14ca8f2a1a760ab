"""Every labelled page state is told right: real fetcher, real sandbox, a server that answers as sites do."""

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[2] / "bench"))

from page_states import HALVES, LABELS, measure, report

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.sandbox]


@pytest.fixture(scope="module", params=[name for name, _ in HALVES])
def found(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    return measure(dict(HALVES)[request.param])


def test_no_copy_that_may_be_there_is_called_gone(found: list[dict[str, Any]]) -> None:
    assert [one["name"] for one in found if one["says"] == "gone" != one["label"]] == []


def test_ninety_eight_of_a_hundred_states_are_told_right(found: list[dict[str, Any]]) -> None:
    assert report(found)["share"] >= 0.98


def test_a_look_asks_a_site_no_more_than_a_dozen_times(found: list[dict[str, Any]]) -> None:
    assert max(one["asked"] for one in found) <= 12


def test_there_are_at_least_two_hundred_of_all_kinds() -> None:
    every = [state for _, states in HALVES for state in states]
    assert len(every) >= 200
    assert {state.label for state in every} == set(LABELS)
    assert len({(state.name) for state in every}) == len(every)
