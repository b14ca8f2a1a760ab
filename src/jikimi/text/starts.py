"""Finds the words of a post that begin with what a view found; most finds end here, for no word does.

The spaces are gone from what the automata read, so "나는 김민서" and "나는김민서" are the same there. Where a
find stands in the original is asked of the words: which, folded from its own beginning, begins with it?
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Final

from jikimi.text import lookalikes, tables, views
from jikimi.text.hangul import SYLLABLES
from jikimi.text.patterns import LONGEST_PATTERN

READABLE: Final = frozenset({
    "plain", "sound", "shape", "skeleton",
    "glyphs", "glyphs, sound", "glyphs, shape", "glyphs, skeleton",
})  # fmt: skip
"""Views this looks at. Finds of the others are always traced."""

BEHIND: Final = 6
"""Folded characters behind a find that are folded with it: what follows changes how it ends."""

MOST_WORDS: Final = 8
"""Words that are folded; where more of them begin alike, the whole text is traced."""

_WORD: Final = re.compile("[가-힣]+")
_AS_IT_SOUNDS: Final = str.maketrans("KLMJ", "ACFI")


class Starts:
    """Where Korean words begin in one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._is_known = other_forms().search(text) is None
        self._words = [match.start() for match in _WORD.finditer(text)] if self._is_known else []
        self._told: dict[tuple[str, str], tuple[int, ...] | None] = {}

    def places(self, view: str, sought: str) -> tuple[int, ...] | None:
        """Return where a word begins with this folded text, in this view; None where that is not known."""
        if (
            not self._is_known
            or view not in READABLE
            or len(sought) >= LONGEST_PATTERN
            or not "A" <= sought[0] <= "X"
        ):
            return None
        asked = (view, sought)
        if asked not in self._told:
            likely = [*islice(self._likely(view, sought), MOST_WORDS + 1)]
            size = len(sought)
            begin = (at for at in likely if self._folded(view, at, size).startswith(sought))
            self._told[asked] = tuple(begin) if len(likely) <= MOST_WORDS else None
        return self._told[asked]

    def traced(self, view: str, at: int, size: int) -> tuple[str, list[int]]:
        """Return the text from a place on, folded as far as a find needs, and where it came from."""
        folded, origin = views.trace(self._piece(view, at, size)[0], views.WHOLE[view])
        return folded, [at + place for place in origin]

    def _likely(self, view: str, sought: str) -> Iterator[int]:
        """Yield where a character stands that may begin what is sought."""
        text, heads = self._text, heads_of(view)
        yield from (at for at in self._words if sought.startswith(heads[text[at]]))
        if view.startswith("glyphs"):
            for match in lookalikes.GLYPH.finditer(text):
                if sought[0] in firsts(view, match[0]):
                    yield match.start()

    def _folded(self, view: str, at: int, size: int) -> str:
        return self._piece(view, at, size)[1]

    def _piece(self, view: str, at: int, size: int) -> tuple[str, str]:
        """Return as much of the text from a place on as is needed to look at a find, and that folded."""
        needed, steps = size + BEHIND, views.WHOLE[view]
        piece = self._text[at : at + needed]
        folded = views.fold(piece, steps)
        if len(folded) < needed:
            piece = self._text[at : at + 4 * needed]
            folded = views.fold(piece, steps)
            if len(folded) < needed:  # nearly all of it is invisible
                piece = self._text[at:]
                folded = views.fold(piece, steps)
        return piece, folded


@cache
def other_forms() -> re.Pattern[str]:
    """Return a pattern of every character that is Hangul but no whole syllable."""
    strokes = frozenset("ABCDEFGHIJKLMNOPQRSTUVWX")
    found = [chr(code) for code, out in tables.base().items() if strokes & set(out)]
    return re.compile("[" + "".join(c for c in found if ord(c) not in SYLLABLES) + "]")


class Heads(dict[str, str]):
    """How a word folds that begins with a syllable, as far as no other syllable changes that."""

    def __init__(self, view: str) -> None:
        super().__init__()
        self._view = view

    def __missing__(self, syllable: str) -> str:
        folded = views.fold(syllable, views.WHOLE[self._view])
        head = self[syllable] = folded[: 1 if self._view.endswith("shape") or folded[0] >= "O" else 2]
        return head


@cache
def heads_of(view: str) -> Heads:
    """Return the beginnings of words in one view."""
    return Heads(view)


@cache
def firsts(view: str, glyph: str) -> frozenset[str]:
    """Return the folded characters that may come first of a word that begins with a look-alike."""
    stroke = lookalikes.glyphs()[ord(glyph)][0]
    if view.endswith("shape"):
        return frozenset({stroke, *(new[0] for old, new in lookalikes.SHAPES if old[0] == stroke)})
    if view.endswith(("sound", "skeleton")):
        return frozenset(stroke.translate(_AS_IT_SOUNDS))
    return frozenset(stroke)
