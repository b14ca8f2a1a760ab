"""What stands for what by its looks or its reading, next to Hangul: our own Korean tables, version 1.

The many-to-one tables here are for views of their own, because each reads ordinary text wrongly somewhere: an
"o" is ㅇ only in the middle of Hangul.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from jikimi.text import tables
from jikimi.text.hangul import PARTS, SYLLABLES, coded, composed, parts_of, strokes_of

GLYPHS: Final = {
    "ㄱ": "7７フヿ┐┓㇆¬⼕",
    "ㄴ": "LＬ└┗乚しレ∟㇄⌊⎿",
    "ㄷ": "CcＣｃ匚匸⊏⊂亡ㄈ⸦[",
    "ㄹ": "2２己已乙弓ZzＺ巳",
    "ㅁ": "口□■ロ▢◻◼囗⬜▣日⊡",
    "ㅂ": "廿甘凵せ世巴⊌",
    "ㅅ": "人^入ΛλΑ八∧⋀＾ハへ个Vv",
    "ㅇ": "0oOｏＯ○◯●〇◎のΟο°⭕⊙θΘØø@⓪Q",
    "ㅈ": "スズ不ヌ又Xx",
    "ㅊ": "大六太犬ネ木",
    "ㅋ": "ヲ彐ョㄎヨ刁",
    "ㅌ": "EＥ巨ε∈Ξモ三€",
    "ㅍ": "立亚並亞丕ΠㄇΩ",
    "ㅎ": "云古吉るöÖố去",
    "ㅏ": "ト├┣卜⊢kKㅏrⱵГ上",
    "ㅑ": "F⊧Ｆ卡╞匕キ",
    "ㅓ": "┤┫⊣JjＪ亻イ寸丬",
    "ㅕ": "╡ㅕ爿千扌",
    "ㅗ": "⊥┴┻丄止土┷",
    "ㅛ": "山╨╩皿业",
    "ㅜ": "TtＴ丁┬┳⊤十下了",
    "ㅠ": "πп丌兀╥╦∏卄ππ",
    "ㅡ": "—–ー一─━―‐－",
    "ㅣ": "lIi1|!丨｜│┃亅ıｌ１∣¡Ｉ",
    "ㅐ": "HhＨ廾Н",
    "ㅆ": "从丛竹",
    "ㄲ": "刀刂",
}
"""Characters that look like a jamo. Ours; no such list is part of Unicode's."""

STANDS_FOR: Final = {glyph: jamo for jamo, row in GLYPHS.items() for glyph in row}
GLYPH: Final = re.compile("[" + re.escape("".join(STANDS_FOR)) + "]")
_LOOSE: Final = "ㄱ-ㅣ\u1100-\u11ff\uffa1-\uffdc"
_HANGUL: Final = "가-힣" + _LOOSE
_CONSONANT: Final = re.escape("".join(glyph for glyph, jamo in STANDS_FOR.items() if jamo <= "ㅎ"))
_VOWEL: Final = re.escape("".join(glyph for glyph, jamo in STANDS_FOR.items() if jamo > "ㅎ"))
_OPEN: Final = "".join(chr(code) for code in SYLLABLES[::28])
_INVISIBLE: Final = r"\u00ad\u034f\u200b-\u200f\u2060\u3164\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef"
_UNSEEN: Final = f"[{_INVISIBLE}]{{0,2}}"
_ANY_BETWEEN: Final = r"[\s.*·~_♡♥\-" + _INVISIBLE + "]"
_BETWEEN: Final = _ANY_BETWEEN + "{0,2}"


def _behind(before: str, between: str) -> str:
    """Return what matches after a character that stands behind another, up to two others between."""
    return "|".join(f"(?<=[{before}]{between * count}.)" for count in range(3))


