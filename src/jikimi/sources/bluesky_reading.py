"""How far one connection to Bluesky has read: what may be stored, what is missing, whether it is live."""

from datetime import datetime, timedelta

from jikimi.sources.bluesky_jetstream import moment_of
from jikimi.sources.bluesky_message import Message

OVERLAP = 5_000_000  # microseconds: a Jetstream's times do not name one event each
SURE_WITHIN = timedelta(minutes=1)  # of the cursor: a Jetstream that sends nothing older lost nothing
RECENT = timedelta(seconds=10)
CHECKPOINT = timedelta(seconds=1)
MOST_AHEAD = 1000  # posts given while an older one is held back


class Reading:
    """How far one connection has read, and whether it has caught up with the present."""

    def __init__(self, position: int, now: datetime, *, is_jetstream: bool) -> None:
        self.position = position
        self.has_caught_up = self.has_gap = self.is_ahead = False
        self._is_jetstream = is_jetstream
        self._start = self._passed = self._ahead = position
        self._given = 0
        self._opened_at = now
        self._moment: datetime | None = None
        self._checkpoint_at = now

    @property
    def asked(self) -> int:
        """Return where to have the stream begin."""
        return max(0, self._start - OVERLAP) if self._is_jetstream else self._start

    @property
    def is_behind_a_gap(self) -> bool:
        """Tell whether to report a gap now. Only behind it: resumed before it, we would meet it again."""
        return self.has_gap and self.has_caught_up and self.position > self._start

    @property
    def takes_more(self) -> bool:
        """Tell whether more may be given while a post is held back; it would be read again after a kill."""
        return self._given < MOST_AHEAD

    def give(self, position: int) -> None:
        """Note that a post of the message at this position is given."""
        self._ahead = max(self._ahead, position)
        self._given += 1

    def safe(self, held: int | None) -> int:
        """Return how far all is read. While a post is held back it stays before what was given already."""
        reached = self.position if held is None else min(held, self.position)
        if held is None or reached >= self._ahead:
            self._passed, self._given = max(self._passed, reached), 0
        return self._passed

    def take(self, message: Message) -> None:
        """Note what a message says of time, of gaps and of our cursor."""
        if self._moment is None and message.moment and self._is_jetstream:
            # A Jetstream begins at the oldest it has, without a word. It has sent what we know: all is there.
            age = self._opened_at - moment_of(self._start)
            self.has_gap = message.position > self._start and age > SURE_WITHIN
        self._moment = message.moment or self._moment
        self.has_gap |= message.warning == "OutdatedCursor"
        self.is_ahead |= message.error == "FutureCursor"

    def catches_up(self, *, is_quiet: bool, now: datetime) -> bool:
        """Tell whether to say that all up to the present is read: once, then at most once a second."""
        if not self.has_caught_up:
            self.has_caught_up = is_quiet or (self._moment is not None and self._moment >= self._opened_at)
            return self.has_caught_up
        is_live = self._moment is not None and now - self._moment < RECENT
        if not is_live or now - self._checkpoint_at < CHECKPOINT:
            return False
        self._checkpoint_at = now
        return True
