"""Reads a text in many ways: each view folds it by steps, and can say where in the original a piece stands.

Folding is the fast way and done for every post. Tracing does the same step by step with the origin of every
character, and is done only where something was found. Both give the same text; a test compares them.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Final

from jikimi.text import lookalikes, mixed, tables

Edit = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Lookup:
    """Every character becomes what a total table says."""

    table: Callable[[], tables.Table]

    def fold(self, text: str) -> str:
        """Return the text through the table."""
        return text.translate(self.table())

    def trace(self, text: str, origin: Sequence[int]) -> tuple[str, list[int]]:
        """Return the same, and where each character came from."""
        table = self.table()
        pieces = [*map(table.__getitem__, map(ord, text))]
        return "".join(pieces), [*chain.from_iterable(map(repeat, origin, map(len, pieces)))]


@dataclass(frozen=True, slots=True)
class Letters:
    """ASCII letters become others, one for one."""

    table: dict[int, int]

    def fold(self, text: str) -> str:
        """Return the text with the letters changed."""
        return text.translate(self.table)

    def trace(self, text: str, origin: Sequence[int]) -> tuple[str, list[int]]:
        """Return the same; nothing moves."""
        return text.translate(self.table), list(origin)


@dataclass(frozen=True, slots=True)
class Swaps:
    """Some sequences become others, one pair after the other."""

    pairs: tuple[tuple[str, str], ...]

    def fold(self, text: str) -> str:
        """Return the text with all pairs swapped."""
        for old, new in self.pairs:
            text = text.replace(old, new)
        return text

    def trace(self, text: str, origin: Sequence[int]) -> tuple[str, list[int]]:
        """Return the same, and where each character came from."""
        for old, new in self.pairs:
            if old not in text:
                continue
            found = [(m.start(), m.end(), new) for m in re.finditer(re.escape(old), text)]
            text, origin = _edited(text, origin, found)
        return text, list(origin)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a regular expression finds becomes one text."""

    found: re.Pattern[str]
    new: str

    def fold(self, text: str) -> str:
        """Return the text with every find replaced."""
        return self.found.sub(self.new, text)

    def trace(self, text: str, origin: Sequence[int]) -> tuple[str, list[int]]:
        """Return the same, and where each character came from."""
        return _edited(text, origin, [(m.start(), m.end(), self.new) for m in self.found.finditer(text)])


@dataclass(frozen=True, slots=True)
class Edits:
    """Some places are read otherwise, as a function finds them."""

    places: Callable[[str], list[Edit]]

    def fold(self, text: str) -> str:
        """Return the text with these places replaced."""
        return _edited(text, range(len(text)), self.places(text))[0]

    def trace(self, text: str, origin: Sequence[int]) -> tuple[str, list[int]]:
        """Return the same, and where each character came from."""
        return _edited(text, origin, self.places(text))


def _edited(text: str, origin: Sequence[int], edits: Sequence[Edit]) -> tuple[str, list[int]]:
    """Replace places, in order; what is new comes from what stood there."""
    pieces: list[str] = []
    came: list[int] = []
    done = 0
    for start, end, new in edits:
        pieces += [text[done:start], new]
        came += origin[done:start]
        came += [origin[min(start + at, end - 1)] for at in range(len(new))]
        done = end
    pieces.append(text[done:])
    came += origin[done:]
    return "".join(pieces), came


Step = Lookup | Letters | Swaps | Pattern | Edits

PLAIN: Final = (Lookup(tables.base),)
SYMBOLS: Final = (Lookup(lookalikes.symbols),)
GLYPHS: Final = (Lookup(lookalikes.glyphs),)
HANJA: Final = (Lookup(lookalikes.hanja),)
LOOSE: Final = (Lookup(lookalikes.hangul_only),)
MIXED: Final = (Edits(mixed.latin_syllables), Lookup(tables.base))
KANA: Final = (Edits(mixed.han_among_kana), Lookup(tables.base))
PINYIN: Final = (Lookup(lookalikes.pinyin),)

MERGED: Final = (Swaps((("rn", "m"), ("vv", "w"))),)
"""Two letters that look like one, after any fold."""

SOUND: Final[tuple[Step, ...]] = (
    Letters(str.maketrans("KLMJ", "ACFI")),
    Swaps((("AA", "A"), ("CC", "C"), ("FF", "F"), ("GG", "G"), ("II", "I"))),
    Pattern(re.compile("[GIN](?=[A-GI-N])"), "C"),
    Swaps((
        ("SOX", "Z"), ("UQX", "Z"), ("SX", "Z"), ("OX", "Y"), ("QX", "Y"), ("PX", "Y"), ("RX", "Y"),
        ("WX", "X"),
    )),
    Pattern(re.compile("H(?=[O-Z])"), ""),
)  # fmt: skip
"""Strokes by their sound: aspirated and tense as plain, finals as they are spoken, ㅐ as ㅔ, ㅚ as ㅙ as
ㅞ, ㅢ as ㅣ;
a silent ㅇ is dropped, so that a final that moves to the next syllable stays where it was."""

SHAPE: Final[tuple[Step, ...]] = (
    Pattern(re.compile("HWAA(?![O-X])"), "HV"),  # 윾 유
    Pattern(re.compile("HWA(?![O-X])"), "HU"),  # 윽 우
    Pattern(re.compile("HXA(?![O-X])"), "HX"),  # 익 이
    Swaps(lookalikes.SHAPES),
)
"""Strokes by their shape, as yaminjeongeum swaps them."""

SKELETON: Final[tuple[Step, ...]] = (
    Pattern(re.compile("[A-N](?=[A-N]|[^A-X]|$)"), ""),
    Letters(str.maketrans("KLMJ", "ACFI")),
    Swaps((("OX", "Y"), ("QX", "Y"), ("PX", "Y"), ("RX", "Y"))),
)
"""Strokes without final consonants; a tense consonant loses its first half with them."""

VIEWS: Final[dict[str, tuple[str, tuple[Step, ...]]]] = {
    "plain": ("", PLAIN),
    "symbols": ("", SYMBOLS),
    "hanja": ("", HANJA),
    "glyphs": ("", GLYPHS),
    "mixed": ("", MIXED),
    "kana": ("", KANA),
    "loose": ("", LOOSE),
    "pinyin": ("", PINYIN),
    "merged": ("plain", MERGED),
    "sound": ("plain", SOUND),
    "shape": ("plain", SHAPE),
    "skeleton": ("plain", SKELETON),
    "glyphs, sound": ("glyphs", SOUND),
    "glyphs, shape": ("glyphs", SHAPE),
    "glyphs, skeleton": ("glyphs", SKELETON),
    "mixed, sound": ("mixed", SOUND),
    "hanja, sound": ("hanja", SOUND),
}
"""Every view: the view it begins with, "" for the text itself, and its steps from there."""


def fold(text: str, steps: Sequence[Step]) -> str:
    """Return a text through all steps. Total: any string is taken, lone surrogates too."""
    for step in steps:
        text = step.fold(text)
    return text


def trace(text: str, steps: Sequence[Step], origin: Sequence[int] = ()) -> tuple[str, list[int]]:
    """Return the same text, and for each of its characters the index in the original.

    `origin` holds these indices for `text`, where that is a view itself.
    """
    came: Sequence[int] = origin or range(len(text))
    for step in steps:
        text, came = step.trace(text, came)
    return text, list(came)


def whole(view: str) -> tuple[Step, ...]:
    """Return all steps of a view, from the text itself."""
    first, steps = VIEWS[view]
    return (whole(first) if first else ()) + steps
