"""Who may decide, and which alert a place belongs to."""

from datetime import UTC, date, datetime, timedelta

import pytest

from jikimi.model.alert import Alert, Place
from jikimi.model.case import Approval, Authority, Case, Consent, Decision, Policy, Switch, Verdict
from jikimi.model.errors import NeedsHuman
from jikimi.model.fingerprint import Found, How, Tier
from jikimi.model.policy import Hold, LastResort, Statement, Why
from jikimi.review.authority import (
    check_approver,
    check_consent,
    check_hold,
    check_last_resort,
    check_new_case,
    is_in_force,
    is_live,
    is_on,
    is_stated,
    last_resort,
    may_pursue,
    standing_holds,
)
from jikimi.review.standing import best_by_case, generation_for, verdict_of

NOW = datetime(2026, 3, 2, tzinfo=UTC)
TODAY = NOW.date()
CONSENT = Consent(Authority.VICTIM, "find", date(2026, 3, 1), date(2026, 9, 1))


def case(policy: Policy = Policy.ASK, **changes: str) -> Case:
    fields = {"number": "1", "title": "Willow", **changes}
    return Case(**fields, consent=CONSENT, policy=policy, is_minor=False, by="ada", at=NOW)


def decision(verdict: Verdict) -> Decision:
    return Decision("c", "a", verdict, "bora", NOW)


@pytest.mark.parametrize(
    ("consent", "word"),
    [
        (Consent(Authority.VICTIM, " ", date(2026, 3, 1), date(2026, 9, 1)), "purpose"),
        (Consent(Authority.VICTIM, "find", date(2026, 3, 4), date(2026, 9, 1)), "future"),
        (Consent(Authority.VICTIM, "find", date(2025, 3, 3), date(2026, 3, 1)), "run out"),
        (Consent(Authority.VICTIM, "find", date(2026, 3, 1), date(2027, 9, 1)), "year"),
    ],
)
def test_an_authority_needs_purpose_and_a_sensible_time(consent: Consent, word: str) -> None:
    with pytest.raises(NeedsHuman, match=word):
        check_consent(consent, TODAY)
    check_consent(CONSENT, TODAY)


@pytest.mark.parametrize("field", ["number", "title"])
def test_a_case_needs_a_number_and_a_pseudonym(field: str) -> None:
    with pytest.raises(NeedsHuman):
        check_new_case(case(**{field: " "}), TODAY)
    check_new_case(case(), TODAY)


def test_the_opener_does_not_approve() -> None:
    with pytest.raises(NeedsHuman, match="second person"):
        check_approver(case(), "ada")
    check_approver(case(), "bora")


def test_a_case_lives_while_approved_open_and_in_time() -> None:
    approvals = (Approval("c", "bora", NOW),)
    assert is_live(approvals, TODAY, TODAY, is_closed=False)
    assert not is_live((), TODAY, TODAY, is_closed=False)
    assert not is_live(approvals, TODAY, TODAY, is_closed=True)
    assert not is_live(approvals, date(2026, 3, 1), TODAY, is_closed=False)


@pytest.mark.parametrize(
    ("verdicts", "standing"),
    [
        ([], None),
        ([Verdict.CONFIRMED], Verdict.CONFIRMED),
        ([Verdict.CONFIRMED, Verdict.REOPENED], None),
        ([Verdict.CONFIRMED, Verdict.REOPENED, Verdict.REJECTED], Verdict.REJECTED),
    ],
)
def test_the_newest_verdict_stands(verdicts: list[Verdict], standing: Verdict | None) -> None:
    assert verdict_of([decision(verdict) for verdict in verdicts]) is standing


def place(tier: Tier, at: datetime = NOW) -> Place:
    how = How("pdq", 1, 31, "re-encoded")
    return Place(
        "c",
        "a",
        "r",
        "w",
        "p",
        0,
        "u",
        "m",
        "",
        "",
        b"",
        (),
        tier,
        0.9,
        how,
        visible_at=at,
        seen_at=at,
        at=at,
    )


def test_only_certain_undecided_places_with_a_contact_go_by_themselves() -> None:
    advance = case(Policy.PRE_APPROVED)
    assert may_pursue(advance, place(Tier.CERTAIN), (), has_contact=True)
    assert not may_pursue(advance, place(Tier.CERTAIN), (), has_contact=False)
    assert not may_pursue(advance, place(Tier.LIKELY), (), has_contact=True)
    assert not may_pursue(case(), place(Tier.CERTAIN), (), has_contact=True)
    rejected = (decision(Verdict.REJECTED),)
    assert not may_pursue(advance, place(Tier.CERTAIN), rejected, has_contact=True)
    reopened = (decision(Verdict.CONFIRMED), decision(Verdict.REOPENED))
    assert not may_pursue(advance, place(Tier.CERTAIN), reopened, has_contact=True)


def test_a_confirmation_covers_what_was_there_and_later_copies_that_are_likely() -> None:
    confirmed, later = (decision(Verdict.CONFIRMED),), NOW + timedelta(minutes=1)
    assert may_pursue(case(), place(Tier.POSSIBLE), confirmed, has_contact=False)
    assert may_pursue(case(), place(Tier.LIKELY, later), confirmed, has_contact=False)
    assert not may_pursue(case(), place(Tier.POSSIBLE, later), confirmed, has_contact=False)


