"""What posts say goes through the house: alerts by words alone, and words that join what media show."""

from datetime import date, timedelta
from typing import Any

import pytest

from jikimi.flow import acts
from jikimi.flow.ingest import ingest
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import WORDS, Evidence, Notice, Place, Presence, Recheck
from jikimi.model.case import Authority, Case, Consent, Policy, Verdict
from jikimi.model.errors import Blocked, Gone, JikimiError, NeedsHuman, TryLater
from jikimi.model.fingerprint import Kind, Tier
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.model.post import MediaRef, Position, Post, Watch
from jikimi.model.text import EvidenceClass, IdentifierKind, KnownAs
from jikimi.review.authority import SENDING
from jikimi.store.models import AlertRow, CaseRow, PlaceRow, PostRow
from jikimi.worker.jobs import catch_up, work_through

HANDLE, NAME = "willow_harbour88", "한바람결"


def do(house: House, outcome: Outcome) -> str:
    house.records.apply(outcome, by="ada")
    return outcome.answer


@pytest.fixture
def case(house: House) -> Case:
    consent = Consent(Authority.VICTIM, "find and remove", date(2026, 3, 1), date(2026, 9, 1))
    made = Case("2026-1", "Willow", consent, Policy.ASK, is_minor=False, by="ada", at=house.clock())
    do(house, acts.open_case(house, made))
    do(house, acts.approve_case(house, made.key, by="bora"))
    at = {"url": "http://street.invalid"}
    do(house, acts.add_watch(house, Watch("street", "website", at, "a@street.invalid", "ada", house.clock())))
    do(house, acts.turn(house, SENDING, is_on=True, by="admin"))
    return made


def know(house: House, case: Case, kind: IdentifierKind, text: str) -> str:
    return do(house, acts.add_words(house, case.key, kind, text, by="ada"))


def post(house: House, name: str, text: str, picture: bytes | None = None) -> None:
    """Post, as a source would bring it: what other workers entered is in force before."""
    catch_up(house)
    url = f"http://street.invalid/{name}"
    web: Any = house.fetcher
    web.pages[url] = b"<html><body>a page</body></html>"
    media: tuple[MediaRef, ...] = ()
    if picture is not None:
        web.pages[f"{url}.jpg"] = picture
        media = (MediaRef(Kind.IMAGE, f"{url}.jpg"),)
    now = house.clock()
    posted = Post("street", name, url, "mina", text, now, now, media)
    house.records.apply(ingest([posted], Position("street", name, now), house), by="watch street")


def test_a_handle_alone_alerts_before_any_medium_is_fetched(house: House, case: Case) -> None:
    key = know(house, case, IdentifierKind.HANDLE, HANDLE)
    post(house, "one", f"who knows {HANDLE} from the harbour?", encode_jpeg(draw(9)))
    assert AlertRow.objects.get().reference == key
    (place,) = house.records.find(Place, case=case.key)
    assert (place.part, place.kind, place.tier) == (WORDS, Kind.TEXT, Tier.LIKELY)
    (hit,) = place.hits
    assert place.text[hit.start : hit.end] == HANDLE
    assert house.fetcher.asked == []  # type: ignore[attr-defined]  # the web of these tests


@pytest.mark.parametrize(
    "text", ["w i l l o w _ h a r b o u r 8 8", "WILLOW_HARBOUR88", "ｗｉｌｌｏｗ＿ｈａｒｂｏｕｒ８８"]
)
def test_a_respelled_handle_alerts(house: House, case: Case, text: str) -> None:
    know(house, case, IdentifierKind.HANDLE, HANDLE)
    post(house, "one", f"look: {text} !")
    assert AlertRow.objects.count() == 1


@pytest.mark.parametrize(
    "text", [NAME, f"{NAME}, {NAME}", "한 바 람 결", "an innocent namesake: 한바람결 wins the race"]
)
def test_a_name_alone_never_alerts(house: House, case: Case, text: str) -> None:
    know(house, case, IdentifierKind.NAME, NAME)
    post(house, "one", text)
    work_through(house)
    assert AlertRow.objects.count() == 0


