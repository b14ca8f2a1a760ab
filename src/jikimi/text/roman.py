"""Names in Latin letters, however they are romanised: one skeleton for all spellings of a sound.

Korean (Revised Romanisation, McCune-Reischauer without marks, and passports), Mandarin in pinyin, Japanese in
Hepburn and Kunrei, Russian as passports, BGN and scholars write it. What the spellings do not agree on is
merged on both sides: g and k, r and l, eo and u and o.
"""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache, cached_property
from itertools import accumulate, islice, product
from typing import Final

from jikimi.text import tables
from jikimi.text.hangul import is_syllable, parts_of

SHORTEST: Final = 5
"""Letters of a skeleton; shorter ones are ordinary words everywhere."""

LONGEST: Final = 24
MOST_WORDS: Final = 5
MOST_SPELLINGS: Final = 24

MARKS: Final = str.maketrans(
    "āēīōūâêîôûáéíóúàèìòùäëïöüǎěǐǒǔñçşšžčŏŭ", "aeiouaeiouaeiouaeiouaeiouaeiouncsszcou"
)
MARKED: Final = re.compile("[" + "".join(map(chr, MARKS)) + "]")
"""Looked for first: `str.translate` is slow where a table lacks most of a text."""

WORDS_KEPT: Final = 1 << 15
"""Words whose skeletons are remembered, a few megabytes: most words of a post stood in one before it."""

LONGEST_GAP: Final = 3
"""Characters between two words of one name."""

ONLY_LETTERS: Final = {code: " " for code in range(128) if not 97 <= code <= 122}  # noqa: PLR2004 - a to z
LETTER: Final = re.compile("[a-z]")
SPACED: Final = re.compile("[^a-z]+")
HAS_SPELLED: Final = re.compile("(?: [a-z]){5}(?![a-z])")
SPELLED: Final = re.compile(r"\b[a-z](?:[ ._*-]{1,3}[a-z]\b){4,}")
"""A name letter by letter."""

WORD: Final = re.compile("[a-z]+")
_PAIRS: Final = (
    ("ng", "N"), ("shch", "s"), ("sch", "s"), ("zh", "c"), ("ch", "c"), ("sh", "s"), ("kh", "h"), ("ts",
    "c"), ("tz", "c"),
    ("kk", "k"), ("gg", "k"), ("tt", "t"), ("dd", "t"), ("pp", "p"), ("bb", "p"), ("ss", "s"), ("jj",
    "c"), ("ll", "l"), ("rr", "l"),
    ("rh", "l"), ("mm", "m"), ("nn", "n"), ("eo", "o"), ("eu", "o"), ("oo", "o"), ("ou", "o"),
    ("ui", "i"), ("ee", "i"), ("ae", "e"), ("ai", "e"),
)  # fmt: skip
_SILENT: Final = re.compile("(?<=[aou])h(?![aeiouyw])|(?<=u)r(?![a-z])")
_SINGLE: Final = str.maketrans("gqdbvfjzrux", "kktpppccloc", "yw'")
_VOWELS: Final = (("oo", "o"), ("aa", "a"), ("ii", "i"))

