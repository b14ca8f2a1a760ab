"""Each regime's request passes its own check, and fails it as soon as one required field is missing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from jikimi.model.alert import Evidence, Notice, Place
from jikimi.model.case import Authority
from jikimi.model.errors import NeedsHuman
from jikimi.model.notice import Field, Material, Particulars, Role
from jikimi.model.ports import Rules
from jikimi.removal.checking import Inside, check_outgoing
from jikimi.removal.compose import compose
from jikimi.removal.letters import LETTERS, has_letter
from jikimi.removal.regime import Regime, check_against, missing
from jikimi.removal.regime_dmca import DMCA
from jikimi.removal.regime_eu import DSA
from jikimi.removal.regime_kr import KOREA
from jikimi.removal.regime_policy import POLICY
from jikimi.removal.regime_uk import ONLINE_SAFETY
from jikimi.removal.regimes import REGIMES, clock_of, regime_named

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
PAIRS = [(regime, language) for regime in REGIMES.values() for language in regime.languages]
FIELDS = [(regime, wanted) for regime in REGIMES.values() for wanted in regime.required]
Write = Callable[..., Notice]


@pytest.fixture
def write(place: Place, evidence: Evidence, rules: Rules) -> Write:
    def written(regime: Regime, language: str = "", **changes: Any) -> Notice:
        role = min(regime.roles)
        arguments: dict[str, Any] = {
            "recipient": "abuse@board.example",
            "channel": "email",
            "language": language or regime.languages[0],
            "number": 1,
            "rules": rules,
            "authority": Authority.VICTIM,
            "is_minor": Material.ADULT not in regime.materials,
            "at": NOW,
            "regime": regime.name,
            "role": role,
            "work": "A photograph of a garden, 4000 x 3000 pixels, made in 2024" if regime is DMCA else "",
        }
        return compose(place, evidence, **{**arguments, **changes})

    return written


def said(notice: Notice) -> Particulars:
    assert notice.particulars is not None
    return notice.particulars


@pytest.mark.parametrize(("regime", "language"), PAIRS, ids=lambda one: getattr(one, "name", one))
def test_a_request_passes_the_check_of_its_regime_in_each_of_its_languages(
    write: Write, rules: Rules, regime: Regime, language: str
) -> None:
    for role in regime.roles:
        for is_minor in [material is Material.MINOR for material in regime.materials]:
            notice = write(regime, language, role=role, is_minor=is_minor)
            check_outgoing(notice, Inside(), rules)
            assert missing(notice, regime) == ()


@pytest.mark.parametrize(("regime", "wanted"), FIELDS, ids=lambda one: getattr(one, "name", one))
def test_a_request_without_a_required_field_is_refused_by_its_name(
    write: Write, regime: Regime, wanted: Field
) -> None:
    notice = write(regime)
    empty: Any = () if wanted is Field.ADDRESSES else " "
    without = replace(said(notice), **{wanted.value: empty})
    with pytest.raises(NeedsHuman, match=f"lacks its.*{wanted}"):
        check_against(replace(notice, particulars=without), regime)


@pytest.mark.parametrize(("regime", "wanted"), FIELDS, ids=lambda one: getattr(one, "name", one))
def test_a_field_that_does_not_stand_in_the_letter_is_as_good_as_missing(
    write: Write, regime: Regime, wanted: Field
) -> None:
    notice = write(regime)
    for text in said(notice).texts(wanted):
        cut = replace(notice, body=notice.body.replace(text, ""), subject=notice.subject.replace(text, ""))
        with pytest.raises(NeedsHuman, match=f"lacks its.*{wanted}"):
            check_against(cut, regime)


@pytest.mark.parametrize("regime", REGIMES.values(), ids=lambda regime: regime.name)
def test_a_regime_names_its_law_its_clock_and_what_a_request_must_not_hold(regime: Regime) -> None:
    assert regime.clock > timedelta()
    assert regime.clock_note
    assert regime.never
    assert regime.gives
    assert regime.required
    for law in regime.laws:
        assert law.citation
        assert law.url.startswith(("https://", "http://"))
        assert date(2026, 1, 1) < law.checked <= date(2026, 12, 31)


def test_letters_and_regimes_agree_on_who_speaks_which_language() -> None:
    for regime in REGIMES.values():
        spoken = {language for language in LETTERS if has_letter(regime.name, language)}
        assert spoken == set(regime.languages), regime.name


def test_a_request_under_other_rules_than_it_names_is_refused(write: Write) -> None:
    with pytest.raises(NeedsHuman, match="names no rules"):
        check_against(write(POLICY), DSA)
    with pytest.raises(NeedsHuman, match="no rules named"):
        regime_named("roman law")


def test_rules_that_do_not_fit_the_recipient_or_the_material_are_refused(write: Write) -> None:
    with pytest.raises(NeedsHuman, match="does not fit"):
        check_against(write(DSA, role=Role.REGISTRAR), DSA)
    with pytest.raises(NeedsHuman, match="does not fit"):
        check_against(write(DMCA, is_minor=True), DMCA)


def test_a_letter_under_the_uk_act_claims_no_deadline_that_the_act_does_not_give(write: Write) -> None:
    notice = write(ONLINE_SAFETY)
    claims = replace(notice, body=notice.body + "Remove it within 24 hours.")
    with pytest.raises(NeedsHuman, match="must not hear"):
        check_against(claims, ONLINE_SAFETY)


def test_a_notice_in_the_union_needs_a_mail_address(write: Write, rules: Rules) -> None:
    notice = write(DSA, rules=replace(rules, contact="+82-2-000-0000"))
    with pytest.raises(NeedsHuman, match="email"):
        check_against(notice, DSA)


def test_a_designated_body_cites_its_designation_under_the_korean_act_only(
    write: Write, rules: Rules
) -> None:
    designated = replace(rules, designation="방송통신위원회고시 제2021-00호")
    for language in KOREA.languages:
        assert "제2021-00호" in write(KOREA, language, rules=designated).body
        assert "제2021-00호" not in write(POLICY, language, rules=designated).body
        assert "designat" not in write(KOREA, language).body
        assert "지정된" not in write(KOREA, language).body


def test_a_copyright_notice_has_the_six_elements(write: Write) -> None:
    body = write(DMCA).body
    for element in (
        "Signed electronically", "A photograph of a garden", "https://img.example/2026/a.jpg",
        "Contact: help@centre.example", "not authorised by the copyright", "under penalty of perjury",
    ):  # fmt: skip
        assert element in body
    with pytest.raises(NeedsHuman, match="lacks its work"):
        write(DMCA, work="")


def test_only_the_last_resort_is_one_and_it_warns() -> None:
    assert [regime.name for regime in REGIMES.values() if regime.is_last_resort] == ["us-dmca"]
    for word in ("exposes", "own name", "Lumen", "perjury"):
        assert word in DMCA.warning
    assert [regime.name for regime in REGIMES.values() if regime.warning] == ["us-dmca"]


def test_each_request_has_the_clock_of_its_rules() -> None:
    hours = {name: clock_of(name).total_seconds() / 3600 for name in ("us-take-it-down", "kr-22-5", "")}
    assert hours == {"us-take-it-down": 48, "kr-22-5": 24, "": 48}


def test_a_letter_without_a_paragraph_for_a_regime_is_not_written(write: Write) -> None:
    with pytest.raises(NeedsHuman, match="no paragraph"):
        write(DMCA, "ja")