def test_a_name_raises_a_possible_match_of_the_same_case_and_goes_first(house: House, case: Case) -> None:
    know(house, case, IdentifierKind.NAME, NAME)
    do(house, acts.add_reference(house, case.key, encode_jpeg(draw(1)), label="first", by="ada"))
    post(house, "named", f"{NAME} again", encode_jpeg(draw(1), 40))
    work_through(house)
    alert = AlertRow.objects.get()
    assert alert.is_named
    (place,) = house.records.find(Place, case=case.key)
    assert [hit.evidence for hit in place.hits] == [EvidenceClass.EXACT]


def test_words_of_one_case_say_nothing_of_another(house: House, case: Case) -> None:
    consent = Consent(Authority.VICTIM, "find and remove", date(2026, 3, 1), date(2026, 9, 1))
    other = Case("2026-2", "Heron", consent, Policy.ASK, is_minor=False, by="ada", at=house.clock())
    do(house, acts.open_case(house, other))
    do(house, acts.approve_case(house, other.key, by="bora"))
    know(house, other, IdentifierKind.HANDLE, HANDLE)
    do(house, acts.add_reference(house, case.key, encode_jpeg(draw(1)), label="first", by="ada"))
    post(house, "one", f"by {HANDLE}", encode_jpeg(draw(1), 40))
    work_through(house)
    by_case = {place.case: place for place in house.records.find(Place)}
    assert by_case[case.key].hits == ()
    assert by_case[other.key].kind is Kind.TEXT


@pytest.fixture
def confirmed(house: House, case: Case) -> Place:
    """A post by whose words a case was found, and a person confirmed it."""
    know(house, case, IdentifierKind.HANDLE, HANDLE)
    post(house, "one", f"ask {HANDLE}")
    shows(house, f"<html><body><p>yesterday somebody asked for {HANDLE} here</p></body></html>".encode())
    do(house, acts.decide(house, AlertRow.objects.get().key, Verdict.CONFIRMED, by="bora"))
    work_through(house)
    (place,) = house.records.find(Place, case=case.key)
    return place


def shows(house: House, answer: bytes | JikimiError) -> None:
    web: Any = house.fetcher
    web.pages["http://street.invalid/one"] = answer


def looks(house: House, place: Place) -> list[tuple[Presence, bool]]:
    return [(look.presence, look.is_verified) for look in house.records.find(Recheck, parent=place.key)]


def test_a_confirmed_alert_by_words_seals_evidence_and_writes_no_letter(
    house: House, confirmed: Place
) -> None:
    assert len(house.records.find(Evidence, parent=confirmed.key)) == 1
    assert house.records.find(Notice, parent=confirmed.key) == ()


def test_words_are_looked_at_again_until_they_are_verified_gone_and_after(
    house: House, confirmed: Place, clock: Any
) -> None:
    live = house.fetcher.pages["http://street.invalid/one"]  # type: ignore[attr-defined]
    assert looks(house, confirmed) == [(Presence.LIVE, False)]
    shows(house, b"<html><body><p>the harbour festival was moved to the next week</p></body></html>")
    for _ in range(3):
        clock.turn(timedelta(days=2))
        work_through(house)
    assert looks(house, confirmed)[1:3] == [(Presence.GONE, False), (Presence.GONE, True)]
    shows(house, live)
    clock.turn(timedelta(days=4))
    work_through(house)
    assert looks(house, confirmed)[-1] == (Presence.BACK, False)
    assert house.records.find(Notice, parent=confirmed.key) == ()


@pytest.mark.parametrize(
    ("answer", "presence"),
    [
        (Gone("404"), Presence.GONE),
        (TryLater("503"), Presence.UNKNOWN),
        (Blocked("a challenge"), Presence.UNKNOWN),
        (b"", Presence.UNKNOWN),
        (b"<div id=app></div>", Presence.UNKNOWN),
        (b"please sign in to see this page <input type=password>", Presence.UNKNOWN),
        (b"somebody asked for <b>w i l l o w</b> _ h a r b o u r 8 8 here", Presence.LIVE),
        (b"nobody asks for anything here any more", Presence.GONE),
    ],
)
def test_a_page_that_does_not_show_its_words_is_gone_only_if_that_is_clear(
    house: House, confirmed: Place, clock: Any, answer: Any, presence: Presence
) -> None:
    shows(house, answer)
    clock.turn(timedelta(hours=7))
    work_through(house)
    assert looks(house, confirmed)[-1] == (presence, False)


