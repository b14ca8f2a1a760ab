"""What one message of Bluesky's network says, whichever way it came."""

from dataclasses import dataclass
from datetime import datetime

from jikimi.sources.bluesky_post import Change


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `position` orders them, 0 where it has none; `moment` is the sender's clock.

    `came` and `went` are posts, in order; `skipped` counts what could not be read. `moved` is an account
    whose server may have changed. `warning` and `error` are the sender's own names for what is wrong.
    """

    position: int = 0
    moment: datetime | None = None
    came: tuple[Change, ...] = ()
    went: tuple[Change, ...] = ()
    skipped: int = 0
    moved: str = ""
    warning: str = ""
    error: str = ""


UNREADABLE = Message(skipped=1)
