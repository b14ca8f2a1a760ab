"""Reads how an interface answered: it served us, wants us to wait, or does not let us in."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from jikimi.model.errors import Blocked, Misconfigured, TryLater
from jikimi.model.ports import Fetched, Limits
from jikimi.sources.moments import read_mail_date

ANSWER: Final = Limits(max_bytes=5 * 2**20, deadline=timedelta(seconds=30), is_any_status=True)
"""For interfaces that say in a refusal's body why; give what comes to `check_answer`."""

LONGEST_WAIT = timedelta(days=1)
SECONDS = re.compile(r"[0-9]{1,9}")


def check_answer(fetched: Fetched, until_reset: timedelta) -> None:
    """Return for 2xx. TryLater for 408, 425, 429, 5xx; Misconfigured for 401; Blocked for all others.

    On 429 it is tried again when the server says (Retry-After, X-RateLimit-Reset); without a word of that
    a quota is used up, and it is tried again after `until_reset`.
    """
    host, status = urlsplit(fetched.url).hostname, fetched.status
    asked = wait_asked_for(dict(fetched.headers), fetched.at)
    if status // 100 == 2:  # noqa: PLR2004 - success, RFC 9110
        return
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise TryLater(f"{host} says that we asked enough for now.", until_reset if asked is None else asked)
    if (
        status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY)
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    ):
        raise TryLater(f"{host} answers {status}.", *(() if asked is None else (asked,)))
    if status == HTTPStatus.UNAUTHORIZED:
        raise Misconfigured(f"{host} does not accept our key. Type a new one: jikimi watch add …")
    raise Blocked(f"{host} answers {status}: it does not let us in. Check the key's rights by hand.")


def wait_asked_for(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long a server asked us to wait, at most a day; None when it did not say.

    Read are Retry-After in seconds or as a date (RFC 9110, 10.2.3), and X-RateLimit-Remaining with
    X-RateLimit-Reset, each a list with one number a window
    (https://api-dashboard.search.brave.com/documentation/guides/rate-limiting).
    """
    stated = headers.get("retry-after", "").strip()
    if SECONDS.fullmatch(stated):
        return min(LONGEST_WAIT, timedelta(seconds=int(stated)))
    if (until := read_mail_date(stated)) is not None:
        return min(LONGEST_WAIT, max(timedelta(0), until - now))
    left, resets = (_numbers(headers.get(f"x-ratelimit-{name}", "")) for name in ("remaining", "reset"))
    waits = [reset for rest, reset in zip(left, resets, strict=False) if rest <= 0]
    return min(LONGEST_WAIT, timedelta(seconds=max(waits))) if waits else None


def until_midnight(now: datetime, zone: tzinfo) -> timedelta:
    """Return how long it is until a platform's own day is over."""
    tomorrow = (now.astimezone(zone) + timedelta(days=1)).date()
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone) - now


def _numbers(text: str) -> list[int]:
    return [int(part) for part in map(str.strip, text.split(",")) if SECONDS.fullmatch(part)]
