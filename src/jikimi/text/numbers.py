"""Finds telephone numbers in digits of any kind: ASCII, circled, full width, Korean and Chinese numerals."""

import re
import unicodedata
from functools import cache
from typing import Final

SHORTEST: Final = 7
LONGEST: Final = 15
"""Digits of a telephone number (ITU-T E.164 allows 15)."""

NUMERALS: Final = {
    "0": "Oo공영〇零○", "1": "Il|i일一壹ⅼ", "2": "이二Zz", "3": "삼三", "4": "사四", "5": "오五Ss",
    "6": "육륙六", "7": "칠七", "8": "팔八B", "9": "구九",
}  # fmt: skip
NUMERALS_IN_ALL: Final = "".join(NUMERALS.values())
PLAIN: Final = re.compile(r"[0-9０-９\s.\-()+/–—]*")
"""A number as it is usually written: exact. Anything else about it is a disguise."""

RUN: Final = re.compile(r"[0-9](?: {0,4}[0-9]){6,}")
_ZERO_WIDTH: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f\u20e3"


MOST_REMEMBERED: Final = 0xFFFF
"""Code points whose answers are kept; hostile text cannot fill the memory with the million others."""


class Digits(dict[int, str]):
    """A total table, one character for one: a digit, a space for what may stand between, or x."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        digit = unicodedata.digit(character, None)
        kind = " " if unicodedata.category(character)[0] in "ZPSMC" else "x"
        if digit is not None:
            kind = str(digit)
        if code <= MOST_REMEMBERED:
            self[code] = kind
        return kind


@cache
def table() -> Digits:
    """Return the table with what is common in posts ready."""
    found = Digits({ord(c): digit for digit, row in NUMERALS.items() for c in row})
    for code in (*range(0x250), *range(0x2000, 0x2070), *range(0x3000, 0x3100), *range(0xFE00, 0xFE10)):
        found.setdefault(code, found[code])
    for code in range(0xAC00, 0xD7A4):
        found.setdefault(code, "x")
    return found


@cache
def likely() -> re.Pattern[str]:
    """Return a pattern that finds something in every text with a run of digits; others need no table."""
    known = {*NUMERALS_IN_ALL, *(chr(c) for c in range(0x10000) if unicodedata.digit(chr(c), -1) >= 0)}
    digits = re.escape("".join(sorted(known))) + "\U00010000-\U0010ffff"
    return re.compile(rf"[{digits}](?:(?:_|[^\w{digits}]){{0,4}}[{digits}]){{6}}")


def digits_of(text: str) -> str:
    """Return the digits of a telephone number as it was entered."""
    return re.sub("[^0-9]", "", text.translate(table()))


def spellings(text: str) -> list[str]:
    """Return the digit strings a number goes by: as entered, and with and without a Korean country code."""
    digits = digits_of(text)
    found = {digits}
    if digits.startswith("82") and len(digits) >= 11:  # noqa: PLR2004 - 82 10 1234 5678 and shorter
        found |= {"0" + digits[2:], digits[2:] if digits[2] == "0" else digits}
    if digits.startswith("0") and not digits.startswith("00"):
        found |= {"82" + digits[1:], "82" + digits}
    return sorted(found)


def runs_in(text: str) -> list[tuple[str, list[int]]]:
    """Return runs of seven digits and more, and where each digit stands."""
    if not (text.isascii() or likely().search(text)):
        return []
    seen = text.translate(table())
    found = []
    for match in RUN.finditer(seen):
        places = [at for at in range(match.start(), match.end()) if seen[at] != " "]
        found.append(("".join(seen[at] for at in places), places))
    return found


def end_of(text: str, last: int) -> int:
    """Return where a digit ends, the marks that enclose it included."""
    end = last + 1
    while end < len(text) and text[end] in _ZERO_WIDTH:
        end += 1
    return end
