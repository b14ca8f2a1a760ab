"""The last look: nothing that must stay inside leaves, wherever it was typed; and there is no false alarm."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from jikimi.model.alert import Notice, Place
from jikimi.model.errors import NeedsHuman
from jikimi.model.ports import Rules
from jikimi.model.text import Identifier, IdentifierKind
from jikimi.removal.checking import Inside, check_identifiers, check_media, check_outgoing
from jikimi.removal.compose import bare
from jikimi.removal.letters import LETTERS

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
Write = Callable[..., Notice]
HANGUL = st.text(alphabet=[chr(code) for code in range(0xAC00, 0xAC00 + 2000, 7)], min_size=3, max_size=5)
HANDLES = st.text(alphabet="bcdfghjkmpqvwxz0123456789_", min_size=6, max_size=14)
PHONES = st.integers(0, 99_999_999).map(lambda number: f"010-{number // 10_000:04}-{number % 10_000:04}")
FIXTURES_STAY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def known(kind: IdentifierKind, text: str) -> Identifier:
    return Identifier("k", "c", kind, text)


NAME, NICKNAME, HANDLE = IdentifierKind.NAME, IdentifierKind.NICKNAME, IdentifierKind.HANDLE
PHONE, URL, SCHOOL, CAPTION = (
    IdentifierKind.PHONE, IdentifierKind.URL, IdentifierKind.SCHOOL, IdentifierKind.CAPTION,
)  # fmt: skip


@pytest.fixture
def at(place: Place) -> Callable[[str], Place]:
    """Return the place, at an address that says something."""
    return lambda said: replace(
        place,
        post_url=f"https://board.example/{said}/posts/1",
        media_url=f"https://img.example/{said}.jpg",
    )


def says(notice: Notice, line: str) -> Notice:
    return replace(notice, body=f"{notice.body}\n{line}\n")


IDENTIFIERS = (
    st.builds(known, st.sampled_from([NAME, NICKNAME, SCHOOL]), HANGUL)
    | st.builds(known, st.just(HANDLE), HANDLES.map("@{}".format))
    | st.builds(known, st.just(PHONE), PHONES)
)


@FIXTURES_STAY
@given(one=IDENTIFIERS, language=st.sampled_from(list(LETTERS)))
def test_what_a_case_is_known_by_is_found_wherever_it_is_said(
    write: Write, rules: Rules, one: Identifier, language: str
) -> None:
    notice = write(language=language)
    check_identifiers(notice, [one], rules)
    for line in (f"Re: {one.text}", f"{one.text}!", f"({one.text.upper()})"):
        with pytest.raises(NeedsHuman, match="known by") as caught:
            check_identifiers(says(notice, line), [one], rules)
        assert one.text not in str(caught.value)


@FIXTURES_STAY
@given(one=IDENTIFIERS, language=st.sampled_from(list(LETTERS)))
def test_an_address_that_is_reported_may_say_it_and_nothing_else_may(
    write: Write, rules: Rules, at: Callable[[str], Place], one: Identifier, language: str
) -> None:
    notice = write(place=at(one.text.lstrip("@")), language=language)
    check_outgoing(notice, Inside(identifiers=[one]), rules)
    with pytest.raises(NeedsHuman, match="known by"):
        check_outgoing(says(notice, f"Re: {one.text}"), Inside(identifiers=[one]), rules)


@FIXTURES_STAY
@given(
    field=st.sampled_from(["recipient", "work"]),
    one=IDENTIFIERS,
)
def test_what_is_typed_into_a_field_is_checked_too(
    write: Write, rules: Rules, field: str, one: Identifier
) -> None:
    regime = {"regime": "us-dmca", "language": "en"}
    if field == "work":
        notice = write(work=f"A photograph of {one.text} in a garden", **regime)
        with pytest.raises(NeedsHuman, match="known by"):
            check_outgoing(notice, Inside(identifiers=[one]), rules)
    else:  # its own address tells a recipient nothing new
        notice = write(recipient=f"{one.text.lstrip('@')}@board.example")
        check_outgoing(notice, Inside(identifiers=[one]), rules)


@FIXTURES_STAY
@given(name=HANGUL | HANDLES, language=st.sampled_from(list(LETTERS)))
def test_names_of_staff_titles_and_numbers_are_found_in_every_letter(
    write: Write, rules: Rules, name: str, language: str
) -> None:
    notice = write(language=language)
    own = f"{rules.centre} {rules.contact} {notice.recipient}".casefold()
    assume(name.casefold() not in own)
    assume(not name.isdigit())
    check_outgoing(notice, Inside(names=[name]), rules)
    with pytest.raises(NeedsHuman, match="must not leave"):
        check_outgoing(says(notice, f"Handled by {name}."), Inside(names=[name]), rules)


@FIXTURES_STAY
@given(st.binary(min_size=200, max_size=400))
def test_no_medium_leaves_in_any_coding(write: Write, body: bytes) -> None:
    from base64 import b64encode

    notice = write()
    check_media(notice)
    coded = b64encode(body).decode()
    for line in (f"data:image/jpeg;base64,{coded[:40]}", coded, f'<img src="cid:{coded[:8]}@x">', "\x00\x01"):
        with pytest.raises(NeedsHuman, match=r"medium|control"):
            check_media(says(notice, line))


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (known(NAME, "김버들"), "김 버 들"),
        (known(NAME, "김버들"), "김버들이"),
        (known(NAME, "김버들"), "김-버-들"),
        (known(NAME, "Kim Willow"), "kim willow"),
        (known(NAME, "Kim Willow"), "Kim_Willow"),
        (known(NAME, "Kim Willow"), "ＫＩＭ　ＷＩＬＬＯＷ"),
        (known(HANDLE, "@willow_99"), "see willow_99"),
        (known(HANDLE, "willow_99"), "https://other.example/willow_99"),
        (known(HANDLE, "willow_99"), "willow\u200b_99"),
        (known(PHONE, "010-1234-5678"), "01012345678"),
        (known(PHONE, "010-1234-5678"), "+82 10 1234 5678"),
        (known(PHONE, "+82 10-1234-5678"), "010.1234.5678"),
        (known(PHONE, "０１０-1234-5678"), "(010) 1234-5678"),
        (known(URL, "https://www.other.example/willow/"), "other.example/willow"),
        (known(CAPTION, "the garden behind the old mill"), "The  garden behind the\nold mill"),
    ],
)
def test_it_is_found_however_it_is_spelled(write: Write, rules: Rules, one: Identifier, line: str) -> None:
    for language in LETTERS:
        notice = write(language=language)
        check_identifiers(notice, [one], rules)
        with pytest.raises(NeedsHuman, match="known by"):
            check_identifiers(says(notice, line), [one], rules)


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (known(NAME, "Ann"), "announced"),
        (known(HANDLE, "ash"), "hash"),
        (known(PHONE, "010-1234-5678"), "010-1234-5679"),
        (known(NAME, "김버들"), "김버섯들"),
    ],
)
def test_what_is_only_like_it_is_no_false_alarm(
    write: Write, rules: Rules, one: Identifier, line: str
) -> None:
    check_identifiers(says(write(), line), [one], rules)


@pytest.mark.parametrize("word", ["지원", "센터", "요청", "증거"])
def test_a_name_that_is_an_ordinary_word_of_the_letter_or_the_centre_stops_nothing(
    write: Write, rules: Rules, word: str
) -> None:
    notice = write(regime="kr-22-5")
    check_outgoing(
        notice, Inside(names=[word] if word == "요청" else [], identifiers=[known(NAME, word)]), rules
    )
    with pytest.raises(NeedsHuman, match="known by"):
        check_identifiers(says(notice, f"{word} 님"), [known(NAME, word)], rules)


def test_what_is_allowed_in_one_place_hides_nothing_in_another(write: Write, rules: Rules) -> None:
    """A name that begins with the centre's own is still a name."""
    named = replace(rules, centre="Willow")
    notice = write(language="en", rules=named)
    one = known(NAME, "Willow Kim")
    check_identifiers(notice, [one], named)
    with pytest.raises(NeedsHuman, match="known by"):
        check_identifiers(says(notice, "for Willow Kim"), [one], named)


