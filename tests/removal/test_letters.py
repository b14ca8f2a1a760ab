"""Ten letters say the same: the same fields, every recipient, and nothing left in another language."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from jikimi.model.alert import Evidence, Notice, Place
from jikimi.model.case import Authority
from jikimi.model.errors import NeedsHuman
from jikimi.model.notice import Role
from jikimi.model.ports import Rules
from jikimi.removal.checking import check_notice
from jikimi.removal.compose import Earlier, bare, compose, defanged
from jikimi.removal.letter import BLOCK_BEGIN, BLOCK_END, PLACEHOLDER, Letter, digest_of
from jikimi.removal.letters import LETTERS, standing_wordings

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
SCRIPTS = {
    "ko": r"[가-힣]", "ja": r"[ぁ-んァ-ン]", "zh-Hans": r"[删请网证]", "zh-Hant": r"[刪請網證]",
    "ru": r"[а-яё]", "vi": r"[ạảấầệộủ]", "es": r"[ñóí]", "de": r"[äöüß]", "fr": r"[éèà]", "en": r"[a-z]",
}  # fmt: skip
Write = Callable[..., Notice]


@pytest.fixture
def write(place: Place, evidence: Evidence, rules: Rules) -> Write:
    def written(**changes: Any) -> Notice:
        arguments: dict[str, Any] = {
            "recipient": "abuse@board.example",
            "channel": "email",
            "language": "en",
            "number": 1,
            "rules": rules,
            "authority": Authority.VICTIM,
            "is_minor": False,
            "at": NOW,
        }
        return compose(changes.pop("place", place), evidence, **{**arguments, **changes})

    return written


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def test_there_is_a_letter_in_each_of_ten_languages() -> None:
    assert list(LETTERS) == ["ko", "en", "ja", "zh-Hans", "zh-Hant", "ru", "vi", "es", "de", "fr"]


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
def test_a_letter_asks_for_the_same_fields_as_all_others(letter: Letter) -> None:
    english = LETTERS["en"]
    assert placeholders(letter.body) == placeholders(english.body)
    assert placeholders(letter.subject) == {"token", "ordinal"}
    assert placeholders(letter.reminder) == {"ordinal"}
    assert placeholders(letter.escalation) == {"elsewhere", "first_at"}
    assert placeholders(letter.signature) == {"centre"}
    assert set(letter.asked) == set(Role)
    assert set(letter.authority) == set(Authority)


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
def test_a_letter_is_written_in_its_own_language(letter: Letter) -> None:
    ours = [
        letter.subject, letter.body, letter.reminder, letter.escalation, letter.statement, letter.signature,
        letter.adult, letter.minor, *letter.asked.values(), *letter.authority.values(),
    ]  # fmt: skip
    whole = "\n".join(ours).casefold()
    assert re.search(SCRIPTS[letter.language], whole)
    for other in ("ko", "ja", "zh-Hans", "zh-Hant", "ru"):
        if other != letter.language:
            assert not re.search(SCRIPTS[other], whole), other
    assert len({text.casefold() for text in letter.asked.values()}) == len(Role)


@pytest.mark.parametrize("language", LETTERS)
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.REGULATOR])
@pytest.mark.parametrize("is_minor", [True, False])
def test_every_letter_is_whole_for_every_recipient_and_number(
    write: Write, language: str, role: Role, *, is_minor: bool
) -> None:
    for earlier in (Earlier(), Earlier(1), Earlier(0, 2, NOW), Earlier(3, 1, NOW)):
        notice = write(language=language, role=role, is_minor=is_minor, earlier=earlier)
        check_notice(notice, ["Case seven", "2026-0007"])
        assert notice.subject.isprintable()
        assert bare(notice)


@pytest.mark.parametrize("language", LETTERS)
def test_a_second_request_and_a_step_up_say_what_they_are(write: Write, language: str) -> None:
    first, second = write(language=language), write(language=language, earlier=Earlier(1))
    stepped = write(language=language, earlier=Earlier(0, 2, NOW))
    assert second.body.startswith(LETTERS[language].reminder.replace("{ordinal}", "2")[:12])
    assert second.body.endswith(first.body[-300:])
    begin = LETTERS[language].escalation.split("{")[0][:12]
    assert stepped.body.startswith(begin)
    assert not first.body.startswith(begin)
    assert "2026-11-22" in stepped.body.partition("\n\n")[0]


def test_an_earlier_request_that_never_went_out_is_not_counted(write: Write) -> None:
    assert "request no. 1" in write(number=3, earlier=Earlier(0)).subject
    assert "request no. 3" in write(number=3).subject


@pytest.mark.parametrize("language", LETTERS)
def test_for_people_addresses_are_altered_and_for_machines_they_are_exact(
    write: Write, language: str
) -> None:
    body = write(language=language).body
    human, _, rest = body.partition(BLOCK_BEGIN)
    block, _, _ = rest.partition(BLOCK_END)
    assert "http" not in human
    assert "hxxps://img[.]example/2026/a.jpg" in human
    assert block.split() == [
        "https://board.example/게시판/1?x=%7By%7D",
        "https://img.example/2026/a.jpg",
    ]


@pytest.mark.parametrize(
    ("exact", "altered"),
    [
        ("https://a.b.example:8080/x.html?y=a.b", "hxxps://a[.]b[.]example:8080/x.html?y=a.b"),
        ("http://192.0.2.1/", "hxxp://192[.]0[.]2[.]1/"),
        ("nostr:note1xyz", "nostr:note1xyz"),
        ("https://[a.example/1", "hxxps://[a.example/1"),
        ("https://a.example/https://a.example/", "hxxps://a[.]example/https://a.example/"),
    ],
)
def test_an_altered_address_is_no_link(exact: str, altered: str) -> None:
    assert defanged(exact) == altered


def test_a_centre_has_another_name_abroad_if_it_has_one(write: Write, rules: Rules) -> None:
    abroad = replace(rules, centre_abroad="Specimen Centre, Seoul")
    for language in LETTERS:
        body = write(language=language, rules=abroad).body
        assert ("Specimen Centre, Seoul" in body) == (language != "ko")
        assert (rules.centre in body) == (language == "ko")
        assert rules.centre in write(language=language).body


def test_what_letters_state_is_named_by_its_wording() -> None:
    assert len(set(standing_wordings())) == len(LETTERS)
    assert digest_of(LETTERS["ko"].statement) in standing_wordings()
    assert digest_of(LETTERS["en"].perjury) not in standing_wordings()


def test_the_medium_itself_is_never_an_address(write: Write, place: Place) -> None:
    with pytest.raises(NeedsHuman, match="no address of its own"):
        write(place=replace(place, media_url="data:image/png;base64,AAAA"))
