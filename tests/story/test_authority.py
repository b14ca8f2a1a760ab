"""An authority that is renewed, narrowed or runs out, and originals that come and go while it stands."""

import runpy
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from jikimi.flow import acts
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.case import Authority, Consent
from jikimi.model.ports import House
from jikimi.store.models import CaseRow, JobRow
from jikimi.worker.jobs import run, settle, work_through

STORY = runpy.run_path(str(Path(__file__).with_name("test_story.py")))
do, open_case = STORY["do"], STORY["open_case"]
PICTURE = encode_jpeg(draw(1))
MINUTE = timedelta(minutes=1)


@pytest.fixture
def case(house: House) -> str:
    key = str(open_case(house).key)
    add(house, key)
    work_through(house)
    return key


def add(house: House, case: str) -> str:
    return str(do(house, acts.add_reference(house, case, PICTURE, label="first", by="ada"), "ada"))


def renew(house: House, case: str, signed_on: date, expires_on: date) -> None:
    consent = Consent(Authority.VICTIM, "find and remove", signed_on, expires_on)
    do(house, acts.renew_case(house, case, consent, by="bora"), "bora")


@pytest.fixture
def is_searched(house: House) -> Callable[[], bool]:
    prints = house.sandbox.inspect(PICTURE).fingerprints
    return lambda: bool(house.vault.search(prints))


def test_an_earlier_last_day_can_be_entered_again(house: House, clock: Any, case: str) -> None:
    for last_day in (date(2027, 1, 31), date(2026, 12, 1), date(2027, 1, 31)):
        clock.turn(MINUTE)
        renew(house, case, date(2026, 3, 1), last_day)
    assert CaseRow.objects.get().expires_on == date(2027, 1, 31)


def test_an_original_that_was_withdrawn_and_entered_again_leaves_the_search_with_the_authority(
    house: House, clock: Any, case: str, is_searched: Callable[[], bool]
) -> None:
    for _ in range(2):
        do(house, acts.withdraw_reference(house, add(house, case), by="ada"), "ada")
        work_through(house)
        assert not is_searched()
        clock.turn(MINUTE)
    add(house, case)
    work_through(house)
    assert is_searched()
    clock.turn(timedelta(days=400))
    work_through(house)
    assert not is_searched()
    renew(house, case, clock().date(), clock().date() + timedelta(days=100))
    work_through(house)
    assert is_searched()


def test_an_authority_that_is_renewed_while_it_is_being_ended_stands(
    house: House, clock: Any, case: str, is_searched: Callable[[], bool]
) -> None:
    clock.turn(timedelta(days=400))
    (ending,) = (job for job in house.queue.lease(10, clock()) if job.step == "expire")
    plan = run(ending, house)
    last_day = clock().date() + timedelta(days=100)
    renew(house, case, clock().date(), last_day)
    settle(ending, plan, house)
    work_through(house)
    assert CaseRow.objects.get().state == "live"
    assert is_searched()
    assert JobRow.objects.get(step="expire").due.date() == last_day + timedelta(days=1)
