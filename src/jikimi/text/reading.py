"""One post while it is read: its folds, each made once and only if something in it asks for them."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from jikimi.text import lookalikes, mixed, numbers, roman, views
from jikimi.text.starts import Starts

HAS_STROKES: Final = re.compile("[A-X]")
HAS_HAN: Final = re.compile("[㐀-鿿].{0,3}[㐀-鿿]")
HAS_JAMO: Final = re.compile("[ㄱ-ㅣ]")
HAS_ONE_HAN: Final = re.compile("[\u2e80-\u303f\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffffㄟ]")
RUN: Final = re.compile(
    r"(?<![ㄱ-ㅣ가-힣])[ㄱ-ㅎ](?:[\s.·_*\-\u200b-\u200d\u2060]{0,2}[ㄱ-ㅎ]){2,11}(?![ㄱ-ㅣ])"
)
"""Loose consonants, as initials are written."""

MOST_AT_ONCE: Final = 20_000
"""Characters of a post that are read together; a longer one is read in windows."""

OVERLAP: Final = 1_000
"""Characters two windows share: no identifier that is spread out over more is found."""

EDGE: Final = 100
"""Characters a window may be longer at each end, so that it neither begins nor ends within a word."""


class Reading:
    """Folds of one text by view, and where their characters came from."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.plain = views.fold(text, views.PLAIN)
        self.has_jamo = HAS_JAMO.search(text) is not None
        self.has_han = HAS_ONE_HAN.search(text) is not None
        self.surest: dict[int, int] = {}
        """Identifiers that were found, by `id`, and the rank of the evidence; less sure finds are not looked
        at. Not by key: what was withdrawn and entered again stands on two shelves, and one of them counts."""
        self._origins: dict[str, tuple[str, list[int]]] = {}

    def folds(self) -> Iterator[tuple[str, str, str]]:
        """Yield view, automaton and folded text of every view that fits this text, strong ones first."""
        text, plain = self.text, self.plain
        yield "plain", "plain", plain
        if "rn" in plain or "vv" in plain:
            yield "merged", "plain", views.fold(plain, views.MERGED)
        if lookalikes.has_symbols(text):
            yield "symbols", "plain", views.fold(text, views.SYMBOLS)
        if HAS_STROKES.search(plain):
            yield from self._korean(text, plain)
        if self.has_han and mixed.HAS_KANA.search(text):
            yield "kana", "plain", views.fold(text, views.KANA)
        if self.has_han and HAS_HAN.search(text):
            yield "pinyin", "pinyin", views.fold(text, views.PINYIN)

    def _korean(self, text: str, plain: str) -> Iterator[tuple[str, str, str]]:
        if self.has_han and lookalikes.HAS_HANJA.search(text):
            read = views.fold(text, views.HANJA)
            yield "hanja", "plain", read
            yield "hanja, sound", "sound", views.fold(read, views.SOUND)
        yield "sound", "sound", views.fold(plain, views.SOUND)
        yield "shape", "shape", views.fold(plain, views.SHAPE)
        yield "skeleton", "skeleton", views.fold(plain, views.SKELETON)
        if lookalikes.HAS_GLYPHS.search(text):
            read = views.fold(text, views.GLYPHS)
            yield "glyphs", "plain", read
            yield "glyphs, sound", "sound", views.fold(read, views.SOUND)
            yield "glyphs, shape", "shape", views.fold(read, views.SHAPE)
            yield "glyphs, skeleton", "skeleton", views.fold(read, views.SKELETON)
        if mixed.HAS_GLUED.search(text):
            read = views.fold(text, views.MIXED)
            yield "mixed", "plain", read
            yield "mixed, sound", "sound", views.fold(read, views.SOUND)
        if self.has_jamo and lookalikes.HAS_LOOSE.search(text):
            yield "loose", "loose", views.fold(text, views.LOOSE)
            yield "rough", "rough", views.fold(text, views.ROUGH)

    @cached_property
    def starts(self) -> Starts:
        """Where Korean words begin."""
        return Starts(self.text)

    @cached_property
    def latin(self) -> roman.Latin:
        """The Latin words."""
        return roman.Latin(self.text)

    @cached_property
    def digits(self) -> list[tuple[str, list[int]]]:
        """Runs of digits, and where each of them stands."""
        return numbers.runs_in(self.text)

    @cached_property
    def initials(self) -> list[tuple[str, tuple[int, int]]]:
        """Runs of different loose consonants, and where they stand."""
        runs = (("".join(c for c in m[0] if "ㄱ" <= c <= "ㅎ"), m.span()) for m in RUN.finditer(self.text))
        return [(letters, span) for letters, span in runs if len(set(letters)) > 1]

    def traced(self, view: str) -> tuple[str, list[int]]:
        """Return a view's text and the index each of its characters has in the original."""
        if view not in self._origins:
            first, steps = views.VIEWS[view]
            text, origin = self.traced(first) if first else (self.text, [])
            self._origins[view] = views.trace(text, steps, origin)
        return self._origins[view]


def windows(text: str) -> Iterator[tuple[int, str]]:
    """Yield the windows a text is read in, and where each begins."""
    if len(text) <= MOST_AT_ONCE:
        yield 0, text
        return
    for start in range(0, len(text) - OVERLAP, MOST_AT_ONCE - OVERLAP):
        first, end = _begin_of_word(text, start), _end_of_word(text, start + MOST_AT_ONCE)
        yield first, text[first:end]


def _begin_of_word(text: str, at: int) -> int:
    """Return where the word begins that stands at a place, the place itself if that is too far away."""
    known = range(at, max(0, at - EDGE), -1)
    return next((here for here in known if text[here - 1].isspace()), 0 if at < EDGE else at)


def _end_of_word(text: str, at: int) -> int:
    """Return where the word ends that stands at a place, the place itself if that is too far away."""
    known = range(at, min(len(text), at + EDGE))
    return next((here for here in known if text[here].isspace()), len(text) if at + EDGE >= len(text) else at)
