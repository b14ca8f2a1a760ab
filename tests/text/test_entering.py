import pytest

from jikimi.model.text import Identifier, IdentifierKind
from jikimi.text.bank import LiveTextBank
from jikimi.text.entering import false_alarms_a_day, reason_to_refuse


def identifier(kind: str, text: str) -> Identifier:
    return Identifier("key", "case", IdentifierKind(kind), text)


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("name", "", "no letter"),
        ("name", "♥♥♥", "no letter"),
        ("name", "김", "has 1 letters"),
        ("handle", "@ab", "has 2 letters"),
        ("phone", "010-12", "has 5 digits"),
        ("phone", "1" * 20, "has 20 digits"),
        ("caption", "짧은 글", "has 3 letters; a caption has at least 6"),
        ("title", "가" * 5000, "longer than"),
        ("name", "\ud800\ud800", "no letter"),
    ],
)
def test_what_cannot_be_searched_for_is_refused_with_a_reason(kind: str, text: str, says: str) -> None:
    assert says in reason_to_refuse(identifier(kind, text))
    assert says in LiveTextBank().enter([identifier(kind, text)])["key"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [("name", "김민"), ("handle", "@abc"), ("phone", "+82 10-0234-5678"), ("url", "t.me/abc")],
)
def test_what_can_be_searched_for_is_taken(kind: str, text: str) -> None:
    assert reason_to_refuse(identifier(kind, text)) == ""


def test_an_ordinary_word_is_warned_of_with_what_it_will_cost() -> None:
    assert false_alarms_a_day(identifier("title", "사랑"), 100_000) > 100
    assert false_alarms_a_day(identifier("title", "사 랑"), 1_000) < false_alarms_a_day(
        identifier("title", "사랑"), 100_000
    )
    assert false_alarms_a_day(identifier("name", "김민서")) == 0
