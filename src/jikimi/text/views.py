"""Reads a text in many ways: each view folds it by steps, and can say where in the original a piece stands.

Folding is the fast way and done for every post. Tracing does the same step by step with the origin of every
character, and is done only where something was found. Both give the same text; a test compares them.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from jikimi.text import lookalikes, mixed, tables

Edit = tuple[int, int, str]
Origin = npt.NDArray[np.int64]
GONE: Final = "\0"
"""Stands for a removed character while tracing; no table leaves one."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """Every character becomes what a total table says."""

    table: Callable[[], tables.Table]

    def fold(self, text: str) -> str:
        """Return the text through the table."""
        return text.translate(self.table())

    def trace(self, text: str, origin: Origin) -> tuple[str, Origin]:
        """Return the same, and where each character came from."""
        table = self.table()
        sizes = np.frombuffer(text.translate(table.sizes).encode("latin-1"), np.uint8)
        return text.translate(table), np.repeat(origin, sizes)


@dataclass(frozen=True, slots=True)
class Swaps:
    """Some sequences become others that are no longer, one pair after the other."""

    pairs: tuple[tuple[str, str], ...]

    def fold(self, text: str) -> str:
        """Return the text with all pairs swapped."""
        for old, new in self.pairs:  # for single letters, too, faster than `str.translate`
            text = text.replace(old, new)
        return text

    def trace(self, text: str, origin: Origin) -> tuple[str, Origin]:
        """Return the same, and where each character came from."""
        for old, new in self.pairs:
            text, origin = _without_gone(text.replace(old, new.ljust(len(old), GONE)), origin)
        return text, origin


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a regular expression finds, always of one size, becomes one text that is no longer."""

    found: re.Pattern[str]
    size: int
    new: str

    def fold(self, text: str) -> str:
        """Return the text with every find replaced."""
        return self.found.sub(self.new, text)

    def trace(self, text: str, origin: Origin) -> tuple[str, Origin]:
        """Return the same, and where each character came from."""
        return _without_gone(self.found.sub(self.new.ljust(self.size, GONE), text), origin)


@dataclass(frozen=True, slots=True)
class Edits:
    """Some places are read otherwise, as a function finds them."""

    places: Callable[[str], list[Edit]]

    def fold(self, text: str) -> str:
        """Return the text with these places replaced."""
        return _edited(text, range(len(text)), self.places(text))[0]

    def trace(self, text: str, origin: Origin) -> tuple[str, Origin]:
        """Return the same, and where each character came from."""
        text, came = _edited(text, origin.tolist(), self.places(text))
        return text, np.array(came, np.int64)


def _without_gone(text: str, origin: Origin) -> tuple[str, Origin]:
    """Return a text without the characters that are gone, and without their places."""
    if GONE not in text:
        return text, origin
    stays = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32) != 0
    return text.replace(GONE, ""), origin[stays]


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


Step = Lookup | Swaps | Pattern | Edits

PLAIN: Final = (Lookup(tables.base),)
SYMBOLS: Final = (Lookup(lookalikes.symbols),)
GLYPHS: Final = (Lookup(lookalikes.glyphs),)
HANJA: Final = (Lookup(lookalikes.hanja),)
LOOSE: Final = (Lookup(lookalikes.hangul_only),)
ROUGH: Final = (Lookup(lookalikes.rough),)
MIXED: Final = (Edits(mixed.latin_syllables), Lookup(tables.base))
KANA: Final = (Edits(mixed.han_among_kana), Lookup(tables.base))
PINYIN: Final = (Lookup(lookalikes.pinyin),)

MERGED: Final = (Swaps((("rn", "m"), ("vv", "w"))),)
"""Two letters that look like one, after any fold."""

UNVOICED: Final = Swaps((("K", "A"), ("L", "C"), ("M", "F"), ("J", "I")))
"""Aspirated consonants as plain ones."""

TENSE: Final[tuple[Step, ...]] = (
    UNVOICED,
    Swaps(tuple((c * times, c) for c in "ACFGI" for times in (3, 2))),
)
"""Aspirated and tense consonants as plain ones, behind the same final consonant too: 박껼 as 박결 as 바결."""

SOUND: Final[tuple[Step, ...]] = (
    *TENSE,
    Pattern(re.compile("[GIN](?=[A-GI-N])"), 1, "C"),
    Swaps((
        ("SOX", "Z"), ("UQX", "Z"), ("SX", "Z"), ("OX", "Y"), ("QX", "Y"), ("PX", "Y"), ("RX", "Y"),
        ("WX", "X"),
    )),
    Pattern(re.compile("H(?=[O-Z])"), 1, ""),
)  # fmt: skip
"""Strokes by their sound: aspirated and tense as plain, finals as they are spoken, ㅐ as ㅔ, ㅚ as ㅙ as
ㅞ, ㅢ as ㅣ;
a silent ㅇ is dropped, so that a final that moves to the next syllable stays where it was."""

SHAPE: Final[tuple[Step, ...]] = (
    Pattern(re.compile("HWAA(?![O-X])"), 4, "HV"),  # 윾 유
    Pattern(re.compile("HWA(?![O-X])"), 3, "HU"),  # 윽 우
    Pattern(re.compile("HXA(?![O-X])"), 3, "HX"),  # 익 이
    Swaps(lookalikes.SHAPES),
    *TENSE,
)
"""Strokes by their shape, as yaminjeongeum swaps them; a tense consonant beside is taken for a plain one."""

SKELETON: Final[tuple[Step, ...]] = (
    Pattern(re.compile("[A-N](?=[A-N]|[^A-X]|$)"), 1, ""),
    UNVOICED,
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
    "rough": ("", ROUGH),
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
    came = np.array(origin, np.int64) if origin else np.arange(len(text))
    for step in steps:
        text, came = step.trace(text, came)
    return text, came.tolist()


def whole(view: str) -> tuple[Step, ...]:
    """Return all steps of a view, from the text itself."""
    first, steps = VIEWS[view]
    return (whole(first) if first else ()) + steps


WHOLE: Final = {view: whole(view) for view in VIEWS}
"""The same, ready."""