HAS_GLYPHS: Final = re.compile(
    f"[{_CONSONANT}{_VOWEL}](?:"
    f"(?={_BETWEEN}[{_LOOSE}])|{_behind(_LOOSE, _ANY_BETWEEN)}"
    f"|(?<=[{_CONSONANT}])(?:(?={_BETWEEN}[{_VOWEL}])(?:{_behind(_HANGUL, _ANY_BETWEEN)}"
    f"|(?={_BETWEEN}[{_VOWEL}]{_BETWEEN}(?:[{_CONSONANT}]{_BETWEEN})?[{_HANGUL}]))"
    f"|{_behind(_OPEN, f'[{_INVISIBLE}]')}))",
    re.DOTALL,
)
"""A look-alike character where it can be a part of a syllable: beside a loose jamo, two of them beside
Hangul, or as the last consonant of a syllable that has none. It begins with the rarest part, by which `re`
searches fast."""

_ORDINARY: Final = _HANGUL + r"\s.!?~,…^\'\"“”‘’;:()\-_*·♡♥" + _INVISIBLE
HAS_LOOSE: Final = re.compile(
    f"[ㄱ-ㅣ]{_UNSEEN}[^{_ORDINARY}]|[^{_ORDINARY}0-9a-zA-Z]{_UNSEEN}[ㄱ-ㅣ]|[0-9a-zA-Z]{_UNSEEN}[ㅏ-ㅣ]"
)
"""A loose jamo beside a character that belongs to no Korean text."""

HAS_HANJA: Final = re.compile(
    "[가-힣][^가-힣\\w]?[㐀-鿿\uf900-\ufaff]|[㐀-鿿\uf900-\ufaff][^가-힣\\w]?[가-힣]"
)
ENDING: Final = frozenset("@$€£¢§")
SYMBOL: Final = re.compile("[@$!|+€£¢§]")
SYMBOLS: Final = {"@": "a", "$": "s", "!": "l", "|": "l", "+": "t", "€": "e", "£": "l", "¢": "c", "§": "s"}

SHAPES: Final = tuple(
    (coded(old), coded(new))
    for old, new in (
        ("ㅇㅗㅏㅇ", "ㅇㅏㅎ"),  # 왕 앟
        ("ㄱㅜㅣ", "ㅋㅓ"),  # 귀 커
        ("ㄷㅏㅣ", "ㅁㅓ"),  # 대 머
        ("ㄴㅓㅣ", "ㅂㅣ"),  # 네 비
        ("ㄷㄷㅣ", "ㅁㅕ"),  # 띠 며
        ("ㄱㅗㅏ", "ㅍㅏ"),  # 과 파
        ("ㄱㅗㅣ", "ㅍㅣ"),  # 괴 피
        ("ㄱㅓ", "ㅈㅣ"),  # 거 지
        ("ㄱㅕ", "ㅈㅓ"),  # 겨 저
        ("ㅡㅣ", "ㅣ"),  # 의 이
    )
)
"""Yaminjeongeum: syllables that are taken for each other at a glance, in strokes."""

FILLED: Final = {"HV": "HWAA", "HU": "HWA", "HX": "HXA"}
"""유 as 윾, 우 as 윽, 이 as 익: only whole syllables, in strokes."""

HARDENED: Final = {"A": ("K", "AA"), "C": ("L", "CC"), "F": ("M", "FF"), "I": ("J", "II"), "G": ("GG",)}
"""First consonants that sound alike, in strokes."""


def shapes_of(strokes: str) -> Iterator[str]:
    """Yield what one syllable is taken for at a glance, in strokes."""
    if strokes in FILLED:
        yield FILLED[strokes]
    for one, other in SHAPES:
        yield strokes.replace(one, other)
        yield strokes.replace(other, one)


def has_symbols(text: str) -> bool:
    """Tell whether a symbol may stand for a letter: between two, or beside one where no sentence ends."""
    for match in SYMBOL.finditer(text):
        start, end = match.span()
        before = any(map(str.isalnum, text[max(0, start - 2) : start]))
        after = any(map(str.isalnum, text[end : end + 2]))
        if (before and after) or (after and match[0] != "@"):
            return True
        if before and (match[0] in ENDING or _is_disguised(text[max(0, start - 16) : start])):
            return True
    return False


def _is_disguised(before: str) -> bool:
    """Tell a word in which other letters than those of Latin and Hangul or digits stand already."""
    word = before.split()[-1:] or [""]
    return any(c.isdigit() or not (c.isascii() or "가" <= c <= "힣") for c in word[0])


