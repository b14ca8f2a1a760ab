"""Words leave the house only for a live case that allows it, each written down before it does."""

import asyncio
import inspect
import sys
import typing
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_type_hints

import pytest

sys.path.append(str(Path(__file__).parents[1] / "sources"))

from loopback_site import Site
from recorded_engines import PATHS, Striding, answer_of
from surroundings import around, web_to

from jikimi.app.searching import HouseSearches
from jikimi.flow import acts
from jikimi.flow.searching import allow_search, queries_of, searches_due
from jikimi.model.case import Authority, Case, Consent, Policy
from jikimi.model.errors import Gone, NeedsHuman, TryLater
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House, Searches
from jikimi.model.post import Event
from jikimi.model.source import Options, Query, Search, SearchLeave
from jikimi.model.text import IdentifierKind
from jikimi.sources.search import KAKAO
from jikimi.store.models import RecordRow
from jikimi.store.writer import close_connection

HANDLE, NAME = "willow_harbour88", "한바람결"


def do(house: House, outcome: Outcome, by: str = "ada") -> str:
    house.records.apply(outcome, by=by)
    return outcome.answer


def opened(house: House, number: str = "2026-1", *, is_minor: bool = False) -> Case:
    consent = Consent(Authority.VICTIM, "find and remove", date(2026, 3, 1), date(2026, 9, 1))
    made = Case(number, "Willow", consent, Policy.ASK, is_minor=is_minor, by="ada", at=house.clock())
    do(house, acts.open_case(house, made))
    do(house, acts.add_words(house, made.key, IdentifierKind.HANDLE, HANDLE, by="ada"))
    return made


@pytest.fixture
def case(house: House) -> Case:
    made = opened(house)
    do(house, acts.approve_case(house, made.key, by="bora"))
    return made


def allow(house: House, case: Case, *, is_allowed: bool = True) -> None:
    do(house, allow_search(house, case.key, is_allowed=is_allowed, by="ada"))


def ask(house: House, search: Search) -> None:
    query = Query(search.case, search.words, "brave", "finder", house.clock())
    asyncio.run(HouseSearches(house, close_connection).note(query))


def test_nothing_may_be_asked_until_the_case_allows_it(house: House, case: Case) -> None:
    assert searches_due(house) == ()
    allow(house, case)
    assert [search.words for search in searches_due(house)] == [f'"{HANDLE}"']
    allow(house, case, is_allowed=False)
    assert searches_due(house) == ()


def test_only_a_live_case_may_allow_it_and_every_case_may_forbid_it(house: House) -> None:
    made = opened(house)
    with pytest.raises(NeedsHuman, match="Only a live case"):
        allow_search(house, made.key, is_allowed=True, by="ada")
    allow(house, made, is_allowed=False)
    assert searches_due(house) == ()


def test_when_the_authority_runs_out_nothing_is_asked(house: House, case: Case, clock: Any) -> None:
    allow(house, case)
    clock.turn(timedelta(days=300))
    assert searches_due(house) == ()


def test_a_withdrawn_identifier_is_asked_for_no_more(house: House, case: Case) -> None:
    allow(house, case)
    key = do(house, acts.add_words(house, case.key, IdentifierKind.HANDLE, "other_handle", by="ada"))
    assert len(searches_due(house)) == 2
    do(house, acts.withdraw_words(house, key, by="ada"))
    assert [search.words for search in searches_due(house)] == [f'"{HANDLE}"']


def test_the_most_urgent_case_comes_first(house: House, case: Case) -> None:
    child = opened(house, "2026-2", is_minor=True)
    do(house, acts.approve_case(house, child.key, by="bora"))
    allow(house, case)
    allow(house, child)
    assert [search.case for search in searches_due(house)] == [child.key, case.key]


def test_a_query_is_written_down_and_sealed_with_the_case(house: House, case: Case) -> None:
    allow(house, case)
    ask(house, searches_due(house)[0])
    (query,) = queries_of(case.key, house)
    assert (query.words, query.engine, query.watch) == (f'"{HANDLE}"', "brave", "finder")
    row = RecordRow.objects.get(key=query.key)
    assert row.case == case.key
    assert HANDLE.encode() not in bytes(row.body)


def test_closing_a_case_ends_it_at_once_and_destroys_the_log(house: House, case: Case) -> None:
    allow(house, case)
    (search,) = searches_due(house)
    ask(house, search)
    (query,) = queries_of(case.key, house)
    do(house, acts.close_case(house, case.key, reason="done", by="ada"))
    assert searches_due(house) == ()
    with pytest.raises(TryLater, match="Nothing left"):
        ask(house, search)
    assert queries_of(case.key, house) == ()
    with pytest.raises(Gone):
        house.records.get(Query, query.key)


def test_words_that_the_case_does_not_allow_are_not_noted(house: House, case: Case) -> None:
    allow(house, case)
    with pytest.raises(TryLater, match="no longer allows"):
        ask(house, Search(case.key, NAME))
    assert queries_of(case.key, house) == ()


def test_the_port_takes_words_only_so_that_no_picture_can_be_asked_for() -> None:
    carried = {*get_type_hints(Search).values(), *get_type_hints(Query).values()}
    assert {kind.__name__ for kind in carried} == {"str", "int", "datetime"}
    doors = [name for name, _ in inspect.getmembers(Searches, inspect.isfunction) if not name.startswith("_")]
    assert doors == ["due", "note"]
    assert typing.get_type_hints(Searches.note)["query"] is Query


def test_an_engine_is_asked_while_the_case_allows_it_and_never_after_it_was_closed(
    house: House, case: Case
) -> None:
    async def look(source: Any, cursor: str) -> list[Event]:
        return [event async for event in source.stream(cursor)]

    def in_thread(act: Any) -> Any:
        try:
            return act()
        finally:
            close_connection()

    def close() -> None:
        do(house, acts.close_case(house, case.key, reason="done", by="ada"))

    async def story() -> None:
        site, clock = Site(), Striding()
        async with site.opened() as fetcher:
            site.pages |= {"/a": ("text/html", b"<title>A page</title>")}
            site.pages[PATHS["kakao", "web"]] = answer_of("kakao", "web", [site.url("/a")])
            given = {"key": "hush-hush", "server": site.url(""), "where": "web"}
            searches = HouseSearches(house, close_connection)
            web = web_to(site.url(""), fetcher=fetcher)
            source = KAKAO(Options(KAKAO.manifest, given), around(web, "finder", clock, searches=searches))
            events = await look(source, await source.anchor())
            assert [event.post.url for event in events if event.post] == [site.url("/a")]
            assert await asyncio.to_thread(in_thread, lambda: len(queries_of(case.key, house))) == 1
            await asyncio.to_thread(in_thread, close)
            asked = list(site.requests)
            await look(source, events[-1].cursor)
            assert site.requests == asked

    allow(house, case)
    asyncio.run(story())
    assert queries_of(case.key, house) == ()
    assert RecordRow.objects.filter(kind="Query").count() == 1  # its body cannot be read any more


def test_every_answer_is_kept(house: House, case: Case) -> None:
    allow(house, case)
    allow(house, case, is_allowed=False)
    leaves = house.records.find(SearchLeave, case=case.key)
    assert [leave.is_allowed for leave in leaves] == [True, False]
