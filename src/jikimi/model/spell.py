"""How long a copy stayed up after it was asked for: figures without a name, kept when the case is closed."""

from dataclasses import dataclass
from datetime import datetime

from jikimi.model.keys import key_of
from jikimi.model.standing import Standing


@dataclass(frozen=True, slots=True)
class Spell:
    """One copy from its first request until it was verified gone; a copy that came back begins another.

    `missing_at` is the first of the looks that found it gone without one in between that saw it: the removal
    lies before it. `gone_at` is when that was verified, None while it is not. `seen_at` is the last
    look that gave a clear answer.
    `returned_at` is when it, or another copy of the same picture, was there again on the host.
    """

    host: str
    platform: str
    country: str
    regime: str
    requested_at: datetime
    seen_at: datetime
    missing_at: datetime | None
    gone_at: datetime | None
    returned_at: datetime | None
    notices: int
    refusals: int


@dataclass(frozen=True, slots=True)
class Stay:
    """How long one copy was in one standing; `ended_at` is None while it is."""

    host: str
    standing: Standing
    began_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Hosting:
    """In which country a host's servers stand, as somebody said. `country` is two letters (ISO 3166)."""

    host: str
    country: str
    by: str
    at: datetime

    @property
    def site(self) -> str:
        """What it is filed under: the digest of the host name, whose length has no place in a key."""
        return key_of("site", self.host)

    @property
    def key(self) -> str:
        """Every word on it is its own record; the newest stands."""
        return key_of("hosting", self.host, self.country, self.by, self.at.isoformat())


@dataclass(frozen=True, slots=True)
class Dossier:
    """A list of requests that a host did not comply with was handed out to a person."""

    host: str
    with_addresses: bool
    by: str
    at: datetime

    @property
    def site(self) -> str:
        """What it is filed under."""
        return key_of("site", self.host)

    @property
    def key(self) -> str:
        """Every hand-over is its own record."""
        return key_of("dossier", self.host, str(self.with_addresses), self.by, self.at.isoformat())
