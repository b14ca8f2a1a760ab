"""Takes Hangul apart: syllables into jamo, jamo into strokes, and the keys of the two-set keyboard.

A stroke is one of the 24 basic jamo, written as one ASCII capital (`CODES`), so that a folded text is short
and one automaton holds every script: folded Latin is in small letters. The arithmetic is that of the Unicode
Standard, chapter 3.12.
"""

from typing import Final

FIRST: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS: Final = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
LAST: Final = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
BASIC: Final = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎㅏㅑㅓㅕㅗㅛㅜㅠㅡㅣ"
CODES: Final = {ord(jamo): chr(65 + number) for number, jamo in enumerate(BASIC)}
"""For `str.translate`: ㄱ to ㅎ are A to N, ㅏ to ㅣ are O to X."""

CONSONANTS: Final = "ABCDEFGHIJKLMN"
SYLLABLES: Final = range(0xAC00, 0xD7A4)
PARTS: Final = {
    **{jamo: jamo for jamo in BASIC},
    **dict(zip("ㄲㄸㅃㅆㅉㄳㄵㄶㄺㄻㄼㄽㄾㄿㅀㅄ", (
        "ㄱㄱ", "ㄷㄷ", "ㅂㅂ", "ㅅㅅ", "ㅈㅈ", "ㄱㅅ", "ㄴㅈ", "ㄴㅎ", "ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ",
        "ㄹㅌ", "ㄹㅍ",
        "ㄹㅎ", "ㅂㅅ"), strict=True)),
    **dict(zip("ㅐㅒㅔㅖㅘㅙㅚㅝㅞㅟㅢ", (
        "ㅏㅣ", "ㅑㅣ", "ㅓㅣ", "ㅕㅣ", "ㅗㅏ", "ㅗㅏㅣ", "ㅗㅣ", "ㅜㅓ", "ㅜㅓㅣ", "ㅜㅣ", "ㅡㅣ"),
        strict=True)),
}  # fmt: skip
"""Every modern jamo as the basic ones it is drawn from."""

KEYS: Final = dict(
    zip(
        "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅑㅒㅓㅔㅕㅖㅗㅛㅜㅠㅡㅣ",
        "rRseEfaqQtTdwWczxvgkoiOjpuPhynbml",
        strict=True,
    )
)
"""The two-set keyboard (KS X 5002). What has no key of its own is typed in parts."""


def parts_of(syllable: str) -> tuple[str, str, str]:
    """Return first consonant, vowel and last consonant ("" for none) of one composed syllable."""
    number = ord(syllable) - SYLLABLES.start
    return FIRST[number // 588], VOWELS[number // 28 % 21], LAST[number % 28]


def composed(first: str, vowel: str, last: str = "") -> str:
    """Return the syllable made of these."""
    number = FIRST.index(first) * 588 + VOWELS.index(vowel) * 28 + LAST.index(last)
    return chr(SYLLABLES.start + number)


def is_syllable(character: str) -> bool:
    """Tell a composed Hangul syllable."""
    return "가" <= character <= "힣"


def strokes_of(syllable: str) -> str:
    """Return a composed syllable as basic jamo."""
    first, vowel, last = parts_of(syllable)
    return PARTS[first] + PARTS[vowel] + (PARTS[last] if last else "")


def coded(jamo: str) -> str:
    """Return basic jamo as ASCII capitals."""
    return jamo.translate(CODES)


def keys_of(text: str) -> str:
    """Return the Latin keys that type a Hangul text; what is not Hangul stays."""
    typed = []
    for character in text:
        for jamo in parts_of(character) if is_syllable(character) else (character,):
            typed += [_keys(jamo)] if jamo else []
    return "".join(typed)


def _keys(jamo: str) -> str:
    if jamo in KEYS or jamo not in PARTS:
        return KEYS.get(jamo, jamo)
    whole = {"ㅙ": "ho", "ㅞ": "np"}.get(jamo)  # typed with the keys of ㅐ and ㅔ
    return whole or "".join(KEYS[part] for part in PARTS[jamo])


def initials_of(text: str) -> str:
    """Return the first consonants of a text's syllables."""
    return "".join(parts_of(character)[0] for character in text if is_syllable(character))
