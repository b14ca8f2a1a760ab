"""After the request: copies that move, are replaced, are blocked from here only, or come back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import pytest

from jikimi.flow import acts
from jikimi.flow.course import where_now
from jikimi.flow.ingest import ingest
from jikimi.flow.looking import look_at
from jikimi.flow.recheck import addresses_of
from jikimi.media.edits import shrunk
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Place, Placeholder, Presence, Recheck
from jikimi.model.case import Authority, Case, Consent, Policy
from jikimi.model.errors import BadMedia, Blocked, Gone, JikimiError, TryLater
from jikimi.model.fingerprint import Effort, Inspection, Kind
from jikimi.model.outcome import Outcome
from jikimi.model.ports import Fetched, House, Limits
from jikimi.model.post import MediaRef, Position, Post, Secret, Watch
from jikimi.model.standing import Standing
from jikimi.review.authority import SENDING
from jikimi.store.models import AlertRow, PlaceRow, SpellRow, StayRow
from jikimi.worker.jobs import work_through

SPECIMEN = draw(1)
COPY = encode_jpeg(SPECIMEN)
BOARD = encode_jpeg(draw(40, 320, 200))
DAY = timedelta(days=1)
POST, PICTURE = "http://street.invalid/one", "http://street.invalid/one.jpg"


def page(*addresses: str) -> bytes:
    shown = "".join(f'<img src="{address}">' for address in addresses)
    return f"<html><body><p>a harmless page, with some words of its own</p>{shown}</body></html>".encode()


class Elsewhere:
    """Another way out, with a web of its own."""

    def __init__(self, house: House, pages: Mapping[str, bytes | JikimiError]) -> None:
        self._house, self._pages = house, pages

    def fetch(self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None) -> Fetched:
        del limits, headers
        body = self._pages.get(url, Gone("nothing there"))
        if isinstance(body, JikimiError):
            raise body
        return Fetched(url, (url,), "192.0.2.9", 200, (), body, self._house.clock())

    async def fetch_async(
        self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None
    ) -> Fetched:
        return self.fetch(url, limits, headers)


@pytest.fixture
def web(house: House) -> dict[str, bytes | JikimiError]:
    fetcher: Any = house.fetcher
    pages: dict[str, bytes | JikimiError] = fetcher.pages
    return pages


@pytest.fixture
def place(house: House, web: dict[str, bytes | JikimiError]) -> Place:
    """A copy that went out by itself, sent once."""
    consent = Consent(Authority.VICTIM, "find and remove", date(2026, 3, 1), date(2026, 9, 1))
    case = Case("2026-1", "Willow", consent, Policy.PRE_APPROVED, is_minor=False, by="ada", at=house.clock())
    for outcome, by in (
        (acts.open_case(house, case), "ada"),
        (lambda: acts.approve_case(house, case.key, by="bora"), "bora"),
        (lambda: acts.add_reference(house, case.key, COPY, label="first", by="ada"), "ada"),
        (lambda: acts.turn(house, SENDING, is_on=True, by="admin"), "admin"),
    ):
        house.records.apply(outcome if isinstance(outcome, Outcome) else outcome(), by=by)
    watch = Watch("street", "website", {"url": POST}, "abuse@street.invalid", "ada", house.clock())
    house.records.apply(acts.add_watch(house, watch), by="ada")
    web |= {POST: page(PICTURE), PICTURE: COPY}
    now = house.clock()
    posted = Post("street", "one", POST, "mina", "look", now, now, (MediaRef(Kind.IMAGE, PICTURE),))
    house.records.apply(ingest([posted], Position("street", "one", now), house), by="watch street")
    work_through(house)
    return house.records.find(Place)[0]


def looked(house: House, clock: Any, by: timedelta = DAY) -> Recheck:
    clock.turn(by)
    work_through(house)
    return house.records.find(Recheck)[-1]


def row() -> PlaceRow:
    return PlaceRow.objects.get()


def sent(house: House) -> int:
    postbox: Any = house.channels["email"]
    return len(postbox.taken)


def test_a_copy_at_another_address_is_moved_and_both_are_watched(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    assert sent(house) == 1
    again = "http://cdn.invalid/x/2.jpg"
    web |= {POST: page(again), PICTURE: Gone("404"), again: COPY}
    look = looked(house, clock)
    assert (look.presence, look.found_at) == (Presence.MOVED, again)
    assert row().standing is Standing.MOVED
    rechecks = house.records.find(Recheck)
    assert addresses_of(rechecks) == (again,)
    assert where_now(place, rechecks).media_url == again
    web[POST] = page()  # the page shows it no longer, but the file is still there
    assert looked(house, clock).presence is Presence.MOVED
    web[again] = Gone("404")
    assert looked(house, clock).presence is Presence.GONE


def test_a_thumbnail_that_stays_is_live(house: House, clock: Any, web: dict[str, Any], place: Place) -> None:
    assert place
    small = "http://street.invalid/thumb/one.jpg"
    web |= {POST: page(small), PICTURE: Gone("404"), small: shrunk(SPECIMEN)}
    assert looked(house, clock).presence is Presence.LIVE


def test_a_soft_error_counts_only_with_the_file_gone(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    assert place
    web[POST] = "<html><body>삭제된 게시물입니다.</body></html>".encode()
    assert looked(house, clock).presence is Presence.LIVE
    web[PICTURE] = Gone("404")
    assert looked(house, clock).presence is Presence.GONE


def test_gone_needs_every_vantage_point(house: House, clock: Any, web: dict[str, Any], place: Place) -> None:
    web |= {POST: Gone("404"), PICTURE: Gone("404")}
    for pages, expected in (
        ({POST: page(PICTURE), PICTURE: COPY}, Presence.BLOCKED),
        ({POST: TryLater("503"), PICTURE: TryLater("503")}, Presence.UNKNOWN),
        ({POST: Blocked("403"), PICTURE: Gone("404")}, Presence.UNKNOWN),
        ({}, Presence.GONE),
    ):
        abroad = replace(house, vantages={"abroad": Elsewhere(house, pages)})  # type: ignore[arg-type]
        look = look_at(place, abroad)
        assert look.presence is expected
        assert [name for name, _ in look.vantages] == ["here", "abroad"]
    assert clock


def test_blocked_here_only_is_never_verified_and_seen_abroad_it_is_back(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    web |= {POST: Gone("404"), PICTURE: Gone("404")}
    everywhere = replace(house, vantages={"abroad": Elsewhere(house, {})})
    for _ in range(3):
        clock.turn(DAY)
        work_through(everywhere)
    assert row().standing is Standing.GONE
    abroad = replace(house, vantages={"abroad": Elsewhere(house, {POST: page(PICTURE), PICTURE: COPY})})
    clock.turn(3 * DAY)
    work_through(abroad)
    last = house.records.find(Recheck)[-1]
    assert last.presence is Presence.BACK
    assert dict(last.vantages) == {"here": Presence.GONE, "abroad": Presence.LIVE}
    assert AlertRow.objects.get().gone_at is None
    assert place


def test_the_picture_shown_for_several_places_becomes_known(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    web |= {POST: page(PICTURE), PICTURE: BOARD}
    look = looked(house, clock)
    assert look.detail == "replaced: the file's address serves another medium"
    (seen,) = house.records.find(Placeholder)
    others = [replace(seen, place=str(number) * 32) for number in (1, 2)]
    house.records.apply(Outcome(records=tuple(others)), by="jikimi")
    look = looked(house, clock)
    assert look.detail == "replaced: the site shows its picture for removed ones"
    assert look.presence is Presence.GONE
    assert place


def test_one_picture_for_everything_is_a_refusal(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    other = "http://street.invalid/cat.jpg"
    web |= {POST: page(PICTURE, other), PICTURE: BOARD, other: BOARD}
    assert looked(house, clock).presence is Presence.UNKNOWN
    assert place


def test_a_copy_that_comes_back_reopens_its_alert_and_is_asked_for_again(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    web |= {POST: Gone("404"), PICTURE: Gone("404")}
    for _ in range(3):
        looked(house, clock)
    assert (row().standing, AlertRow.objects.get().state) == (Standing.GONE, "open")
    spell = SpellRow.objects.get()
    assert spell.missing_at is not None
    assert spell.gone_at is not None
    assert spell.missing_at < spell.gone_at
    web |= {POST: page(PICTURE), PICTURE: COPY}
    assert looked(house, clock, 3 * DAY).presence is Presence.BACK
    assert AlertRow.objects.get().state == "back"
    assert sent(house) == 2
    assert row().standing is Standing.ASKED
    assert looked(house, clock).presence is Presence.LIVE  # once said, it is simply there
    assert AlertRow.objects.get().state == "back"
    web |= {POST: Gone("404"), PICTURE: Gone("404")}
    for _ in range(3):
        looked(house, clock)
    assert AlertRow.objects.get().state == "open"
    assert [(s.notices, s.returned_at is None) for s in SpellRow.objects.order_by("pk")] == [
        (1, False),
        (1, True),
    ]
    stays = list(StayRow.objects.order_by("began_at", "pk").values_list("standing", "ended_at"))
    assert [standing for standing, ended in stays if ended is None] == ["gone"]
    assert place


def test_asking_a_site_is_bounded_and_says_which_page_asks(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    many = [f"http://street.invalid/{n}.jpg" for n in range(40)]
    web |= {POST: page(*many), PICTURE: Gone("404")} | {one: encode_jpeg(draw(60)) for one in many[:3]}
    fetcher: Any = house.fetcher
    fetcher.asked.clear()
    assert looked(house, clock).presence is Presence.GONE
    assert len(fetcher.asked) <= 3 + 8
    assert place


def test_a_copy_whose_page_has_a_broken_address_is_asked_for_and_looked_at(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    medium = "http://street.invalid/two.jpg"
    web |= {medium: COPY, "http://[street/2": Blocked("that is no address")}
    now = clock()
    posted = Post("street", "two", "http://[street/2", "mina", "", now, now, (MediaRef(Kind.IMAGE, medium),))
    house.records.apply(ingest([posted], Position("street", "two", now), house), by="watch street")
    work_through(house)
    assert sent(house) == 2
    web[medium] = Gone("404")
    clock.turn(DAY)
    work_through(house)
    seen = {look.place: look.presence for look in house.records.find(Recheck)}
    assert seen == {place.key: Presence.LIVE, place_of_post(house, posted).key: Presence.UNKNOWN}


def place_of_post(house: House, post: Post) -> Place:
    return house.records.find(Place, post=post.key)[0]


class Overloaded:
    """A sandbox in which every reader takes too long."""

    def inspect(self, body: bytes, effort: Effort = Effort.FIRST) -> Inspection:
        del body, effort
        raise BadMedia("the file took longer than 10 s to read")


def test_the_very_file_that_was_found_is_there_also_when_it_cannot_be_read_now(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    web[POST] = Gone("404")
    sandbox: Any = Overloaded()
    busy = replace(house, sandbox=sandbox)
    for _ in range(3):
        assert looked(busy, clock).presence is Presence.LIVE
    assert place.sha256 == sha256(COPY).digest()


def test_what_is_served_as_a_medium_and_cannot_be_read_is_never_gone(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    web |= {POST: Gone("404"), PICTURE: b"\x00 a new way to write pictures"}
    assert looked(house, clock).presence is Presence.GONE  # it calls itself nothing
    fetcher: Any = house.fetcher
    plain = fetcher.fetch

    def named(url: str, *rest: Any) -> Fetched:
        answer: Fetched = plain(url, *rest)
        return replace(answer, headers=(("content-type", "image/new"),))

    fetcher.fetch = named
    for _ in range(3):
        assert looked(house, clock).presence is Presence.UNKNOWN
    assert place.kind is Kind.IMAGE


def test_a_look_without_a_clear_answer_tells_the_statistics_nothing(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    assert looked(house, clock).presence is Presence.LIVE
    seen_at = SpellRow.objects.get().seen_at
    web |= {POST: TryLater("busy"), PICTURE: TryLater("busy")}
    assert looked(house, clock).presence is Presence.UNKNOWN
    spell = SpellRow.objects.get()
    assert (spell.seen_at, spell.place) == (seen_at, place.key)
