"""Whom a request goes to: what a person entered, else what was found and a person confirmed; nobody else."""

import runpy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from jikimi.flow import acts, steering
from jikimi.flow.contacts import (
    add_contact,
    by_person,
    confirm_contact,
    contacts_of,
    find_for_host,
    is_confirmed,
    recipient_of,
    wake_requests,
    withdraw_contact,
)
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Notice, Place
from jikimi.model.case import Policy
from jikimi.model.contact import Contact, Hint, Lookup, Scope
from jikimi.model.errors import NeedsHuman
from jikimi.model.policy import Why
from jikimi.model.ports import House
from jikimi.store.models import JobRow, JobState
from jikimi.worker.jobs import work_through

STORY = runpy.run_path(str(Path(__file__).with_name("test_story.py")))
do, open_case, add_specimen, post, confirm, watch_the_street, sent = (
    STORY[name] for name in ("do", "open_case", "add_specimen", "post", "confirm", "watch_the_street", "sent")
)
JPEG = encode_jpeg(draw(1), 60)
HOST = "street.invalid"


class ScriptedFinder:
    """Says what it is told, and counts how often it was asked. Implements the port Finder."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.gaps = ""

    def find(self, url: str) -> tuple[tuple[Hint, ...], str]:
        self.asked.append(url)
        hints = (
            Hint("email", "abuse@street.invalid", Scope.SITE, "front page"),
            Hint("email", "desk@host.invalid", Scope.HOST, "rdap", "NL", "Host Org"),
            Hint("form", "https://regulator.invalid", Scope.REGULATOR, "regulator table", "KR"),
        )
        return hints, self.gaps


def asked(place: Place, house: House) -> tuple[str, str]:
    """Return by which channel and where a request about a place goes."""
    recipient = recipient_of(place, house)
    assert recipient is not None
    return recipient.channel, recipient.address


@pytest.fixture
def searching(house: House) -> House:
    return replace(house, finder=ScriptedFinder())


def confirmed_alert(house: House, *names: str) -> None:
    add_specimen(house, open_case(house))
    watch_the_street(house, contact="")
    for name in names or ("one",):
        post(house, name, JPEG)
    work_through(house)
    confirm(house)
    work_through(house)


def the_contact(house: House, address: str) -> Contact:
    return next(c for c in house.records.find(Contact) if c.address == address)


def test_what_a_machine_found_is_not_used_until_a_person_approves_it_once(searching: House) -> None:
    confirmed_alert(searching)
    assert sent(searching) == []
    parked = JobRow.objects.get(state=JobState.PARKED)
    assert "confirm one that was found" in parked.reason
    contact = the_contact(searching, "desk@host.invalid")
    assert not is_confirmed(contact, searching)
    do(searching, confirm_contact(searching, contact.key, by="ada"), "ada")
    assert wake_requests(searching, contact.key) == 1
    work_through(searching)
    assert [notice.recipient for notice in sent(searching)] == ["desk@host.invalid"]
    post(searching, "two", JPEG)
    work_through(searching)
    assert [notice.recipient for notice in sent(searching)] == ["desk@host.invalid"] * 2


def test_the_nearest_confirmed_contact_is_asked_and_a_person_s_entry_before_all(
    searching: House, clock: Any
) -> None:
    confirmed_alert(searching)
    for address in ("desk@host.invalid", "abuse@street.invalid"):
        do(searching, confirm_contact(searching, the_contact(searching, address).key, by="ada"), "ada")
    (place,) = searching.records.find(Place)
    assert asked(place, searching) == ("email", "abuse@street.invalid")
    clock.turn(timedelta(seconds=1))
    watch_the_street(searching, contact="entered@street.invalid")
    assert asked(place, searching) == ("email", "entered@street.invalid")


def test_public_bodies_are_never_asked_to_remove(searching: House) -> None:
    confirmed_alert(searching)
    regulator = the_contact(searching, "https://regulator.invalid")
    do(searching, confirm_contact(searching, regulator.key, by="ada"), "ada")
    (place,) = searching.records.find(Place)
    assert recipient_of(place, searching) is None


def test_a_channel_that_is_not_set_up_is_passed_over(searching: House) -> None:
    confirmed_alert(searching)
    form = by_person(HOST, "form", "https://street.invalid/report", Scope.SITE, by="ada", house=searching)
    do(searching, add_contact(searching, form, by="ada"), "ada")
    do(
        searching,
        confirm_contact(searching, the_contact(searching, "desk@host.invalid").key, by="ada"),
        "ada",
    )
    (place,) = searching.records.find(Place)
    assert asked(place, searching) == ("email", "desk@host.invalid")


def test_a_withdrawn_contact_is_used_no_more_and_a_new_lookup_does_not_bring_it_back(
    searching: House, clock: Any
) -> None:
    confirmed_alert(searching)
    contact = the_contact(searching, "desk@host.invalid")
    do(searching, confirm_contact(searching, contact.key, by="ada"), "ada")
    clock.turn(timedelta(seconds=1))
    do(searching, withdraw_contact(searching, contact.key, by="bora"), "bora")
    do(searching, find_for_host(searching, "http://street.invalid/x"), "ada")
    (place,) = searching.records.find(Place)
    assert recipient_of(place, searching) is None
    assert contact not in contacts_of(HOST, searching)
    clock.turn(timedelta(seconds=1))
    do(searching, confirm_contact(searching, contact.key, by="ada"), "ada")
    assert asked(place, searching) == ("email", "desk@host.invalid")


def test_a_request_that_waits_does_not_go_to_a_contact_that_was_withdrawn_meanwhile(
    searching: House, clock: Any
) -> None:
    confirmed_alert(searching)
    (place,) = searching.records.find(Place)
    hold = steering.hold(searching, place.case, Why.PAUSE, reason="wait", by="bora")
    do(searching, hold, "bora")
    contact = the_contact(searching, "desk@host.invalid")
    do(searching, confirm_contact(searching, contact.key, by="ada"), "ada")
    wake_requests(searching, contact.key)
    work_through(searching)
    assert len(searching.records.find(Notice)) == 1
    clock.turn(timedelta(seconds=1))
    do(searching, withdraw_contact(searching, contact.key, by="bora"), "bora")
    do(searching, steering.release(searching, place.case, Why.PAUSE, reason="", by="bora"), "bora")
    work_through(searching)
    assert sent(searching) == []
    assert "Confirm the contact again" in JobRow.objects.get(step="send").reason


def test_a_host_is_looked_up_once_for_all_its_places(searching: House, clock: Any) -> None:
    confirmed_alert(searching, "one", "two", "three")
    finder: Any = searching.finder
    assert len(finder.asked) == 1
    assert len(searching.records.find(Lookup)) == 3
    clock.turn(timedelta(days=31))
    post(searching, "four", JPEG)
    work_through(searching)
    assert len(finder.asked) == 2


def test_a_lookup_with_gaps_is_made_again_with_the_next_place(searching: House) -> None:
    finder: Any = searching.finder
    finder.gaps = "rdap: busy"
    confirmed_alert(searching, "one", "two")
    assert len(finder.asked) == 2
    assert {lookup.gaps for lookup in searching.records.find(Lookup)} == {"rdap: busy"}


def test_nothing_is_looked_up_where_somebody_is_known(searching: House) -> None:
    add_specimen(searching, open_case(searching))
    watch_the_street(searching)
    post(searching, "one", JPEG)
    work_through(searching)
    confirm(searching)
    work_through(searching)
    finder: Any = searching.finder
    assert finder.asked == []


def test_a_case_approved_in_advance_asks_confirmed_contacts_only(searching: House) -> None:
    add_specimen(searching, open_case(searching, policy=Policy.PRE_APPROVED))
    watch_the_street(searching, contact="")
    post(searching, "one", encode_jpeg(draw(1)))
    work_through(searching)
    assert sent(searching) == []
    assert len(searching.records.find(Lookup)) == 1  # only the contact is missing, so it is looked for
    contact = by_person(
        "Street.invalid", "email", "desk@street.invalid", Scope.SITE, by="ada", house=searching
    )
    do(searching, add_contact(searching, contact, by="ada"), "ada")
    work_through(searching)
    assert [notice.recipient for notice in sent(searching)] == ["desk@street.invalid"]
    post(searching, "two", encode_jpeg(draw(1)))
    work_through(searching)
    do(searching, confirm_contact(searching, contact.key, by="bora"), "bora")
    work_through(searching)
    assert len({notice.key for notice in sent(searching)}) == len(sent(searching)) == 2


@pytest.mark.parametrize(
    ("host", "address"), [("", "a@b.example"), ("b.example", " "), ("b.example", "a\nb")]
)
def test_a_contact_without_host_or_address_is_refused(house: House, host: str, address: str) -> None:
    contact = by_person(host, "email", address, Scope.SITE, by="ada", house=house)
    with pytest.raises(NeedsHuman, match="Type both"):
        add_contact(house, contact, by="ada")


def test_a_request_that_lost_its_contact_goes_once_the_contact_is_approved_again(
    searching: House, clock: Any
) -> None:
    confirmed_alert(searching)
    (place,) = searching.records.find(Place)
    do(searching, steering.hold(searching, place.case, Why.PAUSE, reason="wait", by="bora"), "bora")
    contact = the_contact(searching, "desk@host.invalid")
    do(searching, confirm_contact(searching, contact.key, by="ada"), "ada")
    wake_requests(searching, contact.key)
    work_through(searching)
    clock.turn(timedelta(seconds=1))
    do(searching, withdraw_contact(searching, contact.key, by="bora"), "bora")
    do(searching, steering.release(searching, place.case, Why.PAUSE, reason="", by="bora"), "bora")
    work_through(searching)
    assert sent(searching) == []
    clock.turn(timedelta(seconds=1))
    do(searching, confirm_contact(searching, contact.key, by="ada"), "ada")
    assert wake_requests(searching, contact.key) == 1
    work_through(searching)
    assert [notice.recipient for notice in sent(searching)] == ["desk@host.invalid"]


def test_what_waited_for_an_address_goes_on_once_it_is_entered_for_the_watch(
    house: House, clock: Any
) -> None:
    confirmed_alert(house, "one", "two")
    clock.turn(timedelta(seconds=1))
    assert JobRow.objects.filter(step="draft", state=JobState.PARKED).count() == 2
    do(house, acts.set_contact(house, "street", "entered@street.invalid", by="ada"), "ada")
    work_through(house)
    assert [notice.recipient for notice in sent(house)] == ["entered@street.invalid"] * 2
    do(house, acts.set_contact(house, "street", "entered@street.invalid", by="ada"), "ada")
    work_through(house)
    assert len(sent(house)) == 2


def test_a_request_that_was_laid_aside_is_written_under_the_rules_that_a_person_chooses(
    house: House, clock: Any
) -> None:
    confirmed_alert(house)
    clock.turn(timedelta(seconds=1))
    (place,) = house.records.find(Place)
    unable = replace(house, rules=replace(house.rules, contact=""))
    do(unable, acts.set_contact(unable, "street", "entered@street.invalid", by="ada"), "ada")
    work_through(unable)
    assert "lacks its" in JobRow.objects.get(step="draft").reason
    do(house, steering.request_under(house, place.key, regime="policy", by="ada"), "ada")
    work_through(house)
    assert [notice.recipient for notice in sent(house)] == ["entered@street.invalid"]
