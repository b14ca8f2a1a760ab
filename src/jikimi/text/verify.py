"""Decides whether a find is one: where it stands in the original, and how sure it is."""

import unicodedata
from collections.abc import Callable
from typing import Final

from jikimi.model.text import EvidenceClass, Identifier, IdentifierKind
from jikimi.text import boundaries, views
from jikimi.text.hangul import keys_of
from jikimi.text.lookalikes import HAS_LOOSE
from jikimi.text.patterns import LONGEST_PATTERN, Note, core

Span = tuple[int, int]
Traced = tuple[str, list[int]]
STRONG: Final = EvidenceClass.STRONG
EVIDENCE: Final = {
    "plain": STRONG,
    "merged": STRONG,
    "symbols": STRONG,
    "hanja": STRONG,
    "glyphs": EvidenceClass.LOOKALIKE,
    "kana": EvidenceClass.LOOKALIKE,
    "loose": EvidenceClass.LOOKALIKE,
    "rough": EvidenceClass.LOOKALIKE,
    "shape": EvidenceClass.LOOKALIKE,
    "glyphs, shape": EvidenceClass.LOOKALIKE,
    "mixed": EvidenceClass.ROMANISED,
    "mixed, sound": EvidenceClass.ROMANISED,
    "sound": EvidenceClass.PHONETIC,
    "glyphs, sound": EvidenceClass.PHONETIC,
    "hanja, sound": EvidenceClass.PHONETIC,
    "pinyin": EvidenceClass.PHONETIC,
    "skeleton": EvidenceClass.SKELETON,
    "glyphs, skeleton": EvidenceClass.SKELETON,
}
NEEDS_HAN: Final = frozenset({"hanja", "hanja, sound"})
NEEDS_LOOSE: Final = frozenset({"loose", "rough"})
SAME_LENGTH: Final = frozenset({"plain", "merged", "symbols", "glyphs", "hanja", "mixed", "kana"})
"""Views in which an identifier's own spaces stand where they stand in itself."""

SHORT_HANDLE: Final = 5
"""Letters. A shorter handle is found only as it is written."""

READ_AS_PLAIN: Final = frozenset({"plain", "merged", "symbols", "hanja", "glyphs", "mixed", "kana"})
"""Views the plain patterns are sought in; only of these an automaton may hold a beginning."""

MERGED: Final = (*views.PLAIN, *views.MERGED)
UNWRITTEN: Final[dict[Note, Callable[[str], str]]] = {
    Note.ITSELF: lambda text: views.fold(text, views.PLAIN),
    Note.KEYS: lambda text: views.fold(keys_of(text), views.PLAIN),
    Note.READING: lambda text: views.fold(text, views.HANJA),
    Note.DOTS: lambda text: views.fold(text.replace(".", "dot"), views.PLAIN),
}


def evidence_of(view: str, note: Note) -> EvidenceClass | None:
    """Return what a find of this view can be at best, None where the pattern does not belong to the view."""
    if note is Note.READING:
        return EVIDENCE[view] if view in NEEDS_HAN else None
    if note is Note.SWAPPED:
        return EvidenceClass.SKELETON
    if note is Note.RESHAPED:
        return EvidenceClass.LOOKALIKE
    return EVIDENCE[view]


def verified(
    text: str, traced: Traced, view: str, place: Span, found: tuple[Identifier, Note]
) -> Span | None:
    """Return where a find stands in the original, None if it is none.

    `traced` is the original or a piece of it, folded in this view, and where each character came from.
    """
    identifier, note = found
    (folded, origin), (start, end), own = traced, place, core(identifier)
    end = _whole_end(folded, (start, end), view, note, own)
    if end <= start or not _on_characters(origin, start, end):
        return None
    first, after = origin[start], max(origin[start:end]) + 1
    if view.startswith("mixed"):
        after = _end_of_reading(text, after, origin[end] if end < len(origin) else len(text))
    if view in NEEDS_HAN and not _has_han(text[first:after]):
        return None
    if view in NEEDS_LOOSE and not HAS_LOOSE.search(text[max(0, first - 2) : after + 2]):
        return None
    if not _stands_alone(text, first, after, identifier, note, own):
        return None
    if note is not Note.DOTS and not _gaps_are_fair(text, view, origin[start:end], identifier, own):
        return None
    return None if _is_not_of(view, text[first:after], own) else (first, _with_marks(text, after))


def _whole_end(folded: str, place: Span, view: str, note: Note, own: str) -> int:
    """Return where a find ends whose pattern was cut for the automaton, 0 if it goes on otherwise."""
    start, end = place
    if end - start < LONGEST_PATTERN or view not in READ_AS_PLAIN or note not in UNWRITTEN:
        return end
    whole = UNWRITTEN[note](own)
    if view == "merged":
        whole = views.fold(whole, views.MERGED)
    return start + len(whole) if folded.startswith(whole, start) else 0


