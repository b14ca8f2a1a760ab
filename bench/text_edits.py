"""Respells names, handles, numbers and captions, by tables of its own: pinned, and none of the matcher's.

What stands in RULES can be replaced by rule files of somebody else (`read_rules`): then the figures of those
kinds are held out. Version 1.
"""

import json
import random
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

FIRST = [chr(0x1100 + n) for n in range(19)]
SHOWN_FIRST = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
SHOWN_VOWEL = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
SHOWN_LAST = ["", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"]
QWERTY = dict(zip(
    "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡㅃㅉㄸㄲㅆㅒㅖ",
    "qwertyuiopasdfghjklzxcvbnmQWERTOP", strict=True
))  # fmt: skip
DOUBLE_VOWELS = {"ㅘ": "hk", "ㅙ": "ho", "ㅚ": "hl", "ㅝ": "nj", "ㅞ": "np", "ㅟ": "nl", "ㅢ": "ml"}
DOUBLE_LASTS = {
    "ㄳ": "rt",
    "ㄵ": "sw",
    "ㄶ": "sg",
    "ㄺ": "fr",
    "ㄻ": "fa",
    "ㄼ": "fq",
    "ㄽ": "ft",
    "ㄾ": "fx",
    "ㄿ": "fv",
    "ㅀ": "fg",
    "ㅄ": "qt",
}
INVISIBLE = [
    "\u200b",
    "\u200c",
    "\u200d",
    "\u2060",
    "\u00ad",
    "\ufeff",
    "\u3164",
    "\u034f",
    "\u200e",
    "\ufe0f",
    "\U000e0061",
]
PUNCTUATION = [".", "_", "*", "~", "♡", "♥", "🔥", "💕", "·", "★", "/"]
HANJA = dict(zip(
    "김이박최정강조윤장임한오서신권황안송류홍고문양손배백허남심민지현수영진경희선미우재호원주은하",
    "金李朴崔鄭姜趙尹張林韓吳徐申權黃安宋柳洪高文梁孫裵白許南沈敏智賢秀英眞京姬善美宇在浩元珠恩河",
    strict=True,
))  # fmt: skip
ROMAN = (
    ["g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "_", "j", "jj", "ch", "k", "t", "p", "h"],
    [
        "a",
        "ae",
        "ya",
        "yae",
        "eo",
        "e",
        "yeo",
        "ye",
        "o",
        "wa",
        "wae",
        "oe",
        "yo",
        "u",
        "wo",
        "we",
        "wi",
        "yu",
        "eu",
        "ui",
        "i",
    ],
    [
        "_",
        "k",
        "k",
        "k",
        "n",
        "n",
        "n",
        "t",
        "l",
        "k",
        "m",
        "l",
        "l",
        "l",
        "p",
        "l",
        "m",
        "p",
        "p",
        "t",
        "t",
        "ng",
        "t",
        "t",
        "k",
        "t",
        "p",
        "t",
    ],
)
LEET = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7", "b": "8", "g": "9", "l": "1|"}
NUMERALS = "공일이삼사오육칠팔구"
TRADITIONAL = dict(
    zip(
        "张刘陈杨黄赵吴孙马罗郑华丽伟静强艳军杰涛兰国龙",
        "張劉陳楊黃趙吳孫馬羅鄭華麗偉靜強艷軍傑濤蘭國龍",
        strict=True,
    )
)
RUSSIAN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "yo",
            "zh",
            "z",
            "i",
            "y",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "shch",
            "_",
            "y",
            "_",
            "e",
            "yu",
            "ya",
        ],
        strict=True,
    )
)
HOMOPHONES = {
    "明": "铭",
    "伟": "维",
    "芳": "方",
    "丽": "莉",
    "敏": "闵",
    "静": "竞",
    "杰": "洁",
    "梅": "枚",
    "兰": "蓝",
    "英": "瑛",
    "娜": "那",
    "涛": "滔",
}
KEYCAP = "\ufe0f\u20e3"


@dataclass(frozen=True, slots=True)
class Rules:
    """Which characters somebody puts for which. `held_out`: by another author than the matcher's."""

    consonants: Mapping[str, list[str]]
    vowels: Mapping[str, list[str]]
    shapes: Mapping[str, list[str]]
    tense: Mapping[str, list[str]]
    other_vowels: Mapping[str, list[str]]
    letters: Mapping[str, list[str]] = field(default_factory=dict)
    held_out: bool = False


