"""Turns one identifier into what is searched for: many-to-one folds meet here with one-to-many spellings."""

import re
from collections.abc import Iterator
from enum import IntEnum
from typing import Final

from jikimi.model.text import Identifier, IdentifierKind
from jikimi.text import lookalikes, numbers, roman, views
from jikimi.text.hangul import CONSONANTS, initials_of, is_syllable, keys_of, parts_of

LONGEST_PATTERN: Final = 18
"""Folded characters an automaton holds of one pattern, seven syllables of Hangul; the rest is compared where
it was found. A smaller automaton stays in the processor's cache."""

LONGEST_OF_CAPTION: Final = 32
"""The same of a caption: many begin alike."""

LONGEST_WEAK: Final = 12
"""Syllables. Weak views are for names; whole sentences respelled letter by letter are captions."""

FEWEST_SYLLABLES: Final = 2
FEWEST_SOUNDS: Final = 5
FEWEST_PARTS: Final = 6
FEWEST_INITIALS: Final = 3
FEWEST_KEYS: Final = 6
FEWEST_SKELETON: Final = 3
NAMES: Final = frozenset({IdentifierKind.NAME, IdentifierKind.NICKNAME})
CALLED: Final = NAMES | {IdentifierKind.SCHOOL}
SCHEME: Final = re.compile(r"^[a-z+]+://(?:www\.)?|^www\.", re.IGNORECASE)


class Note(IntEnum):
    """Why a pattern stands for an identifier."""

    ITSELF = 0
    KEYS = 1  # typed with Latin keys
    SWAPPED = 2  # two syllables changed places
    READING = 3  # as a Chinese character is read; only where one stands
    DOTS = 4  # "dot" for the dot of an address
    RESHAPED = 5  # one syllable taken for another at a glance; for views of sound


Pattern = tuple[str, str, Note]
"""Which automaton or table, what to look for, and why."""


def core(identifier: Identifier) -> str:
    """Return what is matched of an identifier: a handle without its @, an address without its scheme."""
    text = identifier.text.strip()
    if identifier.kind is IdentifierKind.HANDLE:
        return text.lstrip("@＠")
    if identifier.kind is IdentifierKind.URL:
        return SCHEME.sub("", text).rstrip("/")
    return text


def patterns_of(identifier: Identifier) -> Iterator[Pattern]:
    """Yield every pattern of one identifier."""
    text = core(identifier)
    if identifier.kind is IdentifierKind.PHONE:
        for digits in numbers.spellings(text):
            yield "digits", digits, Note.ITSELF
        return
    yield from _strong(identifier, text)
    if identifier.kind in CALLED:
        hangul = "".join(c for c in text if is_syllable(c))
        if FEWEST_SYLLABLES <= len(hangul) <= LONGEST_WEAK and all(
            is_syllable(c) or c.isspace() for c in text
        ):
            yield from _weak(identifier.kind, hangul)
        if identifier.kind in NAMES:
            yield from (("roman", spelled, Note.ITSELF) for spelled in roman.spellings(text))
            if len(text) >= FEWEST_INITIALS and all("㐀" <= c <= "鿿" for c in text):
                yield "pinyin", views.fold(text, views.PINYIN), Note.ITSELF


def _strong(identifier: Identifier, text: str) -> Iterator[Pattern]:
    plain = views.fold(text, views.PLAIN)
    merged = views.fold(plain, views.MERGED)
    for folded in dict.fromkeys((plain, merged)):
        if folded:
            yield "plain", folded, Note.ITSELF
    if identifier.kind is IdentifierKind.URL and "." in text:
        yield "plain", views.fold(text.replace(".", "dot"), views.PLAIN), Note.DOTS
    if identifier.kind in CALLED | {IdentifierKind.TITLE}:
        typed = keys_of(text)
        if typed != text and len(typed) >= FEWEST_KEYS:
            yield "plain", views.fold(typed, views.PLAIN), Note.KEYS
        read = views.fold(text, views.HANJA)
        if read != plain and any(is_syllable(c) for c in text):
            yield "plain", read, Note.READING


def _weak(kind: IdentifierKind, text: str) -> Iterator[Pattern]:
    plain = views.fold(text, views.PLAIN)
    yield from _of_sound(text, plain)
    if len(plain) >= FEWEST_SOUNDS:
        yield "shape", views.fold(plain, views.SHAPE), Note.ITSELF
    if len(text) >= FEWEST_SKELETON:
        yield "skeleton", views.fold(plain, views.SKELETON), Note.ITSELF
    if kind in NAMES and len(text) >= FEWEST_INITIALS:
        yield "initials", initials_of(text), Note.ITSELF
        for swapped in _swapped(text):
            yield "plain", views.fold(swapped, views.PLAIN), Note.SWAPPED
        yield from _with_one_foreign(text)


def _of_sound(text: str, plain: str) -> Iterator[Pattern]:
    sound = views.fold(plain, views.SOUND)
    if len(sound) >= FEWEST_SOUNDS:
        yield "sound", sound, Note.ITSELF
        if sound[-1] in "GIN":
            yield "sound", sound[:-1] + "C", Note.ITSELF  # as it is spoken before a consonant
    read = views.fold(text, views.HANJA)
    if read != plain and len(read) >= FEWEST_SOUNDS:
        yield "sound", views.fold(read, views.SOUND), Note.READING
    for reshaped in _reshaped(text):
        heard = views.fold(reshaped, views.SOUND)
        if heard != sound and len(heard) >= FEWEST_SOUNDS:
            yield "sound", heard, Note.RESHAPED


def _with_one_foreign(text: str) -> Iterator[Pattern]:
    """Yield what is left of a text where a foreign character stands for one jamo."""
    if sum(len([jamo for jamo in parts_of(c) if jamo]) for c in text) < FEWEST_PARTS:
        return
    for rest in _without_one(text):
        yield "loose", views.fold(rest, views.LOOSE), Note.ITSELF
        rough = views.fold(rest, views.ROUGH)
        if len(rough) >= FEWEST_SOUNDS:
            yield "rough", rough, Note.ITSELF


def _without_one(text: str) -> Iterator[str]:
    """Yield the text without one jamo; what is left of that syllable is loose."""
    for at, character in enumerate(text):
        parts = [jamo for jamo in parts_of(character) if jamo]
        for missing in range(len(parts)):
            yield text[:at] + "".join(parts[:missing] + parts[missing + 1 :]) + text[at + 1 :]


def _reshaped(text: str) -> Iterator[str]:
    """Yield the text, folded, with one syllable taken for another at a glance.

    That syllable's first consonant may be a tense one, too.
    """
    strokes = [views.fold(c, views.PLAIN) for c in text]
    for at, whole in enumerate(strokes):
        seen = {whole}
        is_before_vowel = "".join(strokes[at + 1 :]).startswith("H")
        for heard in (whole, *(new + whole[1:] for new in lookalikes.HARDENED.get(whole[0], ()))):
            for shape in lookalikes.shapes_of(heard):
                if is_before_vowel and heard[-1] not in CONSONANTS and shape[-1] in CONSONANTS:
                    continue  # 익 for 이 before 영: as it sounds, 이경
                if shape not in seen:
                    seen.add(shape)
                    yield "".join([*strokes[:at], shape, *strokes[at + 1 :]])


def _swapped(text: str) -> Iterator[str]:
    """Yield the text with two neighbouring syllables changed, and read from behind."""
    seen = {text}
    for at in range(len(text) - 1):
        swapped = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        if swapped not in seen:
            seen.add(swapped)
            yield swapped
    if text[::-1] not in seen:
        yield text[::-1]
