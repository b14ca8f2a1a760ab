"""Remembers when an operator was last told of a room or channel that is closed to us."""

from collections.abc import Iterable
from datetime import datetime, timedelta

AGAIN_AFTER = timedelta(hours=24)  # as long as a gap is shown


class Reminders:
    """What was told, and when. Told once a day: the other rooms must be read meanwhile."""

    def __init__(self) -> None:
        self._told: dict[str, datetime] = {}

    def due(self, names: Iterable[str], now: datetime) -> list[str]:
        """Return those that nobody was told of within a day; they count as told now."""
        due = [name for name in names if not self._is_fresh(name, now)]
        self._told |= dict.fromkeys(due, now)
        return due

    def _is_fresh(self, name: str, now: datetime) -> bool:
        return name in self._told and timedelta(0) <= now - self._told[name] < AGAIN_AFTER
