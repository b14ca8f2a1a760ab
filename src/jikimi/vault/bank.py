"""The live bank: every reference in force, searchable by many threads while others come and go."""

from collections.abc import Iterable, Iterator, Sequence
from threading import Lock
from typing import Final

import numpy as np

from jikimi.model.fingerprint import Fingerprint, Found, Tier, View
from jikimi.model.ports import IndexEntry
from jikimi.vault import multi_index, snapshot, tiers
from jikimi.vault.contents import DIGEST_BYTES, Contents, Rows, contents_of, merged, reference_columns
from jikimi.vault.labels import Labels
from jikimi.vault.shelf import Shelf, hits, holders, owners_of, shelve, wipe

GROWTH: Final = 8
"""A shelf is joined to the one before it when that is less than this many times as heavy."""

SMALL: Final = 1024
"""Shelves up to this weight are always joined: copying them costs less than searching one shelf more."""

INDEXED_GROWTH: Final = 4
"""The same for shelves with tables, which take longer to make anew (a second for a million rows)."""

INDEXED_FROM: Final = 1 << 16
"""Rows from which a shelf's tables are worth their 4 MB: below, reading all takes no longer (0.1 ms)."""

WIDE_UP_TO: Final = 100_000
"""Rows up to which the search reaches as far as `possible`; beyond, as far as `likely`.

Between 32 and 48 bits every row must be read: 2 ms for a whole question at this size, 40 ms and more for a
million rows. Up to 31 bits the tables do.
"""


