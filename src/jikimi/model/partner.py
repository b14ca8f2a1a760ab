"""Who may hand posts in through the interface: hotlines, police units, platforms. And what they handed in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from jikimi.model.keys import key_of


class Scope(StrEnum):
    """What a partner may hand in."""

    POSTS = "posts"  # addresses: we fetch the media ourselves
    FILES = "files"  # the media themselves


@dataclass(frozen=True, slots=True)
class Partner:
    """Somebody who may hand in posts. `digest` is the SHA-256 (hex) of a token that nobody keeps."""

    name: str
    digest: str
    scopes: tuple[Scope, ...]
    by: str
    at: datetime

    @property
    def key(self) -> str:
        """Every setting of a partner is its own record; the newest of its name stands."""
        return key_of("partner", self.name, self.at.isoformat())


@dataclass(frozen=True, slots=True)
class PartnerEnd:
    """A partner's token was made void."""

    partner: str
    by: str
    at: datetime

    @property
    def key(self) -> str:
        """Every end is its own record, so that a partner may come back."""
        return key_of("partner end", self.partner, self.at.isoformat())


@dataclass(frozen=True, slots=True)
class HandIn:
    """A partner called. `post` is the post's key; `refusal` says why nothing was taken, "" if it was."""

    partner: str
    post: str
    media: int
    files: int
    refusal: str
    at: datetime

    @property
    def key(self) -> str:
        """Every call is its own record."""
        return key_of("hand-in", self.partner, self.post, self.at.isoformat())
