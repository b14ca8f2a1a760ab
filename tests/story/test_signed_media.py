"""A medium that is served to those who sign in is fetched so each time, and the token shows nowhere."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from jikimi.flow import acts
from jikimi.flow.ingest import ingest
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Evidence, Place
from jikimi.model.case import Authority, Case, Consent, Policy, Verdict
from jikimi.model.errors import Unauthorized
from jikimi.model.fingerprint import Kind
from jikimi.model.outcome import Outcome
from jikimi.model.ports import Fetched, Fetcher, House, Limits
from jikimi.model.post import MediaRef, Position, Post, Secret, Watch
from jikimi.store.models import AlertRow, PostRow, RecordRow
from jikimi.worker.jobs import catch_up, work_through

PAGE, MEDIUM = "http://street.invalid/1", "http://street.invalid/1.jpg"
TOKEN = "hush-hush-token"


class Gate:
    """Serves the medium only to those who sign in, and notes who signed in where. Implements Fetcher."""

    def __init__(self, web: Fetcher) -> None:
        self._web = web
        self.signed: list[tuple[str, bool]] = []

    def fetch(self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None) -> Fetched:
        given = (headers or {}).get("Authorization", Secret("")).reveal()
        self.signed.append((url, bool(given)))
        if url == MEDIUM and given != f"Bearer {TOKEN}":
            raise Unauthorized("401")
        return self._web.fetch(url, limits, headers)

    async def fetch_async(
        self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None
    ) -> Fetched:
        return self.fetch(url, limits, headers)


def do(house: House, outcome: Outcome) -> str:
    house.records.apply(outcome, by="ada")
    return outcome.answer


@pytest.fixture
def gate(house: House) -> Gate:
    web: Any = house.fetcher
    web.pages |= {PAGE: b"<html><body>harmless</body></html>", MEDIUM: encode_jpeg(draw(1))}
    return Gate(house.fetcher)


@pytest.fixture
def signed(house: House, gate: Gate) -> House:
    return replace(house, fetcher=gate)


def found(house: House) -> Place:
    """Post the specimen behind the gate, and have it found."""
    consent = Consent(Authority.VICTIM, "find and remove", date(2026, 3, 1), date(2026, 9, 1))
    case = Case("2026-1", "Willow", consent, Policy.ASK, is_minor=False, by="ada", at=house.clock())
    do(house, acts.open_case(house, case))
    do(house, acts.approve_case(house, case.key, by="bora"))
    do(house, acts.add_reference(house, case.key, encode_jpeg(draw(1)), label="first", by="ada"))
    now = house.clock()
    watch = Watch("street", "website", {"url": PAGE}, "abuse@street.invalid", "ada", now)
    do(house, acts.add_watch(house, watch))
    ref = MediaRef(Kind.IMAGE, MEDIUM, {"Authorization": Secret(f"Bearer {TOKEN}")})
    posted = Post("street", "1", PAGE, "mina", "look", now, now, (ref,))
    house.records.apply(ingest([posted], Position("street", "1", now), house), by="watch street")
    catch_up(house)
    work_through(house)
    (place,) = house.records.find(Place)
    return place


def test_it_is_found_sealed_shown_and_looked_at_again_with_its_token(
    signed: House, gate: Gate, clock: Any
) -> None:
    place = found(signed)
    do(signed, acts.decide(signed, AlertRow.objects.get().key, Verdict.CONFIRMED, by="bora"))
    work_through(signed)
    (evidence,) = signed.records.find(Evidence, parent=place.key)
    assert evidence
    assert acts.clear_picture(signed, place.key)
    clock.turn(timedelta(hours=2))
    work_through(signed)
    assert len([url for url, _ in gate.signed if url == MEDIUM]) >= 4
    assert {is_signed for url, is_signed in gate.signed if url == MEDIUM} == {True}
    assert not any(is_signed for url, is_signed in gate.signed if url != MEDIUM)


def test_the_token_stands_nowhere_in_clear(signed: House) -> None:
    found(signed)
    rows = [*PostRow.objects.values(), *RecordRow.objects.values()]
    assert rows
    values = [value for row in rows for value in row.values()]
    sealed = b"".join(bytes(value) for value in values if isinstance(value, bytes | memoryview))
    assert sealed
    assert TOKEN.encode() not in sealed
    assert TOKEN not in str(rows)
    (post,) = [signed.records.get(Post, row["key"]) for row in PostRow.objects.values()]
    assert post.media[0].headers["Authorization"].reveal() == f"Bearer {TOKEN}"
    assert TOKEN not in repr(post)