FIRST_SPELLINGS: Final = "g g n d d r m b b s s _ j j ch k t p h"
VOWEL_SPELLINGS: Final = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i"
HEPBURN: Final = (
    "a i u e o ka ki ku ke ko sa shi su se so ta chi tsu te to na ni nu ne no ha hi fu he ho ma mi mu me mo"
    " ya yu yo ra ri ru re ro wa o n"
)
VOICED_HEPBURN: Final = "ga gi gu ge go za ji zu ze zo da ji zu de do ba bi bu be bo pa pi pu pe po"
KOREAN_FIRST: Final = dict(
    zip(
        "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ",
        ["g", "g", "n", "d", "d", "r", "m", "b", "b", "s", "s", "_", "j", "j", "ch", "k", "t", "p", "h"],
        strict=True,
    )
)
KOREAN_VOWEL: Final = dict(zip(
    "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ",
    VOWEL_SPELLINGS.split(),
    strict=True,
))  # fmt: skip
KOREAN_LAST: Final = {
    "": ("",), "ㄱ": ("k",), "ㄲ": ("k",), "ㄳ": ("k",), "ㄴ": ("n",), "ㄵ": ("n",), "ㄶ": ("n",),
    "ㄷ": ("t",), "ㄹ": ("l",),
    "ㄺ": ("k",), "ㄻ": ("m",), "ㄼ": ("l",), "ㄽ": ("l",), "ㄾ": ("l",), "ㄿ": ("p",), "ㅀ": ("l",),
    "ㅁ": ("m",), "ㅂ": ("p",),
    "ㅄ": ("p",), "ㅅ": ("t", "s"), "ㅆ": ("t", "s"), "ㅇ": ("ng",), "ㅈ": ("t", "j"), "ㅊ": ("t", "ch"),
    "ㅋ": ("k",), "ㅌ": ("t",),
    "ㅍ": ("p",), "ㅎ": ("", "h", "t"),
}  # fmt: skip
FAMILY: Final = {
    "김": ("kim",), "이": ("i", "lee", "rhee"), "박": ("bak", "park"), "최": ("choe", "choi"),
    "정": ("jeong", "jung", "chung"),
    "임": ("im", "rim"), "유": ("yu", "ryu"), "류": ("ryu",), "노": ("no", "roh"), "심": ("sim",),
    "허": ("heo", "hur"),
    "백": ("baek", "paik"), "우": ("u", "wo"), "오": ("o",), "안": ("an", "ahn"), "성": ("seong", "sung"),
    "여": ("yeo", "ryeo"),
}  # fmt: skip
"""How passports spell family names when they do not follow the rule."""

RUSSIAN: Final = tuple(
    dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", row.split(), strict=True))
    for row in (
        "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch ie y _ e iu ia",
        "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya",
        "a b v g d e jo zh z i j k l m n o p r s t u f h c ch sh sh _ y _ e ju ja",
        "a b v g d ye yo zh z i y k l m n o p r s t u f h ts ch sh sch _ i _ e yu ya",
    )
)
KANA: Final = dict(zip(
    "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん",
    HEPBURN.split(),
    strict=True,
)) | dict(zip(
    "がぎぐげござじずぜぞだぢづでどばびぶべぼぱぴぷぺぽ",
    VOICED_HEPBURN.split(),
    strict=True,
))  # fmt: skip
_GLIDES: Final = {"ゃ": "ya", "ゅ": "yu", "ょ": "yo"}


def skeleton(latin: str) -> str:
    """Return lower-case Latin words as their skeletons, words where they were; other characters stay."""
    for old, new in _PAIRS:
        latin = latin.replace(old, new)
    if "h" in latin or "ur" in latin:
        latin = _SILENT.sub("", latin)
    latin = latin.translate(_SINGLE)
    for old, new in _VOWELS:
        latin = latin.replace(old, new)
    return latin


def lowered(text: str) -> str:
    """Return a text in small letters without the commonest marks, of the same length."""
    low = text.lower()
    low = low if len(low) == len(text) else text
    return low.translate(MARKS) if MARKED.search(low) else low


def spaced(lowered_text: str) -> str:
    """Return the Latin words of a text with one space between."""
    if lowered_text.isascii():
        return " ".join(lowered_text.translate(ONLY_LETTERS).split())
    return SPACED.sub(" ", lowered_text).strip()


def words_in(spaced_words: str) -> list[str]:
    """Return the skeleton of every Latin word; some have none and are empty."""
    return [*map(_remembered().__getitem__, spaced_words.split(" "))]


class Skeletons(dict[str, str]):
    """Words and their skeletons, as far as they are remembered; all are forgotten when there are too many."""

    def __missing__(self, word: str) -> str:
        found = skeleton(word)
        if len(word) <= LONGEST:
            if len(self) >= WORDS_KEPT:
                self.clear()
            self[word] = found
        return found


@cache
def _remembered() -> Skeletons:
    return Skeletons()


