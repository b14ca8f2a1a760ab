"""What left the search stays out: references and words that were withdrawn, or whose authority ran out."""

import runpy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from jikimi.flow import acts
from jikimi.flow.ingest import ingest
from jikimi.flow.look import look
from jikimi.flow.words import places_in_words
from jikimi.flow.words_again import MOST_READ, presence_of_words
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Alert, Job, Place, Presence
from jikimi.model.case import Case
from jikimi.model.fingerprint import Kind
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.model.post import MediaRef, Position, Post
from jikimi.model.text import IdentifierKind
from jikimi.worker.jobs import catch_up, work_through

WORDS = runpy.run_path(str(Path(__file__).with_name("test_words_in_posts.py")))
do, know, post, case = (WORDS[name] for name in ("do", "know", "post", "case"))
HANDLE: str = WORDS["HANDLE"]
PICTURE = encode_jpeg(draw(1))
A_YEAR = timedelta(days=365)


def posted(house: House, name: str, text: str = "look") -> Post:
    url, now = f"http://street.invalid/{name}", house.clock()
    return Post("street", name, url, "mina", text, now, now, ())


def add_picture(house: House, case: Case) -> str:
    return do(house, acts.add_reference(house, case.key, PICTURE, label="first", by="ada"))


def test_a_reference_that_was_withdrawn_is_not_sought_in_the_archive(
    house: House, clock: Any, case: Case
) -> None:
    other = do(house, acts.add_reference(house, case.key, encode_jpeg(draw(7)), label="other", by="ada"))
    post(house, "one", "look", PICTURE)
    work_through(house)
    reference = add_picture(house, case)
    do(house, acts.withdraw_reference(house, reference, by="ada"))
    work_through(house)
    clock.turn(timedelta(minutes=5))
    work_through(house)
    assert house.records.find(Alert) == ()
    assert other != reference


def test_an_authority_that_ran_out_ends_the_search_of_the_archive(
    house: House, clock: Any, case: Case
) -> None:
    do(house, acts.add_reference(house, case.key, encode_jpeg(draw(7)), label="other", by="ada"))
    post(house, "one", "look", PICTURE)
    work_through(house)
    add_picture(house, case)
    clock.turn(A_YEAR)
    work_through(house)
    assert house.records.find(Alert) == ()


def test_a_match_raises_no_alert_once_the_authority_ran_out_however_late_the_search_hears_of_it(
    house: House, clock: Any, case: Case
) -> None:
    add_picture(house, case)
    work_through(house)
    post(house, "one", "look", PICTURE)
    (job,) = [one for one in house.queue.lease(9, clock()) if one.step == "look"]
    clock.turn(A_YEAR)
    assert not any(isinstance(record, Place) for record in look(job, house).records)


def test_words_raise_no_alert_once_they_left_the_search_however_late_the_bank_hears_of_it(
    house: House, clock: Any, case: Case
) -> None:
    key = know(house, case, IdentifierKind.HANDLE, HANDLE)
    catch_up(house)
    found = posted(house, "one", HANDLE)
    said = house.words.scan([found.text])
    assert places_in_words([found], said, house).records
    do(house, acts.withdraw_words(house, key, by="ada"))
    assert places_in_words([found], said, house).records == ()
    clock.turn(timedelta(seconds=1))
    know(house, case, IdentifierKind.HANDLE, HANDLE)
    catch_up(house)
    said = house.words.scan([found.text])
    assert places_in_words([found], said, house).records
    clock.turn(A_YEAR)
    assert places_in_words([found], said, house).records == ()


def seen_live(house: House, case: Case) -> tuple[Place, Any]:
    know(house, case, IdentifierKind.HANDLE, HANDLE)
    post(house, "one", f"who knows {HANDLE}?")
    web: Any = house.fetcher
    web.pages["http://street.invalid/one"] = f"<p>who of you all knows {HANDLE}?</p>".encode()
    work_through(house)
    (place,) = house.records.find(Place)
    house.records.apply(Outcome(next=(Job("recheck", place.key),)), by="ada")
    work_through(house)
    assert presence_of_words(place, house)[0] is Presence.LIVE
    return place, web


def test_a_page_is_not_gone_because_its_case_is_searched_for_no_more(
    house: House, clock: Any, case: Case
) -> None:
    place, _ = seen_live(house, case)
    clock.turn(A_YEAR)
    work_through(house)
    assert presence_of_words(place, house)[0] is Presence.UNKNOWN


def test_a_page_is_not_gone_because_it_grew_longer_than_is_read(house: House, case: Case) -> None:
    place, web = seen_live(house, case)
    web.pages[place.post_url] = b"<p>" + b"word " * (MOST_READ // 5) + HANDLE.encode() + b"</p>"
    assert presence_of_words(place, house)[0] is Presence.UNKNOWN
    web.pages[place.post_url] = b"<p>all of these words say nothing of it</p>"
    assert presence_of_words(place, house)[0] is Presence.GONE


@pytest.mark.parametrize("broken", ["\ud800", "a\udc00b"])
def test_half_a_character_in_any_part_of_a_post_does_not_stop_its_watch(
    house: House, case: Case, broken: str
) -> None:
    know(house, case, IdentifierKind.HANDLE, HANDLE)
    catch_up(house)
    now = house.clock()
    url = f"http://street.invalid/{broken}"
    found = Post("street", broken, url, broken, f"{broken} {HANDLE}", now, now, (MediaRef(Kind.IMAGE, url),))
    for _ in range(2):
        house.records.apply(ingest([found], Position("street", "c", now), house), by="watch street")
    (place,) = house.records.find(Place)
    (hit,) = place.hits
    assert place.text[hit.start : hit.end] == HANDLE
