"""Contacts are approved and replies are read in the console, by those who may."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from jikimi.flow.contacts import is_confirmed
from jikimi.flow.replies import MAILBOX
from jikimi.model.alert import Alert, Evidence, Job, Notice, Place, Presence, Receipt, Recheck, Sent
from jikimi.model.case import Case
from jikimi.model.contact import Contact, Lookup, Scope
from jikimi.model.keys import key_of
from jikimi.model.mail import Answer, Reading, Reply
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.model.post import Position
from jikimi.store.models import JobRow
from jikimi.store.store import Store


@pytest.fixture
def contact(store: Store, clock: Any) -> Contact:
    found = Contact(
        "street.invalid", "email", "desk@host.invalid", Scope.HOST, "rdap", "NL", "Host Org", "", clock()
    )
    store.apply(Outcome(records=(found,)), by="jikimi")
    return found


def test_what_was_found_waits_for_a_person_who_confirms_it(
    ada: Client, contact: Contact, house: House, store: Store, clock: Any, fill: Callable[..., Any]
) -> None:
    case, _, place = fill()
    job = Job("draft", key_of("evidence", place.key))
    lookup = Lookup(case.key, place.key, contact.host, 1, "", clock())
    store.apply(Outcome(records=(lookup,), next=(job,)), by="jikimi")
    store.park(store.lease(1, clock())[0], "a person must act: no address")
    page = ada.get("/contacts/").content.decode()
    for text in ("desk@host.invalid", "Host Org", "rdap", "not confirmed"):
        assert text in page
    korean = ada.get("/contacts/", headers={"Accept-Language": "ko"}).content.decode()
    assert ">승인</button>" in korean  # to approve an address is not to say that a copy is one
    answer = ada.post(f"/contacts/{contact.key}/confirm", follow=True).content.decode()
    assert is_confirmed(contact, house)
    assert "1 request waited for it." in answer
    assert JobRow.objects.get().state == "waiting"
    ada.post(f"/contacts/{contact.key}/withdraw")
    assert "desk@host.invalid" not in ada.get("/contacts/").content.decode()


def test_one_more_is_entered_by_hand_and_counts_at_once(ada: Client, house: House) -> None:
    filled = {"host": "board.invalid", "channel": "email", "address": "a@board.invalid", "scope": "site"}
    assert ada.post("/contacts/", {**filled, "host": "no host!"}).status_code == 422
    assert ada.post("/contacts/", {**filled, "address": "board"}).status_code == 422
    ada.post("/contacts/", filled)
    (entered,) = house.records.find(Contact)
    assert (entered.source, entered.by) == ("person", "ada")
    assert is_confirmed(entered, house)


@pytest.fixture
def reply(
    store: Store,
    clock: Any,
    fill: Callable[..., tuple[Case, Alert, Place]],
    follow_up: Callable[[Place], Evidence],
) -> Reply:
    _, _, place = fill()
    follow_up(place)
    (notice,) = store.find(Notice)
    found = Reply(
        place.case, notice.key, (notice.key,), Answer.UNKNOWN, is_sure=False, reason="<b>hm</b>",
        sender="desk@street.invalid", text="Re: x\n\n<script>hm</script>", digest="ab" * 32, at=clock(),
    )  # fmt: skip
    store.apply(Outcome(records=(found,)), by="jikimi")
    return found


def test_an_unclear_reply_is_shown_with_its_text_and_read_by_a_person(
    ada: Client, reply: Reply, house: House
) -> None:
    page = ada.get("/replies/").content.decode()
    assert "&lt;script&gt;hm" in page
    assert "<script>hm" not in page
    assert "desk@street.invalid" in page
    ada.post(f"/replies/{reply.key}/read", {"answer": "removed"})
    (reading,) = house.records.find(Reading)
    assert (reading.answer, reading.by) == (Answer.REMOVED, "ada")
    assert [row.step for row in JobRow.objects.all()] == ["recheck"]
    assert "No reply waits" in ada.get("/replies/").content.decode()


def test_answers_stand_on_the_place_s_page_with_what_a_person_read_in_them(
    ada: Client, reply: Reply, store: Store, house: House
) -> None:
    place = store.get(Place, house.records.get(Notice, reply.notices[0]).place)
    page = ada.get(f"/alerts/{place.alert}/").content.decode()
    assert "unclear?" in page
    assert "&lt;b&gt;hm&lt;/b&gt;" in page
    ada.post(f"/replies/{reply.key}/read", {"answer": "refused"})
    page = ada.get(f"/alerts/{place.alert}/").content.decode()
    assert "read by ada" in page
    assert "refused, they say" in page


def test_whom_to_ask_by_hand_is_named_where_nobody_else_is_left(
    ada: Client, reply: Reply, store: Store, house: House, clock: Any
) -> None:
    notice = house.records.get(Notice, reply.notices[0])
    place = store.get(Place, notice.place)
    at = clock()
    records = (
        Contact("street.invalid", "form", "https://search.invalid", Scope.SEARCH, "table", "", "", "", at),
        Receipt(notice.case, notice.place, notice.key, Sent.REFUSED, "550", "", at),
        Recheck(notice.case, notice.place, 0, Presence.LIVE, is_verified=False, detail="", at=at),
    )
    assert "Ask by hand" not in ada.get(f"/alerts/{place.alert}/").content.decode()
    store.apply(Outcome(records=records), by="jikimi")
    page = ada.get(f"/alerts/{place.alert}/").content.decode()
    assert "Ask by hand" in page
    assert "https://search.invalid" in page


def test_a_reading_that_is_none_is_refused(ada: Client, reply: Reply, house: House) -> None:
    assert ada.post(f"/replies/{reply.key}/read", {"answer": "burnt"}).status_code == 409
    assert house.records.find(Reading) == ()


def test_who_may_not_see_alerts_reads_no_replies(root: Client, reply: Reply) -> None:
    assert root.get("/replies/").status_code == 403
    assert root.post(f"/replies/{reply.key}/read", {"answer": "removed"}).status_code == 403


def test_the_mailbox_s_health_is_shown_with_the_replies_and_not_among_the_watches(
    ada: Client, store: Store, clock: Any
) -> None:
    position = Position(MAILBOX, "1:2", clock(), problem="The mailbox on imap.invalid cannot be reached.")
    store.apply(Outcome(position=position), by="jikimi")
    page = ada.get("/replies/").content.decode()
    assert "imap.invalid cannot be reached" in page
    assert "Set JIKIMI_IMAP" in page
    assert MAILBOX not in ada.get("/watches/").content.decode()
