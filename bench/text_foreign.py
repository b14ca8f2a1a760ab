"""The kinds of respelling in other languages, one table a language."""

import random
import unicodedata

import text_edits as edits
from text_edits import Rules, at_one, between
from text_kinds import Kind


def foreign_kinds(rules: Rules) -> dict[str, dict[str, Kind]]:
    """Return the kinds of other languages, language by language."""
    spread: dict[str, Kind] = {
        "spacing": lambda t, _: " ".join(t.replace(" ", "")),
        "zero width": lambda t, r: between(t, edits.INVISIBLE, r),
    }

    def letters(text: str, made: random.Random) -> str:
        low = rules.letters
        return "".join(
            made.choice(low[c.lower()]) if c.lower() in low and made.random() < 0.4 else c for c in text
        )

    def bare(text: str, _: random.Random) -> str:
        kept = (c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
        return "".join(kept).replace("Đ", "D").replace("đ", "d")

    cyrillic = {
        "а": "a",
        "е": "e",
        "о": "o",
        "р": "p",
        "с": "c",
        "у": "y",
        "х": "x",
        "А": "A",
        "В": "B",
        "К": "K",
        "М": "M",
        "Н": "H",
    }
    katakana = {
        "カ": "力",
        "ロ": "口",
        "ニ": "二",
        "ト": "卜",
        "ハ": "八",
        "タ": "夕",
        "エ": "工",
        "チ": "千",
        "ミ": "三",
    }
    return {
        "en": spread | {"confusable": letters},
        "es": spread | {"confusable": letters, "without accents": bare},
        "vi": spread | {"confusable": letters, "without accents": bare},
        "ru": spread | {"confusable": lambda t, _: "".join(cyrillic.get(c, c) for c in t),
        "transliterated": lambda t, _: transliterated(t)},
        "zh": spread | {
            "traditional": lambda t, _: "".join(edits.TRADITIONAL.get(c, c) for c in t),
            "same sound": lambda t, r: at_one(t, lambda c: c in edits.HOMOPHONES,
            lambda c: edits.HOMOPHONES[c], r),
        },
        "ja kana": spread | {
            "katakana": lambda t, _: shifted(t),
            "half width": lambda t, _: half_width_kana(t),
            "confusable": lambda t, _: "".join(katakana.get(c, c) for c in shifted(t)),
        },
        "ja kanji": spread | {"old shapes": lambda t, _: "".join(dict(zip("渡辺沢桜広恵真",
        "渡邊澤櫻廣惠眞", strict=True)).get(c, c) for c in t)},
    }  # fmt: skip


def transliterated(text: str) -> str:
    return (
        "".join(edits.RUSSIAN[c] for c in text.lower() if c != " " and c in edits.RUSSIAN).replace("_", "")
        if " " not in text
        else " ".join(transliterated(word) for word in text.split())
    )


def shifted(text: str) -> str:
    return "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in text)


def half_width_kana(text: str) -> str:
    table = {unicodedata.normalize("NFKC", chr(c)): chr(c) for c in range(0xFF66, 0xFF9E)}
    out = ""
    for c in unicodedata.normalize("NFD", shifted(text)):
        out += {"\u3099": "ﾞ", "\u309a": "ﾟ"}.get(c) or table.get(c, c)
    return out
