"""The flood brake: how many requests one recipient gets in an hour and in a day, and when the next may go."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from jikimi.model.policy import Leave

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def next_seat(leaves: Sequence[Leave], day: str) -> int:
    """Return the first free seat of a day: one behind the last that was taken."""
    return max((leave.seat for leave in leaves if leave.day == day), default=-1) + 1


def free_at(leaves: Sequence[Leave], now: datetime, an_hour: int, a_day: int) -> datetime | None:
    """Return when one more request may leave for a recipient, None if it may now.

    `leaves` are those given to this recipient, in any order. Any hour and any day counts, not those of the
    clock.
    """
    waits = [_free(leaves, now, HOUR, an_hour), _free(leaves, now, DAY, a_day)]
    return max((at for at in waits if at is not None), default=None)


def _free(leaves: Sequence[Leave], now: datetime, span: timedelta, most: int) -> datetime | None:
    recent = sorted(leave.at for leave in leaves if leave.at > now - span)
    return recent[-most] + span if len(recent) >= most else None
