"""What leaves the house and when: by itself, under the brake, held back, taken back, under chosen rules."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from jikimi.flow import STEPS, acts, steering
from jikimi.flow.ingest import ingest
from jikimi.flow.waiting import wait_of
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Evidence, Notice, Place, Receipt, Sent
from jikimi.model.case import Authority, Case, Consent, Policy, Verdict
from jikimi.model.errors import NeedsHuman, TryLater
from jikimi.model.fingerprint import Kind
from jikimi.model.outcome import Outcome
from jikimi.model.policy import Leave, WaitsFor, Why
from jikimi.model.ports import House
from jikimi.model.post import MediaRef, Position, Post, Watch
from jikimi.model.text import IdentifierKind
from jikimi.removal.letters import LETTERS
from jikimi.review.authority import SENDING
from jikimi.store import audit
from jikimi.store.models import AlertRow, JobRow
from jikimi.worker.jobs import run, work_through

PAGE = b"<html><body>a harmless page</body></html>"
PICTURE = encode_jpeg(draw(1))
MINUTES = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def do(house: House, outcome: Outcome, by: str = "bora") -> str:
    house.records.apply(outcome, by=by)
    return outcome.answer


@pytest.fixture
def open_case(house: House) -> Callable[..., Case]:
    """Open a case that searches for the specimen, with the street watched and sending on."""

    def opened(
        policy: Policy = Policy.PRE_APPROVED, *, minor: bool = False, contact: str = "abuse@street.invalid"
    ) -> Case:
        consent = Consent(Authority.VICTIM, "find and remove", date(2026, 3, 1), date(2026, 9, 1))
        case = Case("2026-1", "Willow", consent, policy, is_minor=minor, by="ada", at=house.clock())
        do(house, acts.open_case(house, case))
        do(house, acts.approve_case(house, case.key, by="bora"))
        do(house, acts.add_reference(house, case.key, PICTURE, label="first", by="ada"))
        watch = Watch("street", "website", {"url": "http://street.invalid"}, contact, "ada", house.clock())
        do(house, acts.add_watch(house, watch))
        do(house, acts.turn(house, SENDING, is_on=True, by="admin"))
        work_through(house)
        return case

    return opened


def post(house: House, name: str, body: bytes = PICTURE) -> None:
    url = f"http://street.invalid/{name}"
    web: Any = house.fetcher
    web.pages |= {url: PAGE, f"{url}.jpg": body}
    now = house.clock()
    posted = Post("street", name, url, "mina", "look", now, now, (MediaRef(Kind.IMAGE, f"{url}.jpg"),))
    house.records.apply(ingest([posted], Position("street", name, now), house), by="watch street")


def sent(house: House) -> list[Notice]:
    postbox: Any = house.channels["email"]
    return postbox.taken  # type: ignore[no-any-return]  # a stand-in


def later(house: House, clock: Any, by: timedelta) -> None:
    clock.turn(by)
    work_through(house)


def states(house: House) -> list[Sent]:
    return [receipt.state for receipt in house.records.find(Receipt)]


def waits(house: House, case: Case) -> list[WaitsFor | None]:
    return [wait.what if wait else None for _, wait in steering.waiting_of(house, case.key, 50)]


def test_a_certain_copy_of_a_case_approved_in_advance_goes_out_by_itself(house: House, open_case) -> None:
    open_case()
    post(house, "one")
    work_through(house)
    (notice,) = sent(house)
    assert notice.recipient == "abuse@street.invalid"
    assert notice.regime == "policy"
    assert AlertRow.objects.get().state == "open"  # nobody decided, and nobody had to
    assert states(house) == [Sent.SENT]


@pytest.mark.parametrize("case", ["no contact", "asks", "sending off"])
def test_and_nothing_else_does(house: House, open_case, case: str) -> None:
    open_case(
        Policy.ASK if case == "asks" else Policy.PRE_APPROVED,
        contact="" if case == "no contact" else "abuse@street.invalid",
    )
    if case == "sending off":
        do(house, acts.turn(house, SENDING, is_on=False, by="admin"))
    post(house, "one")
    work_through(house)
    assert sent(house) == []


def test_the_brake_lets_so_many_go_shows_the_rest_and_lets_them_go_later(
    house: House, clock: Any, open_case
) -> None:
    case = open_case()
    braked = replace(house, rules=replace(house.rules, most_an_hour=2, most_a_day=5))
    for number in range(7):
        post(braked, f"post{number}")
    work_through(braked)
    assert len(sent(house)) == 2
    assert waits(braked, case) == [WaitsFor.BRAKE] * 5
    later(braked, clock, 30 * MINUTES)
    assert len(sent(house)) == 2
    later(braked, clock, 31 * MINUTES)
    assert len(sent(house)) == 4
    later(braked, clock, 61 * MINUTES)
    assert len(sent(house)) == 5  # the day is full
    assert waits(braked, case) == [WaitsFor.BRAKE] * 2
    later(braked, clock, 24 * HOUR)
    assert len({notice.place for notice in sent(house)}) == 7
    assert waits(braked, case) == []
    assert audit.walk().problem == ""


def test_of_two_that_take_one_seat_at_the_same_instant_one_goes_and_the_other_asks_again(
    house: House, clock: Any, open_case
) -> None:
    open_case()
    braked = replace(house, rules=replace(house.rules, most_an_hour=1, most_a_day=5))
    for name in ("one", "two"):
        post(braked, name)
    while True:
        jobs = house.queue.lease(9, clock())
        if [job.step for job in jobs] == ["send", "send"]:
            break
        for job in jobs:
            plan = run(job, braked)
            assert isinstance(plan, Outcome)
            house.queue.finish(job, plan)
    plans = [run(job, braked) for job in jobs]  # both look before either has written
    for job, plan in zip(jobs, plans, strict=True):
        assert isinstance(plan, Outcome)
        house.queue.finish(job, plan)
    work_through(braked)
    assert len(sent(house)) == 1
    later(braked, clock, 61 * MINUTES)
    assert len(sent(house)) == 2
    assert len(house.records.find(Leave)) == 2


def test_police_first_seals_the_evidence_and_lets_the_request_wait_until_it_is_undone(
    house: House, clock: Any, open_case
) -> None:
    case = open_case()
    do(house, steering.hold(house, case.key, Why.POLICE_FIRST, reason="they look first", by="bora"))
    post(house, "one")
    work_through(house)
    assert len(house.records.find(Evidence)) == 1
    assert len(house.records.find(Notice)) == 1
    later(house, clock, HOUR)
    assert sent(house) == []
    ((notice, wait),) = steering.waiting_of(house, case.key, 50)
    assert wait is not None
    assert (wait.what, wait.by, wait.note) == (WaitsFor.POLICE, "bora", "they look first")
    assert wait_of(notice, house) == wait
    do(house, steering.release(house, case.key, Why.POLICE_FIRST, reason="they are done", by="cora"))
    work_through(house)
    assert len(sent(house)) == 1


def test_a_hold_on_one_place_leaves_the_others_alone(house: House, open_case) -> None:
    case = open_case(Policy.ASK)
    for name in ("one", "two"):
        post(house, name)
    work_through(house)
    held, free = house.records.find(Place)
    do(house, steering.hold(house, case.key, Why.POLICE_FIRST, reason="ours", by="bora", place=held.key))
    do(house, acts.decide(house, held.alert, Verdict.CONFIRMED, by="bora"))
    work_through(house)
    assert [notice.place for notice in sent(house)] == [free.key]
    with pytest.raises(NeedsHuman, match="why"):
        steering.hold(house, case.key, Why.POLICE_FIRST, reason="", by="bora")


@pytest.mark.parametrize("whose", ["the centre's", "the case's"])
def test_a_pause_stops_requests_even_those_that_were_about_to_be_handed_over(
    house: House, clock: Any, open_case, whose: str
) -> None:
    case = open_case()
    postbox: Any = house.channels["email"]
    postbox.trouble = TryLater("the mail server is away")
    post(house, "one")
    work_through(house)
    assert JobRow.objects.filter(step="deliver").exists()
    if whose == "the centre's":
        do(house, steering.pause(house, is_on=True, by="admin"))
    else:
        do(house, steering.hold(house, case.key, Why.PAUSE, reason="she asked us to", by="bora"))
    postbox.trouble = None
    for _ in range(30):
        later(house, clock, 10 * MINUTES)
    assert sent(house) == []
    assert waits(house, case) == [WaitsFor.CENTRE if whose == "the centre's" else WaitsFor.CASE]
    if whose == "the centre's":
        do(house, steering.pause(house, is_on=False, by="admin"))
    else:
        do(house, steering.release(house, case.key, Why.PAUSE, reason="she asked us to", by="bora"))
    later(house, clock, 6 * MINUTES)
    assert len(sent(house)) == 1


def test_undo_takes_back_a_decision_until_it_went_out_and_tells_what_did(
    house: House, clock: Any, open_case
) -> None:
    case = open_case(Policy.ASK)
    post(house, "one")
    work_through(house)
    alert = house.records.find(Place)[0].alert
    do(house, acts.decide(house, alert, Verdict.CONFIRMED, by="bora"))
    work_through(house)
    do(house, steering.hold(house, case.key, Why.POLICE_FIRST, reason="wait", by="bora"))
    post(house, "two")
    work_through(house)
    assert (len(house.records.find(Notice)), len(sent(house))) == (2, 1)
    do(house, acts.decide(house, alert, Verdict.REOPENED, by="bora"))
    do(house, steering.release(house, case.key, Why.POLICE_FIRST, reason="go on", by="bora"))
    later(house, clock, HOUR)
    assert len(sent(house)) == 1
    ((gone, receipt),) = steering.already_out(house, alert)
    assert (gone.key, receipt.state) == (sent(house)[0].key, Sent.SENT)
    do(house, acts.decide(house, alert, Verdict.CONFIRMED, by="bora"))
    later(house, clock, HOUR)
    assert [notice.number for notice in sent(house)] == [1, 1]  # the other place; the first is not sent twice


def test_a_written_request_is_taken_back_and_one_that_went_out_is_not(
    house: House, clock: Any, open_case
) -> None:
    case = open_case()
    do(house, steering.hold(house, case.key, Why.PAUSE, reason="wait", by="bora"))
    post(house, "one")
    work_through(house)
    (notice,) = house.records.find(Notice)
    do(house, steering.take_back(house, notice.key, reason="the wrong address", by="bora"))
    do(house, steering.release(house, case.key, Why.PAUSE, reason="go on", by="bora"))
    later(house, clock, HOUR)
    assert (sent(house), states(house)) == ([], [Sent.TAKEN_BACK])
    do(house, acts.request_again(house, notice.place))
    work_through(house)
    (again,) = sent(house)
    assert "request no. 1" in again.subject  # the first never went out
    with pytest.raises(NeedsHuman, match="sent at"):
        steering.take_back(house, again.key, reason="", by="bora")


def test_no_request_goes_out_in_the_name_of_an_authority_that_ran_out(
    house: House, clock: Any, open_case
) -> None:
    case = open_case(Policy.ASK)
    post(house, "one")
    work_through(house)
    clock.turn(timedelta(days=250))
    alert = house.records.find(Place)[0].alert
    do(house, acts.decide(house, alert, Verdict.CONFIRMED, by="bora"))
    work_through(house)
    assert (sent(house), waits(house, case)) == ([], [WaitsFor.AUTHORITY])
    today = clock().date()
    consent = Consent(Authority.VICTIM, "find and remove", today, today + timedelta(days=100))
    do(house, acts.renew_case(house, case.key, consent, by="bora"))
    later(house, clock, 6 * MINUTES)
    assert len(sent(house)) == 1


def test_a_statement_that_was_worded_anew_waits_for_a_person_to_approve_it(
    house: House, open_case, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = open_case()
    reworded = replace(LETTERS["en"], statement="We state in good faith what we did not state before.")
    monkeypatch.setitem(LETTERS, "en", reworded)  # type: ignore[arg-type]  # a dict behind a Mapping
    post(house, "one")
    work_through(house)
    assert (sent(house), waits(house, case)) == ([], [WaitsFor.STATEMENT])
    do(house, steering.approve_statement(house, case.key, by="cora"))
    work_through(house)
    assert "did not state before" in sent(house)[0].body


def test_a_copyright_notice_takes_two_acts_of_a_person_and_names_the_work(house: House, open_case) -> None:
    case = open_case(Policy.ASK)
    post(house, "one")
    work_through(house)
    place = house.records.find(Place)[0]
    do(house, acts.decide(house, place.alert, Verdict.CONFIRMED, by="bora"))
    work_through(house)
    assert [notice.regime for notice in sent(house)] == ["policy"]
    do(house, steering.request_under(house, place.key, regime="us-dmca", by="bora"))
    work_through(house)
    assert "Nobody allowed a copyright notice" in JobRow.objects.get(state="parked").reason
    work = "A photograph of a garden, made by the owner in 2024"
    do(house, steering.allow_last_resort(house, case.key, work=work, is_warned=True, by="bora"))
    house.queue.retry(JobRow.objects.get(state="parked").name)
    work_through(house)
    assert [notice.regime for notice in sent(house)] == ["policy", "us-dmca"]
    assert work in sent(house)[-1].body
    do(house, steering.forbid_last_resort(house, case.key, by="bora"))
    do(house, steering.request_under(house, place.key, regime="us-dmca", by="bora"))
    work_through(house)
    assert len(sent(house)) == 2


def test_a_person_chooses_rules_and_language_for_one_more_request(house: House, open_case) -> None:
    open_case()
    post(house, "one")
    work_through(house)
    place = house.records.find(Place)[0]
    do(house, steering.request_under(house, place.key, regime="eu-dsa-16", language="de", by="bora"))
    work_through(house)
    assert (sent(house)[-1].regime, sent(house)[-1].language) == ("eu-dsa-16", "de")
    assert "Ersuchen Nr. 2" in sent(house)[-1].subject
    with pytest.raises(NeedsHuman, match="no paragraph"):
        steering.request_under(house, place.key, regime="eu-dsa-16", language="ja", by="bora")


def test_what_a_case_is_known_by_stops_a_request_that_would_say_it(house: House, open_case) -> None:
    case = open_case(Policy.ASK)
    do(house, acts.add_words(house, case.key, IdentifierKind.NAME, "김버들", by="ada"))
    leaking = replace(house, rules=replace(house.rules, designation="", contact="desk@centre.invalid"))
    post(house, "김버들")  # the address that is reported says it, and may
    work_through(leaking)
    place = house.records.find(Place)[0]
    do(house, acts.decide(house, place.alert, Verdict.CONFIRMED, by="bora"))
    work_through(leaking)
    assert len(sent(house)) == 1
    work = "A photograph of 김버들"
    do(house, steering.allow_last_resort(house, case.key, work=work, is_warned=True, by="bora"))
    do(house, steering.request_under(house, place.key, regime="us-dmca", by="bora"))
    work_through(leaking)
    assert len(sent(house)) == 1
    assert "known by" in JobRow.objects.get(state="parked").reason


@pytest.mark.parametrize(
    ("contact", "regime", "language"),
    [
        ("abuse@street.kr", "kr-22-5", "ko"),
        ("abuse@street.us", "us-take-it-down", "en"),
        ("abuse@street.de", "eu-dsa-16", "de"),
        ("abuse@street.uk", "uk-osa", "en"),
        ("abuse@street.jp", "policy", "ja"),
    ],
)
def test_a_recipient_gets_the_rules_and_the_language_of_its_country(
    house: House, open_case, contact: str, regime: str, language: str
) -> None:
    open_case(contact=contact)
    post(house, "one")
    work_through(house)
    (notice,) = sent(house)
    assert (notice.regime, notice.language) == (regime, language)


def test_steps_that_wait_write_nothing(house: House, clock: Any, open_case) -> None:
    case = open_case()
    do(house, steering.hold(house, case.key, Why.PAUSE, reason="wait", by="bora"))
    post(house, "one")
    work_through(house)
    (notice,) = house.records.find(Notice)
    clock.turn(HOUR)
    (job,) = [job for job in house.queue.lease(9, clock()) if job.step == "send"]
    outcome = STEPS["send"](job, house)
    assert (outcome.records, [one.key for one in outcome.next]) == ((), [notice.key])