RULES = Rules(
    consonants={
        "ㄱ": ["フ", "7"], "ㄴ": ["L"], "ㄷ": ["匚"], "ㄹ": ["己", "2"],
        "ㅁ": ["口"], "ㅅ": ["人", "^"], "ㅇ": ["O", "0"],
        "ㅈ": ["ス"], "ㅌ": ["E"],
    },
    vowels={
        "ㅏ": ["ト"], "ㅣ": ["1", "l", "|"], "ㅜ": ["T"], "ㅡ": ["ー"], "ㅐ": ["H"], "ㅗ": ["⊥"], "ㅓ": ["┤"],
    },
    shapes={
        "대": ["머"], "머": ["대"], "귀": ["커"], "비": ["네"], "네": ["비"], "지": ["거"],
        "과": ["파"], "파": ["과"], "유": ["윾"], "우": ["윽"],
    },
    tense={"ㄱ": ["ㄲ", "ㅋ"], "ㄷ": ["ㄸ", "ㅌ"], "ㅂ": ["ㅃ", "ㅍ"], "ㅅ": ["ㅆ"], "ㅈ": ["ㅉ", "ㅊ"]},
    other_vowels={"ㅐ": ["ㅔ"], "ㅔ": ["ㅐ"], "ㅚ": ["ㅙ", "ㅞ"], "ㅢ": ["ㅣ"], "ㅒ": ["ㅖ"], "ㅖ": ["ㅔ"]},
    letters={
        "a": ["а", "ɑ", "α"], "e": ["е", "℮"], "o": ["о", "ο", "օ"], "i": ["і", "ı"],
        "k": ["κ", "𝗄"], "s": ["ѕ"], "l": ["ӏ", "Ⅰ"], "n": ["ո"], "m": ["м"], "r": ["г"],
    },
)  # fmt: skip


def read_rules(folder: Path | None) -> Rules:
    """Read iconic_dictionary.json and replace.json, as KOTOX has them, and confusables.txt."""
    if folder is None:
        return RULES
    looks: dict[str, Any] = _json(folder / "iconic_dictionary.json")
    sounds: dict[str, Any] = _json(folder / "replace.json")
    letters = _letters(folder / "confusables.txt")
    return Rules(
        looks.get("consonant_dict", RULES.consonants), looks.get("vowel_dict", RULES.vowels),
        looks.get("yamin_dict", RULES.shapes), sounds.get("power_replace_map", RULES.tense),
        sounds.get("vowel_replace_map", RULES.other_vowels),
        letters or RULES.letters, held_out=bool(looks and sounds),
    )  # fmt: skip


def _json(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text()) if file.is_file() else {}


def _letters(file: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in file.read_text("utf-8-sig").splitlines() if file.is_file() else ():
        match = re.match(r"([0-9A-F]+)\s*;\s*([0-9A-F]+)\s*;", line)
        if match:
            strange, plain = chr(int(match[1], 16)), chr(int(match[2], 16))
            if (
                plain.isascii()
                and plain.isalnum()
                and unicodedata.category(strange)[0] == "L"
                and not strange.isascii()
            ):
                found.setdefault(plain.lower(), []).append(strange)
    return found


def apart(syllable: str) -> tuple[str, str, str]:
    """Return the three parts of a syllable, by canonical decomposition."""
    one, two, *three = unicodedata.normalize("NFD", syllable)
    return (
        SHOWN_FIRST[ord(one) - 0x1100],
        SHOWN_VOWEL[ord(two) - 0x1161],
        SHOWN_LAST[ord(three[0]) - 0x11A7 if three else 0],
    )


def together(first: str, vowel: str, last: str) -> str:
    """Return the syllable of three parts, by canonical composition."""
    made = chr(0x1100 + SHOWN_FIRST.index(first)) + chr(0x1161 + SHOWN_VOWEL.index(vowel))
    number = SHOWN_LAST.index(last)
    return unicodedata.normalize("NFC", made + (chr(0x11A7 + number) if number else ""))


def hangul(character: str) -> bool:
    return unicodedata.name(character, "").startswith("HANGUL SYLLABLE")


def between(text: str, choices: list[str], made: random.Random) -> str:
    """Put something between all letters."""
    return "".join(c + (made.choice(choices) if at < len(text) - 1 else "") for at, c in enumerate(text))


def at_one(
    text: str, fits: Callable[[str], bool], change: Callable[[str], str], made: random.Random
) -> str | None:
    """Change one character that fits, None where none does."""
    places = [at for at, c in enumerate(text) if fits(c)]
    if not places:
        return None
    at = made.choice(places)
    return text[:at] + change(text[at]) + text[at + 1 :]


def has_romanizer() -> bool:
    """Tell whether another author's romaniser is installed (hangul-romanize)."""
    return find_spec("hangul_romanize") is not None