@cache
def symbols() -> tables.Table:
    """Return the base fold with symbols read as the letters they stand for."""
    return tables.changed({ord(symbol): letter for symbol, letter in SYMBOLS.items()})


@cache
def glyphs() -> tables.Table:
    """Return the base fold with look-alike characters read as jamo."""
    return tables.changed({ord(g): coded(PARTS[jamo]) for g, jamo in STANDS_FOR.items()})


@cache
def hangul_only() -> tables.Table:
    """Return the base fold of Hangul; all else is dropped."""
    kept = {code: out if out[:1] in "ABCDEFGHIJKLMNOPQRSTUVWX" else "" for code, out in tables.base().items()}
    return tables.Table(kept, [])


_SOUNDS: Final = {"K": "A", "L": "C", "M": "F", "J": "I"}
_VOWEL_SOUNDS: Final = {
    "SOX": "Z", "UQX": "Z", "SX": "Z", "OX": "Y", "QX": "Y", "PX": "Y", "RX": "Y", "WX": "X",
}  # fmt: skip


def _sound_of(strokes: str) -> str:
    """Return one jamo, in code, as it sounds: aspirated and tense as plain, like vowels as one."""
    return _VOWEL_SOUNDS.get(strokes) or "".join(dict.fromkeys(_SOUNDS.get(c, c) for c in strokes))


@cache
def rough() -> tables.Table:
    """Return a table that keeps Hangul as it sounds, whole syllables without their last consonant.

    For a syllable that was put together of a loose jamo and any foreign character, which is dropped: the
    syllables beside it may be respelled otherwise.
    """
    by = {code: _sound_of(out) for code, out in hangul_only().items() if code not in SYLLABLES}
    for code in SYLLABLES:
        first, vowel, _ = parts_of(chr(code))
        by[code] = _sound_of(coded(PARTS[first])) + _sound_of(coded(PARTS[vowel]))
    return tables.Table(by, [])


START_SOUND: Final = {
    "ㄹ": {"ㅏ": "ㄴ", "ㅐ": "ㄴ", "ㅗ": "ㄴ", "ㅚ": "ㄴ", "ㅜ": "ㄴ", "ㅡ": "ㄴ"},
    "ㄴ": {"ㅕ": "ㅇ", "ㅛ": "ㅇ", "ㅠ": "ㅇ", "ㅣ": "ㅇ"},
}
"""How a Chinese reading is spelled at the beginning of a word (Hangul orthography, articles 10 to 12)."""


def reading_class(syllable: str) -> str:
    """Return one syllable for all readings of the same characters: 리 and 이, 림 and 임, 금 and 김."""
    if syllable in "금김":
        return "김"
    first, vowel, last = parts_of(syllable)
    if first == "ㄹ":
        first = START_SOUND["ㄹ"].get(vowel, "ㅇ")
    elif first == "ㄴ":
        first = START_SOUND["ㄴ"].get(vowel, "ㄴ")
    return composed(first, vowel, last)


@cache
def hanja() -> tables.Table:
    """Return the base fold with Chinese characters read in Korean, and readings in classes."""
    by = {code: coded(strokes_of(reading_class(chr(code)))) for code in SYLLABLES}
    by |= {
        ord(character): coded(strokes_of(reading_class(reading)))
        for character, reading in tables.readings("hanja").items()
        if len(reading) == 1 and "가" <= reading <= "힣"
    }
    return tables.changed(by)


@cache
def pinyin() -> tables.Table:
    """Return a table that keeps Chinese characters only, as Mandarin syllables with a stop after each.

    What else is visible becomes "#"; spaces and marks are dropped.
    """
    by = {code: "#" for code, out in tables.base().items() if out}
    by |= {ord(character): f"{sound}." for character, sound in tables.readings("pinyin").items()}
    return tables.Table(by, [])


def is_jamo(character: str) -> bool:
    """Tell a loose jamo: compatibility, conjoining or half-width."""
    return "ㄱ" <= character <= "ㅣ" or "\u1100" <= character <= "\u11ff" or "\uffa1" <= character <= "\uffdc"
