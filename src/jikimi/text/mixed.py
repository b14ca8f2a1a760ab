"""Reads scripts that are mixed within a word: Latin syllables glued to Hangul, Chinese strokes among kana."""

import re
from typing import Final

from jikimi.text.hangul import composed

FIRSTS: Final = {
    "": "ㅇ", "g": "ㄱ", "k": "ㅋ", "kk": "ㄲ", "n": "ㄴ", "d": "ㄷ", "t": "ㅌ", "tt": "ㄸ", "r": "ㄹ",
    "l": "ㄹ", "m": "ㅁ",
    "b": "ㅂ", "p": "ㅍ", "pp": "ㅃ", "s": "ㅅ", "ss": "ㅆ", "sh": "ㅅ", "j": "ㅈ", "jj": "ㅉ",
    "ch": "ㅊ", "h": "ㅎ",
}  # fmt: skip
VOWELS: Final = {
    "a": "ㅏ", "ae": "ㅐ", "ya": "ㅑ", "yae": "ㅒ", "eo": "ㅓ", "e": "ㅔ", "yeo": "ㅕ", "ye": "ㅖ",
    "o": "ㅗ", "wa": "ㅘ",
    "wae": "ㅙ", "oe": "ㅚ", "yo": "ㅛ", "u": "ㅜ", "oo": "ㅜ", "wo": "ㅝ", "we": "ㅞ", "wi": "ㅟ",
    "yu": "ㅠ", "eu": "ㅡ",
    "ui": "ㅢ", "i": "ㅣ", "ee": "ㅣ",
}  # fmt: skip
LASTS: Final = {
    "": "", "g": "ㄱ", "k": "ㄱ", "n": "ㄴ", "d": "ㄷ", "t": "ㄷ", "l": "ㄹ", "r": "ㄹ", "m": "ㅁ",
    "b": "ㅂ", "p": "ㅂ", "ng": "ㅇ",
}  # fmt: skip
"""Revised Romanisation (2000) and the spellings people use beside it."""

_VOWEL: Final = "yae|yeo|wae|ae|ya|eo|ye|wa|oe|yo|oo|wo|we|wi|yu|eu|ui|ee|[aeoui]"
SYLLABLE: Final = re.compile(
    f"(kk|tt|pp|ss|jj|ch|sh|[gndrlmbsjktph])?({_VOWEL})(ng(?![aeiouyw])|[kgntdlrmbp](?![aeiouyw]))?"
)
HAS_GLUED: Final = re.compile("[A-Za-z](?:(?<=[가-힣].)|(?=[가-힣]))")
GLUED: Final = re.compile("(?<=[가-힣])[A-Za-z]{1,12}|[A-Za-z]{1,12}(?=[가-힣])")

AMONG_KANA: Final = {
    "力": "カ", "工": "エ", "口": "ロ", "二": "ニ", "卜": "ト", "八": "ハ", "夕": "タ", "千": "チ",
    "三": "ミ", "一": "ー", "才": "オ", "干": "チ", "匕": "ヒ", "乂": "メ", "ㄟ": "ヘ", "亻": "イ",
    "夂": "タ",
}  # fmt: skip
_KANA: Final = "ァ-ヺー" + "".join(AMONG_KANA)
HAS_KANA: Final = re.compile(f"[ァ-ヺ][{''.join(AMONG_KANA)}]|[{''.join(AMONG_KANA)}][ァ-ヺ]")
KANA_RUN: Final = re.compile(f"[{_KANA}]*[ァ-ヺ][{_KANA}]*")


def syllables_in(latin: str) -> str:
    """Return a Latin word as Hangul syllables, "" where it is none from end to end."""
    found = []
    at = 0
    while at < len(latin):
        match = SYLLABLE.match(latin, at)
        if match is None:
            return ""
        found.append(composed(FIRSTS[match[1] or ""], VOWELS[match[2]], LASTS[match[3] or ""]))
        at = match.end()
    return "".join(found)


def latin_syllables(text: str) -> list[tuple[int, int, str]]:
    """Return the Latin words that touch Hangul and can be read as syllables, with that reading."""
    places = []
    for match in GLUED.finditer(text):
        read = syllables_in(match[0].lower())
        if read:
            places.append((match.start(), match.end(), read))
    return places


def han_among_kana(text: str) -> list[tuple[int, int, str]]:
    """Return the Chinese characters in runs of katakana that look like katakana, with that reading."""
    return [
        (at, at + 1, AMONG_KANA[text[at]])
        for match in KANA_RUN.finditer(text)
        for at in range(match.start(), match.end())
        if text[at] in AMONG_KANA
    ]