class Latin:
    """The Latin words of one text, read once for all that is searched for."""

    def __init__(self, text: str) -> None:
        self._text, self._low = text, lowered(text)
        latin = spaced(self._low) if LETTER.search(self._low) else ""
        self.words = words_in(latin) if latin else []
        together = "".join(self.words)
        starts = accumulate(map(len, self.words), initial=0)
        self._heads = [together[at : at + SHORTEST] for at in starts]
        self._different = frozenset(self._heads)
        self.spelled: list[tuple[str, tuple[int, int]]] = []
        """What is spelled letter by letter: its skeleton and where it stands."""
        if HAS_SPELLED.search(f" {latin}"):
            for match in SPELLED.finditer(self._low):
                self.spelled.append((skeleton(SPACED.sub("", match[0])), match.span()))

    def known(self, known: Mapping[str, object], heads: AbstractSet[str]) -> Iterator[tuple[str, int, int]]:
        """Yield neighbouring words that together are known, with the first and last word's number.

        `heads` are the first SHORTEST letters of all that is known.
        """
        if heads.isdisjoint(self._different):
            return
        for first in [number for number, head in enumerate(self._heads) if head in heads]:
            whole = ""
            for last in range(first, min(first + MOST_WORDS, len(self.words))):
                whole += self.words[last]
                if whole in known:
                    yield whole, first, last

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        return [match.span() for match in WORD.finditer(self._low)]

    def span(self, first: int, last: int) -> tuple[int, int] | None:
        """Return where words stand, None where they are too far apart to be one name."""
        spans = self._spans
        for at in range(first, last):
            gap = self._text[spans[at][1] : spans[at + 1][0]]
            if len(gap) > LONGEST_GAP or any(c.isalnum() for c in gap):
                return None
        return spans[first][0], spans[last][1]


def spellings(text: str) -> Iterator[str]:
    """Yield the skeletons of one name, its first word or syllable first and last."""
    seen = set()
    for first, rest in _romanised(text):
        whole = (skeleton(first), "".join(skeleton(part) for part in rest), skeleton(first + "".join(rest)))
        last = skeleton("".join(rest))
        for candidate in (
            whole[0] + whole[1],
            whole[2],
            whole[1] + whole[0],
            whole[0] + last,
            last + whole[0],
        ):
            if SHORTEST <= len(candidate) <= LONGEST and candidate not in seen:
                seen.add(candidate)
                yield candidate


def _romanised(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield readings in parts: the first part, and the others."""
    words = text.split()
    folded = text.casefold()
    if text and all(is_syllable(c) or c.isspace() for c in text):
        yield from _korean("".join(words))
    elif folded and all("а" <= c <= "ё" or c in " -" for c in folded):
        for row in RUSSIAN:
            parts = [
                "".join(row.get(c, "") for c in word).replace("_", "")
                for word in folded.replace("-", " ").split()
            ]
            yield parts[0], tuple(parts[1:])
    elif text and all("\u3040" <= c <= "\u30ff" or c.isspace() for c in text):
        parts = [_kana(word) for word in words]
        yield parts[0], tuple(parts[1:])
        yield (
            parts[0].replace("sh", "sy").replace("ch", "ty").replace("ts", "t").replace("f", "h"),
            tuple(parts[1:]),
        )
    elif text and all("㐀" <= c <= "鿿" for c in text):
        pinyin = tables.readings("pinyin")
        sounds = tuple(pinyin.get(c, "") for c in text)
        yield sounds[0], sounds[1:]
        for cut in range(1, min(3, len(text))):
            yield from _kanji(text[:cut], text[cut:])


def _korean(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    choices = [FAMILY.get(text[0], ()) + _syllable(text[0]), *(_syllable(c) for c in text[1:])]
    for chosen in islice(product(*(dict.fromkeys(choice) for choice in choices)), MOST_SPELLINGS):
        yield chosen[0], chosen[1:]


def _syllable(syllable: str) -> tuple[str, ...]:
    first, vowel, last = parts_of(syllable)
    return tuple(
        KOREAN_FIRST[first].replace("_", "") + KOREAN_VOWEL[vowel] + end for end in KOREAN_LAST[last]
    )


def _kana(word: str) -> str:
    """Return kana in Hepburn: じょ is jo, っ doubles, ー lengthens and is dropped."""
    out = ""
    for c in word:
        plain = chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c
        if plain in _GLIDES:
            glide = _GLIDES[plain]
            out = out[:-1] + (glide[1:] if out.endswith(("shi", "chi", "ji")) else glide)
        else:
            out += KANA.get(plain, "")
    return out


def _kanji(family: str, given: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield Japanese readings of a name, the native ones first."""
    table = tables.readings("japanese")
    read = [table.get(c, "").split(",")[:3] for c in family + given]
    for chosen in islice(product(*read), MOST_SPELLINGS):
        yield "".join(chosen[: len(family)]), ("".join(chosen[len(family) :]),)
