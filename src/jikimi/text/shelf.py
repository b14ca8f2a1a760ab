"""Identifiers that are searched together, compiled: automata for every view, tables for words."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final

import ahocorasick_rs

from jikimi.model.text import EvidenceClass, Identifier, IdentifierKind
from jikimi.text import numbers, roman
from jikimi.text.boundaries import is_lenient
from jikimi.text.captions import Captions
from jikimi.text.patterns import LONGEST_OF_CAPTION, LONGEST_PATTERN, Note, core, patterns_of
from jikimi.text.reading import Reading
from jikimi.text.verify import UNWRITTEN, Span, Traced, evidence_of, same_letters, verified

TABLES: Final = frozenset({"roman", "initials"})
MOST_TRIES: Final = 100
"""Finds of one pattern that are looked at in one window of a post, so that a post of nothing else costs
little."""

NOTES: Final = tuple(Note)
WORST: Final = len(EvidenceClass)

Candidate = tuple[Identifier, EvidenceClass, int, int]
Owners = dict[str, int | tuple[int, ...]]


class Automaton:
    """Patterns of one view, and who they belong to (identifier number x 8 + note)."""

    def __init__(self, owners: Owners) -> None:
        self._owners = list(owners.values())
        self._compiled = ahocorasick_rs.AhoCorasick(list(owners), store_patterns=False)

    def finds(self, folded: str) -> list[tuple[int, int, int]]:
        """Return pattern number, start and end of every find; finds may overlap."""
        return self._compiled.find_matches_as_indexes(folded, overlapping=True)

    def owners(self, pattern: int) -> tuple[int, ...]:
        """Return who a pattern belongs to."""
        found = self._owners[pattern]
        return found if isinstance(found, tuple) else (found,)


class Shelf:
    """Identifiers that are searched together; never changed once built."""

    def __init__(self, identifiers: Sequence[Identifier]) -> None:
        self.identifiers = tuple(identifiers)
        by_kind: dict[str, Owners] = {}
        for number, identifier in enumerate(self.identifiers):
            for name, pattern, note in patterns_of(identifier):
                held = pattern[: _longest(name, identifier, note)]
                _own(by_kind.setdefault(name, {}), held, number * 8 + note)
        self._tables = {name: by_kind.pop(name, {}) for name in TABLES}
        self._heads = {key[: roman.SHORTEST] for key in self._tables["roman"]}
        self._automata = {name: Automaton(owners) for name, owners in by_kind.items()}
        captions = [i for i in self.identifiers if i.kind is IdentifierKind.CAPTION]
        self._captions = Captions(captions) if captions else None

    @property
    def size(self) -> int:
        """Return how many identifiers there are, withdrawn ones included."""
        return len(self.identifiers)

    def finds(self, reading: Reading, folds: Iterable[tuple[str, str, str]]) -> Iterator[Candidate]:
        """Yield what is found in a post and verified, with repeats."""
        for view, name, folded in folds:
            automaton = self._automata.get(name)
            found = automaton.finds(folded) if automaton else ()
            if found and automaton:
                yield from self._verified(reading, view, folded, automaton, found)
        if "digits" in self._automata:
            yield from self._numbers(reading)
        if self._captions:
            yield from self._captions.finds(reading)
        if reading.has_jamo and self._tables["initials"]:
            yield from self._initials(reading.initials)
        if self._tables["roman"]:
            yield from self._romanised(reading.latin)

    def _verified(
        self,
        reading: Reading,
        view: str,
        folded: str,
        automaton: Automaton,
        found: Sequence[tuple[int, int, int]],
    ) -> Iterator[Candidate]:
        tries: Counter[int] = Counter()
        settled: set[int] = set()  # one owner's find must not end the search for another's
        for pattern, start, end in found:
            tries[pattern] += 1
            if tries[pattern] > MOST_TRIES:
                continue
            owners = [owner for owner in automaton.owners(pattern) if owner not in settled]
            if not owners:
                tries[pattern] = MOST_TRIES
                continue
            is_first = tries[pattern] == 1
            places = reading.starts.places(view, folded[start:end])
            for owner in owners:
                candidate = None
                if places is None or self._may_begin_within(owner):
                    candidate = self._looked_at(reading, view, (start, end), owner)
                if places and is_first and not candidate:
                    candidate = self._looked_at_words(reading, view, places, end - start, owner)
                if candidate:
                    yield candidate
                    if candidate[1] is not EvidenceClass.STRONG:
                        settled.add(owner)

    def _may_begin_within(self, owner: int) -> bool:
        """Tell an identifier that may begin in the middle of a Korean word."""
        identifier = self.identifiers[owner // 8]
        return is_lenient(identifier.kind, core(identifier))

    def _looked_at_words(
        self, reading: Reading, view: str, places: Sequence[int], size: int, owner: int
    ) -> Candidate | None:
        """Return the surest find of those at some words, None if none is one."""
        best: Candidate | None = None
        for at in places:
            traced = partial(reading.starts.traced, view, at, size)
            best = self._looked_at(reading, view, (0, size), owner, traced) or best
        return best

    def _looked_at(
        self,
        reading: Reading,
        view: str,
        place: Span,
        owner: int,
        traced: Callable[[], Traced] | None = None,
    ) -> Candidate | None:
        """Return a find with its evidence and place in the original, None if it is none or nothing new."""
        identifier, note = self.identifiers[owner // 8], NOTES[owner % 8]
        evidence = evidence_of(view, note)
        surest = reading.surest.get(id(identifier), WORST)
        if evidence is None or surest <= (
            0 if view == "plain" and evidence is EvidenceClass.STRONG else evidence.rank
        ):
            return None
        traced = traced or partial(reading.traced, view)
        span = verified(reading.text, traced(), view, place, (identifier, note))
        if span is None:
            return None
        if evidence is EvidenceClass.STRONG and same_letters(reading.text[slice(*span)], core(identifier)):
            evidence = EvidenceClass.EXACT
        reading.surest[id(identifier)] = min(surest, evidence.rank)
        return identifier, evidence, *span

    def _numbers(self, reading: Reading) -> Iterator[Candidate]:
        text, automaton = reading.text, self._automata["digits"]
        done = set()
        for digits, places in reading.digits:
            for pattern, start, end in automaton.finds(digits):
                if pattern in done or _is_part_of_number(places, start, end):
                    continue
                done.add(pattern)
                first, after = places[start], numbers.end_of(text, places[end - 1])
                plain = numbers.PLAIN.fullmatch(text[first:after])
                evidence = EvidenceClass.EXACT if plain else EvidenceClass.STRONG
                yield from self._named(automaton.owners(pattern), evidence, first, after)

    def _initials(self, runs: Sequence[tuple[str, Span]]) -> Iterator[Candidate]:
        done = set()
        for letters, span in runs:
            owners = self._tables["initials"].get(letters)
            if owners is not None and letters not in done:
                done.add(letters)
                yield from self._named(owners, EvidenceClass.INITIALS, *span)

    def _romanised(self, latin: roman.Latin) -> Iterator[Candidate]:
        known = self._tables["roman"]
        for key, span in latin.spelled:
            if key in known:
                yield from self._named(known[key], EvidenceClass.ROMANISED, *span)
        done = set()
        for key, first, last in latin.known(known, self._heads):
            place = latin.span(first, last)
            if place and key not in done:
                done.add(key)
                yield from self._named(known[key], EvidenceClass.ROMANISED, *place)

    def _named(
        self, owners: int | tuple[int, ...], evidence: EvidenceClass, start: int, end: int
    ) -> Iterator[Candidate]:
        for owner in owners if isinstance(owners, tuple) else (owners,):
            yield self.identifiers[owner // 8], evidence, start, end


def _longest(name: str, identifier: Identifier, note: Note) -> int | None:
    """Return how much of a pattern is held, None for all of it."""
    if name != "plain" or note not in UNWRITTEN:
        return None
    return LONGEST_OF_CAPTION if identifier.kind is IdentifierKind.CAPTION else LONGEST_PATTERN


def _own(owners: Owners, pattern: str, owner: int) -> None:
    held = owners.get(pattern)
    if held is None:
        owners[pattern] = owner
        return
    every = held if isinstance(held, tuple) else (held,)
    if owner not in every:
        owners[pattern] = (*every, owner)


def _is_part_of_number(places: Sequence[int], start: int, end: int) -> bool:
    """Tell a number in the middle of a longer one: a digit directly before or behind it."""
    before = start > 0 and places[start - 1] == places[start] - 1
    behind = end < len(places) and places[end] == places[end - 1] + 1
    return before or behind
