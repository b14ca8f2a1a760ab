"""Gathers what the case page shows of what goes out: what holds it back, what was allowed, what waits."""

from collections.abc import Sequence
from dataclasses import dataclass

from jikimi.flow.steering import open_of, waiting_of
from jikimi.flow.waiting import holds_on, is_paused
from jikimi.model.alert import Notice
from jikimi.model.policy import Hold, LastResort, Statement, Wait, Why
from jikimi.model.ports import House
from jikimi.removal.letter import Letter
from jikimi.removal.letters import LETTERS, standing_wordings
from jikimi.removal.regime_dmca import DMCA
from jikimi.review.authority import last_resort

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a case lets go and what it holds. `statement` is None until the wordings of now are approved.

    `place_holds` are the holds on single places. Of `count` requests that wait the first are in `waiting`.
    """

    is_centre_paused: bool
    police: Hold | None
    pause: Hold | None
    place_holds: tuple[Hold, ...]
    statement: Statement | None
    letters: tuple[Letter, ...]
    last_resort: LastResort | None
    warning: str
    perjury: str
    waiting: tuple[tuple[Notice, Wait | None], ...]
    count: int


def outgoing_of(case: str, house: House) -> Outgoing:
    """Return what goes out of a case, or would."""
    holds = {hold.why: hold for hold in holds_on(case, "", house)}
    wordings = set(standing_wordings())
    stated = [one for one in house.records.find(Statement, case=case) if wordings <= set(one.wordings)]
    return Outgoing(
        is_centre_paused=is_paused(house),
        police=holds.get(Why.POLICE_FIRST),
        pause=holds.get(Why.PAUSE),
        place_holds=_place_holds(case, house.records.find(Hold, case=case)),
        statement=stated[-1] if stated else None,
        letters=tuple(LETTERS.values()),
        last_resort=last_resort(house.records.find(LastResort, case=case)),
        warning=DMCA.warning,
        perjury=LETTERS["en"].perjury,
        waiting=waiting_of(house, case, MOST_SHOWN),
        count=len(open_of(house, case)),
    )


def _place_holds(case: str, holds: Sequence[Hold]) -> tuple[Hold, ...]:
    newest = {(hold.about, hold.why): hold for hold in holds if hold.about != case}
    return tuple(hold for hold in newest.values() if hold.is_on)
