"""Asks a Nostr relay for what it stored while we were away, page by page, newest page first."""

from jikimi.sources.nostr_event import NostrEvent

PAGE = 500
SUSPICIOUS = 100  # no relay known caps its answers lower; fewer that bring nothing new are the end


class Past:
    """Pages back through stored events from now to `floor` (a Unix time in seconds).

    Relays answer with the newest events, as many as they like. So each page is asked for `until` the
    oldest second of the page before, once more with that second itself (some relays exclude it), until
    a page brings nothing new. More events in one second than a page holds cannot be asked for: `has_gap`.
    """

    def __init__(self, floor: int) -> None:
        self.has_gap = False
        self.is_done = False
        self.number = 0
        self._floor = floor
        self._until: int | None = None
        self._count = 0
        self._page: dict[str, NostrEvent] = {}
        self._before: frozenset[str] = frozenset()

    def filter(self) -> dict[str, int]:
        """Return the limits of the next page, as NIP-01 filters name them."""
        until = {} if self._until is None else {"until": self._until}
        return {"since": self._floor, "limit": PAGE, **until}

    def add(self, event: NostrEvent) -> None:
        """Take in one event of the page."""
        self._count += 1
        if self._floor <= event.created_at and (self._until is None or event.created_at <= self._until):
            self._page[event.id] = event

    def turn(self) -> list[NostrEvent]:
        """Close the page; return its new events, oldest first."""
        fresh = [event for event in self._page.values() if event.id not in self._before]
        if fresh:
            self._until = min(event.created_at for event in fresh) + 1
            self._before = frozenset(self._page)
        elif self._count >= SUSPICIOUS and self._until is not None and self._until > self._floor:
            self._until -= 1
            self.has_gap = True
        else:
            self.is_done = True
        self.number, self._count, self._page = self.number + 1, 0, {}
        return sorted(fresh, key=lambda event: event.created_at)
