"""The table from error to plan."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from jikimi.model.alert import Job
from jikimi.model.errors import BadMedia, Blocked, Gone, Misconfigured, NeedsHuman, TryLater
from jikimi.model.outcome import Outcome
from jikimi.model.ports import IndexEntry
from jikimi.model.text import Identifier, IdentifierKind
from jikimi.worker.jobs import MOST_ATTEMPTS, Parked, Postponed, catch_up, pause, run

NOW = datetime(2026, 3, 2, tzinfo=UTC)
HOUSE: Any = SimpleNamespace(clock=lambda: NOW)


def plan_for(error: Exception, attempts: int = 1) -> object:
    def step(_job: Job, _house: Any) -> Outcome:
        raise error

    return run(Job("x", "k", attempts=attempts), HOUSE, {"x": step})


def test_busy_means_later() -> None:
    plan = plan_for(TryLater("503", timedelta(minutes=5)))
    assert isinstance(plan, Postponed)
    assert plan.until - NOW >= timedelta(minutes=5)


def test_busy_for_too_long_means_a_person() -> None:
    assert isinstance(plan_for(TryLater("503"), MOST_ATTEMPTS), Parked)


def test_gone_means_done() -> None:
    assert plan_for(Gone("404")) == Outcome()


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (BadMedia("truncated"), "unreadable"),
        (Blocked("403"), "refused"),
        (NeedsHuman("sign in"), "a person must act"),
        (Misconfigured("X"), "a setting is wrong"),
    ],
)
def test_what_cannot_succeed_is_laid_aside_with_its_reason(error: Exception, word: str) -> None:
    assert plan_for(error) == Parked(f"{word}: {error}")


def test_a_bug_is_named_and_does_not_escape() -> None:
    plan = plan_for(KeyError("secret-looking detail"))
    assert isinstance(plan, Parked)
    assert "KeyError" in plan.reason
    assert "secret-looking" not in plan.reason


def test_pauses_double_up_to_an_hour_and_never_undercut_what_was_asked() -> None:
    for attempts in range(1, 12):
        wait = pause(attempts, timedelta(seconds=30))
        assert timedelta(seconds=30) <= wait <= timedelta(minutes=72)
    assert pause(1, timedelta(hours=5)) >= timedelta(hours=5)


def test_a_vault_takes_in_the_log_portion_by_portion_until_it_has_all() -> None:
    known = Identifier("r2", "c", IdentifierKind.HANDLE, "willow_harbour88")
    log = [IndexEntry(seq, f"r{seq}", "c", (), known if seq == 2 else None) for seq in range(1, 8)]
    entered: list[Identifier] = []
    left: list[str] = []
    taken: list[list[int]] = []
    vault = SimpleNamespace(seq=0)

    def apply(entries: tuple[IndexEntry, ...]) -> None:
        taken.append([entry.seq for entry in entries])
        vault.seq = entries[-1].seq

    vault.apply = apply
    records = SimpleNamespace(index_since=lambda seq: tuple(log[seq : seq + 3]))
    words = SimpleNamespace(enter=entered.extend, withdraw=left.extend, wants_compacting=False)
    house: Any = SimpleNamespace(vault=vault, words=words, records=records)
    catch_up(house)
    assert taken == [[1, 2, 3], [4, 5, 6], [7]]
    assert entered == [known]
    assert left == ["r1", "r3", "r4", "r5", "r6", "r7"]
    catch_up(house)
    assert len(taken) == 3
