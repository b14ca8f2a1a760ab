"""All letters by their language, and which legal paragraph each of them has."""

from collections.abc import Mapping

from jikimi.model.errors import NeedsHuman
from jikimi.removal.letter import Letter, digest_of
from jikimi.removal.letter_de import GERMAN
from jikimi.removal.letter_en import ENGLISH
from jikimi.removal.letter_es import SPANISH
from jikimi.removal.letter_fr import FRENCH
from jikimi.removal.letter_ja import JAPANESE
from jikimi.removal.letter_ko import KOREAN
from jikimi.removal.letter_ru import RUSSIAN
from jikimi.removal.letter_vi import VIETNAMESE
from jikimi.removal.letter_zh_hans import CHINESE_SIMPLIFIED
from jikimi.removal.letter_zh_hant import CHINESE_TRADITIONAL

LETTERS: Mapping[str, Letter] = {
    letter.language: letter
    for letter in (
        KOREAN, ENGLISH, JAPANESE, CHINESE_SIMPLIFIED, CHINESE_TRADITIONAL, RUSSIAN, VIETNAMESE, SPANISH,
        GERMAN, FRENCH,
    )
}  # fmt: skip


def letter_in(language: str) -> Letter:
    """Return the letter of a language; NeedsHuman lists those there are."""
    if language not in LETTERS:
        raise NeedsHuman(f"There is no removal letter in {language!r}. Choose one of: {', '.join(LETTERS)}.")
    return LETTERS[language]


def has_letter(regime: str, language: str) -> bool:
    """Tell whether a letter of this language has a legal paragraph for this regime."""
    return language in LETTERS and regime in LETTERS[language].laws


def standing_wordings() -> tuple[str, ...]:
    """Return the digests of what all letters state in good faith: what a person approves once per case.

    What a copyright notice states under penalty of perjury is not among them; it is allowed by an act of its
    own.
    """
    return tuple(sorted(digest_of(letter.statement) for letter in LETTERS.values()))
