"""What is written in a picture or clip that was found, and which links lead on from there."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from jikimi.model.keys import key_of
from jikimi.model.text import TextHit

MOST_CODES: Final = 16
"""QR codes that are read in one medium."""

LONGEST_CODE: Final = 2000
"""Characters of one code."""

MOST_PAGES: Final = 3
"""Pictures of one medium that are read for letters: several of a clip only."""

LONGEST_PAGE: Final = 2048
"""Pixels on the longer side."""


class Where(StrEnum):
    """Where something is written. Later ones are added, never renamed."""

    POST = "post"  # in the post's text
    CODE = "code"  # in a QR code
    LETTERS = "letters"  # in letters that a machine read: any of them may be wrong


class LeadKind(StrEnum):
    """What a link leads to. Later kinds are added, never renamed."""

    INVITE = "invite"  # a group or channel of a messenger
    FILES = "files"  # a place where files are left for others
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Lead:
    """One link that leads on. A person may follow it; nothing here ever does."""

    kind: LeadKind
    url: str
    where: Where


@dataclass(frozen=True, slots=True)
class Quote:
    """A few words around what names the case. The hits' `start` and `end` index `text`."""

    where: Where
    text: str
    hits: tuple[TextHit, ...]


@dataclass(frozen=True, slots=True)
class Writing:
    """What is written in the medium of a place: only what names the case, and links. Sealed by its key.

    `unread` says why letters or codes could not be read, "" where all were.
    """

    case: str
    place: str
    quotes: tuple[Quote, ...]
    leads: tuple[Lead, ...]
    at: datetime
    unread: str = ""

    @property
    def key(self) -> str:
        """One reading a place."""
        return key_of("writing", self.place)
