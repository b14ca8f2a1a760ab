"""The kinds of respelling that are measured, one function each: text and randomness in, text or None out."""

import random
import unicodedata
from collections.abc import Callable

import text_edits as edits
from text_edits import Rules, apart, at_one, between, hangul, together

Kind = Callable[[str, random.Random], str | None]


def korean_kinds(rules: Rules) -> dict[str, Kind]:
    """Return the kinds for Korean names, by what they are called in the tables."""
    return {
        "spacing": lambda t, _: " ".join(t),
        "one space": lambda t, r: t[: (at := r.randrange(1, len(t)))] + " " + t[at:],
        "punctuation, hearts": lambda t, r: between(t, edits.PUNCTUATION, r),
        "zero width": lambda t, r: between(t, edits.INVISIBLE, r),
        "decomposed": lambda t, _: unicodedata.normalize("NFD", t),
        "half width": lambda t, _: "".join(half_width(j) for c in t for j in apart(c) if j),
        "jamo split": lambda t, _: "".join("".join(apart(c)) for c in t),
        "one syllable split": lambda t, r: at_one(t, hangul, lambda c: "".join(apart(c)), r),
        "jamo split, spaced": lambda t, _: " ".join("".join("".join(apart(c)) for c in t)),
        "Latin keys": lambda t, _: "".join(keys(c) for c in t),
        "hanja": lambda t, r: at_one(t, lambda c: c in edits.HANJA, lambda c: edits.HANJA[c], r),
        "look-alike": lambda t, r: look_alike(t, rules, r),
        "yaminjeongeum": lambda t, r: yamin(t, rules, r),
        "tense": lambda t, r: at_one(
            t, lambda c: apart(c)[0] in rules.tense, lambda c: tense(c, rules, r), r
        ),
        "vowel": lambda t, r: at_one(
            t, lambda c: apart(c)[1] in rules.other_vowels, lambda c: vowel(c, rules, r), r
        ),
        "liaison": lambda t, _: liaison(t),
        "added final": added_final,
        "romanised": lambda t, _: romanised(t),
        "romanised, spaced": lambda t, _: f"{roman(t[0])} {''.join(map(roman, t[1:]))}".title(),
        "mixed with Latin": lambda t, r: at_one(t, hangul, roman, r),
        "initials": lambda t, _: "".join(apart(c)[0] for c in t),
        "swapped": lambda t, _: t[0] + t[2] + t[1] + t[3:],
    }


MECHANICAL = (
    "spacing",
    "punctuation, hearts",
    "zero width",
    "decomposed",
    "half width",
    "jamo split",
    "one syllable split",
    "Latin keys",
)
PAIRS = (
    ("tense", "zero width"), ("tense", "spacing"), ("vowel", "jamo split"), ("look-alike", "zero width"),
    ("look-alike", "tense"), ("hanja", "zero width"), ("hanja", "tense"), ("added final", "tense"),
    ("added final", "spacing"),
    ("one syllable split", "spacing"), ("jamo split", "punctuation, hearts"), ("yaminjeongeum", "zero width"),
    ("mixed with Latin", "tense"), ("romanised", "spacing"), ("look-alike", "vowel"),
    ("look-alike", "added final"), ("yaminjeongeum", "tense"),
)  # fmt: skip


def both(first: Kind, second: Kind) -> Kind:
    """Return the second kind after the first; syllables that are left are what it works on."""

    def respell(text: str, made: random.Random) -> str | None:
        once = first(text, made)
        try:
            return second(once, made) if once else None
        except ValueError:  # nothing is left that can be taken apart
            return None

    return respell


def respelled(kinds: dict[str, Kind], name: str) -> Kind:
    """Return a kind by name; "a + b" is b and then a, so that syllables are still whole for b."""
    if " + " not in name:
        return kinds[name]
    one, other = name.split(" + ")
    order = (one, other) if other in {*MECHANICAL, "jamo split, spaced"} else (other, one)
    return both(kinds[order[0]], kinds[order[1]])


def half_width(jamo: str) -> str:
    """Return the half-width form that Unicode folds back to this jamo."""
    wanted = unicodedata.normalize("NFKC", jamo)
    return next(
        (chr(c) for c in range(0xFFA1, 0xFFDD) if unicodedata.normalize("NFKC", chr(c)) == wanted), jamo
    )


def keys(character: str) -> str:
    first, vowel_, last = apart(character)
    typed = edits.QWERTY[first] + (edits.DOUBLE_VOWELS.get(vowel_) or edits.QWERTY[vowel_])
    return typed + ((edits.DOUBLE_LASTS.get(last) or edits.QWERTY[last]) if last else "")


def look_alike(text: str, rules: Rules, made: random.Random) -> str | None:
    def change(character: str) -> str:
        first, vowel_, last = apart(character)
        if vowel_ in rules.vowels and (first not in rules.consonants or made.random() < 0.5):
            return first + made.choice(rules.vowels[vowel_]) + last
        return made.choice(rules.consonants[first]) + vowel_ + last

    return at_one(
        text,
        lambda c: hangul(c) and (apart(c)[0] in rules.consonants or apart(c)[1] in rules.vowels),
        change,
        made,
    )


