"""A second look does not repeat the first one, unless something came in between."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from jikimi.flow import acts
from jikimi.flow.ingest import ingest
from jikimi.media.sandbox import SandboxPool
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.case import Authority, Case, Consent, Policy
from jikimi.model.fingerprint import Effort, Inspection, Kind
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.model.post import MediaRef, Position, Post
from jikimi.review.worth import SECOND_LOOK_RANK
from jikimi.worker.jobs import catch_up, run, settle, work_through

URL = "http://street.invalid/one.jpg"


class Listener:
    """The sandbox, remembering with which effort it was asked."""

    def __init__(self, sandbox: SandboxPool) -> None:
        self.efforts: list[Effort] = []
        self._sandbox = sandbox

    def inspect(self, body: bytes, effort: Effort = Effort.FIRST) -> Inspection:
        self.efforts.append(effort)
        return self._sandbox.inspect(body, effort)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sandbox, name)


@pytest.fixture
def listener(sandbox: SandboxPool) -> Listener:
    return Listener(sandbox)


@pytest.fixture
def house(house: House, listener: Listener) -> House:
    return replace(house, sandbox=listener)  # type: ignore[arg-type]  # the rest of the port is the pool's own


@pytest.fixture
def case(house: House) -> Case:
    consent = Consent(Authority.VICTIM, "find and remove", date(2026, 3, 1), date(2026, 9, 1))
    case = Case("2026-1", "Willow", consent, Policy.ASK, is_minor=False, by="ada", at=house.clock())
    do(house, acts.open_case(house, case))
    do(house, acts.approve_case(house, case.key, by="bora"))
    return case


def do(house: House, outcome: Outcome) -> None:
    house.records.apply(outcome, by="ada")


def add_reference(house: House, case: Case, seed: int) -> None:
    body = encode_jpeg(draw(seed))
    do(house, acts.add_reference(house, case.key, body, label=str(seed), by="ada"))


def post_and_look_once(house: House) -> None:
    """A stranger's picture is posted and looked at; its second look waits."""
    web: Any = house.fetcher
    web.pages[URL] = encode_jpeg(draw(7))
    now = house.clock()
    post = Post("street", "one", URL, "mina", "look", now, now, (MediaRef(Kind.IMAGE, URL),))
    house.records.apply(ingest([post], Position("street", "one", now), house), by="watch street")
    catch_up(house)
    while jobs := house.queue.lease(1, house.clock(), below=SECOND_LOOK_RANK):
        settle(jobs[0], run(jobs[0], house), house)


def test_a_second_look_asks_for_the_rest_alone(house: House, listener: Listener, case: Case) -> None:
    add_reference(house, case, 1)
    post_and_look_once(house)
    work_through(house)
    assert listener.efforts == [Effort.REFERENCE, Effort.FIRST, Effort.REST]


def test_a_reference_that_came_in_between_is_asked_about_with_everything(
    house: House, listener: Listener, case: Case
) -> None:
    add_reference(house, case, 1)
    post_and_look_once(house)
    add_reference(house, case, 2)
    work_through(house)
    assert listener.efforts[-1] is Effort.SECOND


def test_a_file_that_changed_in_between_is_asked_about_with_everything(
    house: House, listener: Listener, case: Case
) -> None:
    add_reference(house, case, 1)
    post_and_look_once(house)
    web: Any = house.fetcher
    web.pages[URL] = encode_jpeg(draw(8))
    work_through(house)
    assert listener.efforts[-1] is Effort.SECOND
