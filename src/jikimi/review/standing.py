"""Which alert a new place belongs to, and what stands decided about it."""

from collections.abc import Sequence

from jikimi.model.alert import Alert
from jikimi.model.case import Decision, Verdict
from jikimi.model.fingerprint import Found


def verdict_of(decisions: Sequence[Decision]) -> Verdict | None:
    """Return the verdict in force (the newest), None while the alert waits for one."""
    if not decisions or decisions[-1].verdict is Verdict.REOPENED:
        return None
    return decisions[-1].verdict


def generation_for(earlier: Sequence[tuple[Alert, Verdict | None]]) -> int:
    """Return the generation of the alert a new place of this reference joins.

    A place joins the newest alert of its reference, waiting or confirmed, so that a picture posted twice
    is one alert with two places. After a rejection the next find is a new question.
    """
    if not earlier:
        return 0
    newest, verdict = earlier[-1]
    return newest.generation + 1 if verdict is Verdict.REJECTED else newest.generation


def best_by_case(found: Sequence[Found]) -> list[Found]:
    """Return one answer a case, the surest: a medium is one place of a case, whatever else it resembles."""
    best: dict[str, Found] = {}
    for answer in found:
        held = best.get(answer.case)
        if held is None or (answer.tier.rank, -answer.score) < (held.tier.rank, -held.score):
            best[answer.case] = answer
    return list(best.values())