@pytest.mark.parametrize(
    ("verdicts", "tier", "generation"),
    [
        ([], Tier.LIKELY, 0),
        ([None], Tier.LIKELY, 0),
        ([Verdict.CONFIRMED], Tier.LIKELY, 0),
        ([Verdict.CONFIRMED], Tier.POSSIBLE, 1),
        ([Verdict.CONFIRMED, None], Tier.POSSIBLE, 1),
        ([Verdict.CONFIRMED, None], Tier.CERTAIN, 0),
        ([Verdict.CONFIRMED, Verdict.REJECTED], Tier.CERTAIN, 0),
        ([Verdict.REJECTED], Tier.LIKELY, 1),
        ([Verdict.REJECTED, None], Tier.LIKELY, 1),
    ],
)
def test_a_place_joins_the_alert_that_speaks_for_it(verdicts, tier: Tier, generation: int) -> None:
    alerts = [Alert("c", "r", number, NOW) for number in range(len(verdicts))]
    assert generation_for(list(zip(alerts, verdicts, strict=True)), tier) == generation


def test_a_medium_is_one_place_of_a_case_the_surest() -> None:
    def found(reference: str, case: str, tier: Tier, score: float) -> Found:
        return Found(reference, case, tier, score, How("pdq", 1, 31, "re-encoded"))

    answers = [
        found("a", "1", Tier.LIKELY, 0.99),
        found("b", "1", Tier.CERTAIN, 0.9),
        found("c", "1", Tier.CERTAIN, 0.95),
        found("d", "2", Tier.POSSIBLE, 0.8),
    ]
    assert [answer.reference for answer in best_by_case(answers)] == ["c", "d"]


def test_a_switch_is_off_until_somebody_turned_it_and_the_newest_turn_stands() -> None:
    assert not is_on(())
    on, off = (Switch("sending", is_on=turn, by="a", at=NOW) for turn in (True, False))
    assert is_on((on,))
    assert not is_on((on, off))


def test_a_case_approved_in_advance_does_nothing_by_itself_once_its_authority_ran_out() -> None:
    advance = case(Policy.PRE_APPROVED)
    assert not may_pursue(advance, place(Tier.CERTAIN), (), has_contact=True, is_signed=False)
    confirmed = (decision(Verdict.CONFIRMED),)
    assert may_pursue(advance, place(Tier.CERTAIN), confirmed, has_contact=True, is_signed=False)


def test_an_authority_is_in_force_from_its_signature_to_its_last_day() -> None:
    assert is_in_force(CONSENT, date(2026, 3, 1))
    assert is_in_force(CONSENT, date(2026, 9, 1))
    assert not is_in_force(CONSENT, date(2026, 9, 2))
    assert not is_in_force(CONSENT, date(2026, 2, 1))


def hold(about: str, why: Why, *, is_on: bool = True) -> Hold:
    return Hold("c", about, why, is_on, "because", "bora", NOW)


def test_of_each_kind_the_newest_hold_stands_and_each_is_about_one_thing() -> None:
    police, paused = hold("c", Why.POLICE_FIRST), hold("c", Why.PAUSE)
    over = hold("c", Why.POLICE_FIRST, is_on=False)
    assert standing_holds([police, paused], {"c"}) == (police, paused)
    assert standing_holds([police, paused, over], {"c"}) == (paused,)
    assert standing_holds([police, over, police], {"c"}) == (police,)
    assert standing_holds([hold("p", Why.POLICE_FIRST)], {"c", "another place"}) == ()


def test_nothing_is_held_back_without_a_reason() -> None:
    with pytest.raises(NeedsHuman, match="why"):
        check_hold(Why.POLICE_FIRST, "  ")
    check_hold(Why.POLICE_FIRST, "the police asked for two days")


def test_a_statement_is_approved_by_its_wording() -> None:
    approved = Statement("c", ("one", "two"), "bora", NOW)
    assert is_stated([approved], "two")
    assert not is_stated([approved], "three")
    assert not is_stated([], "one")


def test_the_last_resort_stands_until_it_is_taken_back() -> None:
    allowed = LastResort("c", "a garden", is_on=True, by="bora", at=NOW)
    assert last_resort([allowed]) == allowed
    assert last_resort([allowed, LastResort("c", "", is_on=False, by="bora", at=NOW)]) is None
    assert last_resort([]) is None


def test_a_copyright_notice_is_allowed_for_adults_with_the_work_named_and_the_warning_read() -> None:
    check_last_resort(case(), "a garden", is_warned=True)
    minor = Case("1", "Willow", CONSENT, Policy.ASK, is_minor=True, by="ada", at=NOW)
    with pytest.raises(NeedsHuman, match="child"):
        check_last_resort(minor, "a garden", is_warned=True)
    with pytest.raises(NeedsHuman, match="work"):
        check_last_resort(case(), " ", is_warned=True)
    with pytest.raises(NeedsHuman, match="exposes"):
        check_last_resort(case(), "a garden", is_warned=False)
