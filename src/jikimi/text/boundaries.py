"""Looks at a find in the original text: does a word begin and end there, and may what stands between?"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from jikimi.model.text import IdentifierKind
from jikimi.text import tables
from jikimi.text.hangul import is_syllable
from jikimi.text.lookalikes import is_jamo

INVISIBLE: Final = frozenset({"Cf", "Mn", "Me", "Cc"})
FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")
PARTICLES: Final = frozenset("이가은는을를의와과도만에께님씨야아랑로라까나며고네군양쌤샘입인한이었였랑보처")
"""First syllables of what follows a Korean name."""

SENTENCE: Final = frozenset(".,!?;:…()[]\"'“”‘’、。")
JOINING: Final = frozenset("-/'’&,–")
"""Between Latin letters, these make ordinary words of two."""

LONGEST_GAP: Final = 6
LONG_ENOUGH: Final = 4
"""Syllables from which a find may begin in the middle of a Korean word."""

WHOLE: Final = frozenset(
    {
        IdentifierKind.SCHOOL,
        IdentifierKind.TITLE,
        IdentifierKind.CAPTION,
        IdentifierKind.URL,
        IdentifierKind.NICKNAME,
    }
)
_SPACE: Final = re.compile(r"\s")


def is_invisible(character: str) -> bool:
    """Tell what shows nothing by itself: marks, joiners, fillers."""
    if character in "\n\r\t":
        return False
    return unicodedata.category(character) in INVISIBLE or character in FILLERS


def script_of(character: str) -> str:
    """Return the script as far as boundaries need it: hangul, word, katakana, other, or "" for no letter."""
    folded = tables.base()[ord(character)] if character else ""
    if not folded:
        return ""
    if "A" <= folded[0] <= "X":
        return "hangul"
    if "ァ" <= character <= "ヿ" or "ｦ" <= character <= "ﾟ":
        return "katakana"
    if folded[0] >= "\u2e80":
        return "other"
    return "word"


def neighbour(text: str, at: int, step: int) -> int:
    """Return the index of the next visible character in a direction, -1 for none."""
    while 0 <= at < len(text):
        if not is_invisible(text[at]):
            return at
        at += step
    return -1


def begins_well(text: str, start: int, *, lenient: bool) -> bool:
    """Tell whether a word begins here."""
    before = neighbour(text, start - 1, -1)
    if before < 0:
        return True
    return _apart(text[before], text[start], lenient=lenient)


def ends_well(text: str, end: int) -> bool:
    """Tell whether a syllable, and in scripts with spaces a word, ends here."""
    after = neighbour(text, end, 1)
    if after < 0:
        return True
    last, following = text[end - 1], text[after]
    if "\u1160" <= following <= "\u11ff" and script_of(last) == "hangul":
        return False  # the rest of a decomposed syllable
    if script_of(last) == "hangul":
        return not (after == end and "ㅏ" <= following <= "ㅣ" and "ㄱ" <= last <= "ㅎ")
    return _apart(last, following, lenient=False)


def _apart(one: str, other: str, *, lenient: bool) -> bool:
    here, there = script_of(one), script_of(other)
    if here != there or not here:
        return True
    if here == "hangul":
        return lenient or ("ㄱ" <= one <= "ㅣ") or "\uffa1" <= one <= "\uffdc"
    return here == "other"


def is_followed_as_a_word(text: str, end: int, own: str) -> bool:
    """Tell whether a short Korean find ends as words do: a particle may follow, no other syllable."""
    if sum(is_syllable(c) for c in own) >= LONG_ENOUGH or script_of(own[-1]) != "hangul":
        return True
    after = neighbour(text, end, 1)
    return after < 0 or not is_syllable(text[after]) or text[after] in PARTICLES


def is_longer_handle(text: str, start: int, end: int) -> bool:
    """Tell a handle that goes on behind an underscore: another account."""
    after = text[end : end + 2]
    before = text[max(0, start - 2) : start]
    return (len(after) > 1 and after[0] == "_" and script_of(after[1]) == "word") or (
        len(before) > 1 and before[1] == "_" and script_of(before[0]) == "word"
    )


def gaps_in(text: str, places: Sequence[int]) -> tuple[list[str], list[str], list[int]]:
    """Return the pieces of a find, the visible text between, and how many folded characters precede each."""
    pieces, gaps, offsets = [], [], []
    began = last = places[0]
    for number, at in enumerate(places):
        if at > last + 1:
            between = "".join(c for c in text[last + 1 : at] if not is_invisible(c))
            if between:
                pieces.append(text[began : last + 1])
                gaps.append(between)
                offsets.append(number)
                began = at
        last = max(last, at)
    return [*pieces, text[began : last + 1]], gaps, offsets


def units_in(piece: str) -> int:
    """Return how many syllables or letters a piece has; loose jamo of one syllable count once."""
    seen = [c for c in piece if script_of(c)]
    loose = sum(is_jamo(c) for c in seen)
    return len(seen) - loose + (1 if loose else 0) if loose <= LONG_ENOUGH else len(seen)


def gaps_are_fair(pieces: Sequence[str], gaps: Sequence[str], kind: IdentifierKind, following: str) -> bool:
    """Tell a name that was pulled apart from words that happen to stand beside each other.

    `following` is the character after the find, "" at the end.
    """
    if not gaps:
        return True
    if any(len(gap) > LONGEST_GAP for gap in gaps):
        return False
    units = [units_in(piece) for piece in pieces]
    if max(units) <= 1:
        return True
    return _words_are_one(pieces, units, gaps, kind, following)


def _words_are_one(
    pieces: Sequence[str], units: Sequence[int], gaps: Sequence[str], kind: IdentifierKind, following: str
) -> bool:
    """Tell pieces of more than one syllable that belong together."""
    if any("\n" in gap or (SENTENCE & set(gap) and _SPACE.search(gap)) for gap in gaps):
        return False
    if script_of(pieces[0][0]) == "word":
        return _latin_gaps_are_fair(units, gaps)
    if any(not gap.isspace() for gap in gaps):
        return True
    ends = not is_syllable(following) or following in PARTICLES
    return ends or (kind is not IdentifierKind.NAME and sum(units) >= LONG_ENOUGH)


def _latin_gaps_are_fair(units: Sequence[int], gaps: Sequence[str]) -> bool:
    if any(_SPACE.search(gap) for gap in gaps):
        return len(gaps) > 1 and max(units) <= 2  # noqa: PLR2004 - letters in pairs
    return not any(JOINING & set(gap) for gap in gaps) or len(gaps) > max(1, sum(units) // 3)


def parts_words(gap: str, *, strict: bool) -> bool:
    """Tell a gap that parts two words even where an identifier has one itself.

    `strict` is for handles: made_up is an account, "made up" and made-up are words.
    """
    return "\n\n" in gap or (strict and bool(_SPACE.search(gap) or JOINING & set(gap)))


def is_lenient(kind: IdentifierKind, text: str) -> bool:
    """Tell whether it may begin in the middle of a Korean word, as a school behind its town does."""
    return kind in WHOLE and sum(is_syllable(c) for c in text) >= LONG_ENOUGH
