"""Remembers the newest names of a stream, so that what comes twice is told apart."""

MOST_KNOWN = 10_000


class Recent:
    """The newest names, at most `most` of them; the oldest are forgotten."""

    __slots__ = ("_most", "_names")

    def __init__(self, most: int = MOST_KNOWN) -> None:
        self._names: dict[str, None] = {}
        self._most = most

    def is_new(self, name: str) -> bool:
        """Take in a name; tell whether it was not there."""
        if name in self._names:
            return False
        self._names[name] = None
        if len(self._names) > self._most:
            del self._names[next(iter(self._names))]
        return True
