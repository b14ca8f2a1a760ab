"""How far a YouTube watch has read, as a cursor."""

import msgspec

from jikimi.sources.seen import Seen, read_cursor
from jikimi.sources.turns import Turns

KEPT = 20_000  # videos remembered


class State(msgspec.Struct, frozen=True):
    """The cursor: whose turn it is, which videos are known, the last delivery. It holds no words."""

    turns: Turns = Turns()
    seen: str = ""
    delivered: int = 0

    def knowing(self, *names: str) -> "State":
        """Return a state that knows these, too."""
        seen = Seen.parse(self.seen).plus(*names).trimmed((), KEPT)
        return State(self.turns, seen.format(), self.delivered)

    def format(self) -> str:
        """Return it as a cursor."""
        return msgspec.json.encode(self).decode()

    @staticmethod
    def parse(cursor: str) -> "State":
        """Read a cursor; Misconfigured for one of another source."""
        return read_cursor(cursor, State, "YouTube")
