"""Nobody is let off by being silent: the same again, then the next one further away, then a person."""

import runpy
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from jikimi.flow import acts, steering
from jikimi.flow.contacts import add_contact, by_person, confirm_contact
from jikimi.flow.escalating import by_hand
from jikimi.flow.replies import first_reading, read_by_person
from jikimi.model.alert import Notice, Place, Presence, Receipt, Recheck, Sent
from jikimi.model.contact import Contact, Scope
from jikimi.model.errors import Blocked, Gone
from jikimi.model.mail import Answer, Reply
from jikimi.model.notice import Role
from jikimi.model.outcome import Outcome
from jikimi.model.policy import Leave, Why, day_of
from jikimi.model.ports import House
from jikimi.model.standing import Standing
from jikimi.removal.escalation import MOST_REMINDERS
from jikimi.review.authority import SENDING
from jikimi.store.models import HostRow, JobRow, PlaceRow, SpellRow, StayRow
from jikimi.worker.jobs import work_through

FOLLOWED = runpy.run_path(str(Path(__file__).with_name("test_follow_through.py")))
CONTACTS = runpy.run_path(str(Path(__file__).with_name("test_contacts.py")))
MAIL = runpy.run_path(str(Path(__file__).with_name("test_mail.py")))
web, place = FOLLOWED["web"], FOLLOWED["place"]
page, POST, PICTURE, COPY = (FOLLOWED[name] for name in ("page", "POST", "PICTURE", "COPY"))
HOUR = timedelta(hours=1)
SITE, HOST = "abuse@street.invalid", "abuse@host.invalid"


def asked(house: House) -> list[str]:
    postbox: Any = house.channels["email"]
    return [notice.recipient for notice in postbox.taken]


def last(house: House) -> Notice:
    postbox: Any = house.channels["email"]
    return postbox.taken[-1]  # type: ignore[no-any-return]  # a stand-in


def enter(house: House, address: str, scope: Scope) -> None:
    contact = by_person("street.invalid", "email", address, scope, by="ada", house=house)
    house.records.apply(add_contact(house, contact, by="ada"), by="ada")
    work_through(house)


def pass_by(house: House, clock: Any, length: timedelta, step: timedelta = 4 * HOUR) -> None:
    for _ in range(int(length / step)):
        clock.turn(step)
        work_through(house)


def remove(web: dict[str, Any]) -> None:
    web |= {POST: Gone("404"), PICTURE: Gone("404")}


