"""What a shelf holds as plain columns: made from lines of the log, joined, and written down."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from jikimi.model.fingerprint import View
from jikimi.model.ports import IndexEntry
from jikimi.vault import tiers
from jikimi.vault.labels import LABEL_BYTES, Labels

Rows = NDArray[np.uint8]
Columns = NDArray[np.uint64]
Owners = NDArray[np.uint32]

DIGEST_BYTES: Final = 32
_WORD_BYTES: Final = 8
_WORDS: Final = 1 << 64


@dataclass(frozen=True, slots=True)
class Contents:
    """References with what is kept of them. Owners are places in `references`.

    `references`: 2 × r words, the sum of a label's words (it ascends) and the second of them.
    `cases`: 2 × r words, the labels as they are.
    `digests`: 4 × m words, the SHA-256 values; the first word ascends. `digest_owners`: m.
    `rows`: n × 32 bytes, the PDQ values. `owners`: n, ascending. `trimmed`: n, whether a border was cut.
    Together 102 bytes for a reference with one PDQ and one SHA-256.
    """

    references: Columns
    cases: Columns
    digests: Columns
    digest_owners: Owners
    rows: Rows
    owners: Owners
    trimmed: NDArray[np.bool_]

    @property
    def size(self) -> int:
        """Return how many references there are."""
        return int(self.references.shape[1])

    def with_rows(self, rows: Rows) -> Self:
        """Return the same with the rows in another place in memory."""
        return replace(self, rows=rows)

    def label(self, owner: int) -> bytes:
        """Return the label of one reference."""
        summed, second = self.references[:, owner].tolist()
        return struct.pack("=QQ", (summed - second) % _WORDS, second)

    def case_label(self, owner: int) -> bytes:
        """Return the label of the case of one reference."""
        return self.cases[:, owner].tobytes()


def reference_columns(labels: bytes) -> Columns:
    """Lay the labels of references out as `Contents.references` has them, in the order given.

    Keys that are counted up differ in one word only; their sums differ always, so that searching by the
    first column ends at one reference.
    """
    columns = columns_of(labels, LABEL_BYTES)
    columns[0] += columns[1]
    return columns


def contents_of(entries: Sequence[IndexEntry], labels: Labels) -> Contents:
    """Take from lines of the log, one a reference, what is kept: SHA-256 and upright PDQ values."""
    digests, digest_owners = bytearray(), []
    rows, owners, trimmed = bytearray(), [], []
    for owner, entry in enumerate(entries):
        for one in entry.fingerprints:
            if one.algorithm == tiers.SHA256 and len(one.value) == DIGEST_BYTES:
                digests += one.value
                digest_owners.append(owner)
            elif tiers.is_kept(one):
                rows += one.value
                owners.append(owner)
                trimmed.append(one.view is View.TRIMMED)
    return _in_order(
        Contents(
            reference_columns(labels.packed(entry.reference for entry in entries)),
            columns_of(labels.packed(entry.case for entry in entries), LABEL_BYTES),
            columns_of(bytes(digests), DIGEST_BYTES),
            np.array(digest_owners, np.uint32),
            np.frombuffer(bytes(rows), np.uint8).reshape(-1, tiers.PDQ_BYTES),
            np.array(owners, np.uint32),
            np.array(trimmed, np.bool_),
        )
    )


def merged(parts: Iterable[tuple[Contents, NDArray[np.bool_]]]) -> Contents:
    """Copy several contents into one, leaving out the references that are marked (r booleans) as gone."""
    kept = [_without(contents, gone) for contents, gone in parts] or [contents_of((), Labels())]
    starts = np.cumsum([0, *(one.size for one in kept)]).astype(np.uint32)
    moved = [
        replace(one, owners=one.owners + start, digest_owners=one.digest_owners + start)
        for one, start in zip(kept, starts[:-1], strict=True)
    ]
    joined = {
        field.name: np.concatenate(
            [getattr(one, field.name) for one in moved],
            axis=1 if field.name in {"references", "cases", "digests"} else 0,
        )
        for field in fields(Contents)
    }
    return _in_order(Contents(**joined))


def _without(contents: Contents, gone: NDArray[np.bool_]) -> Contents:
    """Leave out references."""
    if not gone.any():
        return contents
    stays = ~gone
    places = (np.cumsum(stays) - 1).astype(np.uint32)
    digest_stays, row_stays = stays[contents.digest_owners], stays[contents.owners]
    return Contents(
        contents.references[:, stays],
        contents.cases[:, stays],
        contents.digests[:, digest_stays],
        places[contents.digest_owners[digest_stays]],
        contents.rows[row_stays],
        places[contents.owners[row_stays]],
        contents.trimmed[row_stays],
    )


def _in_order(contents: Contents) -> Contents:
    """Sort references and digests by their first words, and rows by their owners."""
    by_label = np.argsort(contents.references[0], kind="stable")
    places = np.empty(contents.size, np.uint32)
    places[by_label] = np.arange(contents.size, dtype=np.uint32)
    by_digest = np.argsort(contents.digests[0], kind="stable")
    owners = places[contents.owners]
    by_owner = np.argsort(owners, kind="stable")
    return Contents(
        contents.references.take(by_label, axis=1),
        contents.cases.take(by_label, axis=1),
        contents.digests.take(by_digest, axis=1),
        places[contents.digest_owners[by_digest]],
        contents.rows[by_owner],
        owners[by_owner],
        contents.trimmed[by_owner],
    )


def columns_of(values: bytes, length: int) -> Columns:
    """Lay values of `length` bytes out as words: words × values, each word's column in one piece."""
    words = np.frombuffer(values, np.uint64).reshape(-1, length // _WORD_BYTES)
    return words.T.copy()
