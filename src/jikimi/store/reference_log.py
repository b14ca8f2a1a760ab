"""Reads the reference log: what enters and leaves the search, as far as each case's key opens it."""

from collections.abc import Iterator, Sequence

import msgspec
from django.db.models import Exists, OuterRef

from jikimi.model.fingerprint import Fingerprint, Orientation, View
from jikimi.model.ports import IndexEntry
from jikimi.model.text import Identifier, KnownAs
from jikimi.store.codec import decode
from jikimi.store.keyring import Keyring, unseal
from jikimi.store.models import CaseRow, IndexRow, RecordRow

KEYS_AT_ONCE = 500  # SQLite takes a limited number of values in one statement


class _Print(msgspec.Struct, frozen=True, gc=False):
    """A Fingerprint as it is read: several times faster than the dataclass, and most are turned ones."""

    algorithm: str
    value: bytes
    quality: int
    view: View
    orientation: Orientation


class _Prints(msgspec.Struct, frozen=True, gc=False):
    """The part of a Reference that a bank needs; the rest of its body is skipped."""

    fingerprints: tuple[_Print, ...]


def lines_since(seq: int, limit: int, keyring: Keyring) -> tuple[IndexEntry, ...]:
    """Return up to `limit` lines after `seq` that no later line of their reference has overtaken.

    A line of a closed case only removes: there is no key any more that opens what it was.
    """
    later = IndexRow.objects.filter(reference=OuterRef("reference"), seq__gt=OuterRef("seq"))
    newest = IndexRow.objects.filter(~Exists(later), seq__gt=seq).order_by("seq")
    lines = list(newest.values_list("seq", "reference", "case", "is_added")[:limit])
    added = [(reference, case) for _, reference, case, is_added in lines if is_added]
    secrets = _secrets({case for _, case in added}, keyring)
    prints, words = _opened([reference for reference, _ in added], secrets)
    return tuple(
        IndexEntry(number, reference, case, prints.get(reference, ()), words.get(reference))
        if is_added
        else IndexEntry(number, reference, case, ())
        for number, reference, case, is_added in lines
    )


def _secrets(cases: set[str], keyring: Keyring) -> dict[str, bytes]:
    """Return the keys of those cases that are not closed."""
    found: dict[str, bytes] = {}
    for some in _chunks(sorted(cases)):
        rows = CaseRow.objects.filter(key__in=some).exclude(wrapped_key=None)
        for case, wrapped in rows.values_list("key", "wrapped_key"):
            found[case] = keyring.unwrap(case, bytes(wrapped or b""))
    return found


def _opened(
    keys: Sequence[str], secrets: dict[str, bytes]
) -> tuple[dict[str, tuple[Fingerprint, ...]], dict[str, Identifier]]:
    """Return upright fingerprints of references and identifiers, by key, without those of closed cases."""
    prints, words = {}, {}
    for some in _chunks(keys):
        rows = RecordRow.objects.filter(key__in=some).values_list("key", "kind", "case", "body")
        for key, kind, case, body in rows:
            if case not in secrets or not body:
                continue
            opened = unseal(secrets[case], bytes(body), f"{kind}:{key}")
            if kind == KnownAs.__name__:
                words[key] = decode(KnownAs, opened).identifier
            else:
                read = decode(_Prints, opened)  # type: ignore[type-var]  # a part of a record
                prints[key] = tuple(_upright(read))
    return prints, words


def _upright(read: _Prints) -> Iterator[Fingerprint]:
    """Yield what a bank keeps: it is asked for turned pictures, and never turns a reference."""
    for one in read.fingerprints:
        if one.orientation is Orientation.UPRIGHT:
            yield Fingerprint(one.algorithm, one.value, one.quality, one.view)


def _chunks(keys: Sequence[str]) -> list[Sequence[str]]:
    return [keys[start : start + KEYS_AT_ONCE] for start in range(0, len(keys), KEYS_AT_ONCE)]
