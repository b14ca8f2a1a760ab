"""Words: every choice has one, errors from below are known, lengths of time are said as people say them."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

import jikimi
from jikimi.console.matches import EDITS, edit_in_words
from jikimi.console.phrases import SAID, STATES, WORDS, in_words, span
from jikimi.console.phrases_removal import STANDINGS
from jikimi.flow import STEPS
from jikimi.model.alert import Presence, Sent
from jikimi.model.case import Authority, Policy, Verdict
from jikimi.model.fingerprint import FRAME_VIEWS, Orientation, Tier
from jikimi.model.post import Priority
from jikimi.model.standing import Standing
from jikimi.removal.figures import By
from jikimi.review.findable import Findable
from jikimi.store.models import AlertState, CaseState
from jikimi.store.people import ROLES

SOURCES = Path(jikimi.__file__).parent


def test_every_choice_has_a_word() -> None:
    for choices in (Tier, Authority, Policy, Verdict, Sent, Presence, Priority, Findable, By):
        assert set(choices) <= set(WORDS)
    assert set(Standing) == set(STANDINGS)
    assert {*CaseState.values, *AlertState.values, *ROLES} == set(STATES)


def test_every_step_and_turn_has_a_word() -> None:
    from jikimi.console.phrases import STEPS as WORDS_OF_STEPS

    assert set(STEPS) == set(WORDS_OF_STEPS)
    for turn in Orientation:
        assert turn is Orientation.UPRIGHT or set(turn.value.split(", ")) <= set(EDITS)


def test_what_the_rooms_say_word_for_word_is_still_said_there() -> None:
    rooms = [SOURCES / name for name in ("flow", "review", "media", "removal", "sources", "store")]
    text = "\n".join(path.read_text() for room in rooms for path in room.rglob("*.py"))
    joined = re.sub(r'"\s*\n\s*f?"', "", text)
    missing = [said for said in SAID if said not in joined and said.rsplit(", ", 1)[0] not in joined]
    assert missing == []


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(milliseconds=300), "less than a second"),
        (timedelta(seconds=4), "4 s"),
        (timedelta(minutes=3, seconds=20), "3 min 20 s"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=2, seconds=5), "2 h"),
        (timedelta(days=1, hours=4, minutes=59), "1 day 4 h"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_lengths_of_time_are_said_in_their_two_largest_units(length: timedelta, said: str) -> None:
    assert span(length) == said


def test_korean_readers_get_korean_words() -> None:
    with translation.override("ko"):
        assert edit_in_words("border removed, rotated 90") == "테두리 제거, 90° 회전"
        assert span(timedelta(minutes=3, seconds=20)) == "3분 20초"
        assert in_words("the file is empty") == "빈 파일입니다"
        assert "street" in in_words(
            "a person must act: No removal address is known for watch street. Type: x"
        )
        assert in_words("The list of street.example cannot be read: the file is empty") == (
            "street.example의 목록을 읽을 수 없습니다: 빈 파일입니다"
        )
        assert in_words("something quite new") == "something quite new"


@pytest.mark.parametrize(
    "said",
    [
        "street.example asks for port 8080; only 80 and 443 are visited. If it is …",
        "street.example is not a public address, so it was not visited. If it is …",
        "street.example leads to an address that is not public, so it was not visited. If it is …",
        "street.example says the watched page is gone. Check the address.",
        "street.example answers 403. Open it by hand.",
        "street.example answers 503.",
        "street.example cannot be reached.",
        "street.example has sent nothing for 60 seconds.",
        "No whole answer within 30 seconds.",
        "The certificate of street.example cannot be trusted. Open it by hand.",
        "The watched folder is not there. Is its disk mounted?",
        "Nobody allowed a copyright notice for this case. It exposes the person: type …",
        "The browser did not look at the page: The page crashed the browser.",
    ],
)
def test_what_goes_wrong_with_sites_is_said_in_korean(said: str) -> None:
    with translation.override("ko"):
        words = re.sub(r"street\.example|JIKIMI_ALLOW|IP", "", in_words(said))
    assert re.findall("[A-Za-z]{2,}", words) == []


def test_what_was_done_to_a_clip_is_said_in_words() -> None:
    with translation.override("ko"):
        assert edit_in_words("border removed, mirrored, faster") == "테두리 제거, 좌우 반전, 빠르게 재생"
        assert edit_in_words("played 5 % faster, pitch kept") == "5% 빠르게 재생, 음높이 유지"
    with translation.override("en"):
        assert edit_in_words("pitch lowered 6 %") == "pitch lowered 6 %"


def test_every_view_and_window_of_a_clip_has_a_word() -> None:
    assert set(FRAME_VIEWS) - {"whole"} <= set(EDITS)


def test_the_language_is_the_browsers_until_somebody_chooses(ada: Client) -> None:
    assert 'lang="ko"' in ada.get("/cases/", headers={"Accept-Language": "ko"}).content.decode()
    assert 'lang="en"' in ada.get("/cases/", headers={"Accept-Language": "fr"}).content.decode()
    ada.post("/language", {"language": "ko", "next": "/cases/"})
    page = ada.get("/cases/", headers={"Accept-Language": "en"}).content.decode()
    assert 'lang="ko"' in page
    assert "새 사건" in page
    assert "English</button>" in page
