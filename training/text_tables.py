"""Writes the tables that text is folded by, from Unicode's own files.

    python training/text_tables.py FOLDER

FOLDER holds `confusables.txt` (UTS 39, 16.0.0; in the sources of ICU 76), `Unihan_Readings.txt` and
`Unihan_Variants.txt` (15.0.0; in Debian's unicode-data). Characters are as the package unicodedata2 16.0 has
them. Our own additions stand in this file; what a table is for is said by its first lines.
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import unicodedata2 as characters

TABLES = Path(__file__).parents[1] / "src" / "jikimi" / "text" / "tables"
SOURCE = "# From Unicode data (Unicode-3.0; see docs/licences.md). Made by training/text_tables.py.\n"
LEET = str.maketrans("0123456789i", "olzeasbtbgl")
BASIC = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎㅏㅑㅓㅕㅗㅛㅜㅠㅡㅣ"
STROKES = {
    "ㄲ": "ㄱㄱ", "ㄸ": "ㄷㄷ", "ㅃ": "ㅂㅂ", "ㅆ": "ㅅㅅ", "ㅉ": "ㅈㅈ", "ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ",
    "ㄶ": "ㄴㅎ",
    "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅅ", "ㄾ": "ㄹㅌ", "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ",
    "ㅄ": "ㅂㅅ",
    "ㅐ": "ㅏㅣ", "ㅒ": "ㅑㅣ", "ㅔ": "ㅓㅣ", "ㅖ": "ㅕㅣ", "ㅘ": "ㅗㅏ", "ㅙ": "ㅗㅏㅣ", "ㅚ": "ㅗㅣ",
    "ㅝ": "ㅜㅓ",
    "ㅞ": "ㅜㅓㅣ", "ㅟ": "ㅜㅣ", "ㅢ": "ㅡㅣ",
} | {jamo: jamo for jamo in BASIC}  # fmt: skip
SYLLABLES = range(0xAC00, 0xD7A4)
FIRST = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
LAST = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
CONJOINING = {
    chr(start + number): STROKES[jamo]
    for start, row in ((0x1100, FIRST), (0x1161, VOWELS), (0x11A8, LAST))
    for number, jamo in enumerate(row)
}
SMALL_KANA = str.maketrans("ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ")
SHINJITAI = dict(
    pair
    for pair in (
        "沢澤", "辺邊", "斎齋", "斉齊", "広廣", "浜濱", "桜櫻", "竜龍", "恵惠", "真眞", "栄榮", "桧檜",
        "黒黑", "鉄鐵", "渋澁",
        "塩鹽", "円圓", "亀龜", "駅驛", "関關", "歩步", "徳德", "緑綠", "薫薰", "単單", "戸戶", "嶋島",
        "嶌島", "冨富", "﨑崎", "髙高",
    )
)  # fmt: skip
"""Shapes of one character that Unihan does not call simplified, in Japanese names above all. Ours."""

FILLERS = "\u115f\u1160\u3164\uffa0\u2800"
VOICED = "\u3099\u309a"
ENCLOSED = {0x1F1E6: "regional", 0x1F150: "negative circled", 0x1F170: "negative squared"}


def main() -> None:
    folder = Path(sys.argv[1])
    skeletons = dict(confusables(folder))
    simple = dict(simplified(folder))
    fold = Folding(skeletons, simple)
    write("fold", "the base fold: what every character becomes; what is not listed is dropped", fold.plain)
    hangul = first_readings(folder, "kHangul", lambda value: value.split(":")[0])
    write("hanja", "Korean readings of Chinese characters", lambda c: hangul.get(c, ""))
    pinyin = first_readings(folder, "kMandarin", toneless)
    write("pinyin", "Mandarin readings of Chinese characters, without tones", lambda c: pinyin.get(c, ""))
    japanese = {
        c: f"{kun},{on}".strip(",")
        for c in {*first_readings(folder, "kJapaneseOn", str), *first_readings(folder, "kJapaneseKun", str)}
        for on in [",".join(every(folder, "kJapaneseOn").get(c, "").lower().split()[:2])]
        for kun in [",".join(every(folder, "kJapaneseKun").get(c, "").lower().split()[:2])]
    }
    write(
        "japanese", "Japanese readings of Chinese characters in Latin letters", lambda c: japanese.get(c, "")
    )


class Folding:
    """The base fold of one character."""

    def __init__(self, skeletons: dict[str, str], simple: dict[str, str]) -> None:
        self._skeletons = skeletons
        self._simple = simple

    def plain(self, c: str) -> str:
        """Return what a character becomes: basic jamo, Latin letters, hiragana, simplified, or itself."""
        for start in ENCLOSED:
            if start <= ord(c) < start + 26:
                return chr(97 + ord(c) - start).translate(LEET)
        kind = characters.category(c)
        if kind in ("Cs", "Co", "Cn") or c in FILLERS or (kind[0] == "M" and c not in VOICED):
            return ""
        whole = self._latin(c) if kind[0] in "LS" else ""
        if kind[0] == "S" and whole == "l":
            whole = ""  # strokes and bars stand between words more often than for a letter
        if whole:
            return whole.translate(LEET)
        text = characters.normalize("NFKC", characters.normalize("NFKC", c).casefold())
        return "".join(self._piece(x) for x in characters.normalize("NFKD", text))

    def _piece(self, x: str) -> str:
        if x in CONJOINING or x in STROKES:
            return CONJOINING.get(x) or STROKES[x]
        if x in VOICED or x == "ー":
            return x
        if "ァ" <= x <= "ヶ":
            x = chr(ord(x) - 0x60)
        x = x.translate(SMALL_KANA)
        kind = characters.category(x)
        if kind == "Nd":
            return str(characters.digit(x)).translate(LEET)
        latin = x.casefold() if x.isascii() else self._latin(x)
        kept = latin.translate(LEET) or self._simple.get(x, x)
        return kept if kind[0] in "LN" else ""

    def _latin(self, x: str) -> str:
        """Return the ASCII letters a letter looks like, in either case; "" for none."""
        if x.isascii():
            return ""
        for shape in (x, x.upper(), x.lower()):
            seen = "".join(c for c in self._skeletons.get(shape, "") if characters.category(c)[0] != "M")
            if seen == "rn":
                return "m"
            if seen and seen.isascii() and seen.isalnum() and not ("\u3040" <= x <= "\u9fff"):
                return seen.casefold()
        return ""


def confusables(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield characters and what they look like."""
    for line in (folder / "confusables.txt").read_text("utf-8-sig").splitlines():
        parts = line.split("#")[0].split(";")
        if len(parts) >= 2:  # noqa: PLR2004 - a character and its skeleton
            yield spelled(parts[0]), spelled(parts[1])


