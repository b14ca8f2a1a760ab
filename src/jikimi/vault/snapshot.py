"""Writes a bank down as bytes and reads it back, refusing anything that is not exactly what was written.

Layout, little-endian: 16 bytes of name and version, BLAKE2b-256 of all that follows, five counts of 8 bytes
(seq, references, digests, rows, bytes of other keys), the columns of Contents in their order, then the
keys that are not 32 hex digits as JSON: {label: text}.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from jikimi.model.errors import Misconfigured
from jikimi.vault.contents import Contents
from jikimi.vault.labels import LABEL_BYTES
from jikimi.vault.tiers import PDQ_BYTES

_NAME: Final = b"jikimi bank 1\n\0\0"
_COUNTS: Final = struct.Struct("<5Q")
_SEAL_BYTES: Final = 32
_MOST: Final = 1 << 28
"""More references, digests or rows than this cannot be numbered on one shelf."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A bank at one moment: the line of the log it has read to, its odd keys, and its contents."""

    seq: int
    others: Mapping[bytes, str]
    contents: Contents


def written(snapshot: Snapshot) -> bytes:
    """Return the bytes `read` understands: about 105 a reference."""
    contents = snapshot.contents
    others = json.dumps({label.hex(): text for label, text in snapshot.others.items()}).encode("ascii")
    counts = (snapshot.seq, contents.size, len(contents.digest_owners), len(contents.owners), len(others))
    parts = [_COUNTS.pack(*counts)]
    parts += [
        np.ascontiguousarray(column, dtype).tobytes()
        for column, (dtype, _) in zip(_columns(contents), _shapes(*counts[1:4]), strict=True)
    ]
    body = b"".join([*parts, others])
    return _NAME + blake2b(body, digest_size=_SEAL_BYTES).digest() + body


def read(dumped: bytes) -> Snapshot:
    """Return the bank written down; raises Misconfigured for a damaged, cut-off or foreign text."""
    start = len(_NAME) + _SEAL_BYTES
    body = memoryview(dumped)[start:]
    if dumped[: len(_NAME)] != _NAME or len(body) < _COUNTS.size:
        raise _unreadable("it was not written by this version")
    if blake2b(body, digest_size=_SEAL_BYTES).digest() != dumped[len(_NAME) : start]:
        raise _unreadable("it is damaged or cut off")
    seq, references, digests, rows, others_length = _COUNTS.unpack_from(body)
    shapes = _shapes(references, digests, rows)
    at = _COUNTS.size
    wanted = at + others_length + sum(np.dtype(dtype).itemsize * _places(shape) for dtype, shape in shapes)
    if max(references, digests, rows) > _MOST or wanted != len(body):
        raise _unreadable("its counts do not fit its length")
    columns: list[NDArray[Any]] = []
    for dtype, shape in shapes:
        columns.append(np.frombuffer(body, dtype, _places(shape), at).reshape(shape).copy())
        at += columns[-1].nbytes
    contents = Contents(*columns)
    if not _is_in_order(contents):
        raise _unreadable("its columns are not in order")
    return Snapshot(seq, _others(bytes(body[at:])), contents)


def _columns(contents: Contents) -> tuple[NDArray[Any], ...]:
    return (
        contents.references,
        contents.cases,
        contents.digests,
        contents.digest_owners,
        contents.rows,
        contents.owners,
        contents.trimmed,
    )


def _shapes(references: int, digests: int, rows: int) -> list[tuple[str, tuple[int, ...]]]:
    """Return type and shape of each column, in the order of Contents."""
    return [
        ("<u8", (2, references)),
        ("<u8", (2, references)),
        ("<u8", (4, digests)),
        ("<u4", (digests,)),
        ("u1", (rows, PDQ_BYTES)),
        ("<u4", (rows,)),
        ("?", (rows,)),
    ]


def _places(shape: tuple[int, ...]) -> int:
    product = 1
    for length in shape:
        product *= length
    return product


def _is_in_order(contents: Contents) -> bool:
    """Tell whether what must ascend does, and all owners are there."""
    ascending = (contents.references[0], contents.digests[0], contents.owners)
    owners = (contents.owners, contents.digest_owners)
    return all(bool((one[:-1] <= one[1:]).all()) for one in ascending) and all(
        bool((one < contents.size).all()) for one in owners
    )


def _others(text: bytes) -> dict[bytes, str]:
    """Read the keys that are not 32 hex digits."""
    try:
        found: Any = json.loads(text)
        others = {bytes.fromhex(label): str(value) for label, value in found.items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise _unreadable("its keys cannot be read") from error
    if any(len(label) != LABEL_BYTES for label in others):
        raise _unreadable("its keys have another length")
    return others


def _unreadable(reason: str) -> Misconfigured:
    return Misconfigured(
        f"the bank's snapshot cannot be used, {reason}: delete it, the bank is then read from the log anew"
    )
