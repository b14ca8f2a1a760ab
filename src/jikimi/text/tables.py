"""Reads the folding tables: one total table a view, from a character to what it becomes.

`str.translate` takes a table that raises LookupError as leave to keep the character, silently. So a table
here answers for every code point: what is not listed is dropped.
"""

from bisect import bisect_right
from functools import cache
from importlib.resources import files
from typing import Final

from jikimi.text.hangul import SYLLABLES, coded, strokes_of

VERSION: Final = 1
"""Of all tables together. What was folded with another version must be folded again."""

LOOSE_JAMO: Final = range(0x3131, 0x3164)
COMMON: Final = (
    range(0x250),
    range(0x2000, 0x2070),
    range(0x2190, 0x2800),
    range(0x3000, 0x3100),
    range(0xFE00, 0x10000),
)
"""What posts are full of; these answers are ready. Others that are dropped are looked up each time, so that a
hostile text cannot fill the memory."""


class Sizes(dict[int, str]):
    """How many characters a table makes of a code point, as the character of that number."""

    def __init__(self, table: "Table") -> None:
        super().__init__()
        self._table = table

    def __missing__(self, code: int) -> str:
        size = chr(len(self._table[code]))
        if code in self._table:
            self[code] = size
        return size


class Table(dict[int, str]):
    """A total table for `str.translate`: code point to text."""

    def __init__(self, single: dict[int, str], stay: list[range]) -> None:
        super().__init__(single)
        self._starts = [run.start for run in stay]
        self._stay = stay
        self.sizes = Sizes(self)
        for run in COMMON:
            for code in run:
                super().__setitem__(code, self[code])

    def __missing__(self, code: int) -> str:
        place = bisect_right(self._starts, code) - 1
        if place >= 0 and code in self._stay[place]:
            kept = self[code] = chr(code)
            return kept
        return ""


def read(name: str) -> tuple[dict[int, str], list[range]]:
    """Return a file of tables/: what single characters become, and runs of those that stay."""
    single: dict[int, str] = {}
    stay: list[range] = []
    text = (files("jikimi.text") / "tables" / f"{name}.txt").read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        code, _, out = line.partition(" ")
        first, _, last = code.partition("-")
        if last:
            stay.append(range(int(first, 16), int(last, 16) + 1))
        else:
            single[int(first, 16)] = out
    return single, stay


@cache
def plain() -> Table:
    """Return the base fold as people can read it: basic jamo, small Latin letters, hiragana, simplified."""
    single, stay = read("fold")
    single |= {code: strokes_of(chr(code)) for code in SYLLABLES}
    return Table(single, stay)


@cache
def base() -> Table:
    """Return the base fold with jamo in code: what the automata read."""
    single, stay = read("fold")
    single = {code: coded(out) for code, out in single.items()}
    single |= {code: coded(strokes_of(chr(code))) for code in SYLLABLES}
    single |= {code: coded(chr(code)) for run in stay for code in run if code in LOOSE_JAMO}
    return Table(single, stay)


def changed(by: dict[int, str]) -> Table:
    """Return the base fold with some characters read otherwise."""
    single, stay = read("fold")
    del single
    return Table({**base(), **by}, stay)


@cache
def readings(name: str) -> dict[str, str]:
    """Return a table of readings: `hanja`, `pinyin` or `japanese`."""
    single, _ = read(name)
    return {chr(code): out for code, out in single.items()}