def test_a_site_that_is_silent_for_48_hours_leads_to_its_host_and_then_it_is_gone(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    enter(house, HOST, Scope.HOST)
    pass_by(house, clock, 44 * HOUR)
    assert asked(house) == [SITE]
    pass_by(house, clock, 4 * HOUR)
    assert asked(house) == [SITE, HOST]
    said = last(house).particulars
    assert said is not None
    assert (said.role, said.ordinal, said.elsewhere) == (Role.HOST, 1, 1)
    assert "We have asked others" in last(house).body
    remove(web)
    pass_by(house, clock, 120 * HOUR, 12 * HOUR)
    assert PlaceRow.objects.get(key=place.key).standing is Standing.GONE
    pass_by(house, clock, 240 * HOUR, 24 * HOUR)
    assert asked(house) == [SITE, HOST]


def test_who_is_silent_is_reminded_each_clock_but_not_for_ever(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    assert web
    pass_by(house, clock, timedelta(days=30), 24 * HOUR)
    notices = house.records.find(Notice, parent=place.key)
    assert len(notices) == 1 + MOST_REMINDERS
    assert asked(house) == [SITE] * len(notices)
    assert [one.number for one in notices] == list(range(1, 2 + MOST_REMINDERS))
    sent = sorted(receipt.at for receipt in house.records.find(Receipt))
    assert all(later - earlier >= 48 * HOUR for earlier, later in pairwise(sent))
    assert "request no. 8 about the same material" in last(house).body


def test_nobody_is_asked_twice_under_one_number_and_each_has_its_own_turn(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    assert web
    for address, scope in ((HOST, Scope.HOST), ("noc@net.invalid", Scope.NETWORK), (SITE, Scope.REGISTRAR)):
        enter(house, address, scope)
    pass_by(house, clock, timedelta(days=8), 12 * HOUR)
    notices = house.records.find(Notice, parent=place.key)
    assert len({(one.recipient, one.number) for one in notices}) == len(notices)
    assert len({one.number for one in notices}) == len(notices)
    first = [address for n, address in enumerate(asked(house)) if address not in asked(house)[:n]]
    assert first == [SITE, HOST, "noc@net.invalid"]


def test_a_refusal_asks_the_next_one_at_once_and_stands_with_its_reason(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    assert web
    enter(house, HOST, Scope.HOST)
    house = replace(house, inbox=MAIL["ScriptedInbox"]())
    MAIL["put"](house, MAIL["answer"](last(house).key, "We cannot remove this."))
    house.records.apply(Outcome(next=(first_reading(),)), by="serve")
    pass_by(house, clock, timedelta(minutes=4), timedelta(minutes=2))
    assert asked(house) == [SITE, HOST]
    (reply,) = house.records.find(Reply)
    assert (reply.answer, reply.reason) == (Answer.REFUSED, "We cannot remove this.")
    stays = list(StayRow.objects.order_by("began_at", "pk").values_list("standing", flat=True))
    assert stays[-3:] == ["refused", "waiting", "asked"]
    assert SpellRow.objects.get().refusals == 1
    pass_by(house, clock, timedelta(days=5), 24 * HOUR)
    assert asked(house).count(SITE) == 1  # who said no is not asked again
    house.records.apply(read_by_person(house, reply.key, Answer.ACKNOWLEDGED, by="bora"), by="bora")
    assert SpellRow.objects.get().refusals == 1
    assert place


def test_an_unsure_answer_changes_nothing_until_somebody_reads_it(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    assert web
    enter(house, HOST, Scope.HOST)
    house = replace(house, inbox=MAIL["ScriptedInbox"]())
    MAIL["put"](house, MAIL["answer"](last(house).key, "We cannot remove this.", sender="x@else.invalid"))
    house.records.apply(Outcome(next=(first_reading(),)), by="serve")
    pass_by(house, clock, timedelta(minutes=4), timedelta(minutes=2))
    assert (asked(house), PlaceRow.objects.get().standing) == ([SITE], Standing.ASKED)
    (reply,) = house.records.find(Reply)
    house.records.apply(read_by_person(house, reply.key, Answer.REFUSED, by="bora"), by="bora")
    assert PlaceRow.objects.get().standing is Standing.REFUSED
    work_through(house)
    assert asked(house) == [SITE, HOST]
    assert place


def test_a_server_that_takes_no_mail_leads_on_at_the_next_look(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    assert web
    pass_by(house, clock, 44 * HOUR)
    postbox: Any = house.channels["email"]
    postbox.trouble = Blocked("550 no such user")
    pass_by(house, clock, 4 * HOUR)
    postbox.trouble = None
    enter(house, HOST, Scope.HOST)
    pass_by(house, clock, 8 * HOUR)
    assert asked(house) == [SITE, HOST]
    assert place


def test_what_a_machine_found_is_asked_once_a_person_approves_it_and_says_where_the_host_is(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    assert web
    found = Contact("street.invalid", "email", HOST, Scope.HOST, "rdap", "DE", "", "", house.clock())
    house.records.apply(Outcome(records=(found,)), by="jikimi")
    pass_by(house, clock, 56 * HOUR)
    assert HOST not in asked(house)
    house.records.apply(confirm_contact(house, found.key, by="ada"), by="ada")
    pass_by(house, clock, 48 * HOUR)
    assert HOST in asked(house)
    host = next(n for n in house.records.find(Notice, parent=place.key) if n.recipient == HOST)
    assert (host.regime, host.language) == ("eu-dsa-16", "de")
    assert HostRow.objects.get(host="street.invalid").country == "DE"
    assert SpellRow.objects.get().regime == "policy"  # of the request that it began with


def test_where_nobody_else_is_known_contacts_are_looked_up_for_a_person_to_approve(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    assert web
    finder = CONTACTS["ScriptedFinder"]()
    house = replace(house, finder=finder)
    pass_by(house, clock, 44 * HOUR)
    assert finder.asked == []
    pass_by(house, clock, 8 * HOUR)
    assert len(finder.asked) == 1
    found = [one for one in house.records.find(Contact) if one.scope is Scope.HOST]
    assert asked(house) == [SITE, SITE]  # nobody approved it yet
    house.records.apply(confirm_contact(house, found[0].key, by="ada"), by="ada")
    pass_by(house, clock, 48 * HOUR)
    assert asked(house)[2] == found[0].address
    assert place


def test_reminders_keep_to_the_flood_brake_and_are_not_lost(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    assert web
    day = day_of("email", SITE, clock() + 48 * HOUR)
    full = [Leave(day, seat, "f" * 31 + str(seat), clock() + 47 * HOUR) for seat in range(2)]
    house.records.apply(Outcome(records=tuple(full)), by="jikimi")
    braked = replace(house, rules=replace(house.rules, most_a_day=2))
    pass_by(braked, clock, 60 * HOUR)
    assert asked(house) == [SITE]
    pass_by(braked, clock, 16 * HOUR)
    assert asked(house) == [SITE, SITE]
    assert place


def test_search_engines_and_public_bodies_are_named_to_a_person_and_never_asked(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    enter(house, "https://search.invalid/report", Scope.SEARCH)
    enter(house, "report@body.invalid", Scope.REGULATOR)
    assert by_hand(place, house) == ()
    pass_by(house, clock, 52 * HOUR)
    assert [one.scope for one in by_hand(place, house)] == [Scope.SEARCH, Scope.REGULATOR]
    assert set(asked(house)) == {SITE}
    remove(web)
    pass_by(house, clock, 52 * HOUR)
    assert by_hand(place, house) == ()


@pytest.mark.parametrize("what", ["hold", "off", "taken back"])
def test_people_stop_it(house: House, clock: Any, web: dict[str, Any], place: Place, what: str) -> None:
    assert web
    enter(house, HOST, Scope.HOST)
    if what == "off":
        house.records.apply(acts.turn(house, SENDING, is_on=False, by="admin"), by="admin")
    else:
        held = steering.hold(house, place.case, Why.PAUSE, reason="wait", by="bora")
        house.records.apply(held, by="bora")
    pass_by(house, clock, 52 * HOUR)
    assert asked(house) == [SITE]
    if what == "taken back":
        written = house.records.find(Notice, parent=place.key)[-1]
        taken = steering.take_back(house, written.key, reason="not now", by="bora")
        house.records.apply(taken, by="bora")
        assert PlaceRow.objects.get().standing is Standing.TAKEN_BACK
    if what == "off":
        pass_by(house, clock, 48 * HOUR, 24 * HOUR)
        assert len(house.records.find(Notice, parent=place.key)) == 1
        house.records.apply(acts.turn(house, SENDING, is_on=True, by="admin"), by="admin")
    else:
        let = steering.release(house, place.case, Why.PAUSE, reason="", by="bora")
        house.records.apply(let, by="bora")
    pass_by(house, clock, 240 * HOUR, 24 * HOUR)
    if what == "taken back":
        assert asked(house) == [SITE]
    else:
        assert asked(house)[:2] == [SITE, HOST]
    states = {one.state for one in house.records.find(Receipt)}
    assert states == {
        "hold": {Sent.SENT}, "off": {Sent.SENT}, "taken back": {Sent.SENT, Sent.TAKEN_BACK}
    }[what]  # fmt: skip


def test_a_request_names_where_the_copy_is_now(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    again = "http://cdn.invalid/x/2.jpg"
    web |= {POST: page(again), PICTURE: Gone("404"), again: COPY}
    pass_by(house, clock, 52 * HOUR)
    assert house.records.find(Recheck)[-1].presence is Presence.MOVED
    assert asked(house) == [SITE, SITE]
    said = last(house).particulars
    assert said is not None
    assert said.addresses == (POST, again)
    assert PICTURE not in last(house).body
    assert last(house).about is not None
    assert place


def test_a_request_for_what_came_back_says_so(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    remove(web)
    pass_by(house, clock, 96 * HOUR, 12 * HOUR)
    assert PlaceRow.objects.get().standing is Standing.GONE
    web |= {POST: page(PICTURE), PICTURE: COPY}
    pass_by(house, clock, 72 * HOUR, 12 * HOUR)
    assert asked(house)[:2] == [SITE, SITE]
    assert "It is available again." in house.records.find(Notice, parent=place.key)[1].body
    assert not JobRow.objects.filter(state="parked").exists()


def test_a_take_back_stands_though_an_older_request_bounces_later(
    house: House, clock: Any, web: dict[str, Any], place: Place
) -> None:
    assert web
    enter(house, HOST, Scope.HOST)
    pass_by(house, clock, 44 * HOUR)
    house.records.apply(steering.hold(house, place.case, Why.PAUSE, reason="wait", by="bora"), by="bora")
    pass_by(house, clock, 8 * HOUR)
    first, second = house.records.find(Notice, parent=place.key)
    assert (first.recipient, second.recipient) == (SITE, HOST)
    house.records.apply(steering.take_back(house, second.key, reason="not them", by="bora"), by="bora")
    house.records.apply(steering.release(house, place.case, Why.PAUSE, reason="", by="bora"), by="bora")
    clock.turn(HOUR)
    bounce = Receipt(place.case, place.key, first.key, Sent.REFUSED, "the mail came back", "", clock())
    house.records.apply(Outcome(records=(bounce,)), by="mailbox")
    pass_by(house, clock, 96 * HOUR, 12 * HOUR)
    assert asked(house) == [SITE]
