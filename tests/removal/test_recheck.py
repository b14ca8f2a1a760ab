"""Whether a copy is gone, and when to look again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jikimi.model.alert import Place, Presence, Recheck
from jikimi.model.errors import BadMedia, Blocked, Gone, JikimiError, Misconfigured, NeedsHuman, TryLater
from jikimi.model.fingerprint import Inspection
from jikimi.model.ports import Fetched, Rules
from jikimi.removal.recheck import is_verified_gone, judge, next_rung

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = 24 * HOUR
LIVE, GONE, UNKNOWN = Presence.LIVE, Presence.GONE, Presence.UNKNOWN
SAME = Inspection(b"s" * 32, "JPEG", 8, 8, 1, (), b"")
OTHER = Inspection(b"o" * 32, "PNG", 8, 8, 1, (), b"")
PART = replace(OTHER, missing=0.4)
UNCLEAR = [TryLater("busy"), Blocked("challenge"), NeedsHuman("sign in"), Misconfigured("no")]


def page(text: str) -> Fetched:
    url = "https://board.example/list/1"
    return Fetched(url, (url,), "192.0.2.8", 200, (), text.encode(), NOW)


def judged(seen: Fetched | JikimiError, medium: Inspection | JikimiError, place: Place) -> Presence:
    presence, reason = judge(seen, medium, place, lambda inspection: inspection is SAME)
    assert reason
    assert place.media_url not in reason
    return presence


@pytest.mark.parametrize("seen", [page("a page"), Gone("404"), BadMedia("large"), *UNCLEAR], ids=repr)
def test_a_medium_that_is_still_served_is_live_whatever_its_page_says(
    seen: Fetched | JikimiError, place: Place
) -> None:
    assert judged(seen, SAME, place) is LIVE


@pytest.mark.parametrize("medium", UNCLEAR, ids=repr)
@pytest.mark.parametrize("seen", [page("a page"), Gone("404"), BadMedia("large"), *UNCLEAR], ids=repr)
def test_no_clear_answer_for_the_medium_is_never_gone(
    seen: Fetched | JikimiError, medium: JikimiError, place: Place
) -> None:
    assert judged(seen, medium, place) is UNKNOWN


@pytest.mark.parametrize("medium", [Gone("404"), BadMedia("html"), OTHER], ids=repr)
@pytest.mark.parametrize("seen", [BadMedia("large"), *UNCLEAR], ids=repr)
def test_a_page_that_could_not_be_seen_is_never_gone(
    seen: JikimiError, medium: Inspection | JikimiError, place: Place
) -> None:
    assert judged(seen, medium, place) is UNKNOWN


@pytest.mark.parametrize(
    ("seen", "medium", "expected"),
    [
        (Gone("404"), Gone("404"), GONE),
        (Gone("404"), BadMedia("html"), GONE),
        (Gone("404"), OTHER, GONE),
        (page("글은 남아 있음"), Gone("404"), GONE),
        (page("글은 남아 있음"), OTHER, GONE),
        (page("글은 남아 있음"), BadMedia("html"), UNKNOWN),
        (page("글은 남아 있음"), PART, UNKNOWN),
        (Gone("404"), PART, UNKNOWN),
    ],
    ids=repr,
)
def test_page_and_medium_together_decide(
    seen: Fetched | JikimiError, medium: Inspection | JikimiError, expected: Presence, place: Place
) -> None:
    assert judged(seen, medium, place) is expected


@pytest.mark.parametrize(
    ("text", "media_url", "expected"),
    [
        ("<img src='https://img.example/2026/a.jpg'>", "https://img.example/2026/a.jpg", GONE),
        ("<img src='//img.example/2026/a.jpg'>", "https://img.example/2026/a.jpg", GONE),
        ("<img src=/f/a.jpg>", "https://board.example/f/a.jpg", GONE),
        ("<img src='../f/a.jpg' >", "https://board.example/f/a.jpg", GONE),
        ("<img src='/f/%EA%B0%80.jpg'>", "https://board.example/f/가.jpg", GONE),
        ("<img src='/f/가.jpg'>", "https://board.example/f/%EA%B0%80.jpg", GONE),
        ("<img src='/f/a.jpg?k=1&amp;t=2'>", "https://board.example/f/a.jpg?k=1&t=2", GONE),
        ('{"src":"https:\\/\\/img.example\\/2026\\/a.jpg"}', "https://img.example/2026/a.jpg", GONE),
        ("<img src='https://cdn2.example/2026/a.jpg'>", "https://img.example/2026/a.jpg", UNKNOWN),
        ("<img src='/f/a.jpg?k=9'>", "https://board.example/f/a.jpg?k=1", UNKNOWN),
        ("<img src='/f/a.jpg?k=9'>", "https://board.example/f/a.jpg", UNKNOWN),
        ("<img src='/f/a.jpg'><img src='/small/a.jpg'>", "https://board.example/f/a.jpg", UNKNOWN),
        ("<script>show()</script>", "https://img.example/a.jpg?expires=1", UNKNOWN),
        ("<p>삭제됨</p>", "https://img.example/2026/a.jpg", GONE),
    ],
)
def test_a_missing_file_counts_only_if_its_page_shows_it_nowhere_else(
    text: str, media_url: str, expected: Presence, place: Place
) -> None:
    assert judged(page(text), Gone("404"), replace(place, media_url=media_url)) is expected


def test_a_picture_put_in_its_place_is_called_replaced(place: Place) -> None:
    assert "replaced" in judge(page("x"), OTHER, place, lambda _: False)[1]


def test_the_pauses_follow_the_ladder_and_the_last_repeats(rules: Rules) -> None:
    pauses = [next_rung(rung, LIVE, False, rules) for rung in range(6)]
    assert pauses == [6 * HOUR, DAY, 7 * DAY, 7 * DAY, 7 * DAY, 7 * DAY]


def test_a_copy_that_seems_gone_is_looked_at_again_in_time_to_be_sure(rules: Rules) -> None:
    assert next_rung(5, GONE, False, rules) == rules.gone_after
    assert next_rung(0, GONE, False, rules) == 6 * HOUR


def test_a_copy_that_is_verified_gone_is_still_looked_at_in_case_it_comes_back(rules: Rules) -> None:
    assert next_rung(0, GONE, True, rules) == 7 * DAY


def looks(place: Place, seen: Sequence[tuple[timedelta, Presence]]) -> list[Recheck]:
    return [
        Recheck(place.case, place.key, rung, presence, is_verified=False, detail="", at=NOW + after)
        for rung, (after, presence) in enumerate(seen)
    ]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([], False),
        ([(HOUR, GONE)], False),
        ([(HOUR, GONE), (DAY, GONE)], False),
        ([(HOUR, GONE), (DAY + HOUR, GONE)], True),
        ([(HOUR, GONE), (7 * HOUR, GONE), (DAY + HOUR, GONE)], True),
        ([(HOUR, GONE), (7 * HOUR, UNKNOWN), (DAY + HOUR, GONE)], True),
        ([(HOUR, GONE), (7 * HOUR, LIVE), (DAY + HOUR, GONE)], False),
        ([(HOUR, GONE), (DAY + HOUR, LIVE)], False),
        ([(HOUR, GONE), (DAY + HOUR, UNKNOWN)], False),
        ([(HOUR, UNKNOWN), (DAY + HOUR, UNKNOWN)], False),
        ([(HOUR, LIVE), (7 * HOUR, GONE), (2 * DAY, GONE)], True),
    ],
)
def test_gone_is_verified_by_two_looks_a_day_apart_with_no_live_one_between(
    seen: list[tuple[timedelta, Presence]], rules: Rules, place: Place, *, expected: bool
) -> None:
    now = NOW + (seen[-1][0] if seen else HOUR)
    assert is_verified_gone(looks(place, seen), now, rules) is expected
    assert is_verified_gone(looks(place, seen)[::-1], now, rules) is expected


def test_the_look_of_this_moment_need_not_be_among_the_earlier_ones(rules: Rules, place: Place) -> None:
    earlier = looks(place, [(HOUR, GONE), (7 * HOUR, UNKNOWN)])
    assert is_verified_gone(earlier, NOW + 2 * DAY, rules)
