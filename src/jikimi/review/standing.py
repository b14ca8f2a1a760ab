"""Which alert a new place belongs to, and what stands decided about it."""

from collections.abc import Sequence

from jikimi.model.alert import Alert
from jikimi.model.case import Decision, Verdict
from jikimi.model.fingerprint import Found, Tier


def verdict_of(decisions: Sequence[Decision]) -> Verdict | None:
    """Return the verdict in force (the newest), None while the alert waits for one."""
    if not decisions or decisions[-1].verdict is Verdict.REOPENED:
        return None
    return decisions[-1].verdict


def generation_for(earlier: Sequence[tuple[Alert, Verdict | None]], tier: Tier) -> int:
    """Return the generation of the alert a new place of this reference joins.

    A likely or certain copy joins the alert that a person confirmed, so that a picture posted twice is one
    alert with two places. A merely possible one is never covered by an earlier confirmation. Else a place
    joins the alert that waits; after a rejection the next find is a new question.
    """
    standing = Verdict.CONFIRMED if tier is not Tier.POSSIBLE else None
    for wanted in dict.fromkeys((standing, None)):
        for alert, verdict in reversed(earlier):
            if verdict is wanted:
                return alert.generation
    return earlier[-1][0].generation + 1 if earlier else 0


def best_by_case(found: Sequence[Found]) -> list[Found]:
    """Return one answer a case, the surest: a medium is one place of a case, whatever else it resembles."""
    best: dict[str, Found] = {}
    for answer in found:
        held = best.get(answer.case)
        if held is None or (answer.tier.rank, -answer.score) < (held.tier.rank, -held.score):
            best[answer.case] = answer
    return list(best.values())
