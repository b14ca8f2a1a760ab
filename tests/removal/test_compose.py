"""A removal request is complete, in the centre's name, and says nothing it must not say."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from jikimi.model.alert import Evidence, Notice, Place
from jikimi.model.case import Authority
from jikimi.model.errors import NeedsHuman
from jikimi.model.ports import Rules
from jikimi.removal.checking import check_notice
from jikimi.removal.letters import LETTERS

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
Write = Callable[..., Notice]


@pytest.mark.parametrize("language", list(LETTERS))
@pytest.mark.parametrize("authority", list(Authority))
@pytest.mark.parametrize("is_minor", [True, False])
@pytest.mark.parametrize("number", [1, 3])
def test_every_request_holds_all_that_the_law_asks_for(
    write: Write,
    place: Place,
    evidence: Evidence,
    rules: Rules,
    language: str,
    authority: Authority,
    number: int,
    *,
    is_minor: bool,
) -> None:
    notice = write(language=language, authority=authority, is_minor=is_minor, number=number)
    needed = [
        place.media_url,
        place.sha256.hex(),
        evidence.key,
        evidence.manifest_sha256,
        rules.centre,
        rules.contact,
        "abuse@board.example",
        notice.key[:12],
    ]
    for text in needed:
        assert text in notice.body
    assert notice.key[:12] in notice.subject
    assert "{" not in notice.subject + notice.body
    assert "\n" not in notice.subject
    check_notice(notice, ["Case seven", "2026-0007"])


def test_the_korean_request_names_its_law_and_the_korean_time(write: Write) -> None:
    body = write(regime="kr-22-5").body
    assert "제22조의5제1항" in body
    assert "제30조의5" in body
    assert "제7조의3" in body
    assert "2026-11-22 22:00 (한국 표준시)" in body


def test_the_english_request_has_the_elements_of_the_take_it_down_act(write: Write) -> None:
    body = write(language="en", regime="us-take-it-down").body
    for element in ("47 U.S.C. 223a", "48 hours", "good faith", "Signed electronically", "Contact:"):
        assert element in body
    assert "2026-11-22 13:00 (UTC)" in body


def test_the_kind_of_material_follows_the_age(write: Write) -> None:
    assert "아동·청소년성착취물" in write(is_minor=True).body
    assert "아동·청소년성착취물" not in write().body


def test_a_later_request_says_that_it_is_one(write: Write) -> None:
    assert write(number=2).body.startswith("앞서 보낸 요청에 이은 2차")
    assert "앞서 보낸" not in write().body


def test_who_in_the_family_asked_is_not_told(write: Write) -> None:
    letters = [
        write(authority=one).body for one in (Authority.SPOUSE, Authority.LINEAL_KIN, Authority.SIBLING)
    ]
    assert letters[0] == letters[1] == letters[2]


def test_writing_twice_gives_the_same_request_and_another_number_another_token(write: Write) -> None:
    assert write() == write()
    assert write().subject != write(number=2).subject


def test_poster_and_text_of_the_post_stay_out(write: Write, place: Place) -> None:
    body = write(place=replace(place, author="poster-9", text="게시글의 본문입니다")).body
    assert "poster-9" not in body
    assert "게시글의 본문입니다" not in body


def test_an_address_cannot_add_lines_or_open_placeholders(write: Write, place: Place) -> None:
    notice = write(place=replace(place, post_url="https://b.example/{contact}\nFrom: 다른 곳\u202e"))
    assert "https://b.example/%7Bcontact%7D%0AFrom:%20다른%20곳%E2%80%AE" in notice.body
    check_notice(notice, [])


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("JIKIMI_CENTRE", {"centre": " "}),
        ("JIKIMI_CONTACT", {"contact": ""}),
    ],
)
def test_a_missing_field_is_named_with_where_to_enter_it(
    write: Write, rules: Rules, field: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(NeedsHuman, match=f"lacks its {field[7:].lower()}.*{field}"):
        write(rules=replace(rules, **changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"recipient": ""}, "recipient"),
        ({"authority": "a friend"}, "authority"),
        ({"language": "xx"}, "no removal letter in .*ko, en, ja"),
        ({"place": "no medium"}, "media_url"),
    ],
    ids=["recipient", "authority", "language", "medium"],
)
def test_what_a_person_must_enter_first_is_named(
    write: Write, place: Place, changes: dict[str, Any], message: str
) -> None:
    if "place" in changes:
        changes = {"place": replace(place, media_url="")}
    with pytest.raises(NeedsHuman, match=message):
        write(**changes)


@pytest.mark.parametrize("where", ["subject", "body"])
def test_an_open_placeholder_is_refused_by_name(notice: Notice, where: str) -> None:
    changed: dict[str, Any] = {where: "제목 {contact}"}
    with pytest.raises(NeedsHuman, match="contact"):
        check_notice(replace(notice, **changed), [])


@pytest.mark.parametrize(
    ("line", "forbidden"),
    [
        ("담당: 김지킴이가 보냄", "김지킴"),
        ("Handled by Alice Kim.", "alice kim"),
        ("파일번호 2026-0007", "2026-0007"),
        ("사건명 Case-seven의 건", "Case-seven"),
    ],
)
def test_a_title_number_or_name_never_leaves_the_house(notice: Notice, line: str, forbidden: str) -> None:
    check_notice(notice, [forbidden])
    with pytest.raises(NeedsHuman, match="must not leave") as caught:
        check_notice(replace(notice, body=f"{notice.body}\n{line}"), ["", "other", forbidden])
    assert forbidden not in str(caught.value)


@pytest.mark.parametrize("harmless", ["", " ", "22", "2026", "2026-11", "help", "abab", "a", "board"])
def test_laws_times_digests_and_addresses_are_no_false_alarm(notice: Notice, harmless: str) -> None:
    check_notice(notice, [harmless])
