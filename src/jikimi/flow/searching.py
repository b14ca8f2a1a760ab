"""What search engines may be asked for: who allowed it, which words are due, and the log of what left."""

from jikimi.flow.reading import consent_of, is_closed, today, words_of
from jikimi.model.alert import Alert
from jikimi.model.case import Approval, Case
from jikimi.model.errors import Gone, NeedsHuman, TryLater
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.model.source import Query, Search, SearchLeave
from jikimi.review.asking import askable, is_allowed, urgency
from jikimi.review.authority import is_live


def allow_search(house: House, case_key: str, *, is_allowed: bool, by: str) -> Outcome:
    """Let search engines be asked for words of a case, or forbid it again.

    Only a live case may allow it; NeedsHuman says what is missing. Forbidding is always possible.
    """
    case = house.records.get(Case, case_key)
    if is_allowed and _approval(case, house) is None:
        raise NeedsHuman("Only a live case may be searched for. Have it approved, or its authority renewed.")
    leave = SearchLeave(case.key, is_allowed, by, house.clock())
    return Outcome(records=(leave,), answer=case.key)


def leave_of(case_key: str, house: House) -> SearchLeave | None:
    """Return the answer that stands for a case, None when nobody was asked."""
    leaves = house.records.find(SearchLeave, case=case_key)
    return leaves[-1] if leaves else None


def queries_of(case_key: str, house: House) -> tuple[Query, ...]:
    """Return what left the house for a case, oldest first."""
    return house.records.find(Query, case=case_key)


def words_to_ask(case_key: str, house: House) -> tuple[str, ...]:
    """Return the queries that the case's identifiers make, allowed or not; () when they are not telling."""
    return askable(one.identifier for one in words_of(case_key, house))


def searches_due(house: House) -> tuple[Search, ...]:
    """Return what may be asked now, the most urgent first: words of live cases that allow it."""
    cases = dict.fromkeys(leave.case for leave in house.records.find(SearchLeave))
    found = [search for case in cases for search in _searches_of(case, house)]
    return tuple(sorted(found, key=lambda search: -search.urgency))


def note_query(house: House, query: Query) -> None:
    """Write down that words leave. TryLater when they may not, or no longer: then they must not leave.

    The record is read back, because a case that was closed in the same moment keeps nothing of it.
    """
    if query.words not in {search.words for search in _searches_of(query.case, house)}:
        raise TryLater("A case no longer allows what was to be asked. Nothing left; others are asked next.")
    house.records.apply(Outcome(records=(query,)), by=f"watch {query.watch}")
    try:
        house.records.get(Query, query.key)
    except Gone as error:
        raise TryLater("A case was closed before it was asked for. Nothing left.") from error


def _searches_of(case_key: str, house: House) -> tuple[Search, ...]:
    if not is_allowed(house.records.find(SearchLeave, case=case_key)) or is_closed(case_key, house):
        return ()
    case = house.records.get(Case, case_key)
    approval = _approval(case, house)
    if approval is None:
        return ()
    alerts = house.records.find(Alert, case=case.key)
    share = urgency(
        is_minor=case.is_minor,
        approved_at=approval.at,
        newest_alert_at=alerts[-1].at if alerts else None,
        now=house.clock(),
    )
    return tuple(Search(case.key, words, share) for words in words_to_ask(case.key, house))


def _approval(case: Case, house: House) -> Approval | None:
    """Return the approval of a case that is live, None of all others."""
    approvals = house.records.find(Approval, case=case.key)
    expires_on = consent_of(case, house).expires_on
    is_now = is_live(approvals, expires_on, today(house), is_closed=is_closed(case.key, house))
    return approvals[-1] if is_now else None
