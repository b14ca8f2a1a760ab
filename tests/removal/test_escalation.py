"""Whom to ask next: further away, when the clock of the last one has run out."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from jikimi.removal.escalation import MOST_REMINDERS, SCOPES, Asked, Due, next_recipient_due, reminder_due

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ALL = tuple(reversed(SCOPES))


def test_the_nearest_contact_is_asked_at_once() -> None:
    assert next_recipient_due([], ALL, 2 * DAY, NOW) == Due("site", NOW)
    assert next_recipient_due([], ("cdn", "regulator"), 2 * DAY, NOW) == Due("cdn", NOW)
    assert next_recipient_due([], (), 2 * DAY, NOW) is None


@pytest.mark.parametrize(("asked", "expected"), list(pairwise(SCOPES)))
def test_each_step_leads_further_away_when_its_clock_has_run_out(asked: str, expected: str) -> None:
    assert next_recipient_due([Asked(asked, NOW)], ALL, 2 * DAY, NOW) == Due(expected, NOW + 2 * DAY)


def test_a_scope_nobody_is_known_for_is_passed_over() -> None:
    due = next_recipient_due([Asked("site", NOW)], ("site", "regulator"), DAY, NOW)
    assert due == Due("regulator", NOW + DAY)


def test_a_refusal_leads_on_at_once() -> None:
    asked = [Asked("site", NOW, refused_at=NOW + timedelta(hours=3))]
    assert next_recipient_due(asked, ALL, 2 * DAY, NOW) == Due("host", NOW + timedelta(hours=3))


def test_a_reminder_to_the_same_contact_starts_its_clock_anew_and_one_nearer_by_does_not() -> None:
    asked = [Asked("site", NOW), Asked("host", NOW + DAY), Asked("site", NOW + 3 * DAY)]
    assert next_recipient_due(asked, ALL, 2 * DAY, NOW) == Due("cdn", NOW + 3 * DAY)
    asked.append(Asked("host", NOW + 4 * DAY))
    assert next_recipient_due(asked, ALL, 2 * DAY, NOW) == Due("cdn", NOW + 6 * DAY)


def test_who_is_silent_is_reminded_so_often_and_who_refused_is_not() -> None:
    asked = [Asked("site", NOW)]
    for _ in range(MOST_REMINDERS):
        due = reminder_due(asked, 2 * DAY)
        assert due == asked[-1].at + 2 * DAY
        asked.append(Asked("site", due))
    assert reminder_due(asked, 2 * DAY) is None
    assert reminder_due([Asked("site", NOW, refused_at=NOW)], DAY) is None


def test_nobody_is_asked_after_the_last_one_or_about_what_is_gone() -> None:
    assert next_recipient_due([Asked("regulator", NOW)], ALL, DAY, NOW) is None
    assert next_recipient_due([Asked("site", NOW)], ALL, DAY, NOW, gone_at=NOW) is None