class LiveBank:
    """The port `Vault`, exact, in memory: about 180 bytes a reference with one PDQ and one SHA-256.

    References stand on shelves that never move. New ones go on a small shelf of their own, small shelves are
    joined as they pile up (so adding is cheap however large the bank), and a withdrawn reference leaves
    at once and its fingerprints are overwritten. Searches do not wait: they read the tuple of shelves
    once, and again only if a reference was replaced meanwhile.
    """

    def __init__(self, *, indexed_from: int = INDEXED_FROM, wide_up_to: int = WIDE_UP_TO) -> None:
        self._indexed_from = indexed_from
        self._wide_up_to = wide_up_to
        self._writing = Lock()
        self._seq = 0
        self._replacements = 0
        self._count = 0
        self._labels = Labels()
        self._shelves: tuple[Shelf, ...] = ()

    @property
    def seq(self) -> int:
        """Return the newest line of the reference log that is in force."""
        return self._seq

    def __len__(self) -> int:
        return self._count

    def apply(self, entries: Sequence[IndexEntry]) -> None:
        """Take in lines of the log, in order; lines up to `seq` are known already and change nothing.

        A reference whose fingerprints are replaced can be found throughout: the new ones come first.
        """
        with self._writing:
            newest = {entry.reference: entry for entry in entries if entry.seq > self._seq}
            if not newest:
                return
            coming = [entry for entry in newest.values() if entry.fingerprints]
            leaving = self._standing(newest)
            if coming:
                self._shelves = (*self._shelves, self._shelved(contents_of(coming, self._labels)))
            if leaving:
                self._replacements += bool(coming)
            for shelf, owner in leaving:
                wipe(shelf, owner)
            self._join_small_ones()
            self._count += len(coming) - len(leaving)
            self._seq = max(entry.seq for entry in newest.values())

    def search(self, fingerprints: Sequence[Fingerprint]) -> list[Found]:
        """Return at most one answer a reference, the surest first; [] when nothing is near.

        Exact up to 31 bits. From 32 to 48 bits (`possible`) only in a bank of up to 100,000 rows.
        """
        replacements = self._replacements
        answers = list(self._answers(fingerprints))
        if replacements != self._replacements:
            # Who read the old shelves while a reference changed places may have met it in neither.
            with self._writing:
                answers = list(self._answers(fingerprints))
        by_reference: dict[str, list[Found]] = {}
        for answer in answers:
            by_reference.setdefault(answer.reference, []).append(answer)
        best = (tiers.simplest(several) for several in by_reference.values())
        return sorted((answer for answer in best if answer is not None), key=tiers.sureness)

    def compare(self, asked: Sequence[Fingerprint], reference: Sequence[Fingerprint]) -> Found | None:
        """Compare one picture with one reference, by the same rules; keys in the answer are empty."""
        return tiers.compare(asked, reference)

    def related(self, entries: Sequence[IndexEntry]) -> set[tuple[str, str]]:
        """Return which cases have a picture, likely or surer, in common with these lines' cases: both keys.

        All lines are looked up together: a start brings thousands.
        """
        kept = [
            (one.value, entry.case) for entry in entries for one in filter(tiers.is_kept, entry.fingerprints)
        ]
        if not kept:
            return set()
        queries = np.frombuffer(b"".join(value for value, _ in kept), np.uint8).reshape(-1, tiers.PDQ_BYTES)
        farthest, labels = tiers.THRESHOLDS[Tier.LIKELY], self._labels
        found = {
            (_keys(shelf.contents, hit.owner, labels)[1], kept[hit.query][1])
            for shelf in self._shelves
            for hit in hits(shelf, queries, farthest)
        }
        return {(one, other) for one, other in found if one != other}

    def tidy(self) -> None:
        """Copy the shelves that somebody has left, so that nothing is left there of who did.

        Takes about a second for a million references; searches do not wait.
        """
        with self._writing:
            self._shelves = tuple(self._joined([one]) if one.gone.any() else one for one in self._shelves)

    def dump(self) -> bytes:
        """Return all there is as plain bytes (about 105 a reference), for `restore`.

        For who uses the bank as a library. The house never writes it down: a file of many cases' fingerprints
        would outlive a case's key. A start reads the log instead, see docs/decisions/0010-bank-at-start.md.
        """
        with self._writing:
            contents = merged((shelf.contents, shelf.gone) for shelf in self._shelves)
            return snapshot.written(snapshot.Snapshot(self._seq, self._labels.others(), contents))

    def restore(self, dumped: bytes) -> None:
        """Take everything from `dump`'s bytes in place of what is there; raises Misconfigured if damaged."""
        read = snapshot.read(dumped)
        shelf = self._shelved(read.contents)
        with self._writing:
            self._labels = Labels(read.others)
            self._shelves = (shelf,)
            self._replacements += 1
            self._count, self._seq = read.contents.size, read.seq

    def _answers(self, fingerprints: Sequence[Fingerprint]) -> Iterator[Found]:
        """Yield an answer for each fingerprint and row that agree."""
        shelves, labels = self._shelves, self._labels
        digests = [one.value for one in fingerprints if one.algorithm == tiers.SHA256]
        for digest in (one for one in digests if len(one) == DIGEST_BYTES):
            for shelf in shelves:
                for owner in holders(shelf, digest):
                    yield tiers.identical(*_keys(shelf.contents, owner, labels))
        comparable = [one for one in fingerprints if tiers.is_comparable(one)]
        if not comparable:
            return
        queries = _rows(comparable)
        is_small = sum(shelf.size for shelf in shelves) <= self._wide_up_to
        farthest = tiers.FARTHEST if is_small else multi_index.FARTHEST
        for shelf in shelves:
            for hit in hits(shelf, queries, farthest):
                keys = _keys(shelf.contents, hit.owner, labels)
                view = View.TRIMMED if hit.is_trimmed else View.WHOLE
                answer = tiers.near(*keys, comparable[hit.query], view, hit.distance)
                if answer is not None:
                    yield answer

    def _standing(self, references: Iterable[str]) -> list[tuple[Shelf, int]]:
        """Return the places of those references that are in the bank."""
        labels = reference_columns(self._labels.packed(references))
        return [(shelf, owner) for shelf in self._shelves for owner in owners_of(shelf, labels)]

    def _join_small_ones(self) -> None:
        """Join the newest shelf to those before it that are not much heavier."""
        shelves = self._shelves
        first = len(shelves) - 1
        weight = shelves[first].weight if shelves else 0
        while first > 0 and shelves[first - 1].weight < max(SMALL, _growth(shelves[first - 1]) * weight):
            first -= 1
            weight += shelves[first].weight
        if first < len(shelves) - 1:
            self._shelves = (*shelves[:first], self._joined(shelves[first:]))

    def _joined(self, shelves: Sequence[Shelf]) -> Shelf:
        """Copy several shelves onto one, leaving out who is gone."""
        return self._shelved(merged((shelf.contents, shelf.gone) for shelf in shelves))

    def _shelved(self, contents: Contents) -> Shelf:
        return shelve(contents, self._indexed_from)


def _growth(shelf: Shelf) -> int:
    return GROWTH if shelf.tables is None else INDEXED_GROWTH


def _keys(contents: Contents, owner: int, labels: Labels) -> tuple[str, str]:
    """Return the keys of a reference and of its case."""
    return labels.text(contents.label(owner)), labels.text(contents.case_label(owner))


def _rows(fingerprints: Sequence[Fingerprint]) -> Rows:
    """Stack fingerprint values: n × 32 bytes."""
    flat = np.frombuffer(b"".join(one.value for one in fingerprints), np.uint8)
    return flat.reshape(len(fingerprints), tiers.PDQ_BYTES)