def test_one_address_within_another_makes_no_room(write: Write, rules: Rules, place: Place) -> None:
    nested = replace(place, post_url="https://b.example/mina99", media_url="https://b.example/mina99/1.jpg")
    notice = write(place=nested)
    one = known(HANDLE, "mina99")
    check_identifiers(notice, [one], rules)
    with pytest.raises(NeedsHuman, match="known by"):
        check_identifiers(says(notice, "mina99"), [one], rules)


def test_an_address_of_another_page_is_not_one_that_is_reported(
    write: Write, rules: Rules, at: Callable[[str], Place]
) -> None:
    notice = write(place=at("mina99"))
    with pytest.raises(NeedsHuman, match="known by"):
        check_identifiers(
            says(notice, "https://board.example/mina99/posts/2"), [known(HANDLE, "mina99")], rules
        )


def test_a_request_of_an_earlier_version_is_checked_for_all_but_its_regime(
    write: Write, rules: Rules
) -> None:
    old = replace(write(), regime="", particulars=None)
    assert bare(old) == ""
    check_outgoing(old, Inside(names=["Case seven"], identifiers=[known(NAME, "김버들")]), rules)
    with pytest.raises(NeedsHuman):
        check_outgoing(says(old, "김버들"), Inside(identifiers=[known(NAME, "김버들")]), rules)
