"""What another server said may stand in a reason; every database must take it."""

from typing import Any

from jikimi.model.alert import Job
from jikimi.model.outcome import Outcome
from jikimi.model.post import Position
from jikimi.store.models import JobRow, JobState, WatchRow

SAID = "the server said \ud800 and \0"
KEPT = "the server said \ufffd and \ufffd"


def test_a_reason_with_broken_characters_is_kept_and_the_job_does_not_begin_again(
    store: Any, clock: Any
) -> None:
    store.apply(Outcome(next=(Job("x", "one"), Job("x", "two"))), by="ada")
    first, second = store.lease(2, clock())
    store.park(first, SAID)
    store.postpone(second, clock(), SAID)
    assert set(JobRow.objects.values_list("state", "reason")) == {
        (JobState.PARKED, KEPT),
        (JobState.WAITING, KEPT),
    }
    store.apply(Outcome(position=Position("street", "c", clock(), problem=SAID)), by="ada")
    assert WatchRow.objects.get().problem == KEPT
