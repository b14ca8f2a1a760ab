"""Turns what servers answer into what to do: statuses, conditions, and how long they ask us to wait."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from jikimi.model.errors import Blocked, Gone, TryLater, Unauthorized

CONDITIONS = {"if-none-match", "if-modified-since"}
SHORTEST_WAIT, LONGEST_WAIT = timedelta(0), timedelta(hours=1)


def is_unchanged(status: int, sent: Mapping[str, str]) -> bool:
    """Tell whether this is the answer to a condition of ours (RFC 9110, 15.4.5); unasked, it is none."""
    return status == HTTPStatus.NOT_MODIFIED and any(name.lower() in CONDITIONS for name in sent)


def check_status(status: int, headers: Mapping[str, str], host: str, now: datetime) -> None:
    """Return for 2xx; raise what the port promises for all others."""
    match status, status // 100:
        case _, 2:
            return
        case 404 | 410, _:
            raise Gone(f"{host} answers {status}.")
        case (408 | 425 | 429, _) | (_, 5):
            asked = wait_of(headers.get("Retry-After"), now) or _reset(headers, now)
            raise TryLater(f"{host} answers {status}.", *asked, is_asked=bool(asked))
        case 401, _:
            raise Unauthorized(f"{host} answers 401. Open it by hand.")
        case _, 1:
            raise TryLater(f"{host} answers {status}, which is no whole answer.")
        case _:
            raise Blocked(f"{host} answers {status}. Open it by hand.")


def wait_of(retry_after: str | None, now: datetime) -> tuple[timedelta, ...]:
    """Read Retry-After, seconds or a date (RFC 9110, 10.2.3), at most an hour; () if there is none."""
    text = (retry_after or "").strip()
    if re.fullmatch(r"[0-9]{1,18}", text):
        wait = timedelta(seconds=min(int(text), 3600))
    else:
        try:
            date = parsedate_to_datetime(text)
            wait = (date if date.tzinfo else date.replace(tzinfo=UTC)) - now
        except (ValueError, OverflowError):
            return ()
    return (min(max(wait, SHORTEST_WAIT), LONGEST_WAIT),)


def _reset(headers: Mapping[str, str], now: datetime) -> tuple[timedelta, ...]:
    """Read X-Rate-Limit-Reset, a Unix time that X sends instead of Retry-After; () if there is none."""
    text = headers.get("X-Rate-Limit-Reset", "").strip()
    if not re.fullmatch(r"[0-9]{1,11}", text):
        return ()
    wait = timedelta(seconds=int(text) - int(now.timestamp()))
    return (min(max(wait, SHORTEST_WAIT), LONGEST_WAIT),)
