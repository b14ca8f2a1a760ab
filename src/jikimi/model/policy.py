"""What people allow, hold back and choose before a removal request goes out; none is ever overwritten."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from jikimi.model.keys import key_of


class Why(StrEnum):
    """Why a person holds requests back."""

    POLICE_FIRST = "police first"  # the police are told, and may look, before the other side is
    PAUSE = "pause"  # nothing of this case goes out for now


@dataclass(frozen=True, slots=True)
class Hold:
    """A person holds back the requests of a case or of one place, or lets them go again.

    `about` is the case's or the place's key. Evidence is sealed all the same; the request waits.
    """

    case: str
    about: str
    why: Why
    is_on: bool
    reason: str
    by: str
    at: datetime

    @property
    def key(self) -> str:
        """Every turn is its own record; the newest of its kind stands."""
        return key_of("hold", self.about, self.why, str(self.is_on), self.by, self.at.isoformat())


@dataclass(frozen=True, slots=True)
class Statement:
    """A person approved what letters state in good faith for a case: the wordings, by their digests."""

    case: str
    wordings: tuple[str, ...]  # SHA-256 of each, hex
    by: str
    at: datetime

    @property
    def key(self) -> str:
        """One approval a case and set of wordings."""
        return key_of("statement", self.case, *self.wordings)


@dataclass(frozen=True, slots=True)
class LastResort:
    """A person allowed copyright notices for one case, knowing that they expose. `work` names the work."""

    case: str
    work: str = field(repr=False)
    is_on: bool
    by: str
    at: datetime

    @property
    def key(self) -> str:
        """Every turn is its own record; the newest stands."""
        return key_of("last resort", self.case, self.work, str(self.is_on), self.by, self.at.isoformat())


@dataclass(frozen=True, slots=True)
class Choice:
    """A person chose rules and language for one request; "" leaves it to the rule."""

    case: str
    place: str
    number: int
    regime: str
    language: str
    by: str
    at: datetime

    @property
    def key(self) -> str:
        """Every choice is its own record; of one request the newest stands."""
        return key_of("choice", self.place, str(self.number), self.by, self.at.isoformat())


@dataclass(frozen=True, slots=True)
class Leave:
    """One request may leave for a recipient now. Belongs to no case, and holds no address but a digest.

    `seat` counts those of one recipient and day. Two requests that take the same seat at once have the same
    key, so only one of them is written, and only that one goes out.
    """

    day: str  # see `day_of`
    seat: int
    notice: str
    at: datetime

    @property
    def key(self) -> str:
        """One leave a recipient, day and seat."""
        return key_of("leave", self.day, str(self.seat))


def day_of(channel: str, recipient: str, at: datetime) -> str:
    """Return the name of one recipient's day (UTC)."""
    return key_of("recipient's day", channel, recipient.strip().casefold(), at.date().isoformat())


class WaitsFor(StrEnum):
    """What a written request waits for before it may leave."""

    CENTRE = "the centre's pause to end"
    CASE = "the case's pause to end"
    POLICE = "the police"
    AUTHORITY = "the authority to be renewed"
    STATEMENT = "its statement to be approved"
    LAST_RESORT = "a copyright notice to be allowed again"
    BRAKE = "the flood brake"


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a request waits, and when it is asked about again. `by` and `note` are of whoever holds it back."""

    what: WaitsFor
    until: datetime
    by: str = ""
    note: str = ""
