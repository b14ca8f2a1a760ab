"""What a case is known by in words, and where a post says it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from jikimi.model.keys import key_of

LONGEST_IDENTIFIER: Final = 4000
"""Characters. Nobody is known by more."""


class IdentifierKind(StrEnum):
    """What an identifier is. Later kinds are added, never renamed."""

    NAME = "name"
    NICKNAME = "nickname"
    HANDLE = "handle"
    PHONE = "phone"
    SCHOOL = "school"
    TITLE = "title"
    CAPTION = "caption"
    URL = "url"


class EvidenceClass(StrEnum):
    """How a post says an identifier, the surest first. What comes after `caption` is weak."""

    EXACT = "exact"  # letter for letter, but for case, width and composition
    STRONG = "strong"  # respelled in a way that leaves no other reading: spaced out, split, in other digits
    CAPTION = "caption"  # a caption with words changed, cut or moved
    LOOKALIKE = "lookalike"  # in characters that look alike
    PHONETIC = "phonetic"  # as it sounds
    ROMANISED = "romanised"  # in Latin letters
    SKELETON = "skeleton"  # final consonants added, or syllables swapped
    INITIALS = "initials"  # the first consonants only

    @property
    def is_weak(self) -> bool:
        """Tell what also says something else: it ranks and never accuses."""
        return self not in (EvidenceClass.EXACT, EvidenceClass.STRONG, EvidenceClass.CAPTION)

    @property
    def rank(self) -> int:
        """0 for exact, and up: sort by this."""
        return _RANKS[self]


_RANKS: Final = {evidence: rank for rank, evidence in enumerate(EvidenceClass)}


@dataclass(frozen=True, slots=True)
class Identifier:
    """One thing a case is known by. `key` is unique, `case` the key of its case."""

    key: str
    case: str
    kind: IdentifierKind
    text: str


@dataclass(frozen=True, slots=True)
class TextHit:
    """One identifier in one text. `start` and `end` index the text as it was given, in code points."""

    identifier: str
    case: str
    kind: IdentifierKind
    evidence: EvidenceClass
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class KnownAs:
    """A case is known by this text. `Withdrawal` takes it out of the search, as it does references."""

    case: str
    kind: IdentifierKind
    text: str
    by: str
    at: datetime

    @property
    def key(self) -> str:
        """Each entry is its own record, so that what was withdrawn may be entered again."""
        return key_of("known as", self.case, self.kind, self.text, self.at.isoformat())

    @property
    def identifier(self) -> Identifier:
        """Return what is searched for."""
        return Identifier(self.key, self.case, self.kind, self.text)


def is_well_formed(text: str) -> bool:
    """Tell whether a text has no halves of characters (lone surrogates)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def well_formed(text: str) -> str:
    """Return a text with a mark in place of each half of a character; no database takes those."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def names_a_case(hits: Iterable[TextHit]) -> bool:
    """Tell whether hits on a case, or on any, do more than resemble what it is known by."""
    return any(not hit.evidence.is_weak for hit in hits)
