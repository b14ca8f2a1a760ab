"""The same picture posted by a hundred accounts is read once, and found in every post."""

from dataclasses import replace
from datetime import date
from typing import Any

from jikimi.flow import acts
from jikimi.flow.ingest import ingest
from jikimi.media.shared import RecallingSandbox, SharedFetches
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Place
from jikimi.model.case import Authority, Case, Consent, Policy
from jikimi.model.fingerprint import Effort, Inspection, Kind
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.model.post import MediaRef, Position, Post, Watch
from jikimi.store.models import AlertRow
from jikimi.worker.jobs import work_through


class Counting:
    """The sandbox, counting what it decodes for first looks."""

    def __init__(self, sandbox: Any) -> None:
        self._sandbox = sandbox
        self.decoded = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sandbox, name)

    def inspect(self, body: bytes, effort: Effort = Effort.FIRST) -> Inspection:
        self.decoded += effort is Effort.FIRST
        found: Inspection = self._sandbox.inspect(body, effort)
        return found


def do(house: House, outcome: Outcome) -> None:
    house.records.apply(outcome, by="ada")


def open_case(house: House) -> Case:
    now = house.clock()
    consent = Consent(Authority.VICTIM, "find and remove", date(2026, 3, 1), date(2026, 9, 1))
    case = Case("2026-1", "Willow", consent, Policy.ASK, is_minor=False, by="ada", at=now)
    do(house, acts.open_case(house, case))
    do(house, acts.approve_case(house, case.key, by="bora"))
    watch = Watch("street", "website", {"url": "http://street.invalid"}, "", "ada", now)
    do(house, acts.add_watch(house, watch))
    return case


def test_a_picture_of_a_hundred_accounts_is_read_once_and_found_in_every_post(house: House) -> None:
    counting: Any = Counting(house.sandbox)
    house = replace(
        house, sandbox=RecallingSandbox(counting, house.clock), shared=SharedFetches(house.fetcher)
    )
    case, picture, now = open_case(house), encode_jpeg(draw(1)), house.clock()
    do(house, acts.add_reference(house, case.key, picture, label="one", by="ada"))
    web: Any = house.fetcher
    posts = []
    for number in range(100):
        page = f"http://street.invalid/{number}"
        web.pages |= {page: b"<html></html>", f"{page}.jpg": picture}
        media = (MediaRef(Kind.IMAGE, f"{page}.jpg"),)
        posts.append(Post("street", str(number), page, f"account {number}", "look", now, now, media))
    house.records.apply(ingest(posts, Position("street", "99", now), house), by="watch street")
    work_through(house)
    assert counting.decoded == 1
    assert len(house.records.find(Place, parent=AlertRow.objects.get().key)) == 100
