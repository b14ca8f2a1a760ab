"""What people see and do before a request goes out: pause, police first, approval, taking back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from jikimi.flow import acts, steering
from jikimi.model.alert import Alert, Evidence, Notice, Place, Receipt, Sent
from jikimi.model.case import Case, Decision, Verdict
from jikimi.model.outcome import Outcome
from jikimi.model.policy import Hold, LastResort, Statement, Why
from jikimi.model.ports import House

Fill = Callable[..., tuple[Case, Alert, Place]]


@pytest.fixture
def written(fill: Fill, house: House) -> tuple[Case, Place, Notice]:
    """Return a live case with one request that waits to be sent."""
    case, _, place = fill()
    house.records.apply(acts.approve_case(house, case.key, by="bora"), by="bora")
    evidence = Evidence(case.key, place.key, b"bag", "ab" * 32, house.clock())
    notice = Notice(
        case.key, place.key, evidence.key, "email", "abuse@street.invalid", "en", "Removal request",
        "Please remove it.", 1, house.clock(), "policy",
    )  # fmt: skip
    house.records.apply(Outcome(records=(evidence, notice)), by="jikimi")
    return case, place, notice


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("why", "shown", "waits"),
    [
        (Why.POLICE_FIRST, "Police first: requests wait, evidence is sealed.", "waits for: the police"),
        (Why.PAUSE, "The requests of this case are paused.", "waits for: the case&#x27;s pause to end"),
    ],
)
def test_a_case_is_held_back_with_a_reason_and_let_go_again(
    cora: Client, house: House, written: tuple[Case, Place, Notice], why: Why, shown: str, waits: str
) -> None:
    case = written[0]
    refused = cora.post(f"/cases/{case.key}/hold", {"why": why.value, "turn": "on", "reason": " "})
    assert refused.status_code == 409
    assert house.records.find(Hold) == ()
    cora.post(f"/cases/{case.key}/hold", {"why": why.value, "turn": "on", "reason": "two days more"})
    (hold,) = house.records.find(Hold)
    assert (hold.about, hold.why, hold.is_on, hold.by) == (case.key, why, True, "cora")
    text = page(cora, f"/cases/{case.key}/")
    for said in (shown, "cora: two days more", "1 request is written and has not gone out.", waits):
        assert said in text
    cora.post(f"/cases/{case.key}/hold", {"why": why.value, "turn": "off"})
    assert steering.waiting_of(house, case.key, 9)[0][1] is None
    assert shown not in page(cora, f"/cases/{case.key}/")
    assert cora.post(f"/cases/{case.key}/hold", {"why": "mood", "turn": "on"}).status_code == 400


def test_one_place_is_held_back_from_its_alert(
    signed_in: Callable[..., Client], written: tuple[Case, Place, Notice]
) -> None:
    ivan = signed_in("ivan", "investigator")
    _, place, _ = written
    ivan.post(f"/places/{place.key}/hold", {"why": "police first", "turn": "on", "reason": "they look"})
    text = page(ivan, f"/alerts/{place.alert}/")
    assert "ivan: they look" in text
    assert "waits for: the police" in text
    assert "One place is held back." in page(ivan, f"/cases/{place.case}/")
    ivan.post(f"/places/{place.key}/hold", {"why": "police first", "turn": "off"})
    assert "ivan: they look" not in page(ivan, f"/alerts/{place.alert}/").partition("What happened")[0]


def test_a_request_is_taken_back_until_it_is_out(
    signed_in: Callable[..., Client], house: House, written: tuple[Case, Place, Notice], clock: Any
) -> None:
    ivan = signed_in("ivan", "investigator")
    case, place, notice = written
    assert "Take this request back" in page(ivan, f"/alerts/{place.alert}/")
    ivan.post(f"/notices/{notice.key}/take-back")
    (receipt,) = house.records.find(Receipt)
    assert (receipt.state, receipt.detail) == (Sent.TAKEN_BACK, "taken back by ivan")
    text = page(ivan, f"/alerts/{place.alert}/")
    assert "taken back before it went out" in text
    assert "Take this request back" not in text
    clock.turn(timedelta(minutes=1))
    gone = ivan.post(f"/notices/{notice.key}/take-back")
    assert gone.status_code == 409
    assert b"This request cannot be taken back" in gone.content
    assert case.key


def test_an_undone_alert_says_what_had_gone_out(
    signed_in: Callable[..., Client], house: House, written: tuple[Case, Place, Notice]
) -> None:
    ivan = signed_in("ivan", "investigator")
    case, place, notice = written
    out = Receipt(case.key, place.key, notice.key, Sent.SENT, "250", "<1@x>", house.clock())
    decision = Decision(case.key, place.alert, Verdict.CONFIRMED, "ivan", house.clock())
    house.records.apply(Outcome(records=(out, decision)), by="jikimi")
    assert "had gone out already" not in page(ivan, f"/alerts/{place.alert}/")
    house.records.apply(acts.decide(house, place.alert, Verdict.REOPENED, by="ivan"), by="ivan")
    assert "1 request had gone out already." in page(ivan, f"/alerts/{place.alert}/")


def test_the_second_person_sees_and_approves_what_letters_state(
    signed_in: Callable[..., Client], cora: Client, house: House, fill: Fill
) -> None:
    case, _, _ = fill()
    ines = signed_in("ines", "investigator")
    text = page(ines, f"/cases/{case.key}/")
    assert "We believe in good faith" in text
    assert "Nous croyons de bonne foi" in text
    ines.post(f"/cases/{case.key}/approve")
    (statement,) = house.records.find(Statement)
    assert statement.by == "ines"
    assert "ines approved what letters state" in page(cora, f"/cases/{case.key}/")


def test_statements_that_were_worded_anew_are_approved_on_the_case_page(
    cora: Client, house: House, fill: Fill, signed_in: Callable[..., Client]
) -> None:
    case, _, _ = fill()
    ines = signed_in("ines", "investigator")
    ines.post(f"/cases/{case.key}/approve")
    old = Statement(case.key, ("of an earlier version",), "ines", house.clock())
    assert page(cora, f"/cases/{case.key}/").count("Approve the statements") == 0
    other = fill("2026-8")[0]
    house.records.apply(Outcome(records=(old,)), by="ines")
    house.records.apply(acts.approve_case(house, other.key, by="ines"), by="ines")
    from jikimi.store.models import RecordRow

    RecordRow.objects.filter(kind="Statement", case=other.key).delete()
    assert "Approve the statements" in page(cora, f"/cases/{other.key}/")
    cora.post(f"/cases/{other.key}/statement")
    assert "cora approved what letters state" in page(cora, f"/cases/{other.key}/")


def test_the_last_resort_is_warned_about_and_never_offered_for_a_child(
    signed_in: Callable[..., Client], cora: Client, house: House, fill: Fill
) -> None:
    case, child = fill()[0], fill("2026-8", is_minor=True)[0]
    ines = signed_in("ines", "investigator")
    for one in (case, child):
        ines.post(f"/cases/{one.key}/approve")
    assert "exposes the person" in page(cora, f"/cases/{case.key}/")
    assert "Copyright notices, the last resort" not in page(cora, f"/cases/{child.key}/")
    work = {"turn": "on", "work": "A photograph of a garden"}
    assert cora.post(f"/cases/{case.key}/last-resort", work).status_code == 409
    assert cora.post(f"/cases/{child.key}/last-resort", work | {"warned": "on"}).status_code == 409
    assert house.records.find(LastResort) == ()
    cora.post(f"/cases/{case.key}/last-resort", work | {"warned": "on"})
    assert "cora allowed them for: A photograph of a garden" in page(cora, f"/cases/{case.key}/")
    cora.post(f"/cases/{case.key}/last-resort", {"turn": "off"})
    assert [turn.is_on for turn in house.records.find(LastResort)] == [True, False]


def test_an_administrator_pauses_all_requests_and_everybody_sees_it(
    signed_in: Callable[..., Client], cora: Client, written: tuple[Case, Place, Notice]
) -> None:
    admin = signed_in("adam", "administrator")
    assert cora.post("/posture/pause", {"turn": "on"}).status_code == 403
    admin.post("/posture/pause", {"turn": "on"})
    assert "All requests of the centre are paused." in page(admin, "/posture/")
    text = page(cora, f"/cases/{written[0].key}/")
    assert "<strong>Paused.</strong>" in text
    assert "waits for: the centre&#x27;s pause to end" in text
    admin.post("/posture/pause", {"turn": "off"})
    assert "<strong>Paused.</strong>" not in page(cora, f"/cases/{written[0].key}/")


def test_everything_is_said_in_korean_too(cora: Client, written: tuple[Case, Place, Notice]) -> None:
    case = written[0]
    cora.post(f"/cases/{case.key}/hold", {"why": "police first", "turn": "on", "reason": "이틀 더"})
    cora.post("/language", {"language": "ko"})
    text = page(cora, f"/cases/{case.key}/")
    for said in ("나가는 요청", "경찰 우선: 증거는 봉인하고 요청은 기다립니다.", "기다리는 것: 경찰"):
        assert said in text