def yamin(text: str, rules: Rules, made: random.Random) -> str | None:
    """Swap one syllable, its final consonant kept; only swaps of whole syllables are asked for."""

    def choices(character: str) -> list[str]:
        if not hangul(character):
            return []
        found = [c for c in rules.shapes.get(character, []) if len(c) == 1 and hangul(c)]
        first, vowel_, last = apart(character)
        open_ = rules.shapes.get(together(first, vowel_, ""), []) if last else []
        return found + [
            together(*apart(c)[:2], last) for c in open_ if len(c) == 1 and hangul(c) and not apart(c)[2]
        ]

    return at_one(text, lambda c: bool(choices(c)), lambda c: made.choice(choices(c)), made)


def tense(character: str, rules: Rules, made: random.Random) -> str:
    first, vowel_, last = apart(character)
    return together(made.choice(rules.tense[first]), vowel_, last)


def vowel(character: str, rules: Rules, made: random.Random) -> str:
    first, vowel_, last = apart(character)
    return together(first, made.choice([v for v in rules.other_vowels[vowel_] if len(v) == 1]), last)


def liaison(text: str) -> str | None:
    for at in range(len(text) - 1):
        (a, b, last), (first, d, e) = apart(text[at]), apart(text[at + 1])
        if last in edits.SHOWN_FIRST and last not in ("", "ㅇ") and first == "ㅇ":
            return text[:at] + together(a, b, "") + together(last, d, e) + text[at + 2 :]
    return None


def added_final(text: str, made: random.Random) -> str | None:
    def change(character: str) -> str:
        first, vowel_, _ = apart(character)
        return together(first, vowel_, made.choice("ㅇㄱㅅㅎㄴㅁㅂ"))

    return at_one(text, lambda c: hangul(c) and not apart(c)[2], change, made)


def roman(character: str) -> str:
    first, vowel_, last = apart(character)
    row, vowels, ends = edits.ROMAN
    parts = (
        row[edits.SHOWN_FIRST.index(first)],
        vowels[edits.SHOWN_VOWEL.index(vowel_)],
        ends[edits.SHOWN_LAST.index(last)],
    )
    return "".join(parts).replace("_", "")


def romanised(text: str) -> str:
    """Romanise by another author's rules where they are installed, else letter by letter."""
    if edits.has_romanizer():
        from hangul_romanize import Transliter
        from hangul_romanize.rule import academic

        return str(Transliter(academic).translit(text)).replace(" ", "")
    return "".join(map(roman, text))


def latin_kinds(rules: Rules) -> dict[str, Kind]:
    """Return the kinds for handles."""
    return {
        "full width": lambda t, _: "".join(chr(ord(c) + 0xFEE0) for c in t),
        "mathematical": lambda t, _: "".join(chr(0x1D41A + ord(c) - 97) if c.isalpha() else c for c in t),
        "confusable": lambda t, r: "".join(
            r.choice(rules.letters[c]) if c in rules.letters and r.random() < 0.5 else c for c in t
        ),
        "leet": lambda t, r: "".join(
            r.choice(edits.LEET[c]) if c in edits.LEET and r.random() < 0.6 else c for c in t
        ),
        "zero width": lambda t, r: between(t, edits.INVISIBLE, r),
        "spacing": lambda t, _: " ".join(t),
        "punctuation": lambda t, r: between(t, edits.PUNCTUATION, r),
        "enclosed": lambda t, r: "".join(
            chr(r.choice([0x1F1E6, 0x1F170, 0x1F150, 0x24D0]) + ord(c) - 97) if c.isalpha() else c for c in t
        ),
        "accents": lambda t, r: unicodedata.normalize(
            "NFC", "".join(c.upper() + r.choice("\u0301\u0308\u0302") if c.isalpha() else c for c in t)
        ),
        "stacked marks": lambda t, r: "".join(
            c + "".join(chr(r.randint(0x300, 0x36F)) for _ in range(3)) for c in t
        ),
    }


def latin_three(rules: Rules) -> Kind:
    kinds = latin_kinds(rules)

    def respell(text: str, made: random.Random) -> str | None:
        return between(str(kinds["confusable"](str(kinds["leet"](text, made)), made)), edits.INVISIBLE, made)

    return respell


def phone_kinds() -> dict[str, Kind]:
    """Return the kinds for telephone numbers."""
    return {
        "dashes": lambda t, _: f"{t[:3]}-{t[3:7]}-{t[7:]}",
        "dots, spaces": lambda t, _: f"{t[:3]}. {t[3:7]} . {t[7:]}",
        "country code": lambda t, _: f"+82 {t[1:3]}-{t[3:7]}-{t[7:]}",
        "O and l": lambda t, _: t.replace("0", "O").replace("1", "l"),
        "Korean numerals": lambda t, _: "".join(edits.NUMERALS[int(c)] for c in t),
        "mixed numerals": lambda t, r: "".join(edits.NUMERALS[int(c)] if r.random() < 0.4 else c for c in t),
        "circled, keycaps": lambda t, r: "".join(
            r.choice([c, c + edits.KEYCAP, chr(ord(c) + 0xFEE0), "⓪①②③④⑤⑥⑦⑧⑨"[int(c)]]) for c in t
        ),
        "spacing": lambda t, _: " ".join(t),
    }