def test_a_page_that_never_showed_the_words_to_us_is_not_called_gone(house: House, case: Case) -> None:
    know(house, case, IdentifierKind.HANDLE, HANDLE)
    post(house, "one", f"ask {HANDLE}")
    shows(house, b"You need to enable JavaScript to run this app")
    do(house, acts.decide(house, AlertRow.objects.get().key, Verdict.CONFIRMED, by="bora"))
    work_through(house)
    (place,) = house.records.find(Place, case=case.key)
    assert looks(house, place) == [(Presence.UNKNOWN, False)]


def test_words_that_were_withdrawn_are_not_called_gone(house: House, confirmed: Place, clock: Any) -> None:
    do(house, acts.withdraw_words(house, confirmed.hits[0].identifier, by="ada"))
    clock.turn(timedelta(hours=7))
    work_through(house)
    assert looks(house, confirmed)[-1][0] is Presence.UNKNOWN


def test_what_is_withdrawn_or_closed_is_found_no_more(house: House, case: Case) -> None:
    key = know(house, case, IdentifierKind.HANDLE, HANDLE)
    do(house, acts.withdraw_words(house, key, by="ada"))
    post(house, "one", f"ask {HANDLE}")
    assert AlertRow.objects.count() == 0
    know(house, case, IdentifierKind.HANDLE, HANDLE)
    post(house, "two", f"ask {HANDLE}")
    assert AlertRow.objects.count() == 1
    do(house, acts.close_case(house, case.key, reason="at her request", by="ada"))
    post(house, "three", f"ask {HANDLE}")
    assert PlaceRow.objects.count() == 0
    assert house.records.find(KnownAs, case=case.key) == ()


def test_an_expired_case_is_not_searched_for(house: House, case: Case, clock: Any) -> None:
    know(house, case, IdentifierKind.HANDLE, HANDLE)
    clock.turn(timedelta(days=400))
    work_through(house)
    assert CaseRow.objects.get().state == "expired"
    post(house, "one", f"ask {HANDLE}")
    assert AlertRow.objects.count() == 0


def test_the_same_text_twice_is_one_identifier_and_nonsense_is_refused(house: House, case: Case) -> None:
    first = know(house, case, IdentifierKind.HANDLE, HANDLE)
    assert know(house, case, IdentifierKind.HANDLE, f" {HANDLE} ") == first
    with pytest.raises(NeedsHuman, match="cannot be searched for"):
        acts.add_words(house, case.key, IdentifierKind.NAME, "결", by="ada")


def test_before_the_second_person_agrees_nothing_is_searched_for(house: House) -> None:
    consent = Consent(Authority.VICTIM, "find and remove", date(2026, 3, 1), date(2026, 9, 1))
    made = Case("2026-3", "Wren", consent, Policy.ASK, is_minor=False, by="ada", at=house.clock())
    do(house, acts.open_case(house, made))
    know(house, made, IdentifierKind.HANDLE, HANDLE)
    post(house, "one", f"ask {HANDLE}")
    assert AlertRow.objects.count() == 0
    do(house, acts.approve_case(house, made.key, by="bora"))
    post(house, "two", f"ask {HANDLE}")
    assert AlertRow.objects.count() == 1


@pytest.mark.parametrize(
    "text", ["", "\ud800\udfff \ud800", "\u202e" + HANDLE[::-1], "a\u0301" * 10_000, "x" * 1_000_000]
)
def test_hostile_text_is_read_and_stored(house: House, case: Case, text: str) -> None:
    know(house, case, IdentifierKind.HANDLE, HANDLE)
    post(house, "one", text)
    post(house, "two", f"{text[:50]} {HANDLE}")
    work_through(house)
    assert AlertRow.objects.count() == 1
    assert PostRow.objects.count() == 2
