"""Gathers what a case's page says of search engines: whether they are asked, for what, what left."""

from dataclasses import dataclass

from jikimi.flow.searching import leave_of, queries_of, words_to_ask
from jikimi.model.ports import House
from jikimi.model.source import Query, SearchLeave

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Searching:
    """What a case allows and what came of it. `queries` are the newest 50 of `count`, newest first."""

    leave: SearchLeave | None
    words: tuple[str, ...]
    queries: tuple[Query, ...]
    count: int

    @property
    def is_allowed(self) -> bool:
        """Tell whether engines are asked."""
        return self.leave is not None and self.leave.is_allowed


def searching_of(key: str, house: House) -> Searching:
    """Return what a case's page shows of search engines."""
    queries = queries_of(key, house)
    return Searching(leave_of(key, house), words_to_ask(key, house), queries[: -SHOWN - 1 : -1], len(queries))
