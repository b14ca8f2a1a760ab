"""One request has one outcome: sent once at most, and what was taken back too late is told so."""

import runpy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from jikimi.flow import steering
from jikimi.flow.course import course_of, receipts_of
from jikimi.flow.escalating import next_turn
from jikimi.model.alert import Evidence, Job, Notice, Place, Receipt, Sent
from jikimi.model.errors import Blocked, InDoubt, TryLater
from jikimi.model.outcome import Outcome
from jikimi.model.ports import Handed, House
from jikimi.model.standing import LEFT, Standing, told
from jikimi.store.models import PlaceRow
from jikimi.worker.jobs import run, settle, work_through

POLICY = runpy.run_path(str(Path(__file__).with_name("test_policy.py")))
do, post, sent, open_case = (POLICY[name] for name in ("do", "post", "sent", "open_case"))


def about_to_go(house: House, clock: Any) -> tuple[Job, Notice]:
    """Return a job that was leased to hand a request over, and the request."""
    post(house, "one")
    while True:
        (job,) = house.queue.lease(1, clock())
        if job.step == "deliver":
            return job, house.records.get(Notice, job.key)
        settle(job, run(job, house), house)


def test_a_request_that_may_have_gone_is_not_sent_again_whatever_goes_wrong_before_it_is_said(
    house: House, clock: Any, open_case: Any
) -> None:
    open_case()
    job, notice = about_to_go(house, clock)
    postbox: Any = house.channels["email"]
    postbox.deliver(notice, house.records.get(Evidence, notice.evidence))  # and here the service was killed
    house.queue.reclaim()  # type: ignore[attr-defined]  # the store of these tests
    (job,) = [one for one in house.queue.lease(9, clock()) if one.step == "deliver"]
    assert job.is_interrupted

    def away(_job: Job, _house: House) -> Outcome:
        raise TryLater("the database cannot be read")

    settle(job, run(job, house, {"deliver": away}), house)
    clock.turn(timedelta(hours=1))
    work_through(house)
    assert len(sent(house)) == 1
    assert [receipt.state for receipt in house.records.find(Receipt)] == [Sent.IN_DOUBT]


def test_an_interrupted_request_that_was_laid_aside_is_not_sent_when_a_person_tries_it_again(
    house: House, clock: Any, open_case: Any
) -> None:
    open_case()
    job, _ = about_to_go(house, clock)
    house.queue.reclaim()  # type: ignore[attr-defined]  # the store of these tests
    (job,) = [one for one in house.queue.lease(9, clock()) if one.step == "deliver"]
    house.queue.park(job, "bug")
    house.queue.retry(job.name)
    work_through(house)
    assert sent(house) == []
    assert [receipt.state for receipt in house.records.find(Receipt)] == [Sent.IN_DOUBT]


class TakenBackMeanwhile:
    """A channel that takes its time, in which a person takes the request back."""

    name = "email"

    def __init__(self, house: House, end: Exception | None) -> None:
        self.house = house
        self.end = end

    def deliver(self, notice: Notice, evidence: Evidence) -> Handed:
        del evidence
        do(self.house, steering.take_back(self.house, notice.key, reason="wrong", by="bora"))
        if self.end is not None:
            raise self.end
        return Handed("<trace@centre.invalid>", "accepted")

    def deliver_together(self, _mailing: Any, notices: Any) -> Handed:
        for notice in notices[:1]:
            self.deliver(notice, self.house.records.get(Evidence, notice.evidence))
        return Handed("<trace@centre.invalid>", "accepted")


@pytest.mark.parametrize(
    ("end", "outcome", "standing"),
    [
        (None, Sent.SENT, Standing.ASKED),
        (InDoubt("no answer came"), Sent.IN_DOUBT, Standing.IN_DOUBT),
        (Blocked("550 no"), Sent.TAKEN_BACK, Standing.TAKEN_BACK),
    ],
)
def test_what_is_taken_back_while_it_is_sent_has_the_end_that_the_server_gave_it(
    house: House, clock: Any, open_case: Any, end: Exception | None, outcome: Sent, standing: Standing
) -> None:
    open_case()
    job, notice = about_to_go(house, clock)
    slow = replace(house, channels={"email": TakenBackMeanwhile(house, end)})
    clock.turn(timedelta(seconds=1))
    settle(job, run(job, slow), slow)
    place = house.records.get(Place, notice.place)
    ((_, receipts),) = receipts_of(place, house)
    assert receipts[-1].state is outcome
    assert [one.state for one in receipts if one.state in {*LEFT, Sent.TAKEN_BACK}] == [outcome]
    assert course_of(place, house).standing is standing
    assert PlaceRow.objects.get().standing == standing
    if outcome is not Sent.TAKEN_BACK:
        assert "too late" in receipts[-1].detail
        assert receipts[0].state is Sent.TOO_LATE
    clock.turn(timedelta(days=30))
    assert next_turn(place, house) is None  # a person wanted no more of it


def test_a_mail_tells_it_of_the_request_that_was_taken_back_and_not_of_the_others(
    house: House, clock: Any, open_case: Any
) -> None:
    open_case()
    slow = replace(
        house,
        channels={"email": TakenBackMeanwhile(house, None)},
        rules=replace(house.rules, gather=timedelta(hours=1)),
    )
    for name in ("one", "two"):
        post(slow, name)
    work_through(slow)
    clock.turn(timedelta(minutes=1))
    work_through(slow)
    details = [one.detail for one in house.records.find(Receipt) if one.state is Sent.SENT]
    assert sorted("too late" in detail for detail in details) == [False, True]


def test_taking_back_what_has_just_gone_is_told_as_too_late_in_every_place(
    house: House, clock: Any, open_case: Any
) -> None:
    open_case()
    job, notice = about_to_go(house, clock)
    act = steering.take_back(house, notice.key, reason="wrong", by="bora")  # read before, written after
    settle(job, run(job, house), house)
    do(house, act)
    place = house.records.get(Place, notice.place)
    states = [one.state for one in told(house.records.find(Receipt, parent=notice.key))]
    assert states == [Sent.TOO_LATE, Sent.SENT]
    assert course_of(place, house).standing is Standing.ASKED
    assert PlaceRow.objects.get().standing == Standing.ASKED