def spelled(codes: str) -> str:
    return "".join(chr(int(code, 16)) for code in codes.split())


def simplified(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield traditional characters and the simplified one, followed to the end."""
    step = {}
    for c, value in every(folder, "kSimplifiedVariant", "Unihan_Variants.txt").items():
        simple = chr(int(value.split()[0].removeprefix("U+"), 16))
        if simple != c and c not in [chr(int(v.removeprefix("U+"), 16)) for v in value.split()]:
            step[c] = simple
    for new, old in SHINJITAI.items():
        step[new] = step.get(old, old)
    for c in step:
        end, seen = c, {c}
        while step.get(end, end) not in seen:
            end = step[end]
            seen.add(end)
        yield c, end


def every(folder: Path, field: str, name: str = "Unihan_Readings.txt") -> dict[str, str]:
    """Return one field of Unihan by character."""
    if (field, name) not in _read:
        found = re.findall(rf"^U\+([0-9A-F]+)\t{field}\t(.*)$", (folder / name).read_text(), re.MULTILINE)
        _read[field, name] = {chr(int(code, 16)): value for code, value in found}
    return _read[field, name]


_read: dict[tuple[str, str], dict[str, str]] = {}


def first_readings(folder: Path, field: str, cut: Callable[[str], str]) -> dict[str, str]:
    return {c: cut(value.split()[0]) for c, value in every(folder, field).items()}


def toneless(value: str) -> str:
    kept = characters.normalize("NFD", value.replace("ü", "v"))
    return "".join(c for c in kept if c.isascii())


def write(name: str, what: str, of: Callable[[str], str]) -> None:
    """Write runs of characters that stay, and single ones with what they become."""
    lines = [f"# {name}: {what}.\n", SOURCE, "# Unicode 16.0.0, Unihan 15.0.0. Version 1.\n"]
    run: list[int] = []
    for code in [*range(0x110000), -1]:
        out = of(chr(code)) if code >= 0 else ""
        if code in SYLLABLES:
            out = ""  # syllables are taken apart by arithmetic
        if out and out == chr(code):
            run.append(code)
            continue
        if run:
            lines.append(f"{run[0]:X}-{run[-1]:X}\n")
            run = []
        if out:
            lines.append(f"{code:X} {out}\n")
    (TABLES / f"{name}.txt").write_text("".join(lines))


if __name__ == "__main__":
    main()