def _has_han(found: str) -> bool:
    return any("\u3400" <= c <= "\ufaff" and not "가" <= c <= "힣" for c in found)


def _end_of_reading(text: str, after: int, following: int) -> int:
    """Return where several letters end that were read as one syllable."""
    while following > after and not boundaries.script_of(text[following - 1]):
        following -= 1
    return following


def _on_characters(origin: list[int], start: int, end: int) -> bool:
    """Tell whether a find takes whole characters of the original."""
    return (start == 0 or origin[start - 1] != origin[start]) and (
        end == len(origin) or origin[end] != origin[end - 1]
    )


def _stands_alone(text: str, first: int, after: int, identifier: Identifier, note: Note, own: str) -> bool:
    lenient = boundaries.is_lenient(identifier.kind, own)
    if not boundaries.begins_well(text, first, lenient=lenient):
        return False
    if note is Note.KEYS:
        return True  # what follows was typed with the same keys
    if not boundaries.ends_well(text, after):
        return False
    if identifier.kind is IdentifierKind.TITLE and not boundaries.is_followed_as_a_word(text, after, own):
        return False
    return identifier.kind is not IdentifierKind.HANDLE or _is_handle(text, first, after, own)


def _is_handle(text: str, first: int, after: int, own: str) -> bool:
    found = text[first:after]
    if boundaries.is_longer_handle(text, first, after):
        return False
    if any(c.isalpha() for c in own) and not any(c.isalpha() or ord(c) > 0xFF for c in found):  # noqa: PLR2004
        return False  # a number that looks like letters
    if not own.isalnum() and found.isascii() and found.isalpha():
        return False  # a word of any language: tira_no is an account, "tirano" is a tyrant
    letters = sum(c.isalnum() for c in own)
    return letters >= SHORT_HANDLE or same_letters(found, own)


def _gaps_are_fair(text: str, view: str, places: list[int], identifier: Identifier, own: str) -> bool:
    pieces, gaps, offsets = boundaries.gaps_in(text, places)
    if not gaps:
        return True
    folded, origin = views.trace(own, MERGED if view == "merged" else views.PLAIN)
    if folded:
        _, _, allowed = boundaries.gaps_in(own, origin)
        if view in SAME_LENGTH and allowed:
            strict = identifier.kind is IdentifierKind.HANDLE
            kept = [
                n
                for n, offset in enumerate(offsets)
                if offset not in allowed or boundaries.parts_words(gaps[n], strict=strict)
            ]
            pieces = _joined(pieces, kept)
            gaps = [gaps[n] for n in kept]
        elif len(gaps) <= len(allowed):
            return True
    after = boundaries.neighbour(text, max(places) + 1, 1)
    return boundaries.gaps_are_fair(pieces, gaps, identifier.kind, text[after] if after >= 0 else "")


def _joined(pieces: list[str], kept: list[int]) -> list[str]:
    """Return the pieces, joined where a gap is not kept."""
    joined = [pieces[0]]
    for number, piece in enumerate(pieces[1:]):
        if number in kept:
            joined.append(piece)
        else:
            joined[-1] += piece
    return joined


def _has_lost_strokes(found: str, own: str) -> bool:
    """Tell a name with fewer strokes than its own: final consonants are added to hide, hardly taken away."""
    return len(views.fold(found, views.PLAIN)) < len(views.fold(own, views.PLAIN)) - 1


def _is_not_of(view: str, found: str, own: str) -> bool:
    """Tell a find that a view of skeletons or shapes is not for."""
    if view.endswith("skeleton"):
        return _has_lost_strokes(found, own)
    return view.endswith("shape") and _is_only_tense(found, view, own)


def _is_only_tense(found: str, view: str, own: str) -> bool:
    """Tell an identifier whose consonants alone are written tense or aspirated: a view of sound finds it."""
    before = views.fold(found, views.whole(views.VIEWS[view][0]))
    return views.fold(before, views.TENSE) == views.fold(own, (*views.PLAIN, *views.TENSE))


def _with_marks(text: str, end: int) -> int:
    """Return the end of a find with the marks that belong to its last character."""
    while end < len(text) and unicodedata.category(text[end]) in ("Mn", "Me"):
        end += 1
    return end


def same_letters(found: str, own: str) -> bool:
    """Tell the same text but for case and composition."""
    return _plainly(found) == _plainly(own)


def _plainly(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip().lstrip("@")).casefold()
