"""A case's page: whether search engines are asked, with a warning before, and what left the house."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jikimi.flow import acts
from jikimi.flow.searching import note_query, searches_due
from jikimi.model.alert import Alert, Place
from jikimi.model.case import Case
from jikimi.model.source import Query, SearchLeave
from jikimi.model.text import IdentifierKind

if TYPE_CHECKING:
    from django.test import Client

    from jikimi.model.ports import House

Fill = Callable[..., tuple[Case, Alert, Place]]
HANDLE = "willow_harbour88"


def known(fill: Fill, house: House) -> Case:
    case, _, _ = fill("2026-9")
    entered = acts.add_words(house, case.key, IdentifierKind.HANDLE, HANDLE, by="cora")
    house.records.apply(entered, by="cora")
    house.records.apply(acts.approve_case(house, case.key, by="second"), by="second")
    return case


def turn(client: Client, case: Case, **fields: str) -> str:
    return client.post(f"/cases/{case.key}/search", fields, follow=True).content.decode()


def test_the_warning_stands_before_the_switch(cora: Client, fill: Fill, house: House) -> None:
    case = known(fill, house)
    page = cora.get(f"/cases/{case.key}/").content.decode()
    assert "No search engine is asked for this case." in page
    assert "What was sent cannot be taken back. A picture is never sent." in page
    assert f"&quot;{HANDLE}&quot;" in page


def test_it_is_allowed_once_the_person_agreed_and_forbidden_again(
    cora: Client, fill: Fill, house: House
) -> None:
    case = known(fill, house)
    assert cora.post(f"/cases/{case.key}/search", {"turn": "on"}).status_code == 400
    page = turn(cora, case, turn="on", agreed="on")
    assert "Search engines may be asked for words of this case. cora allowed it" in page
    assert house.records.find(SearchLeave, case=case.key)[-1].is_allowed
    assert "Search engines may no longer be asked" in turn(cora, case, turn="off")
    assert searches_due(house) == ()


def test_the_page_lists_what_left_the_house(cora: Client, fill: Fill, house: House) -> None:
    case = known(fill, house)
    turn(cora, case, turn="on", agreed="on")
    note_query(house, Query(case.key, f'"{HANDLE}"', "naver", "finder", house.clock()))
    page = cora.get(f"/cases/{case.key}/").content.decode()
    assert "1 query left the house" in page
    assert "naver · finder" in page


def test_without_telling_words_the_page_says_what_to_enter(cora: Client, fill: Fill, house: House) -> None:
    case, _, _ = fill("2026-9")
    house.records.apply(acts.approve_case(house, case.key, by="second"), by="second")
    assert "Nothing would be asked: enter an account name" in cora.get(f"/cases/{case.key}/").content.decode()


def test_an_administrator_may_not_turn_it(root: Client, fill: Fill, house: House) -> None:
    case = known(fill, house)
    assert root.post(f"/cases/{case.key}/search", {"turn": "on", "agreed": "on"}).status_code == 403
