"""The story's own clock, and the points at which a fault may happen: before and after each call of a part."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LASTS = 12  # points for which a name server or a disk stays out of order


@dataclass
class Clock:
    """The story's own time, kept in a file so that the next life goes on from there."""

    file: Path
    now: datetime = START

    def __post_init__(self) -> None:
        if self.file.exists():
            self.now = datetime.fromisoformat(self.file.read_text())

    def __call__(self) -> datetime:
        """Return the story's time."""
        return self.now

    def turn(self, to: datetime) -> None:
        """Set the clock and write it down."""
        self.now = to
        self.file.write_text(to.isoformat())


@dataclass
class Points:
    """Counts what the house does to the world, and lets the fault happen at the chosen point."""

    fault: str
    at: int
    clock: Clock
    seen: int = 0
    down_until: datetime = START
    is_failing: bool = False

    def pass_by(self) -> None:
        """Count one point."""
        self.seen += 1
        self.is_failing = self.at <= self.seen < self.at + LASTS
        if self.seen != self.at:
            return
        if self.fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fault == "clock an hour ahead":
            self.clock.turn(self.clock.now + timedelta(hours=1))
        if self.fault == "clock an hour back":
            self.clock.turn(self.clock.now - timedelta(hours=1))
        if self.fault == "sealer down for a day":
            self.down_until = self.clock.now + timedelta(days=1)
        if self.fault == "browser hangs for an hour":
            self.down_until = self.clock.now + timedelta(hours=1)

    def is_out(self, what: str) -> bool:
        """Tell whether something is out of order now."""
        return self.fault == what and self.is_failing


@dataclass
class Tripping:
    """Stands before a part of the house: counts a point before and after each of its calls."""

    part: Any
    points: Points
    calls: frozenset[str]
    before: Callable[[], None] = field(default=lambda: None)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.part, name)
        if name not in self.calls:
            return found

        def call(*given: Any, **named: Any) -> Any:
            self.points.pass_by()
            self.before()
            answer = found(*given, **named)
            self.points.pass_by()
            return answer

        return call
