"""Which words of a case may be asked of a search engine, and how urgently."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jikimi.model.source import SearchLeave
from jikimi.model.text import Identifier, IdentifierKind
from jikimi.review.asking import LONGEST_PHRASE, MOST_QUERIES, askable, is_allowed, is_private, urgency

NOW = datetime(2026, 11, 22, tzinfo=UTC)
HANDLE, NAME, NICKNAME, TITLE = "willow_harbour88", "한바람결", "버들이", "강가의 버드나무"


def known(**texts: str) -> list[Identifier]:
    return [Identifier(text, "case", IdentifierKind(kind), text) for kind, text in texts.items()]


def test_an_account_name_is_asked_for_alone_and_in_quotation_marks() -> None:
    assert askable(known(handle=f"@{HANDLE}")) == (f'"{HANDLE}"',)


@pytest.mark.parametrize("kind", ["name", "nickname", "title", "caption"])
def test_nothing_else_is_asked_for_alone(kind: str) -> None:
    assert askable(known(**{kind: TITLE})) == ()


def test_two_spellings_of_one_name_are_still_a_name_alone() -> None:
    spelled = [Identifier(text, "case", IdentifierKind.NAME, text) for text in (NAME, "Han Baramgyeol")]
    assert askable(spelled) == ()


def test_two_of_different_kinds_are_asked_for_together_the_most_telling_first() -> None:
    assert askable(known(name=NAME, nickname=NICKNAME, title=TITLE)) == (
        f'"{TITLE}" "{NICKNAME}"',
        f'"{TITLE}" "{NAME}"',
        f'"{NICKNAME}" "{NAME}"',
    )


def test_a_short_account_name_is_an_ordinary_word_and_needs_company() -> None:
    assert askable(known(handle="mina")) == ()
    assert askable(known(handle="mina", name=NAME)) == (f'"mina" "{NAME}"',)


def test_a_number_a_school_and_a_web_address_are_never_asked_for() -> None:
    found = known(
        phone="010-1234-5678", school="버들고등학교", url="https://street.invalid/willow", name=NAME
    )
    assert askable(found) == ()


@pytest.mark.parametrize(
    "text",
    [
        "call 010-1234-5678",
        "０１０１２３４５６７８",
        "willow01012345678",
        "공일공 일이삼사 오육칠팔",
        "900101-2345678",
        "M12345678",
        "willow@street.invalid",
        "버들로 12",
        "강가동 34-5",
        "101동 1203호",
        "12 Willow Harbour Road",
    ],
)
def test_a_number_or_an_address_never_leaves_whatever_it_was_entered_as(text: str) -> None:
    assert is_private(text)
    assert askable(known(handle=text, name=NAME, title=text)) == ()


@pytest.mark.parametrize("text", [HANDLE, NAME, TITLE, "specimen 2026", "@willow", "버들이 12살"])
def test_ordinary_identifiers_are_not_taken_for_numbers(text: str) -> None:
    assert not is_private(text)


def test_a_long_caption_is_cut_at_a_word_and_its_quotation_marks_go() -> None:
    (query,) = askable(known(caption='say "willow" ' * 20, name=NAME))
    phrase = query.split('" "')[0].strip('"')
    assert len(phrase) <= LONGEST_PHRASE
    assert query.count('"') == 4
    assert phrase.endswith(("say", "willow"))


@given(st.lists(st.tuples(st.sampled_from(IdentifierKind), st.text(max_size=80)), max_size=12))
def test_whatever_is_entered_a_query_is_quoted_and_holds_nothing_private(
    entered: list[tuple[IdentifierKind, str]],
) -> None:
    queries = askable(Identifier(str(n), "case", kind, text) for n, (kind, text) in enumerate(entered))
    assert len(queries) <= MOST_QUERIES
    for query in queries:
        phrases = query[1:-1].split('" "')
        assert all(phrase and '"' not in phrase for phrase in phrases)
        assert not any(is_private(text) for text in phrases)


def test_the_newest_answer_stands_and_silence_means_no() -> None:
    yes, no = (SearchLeave("case", answer, "ada", NOW) for answer in (True, False))
    assert not is_allowed(())
    assert is_allowed((no, yes))
    assert not is_allowed((yes, no))


def test_a_child_new_copies_and_a_new_case_come_first_and_none_is_left_out() -> None:
    old = NOW - timedelta(days=400)

    def share(*, minor: bool = False, approved: datetime = old, alert: datetime | None = None) -> int:
        return urgency(is_minor=minor, approved_at=approved, newest_alert_at=alert, now=NOW)

    assert share() == 1
    assert share(minor=True) == 5
    assert share(alert=NOW - timedelta(days=1)) == 4
    assert share(alert=NOW - timedelta(days=20)) == 2
    assert share(alert=old) == 1
    assert share(approved=NOW) == 3
    assert share(approved=NOW - timedelta(days=60)) == 2
    assert share(minor=True, approved=NOW, alert=NOW) == 10
