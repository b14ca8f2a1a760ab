"""Remembers which posts of a list were read, small enough to be a cursor."""

import base64
from collections.abc import Iterable
from hashlib import blake2b
from typing import Protocol, TypeVar

import msgspec

from jikimi.model.errors import Misconfigured

DIGEST_BYTES = 8


class Remembering(Protocol):
    """A cursor that holds, among other things, what was read."""

    @property
    def seen(self) -> str:
        """Return what `Seen.format` wrote."""
        ...


R = TypeVar("R", bound=Remembering)


class Seen:
    """An ordered set of names, kept as 64-bit digests: oldest first, immutable.

    The chance that a new name is taken for one of 20,000 known ones is 1 in 10¹⁵.
    """

    __slots__ = ("_digests",)

    def __init__(self, digests: Iterable[bytes] = ()) -> None:
        self._digests = dict.fromkeys(digests)

    @staticmethod
    def of(names: Iterable[str]) -> "Seen":
        """Return a set of these names."""
        return Seen(map(_digest, names))

    @staticmethod
    def parse(text: str) -> "Seen":
        """Read what `format` wrote; raises ValueError for anything else."""
        try:
            packed = base64.b64decode(text, validate=True)
        except ValueError as error:
            raise ValueError("not a set of seen posts") from error
        if len(packed) % DIGEST_BYTES:
            raise ValueError("not a set of seen posts")
        return Seen(packed[at : at + DIGEST_BYTES] for at in range(0, len(packed), DIGEST_BYTES))

    def format(self) -> str:
        """Return the set as Base64: 11 characters a name."""
        return base64.b64encode(b"".join(self._digests)).decode()

    def plus(self, *names: str) -> "Seen":
        """Return a set that also holds these names, as its newest."""
        return Seen([*self._digests, *map(_digest, names)])

    def trimmed(self, window: Iterable[str], limit: int) -> "Seen":
        """Return the names still on the list, and of the others as many of the newest as fit `limit`."""
        listed = {_digest(name) for name in window}
        others = [digest for digest in self._digests if digest not in listed]
        kept = set(others[max(0, len(others) - max(0, limit - len(listed))) :])
        return Seen(digest for digest in self._digests if digest in listed or digest in kept)

    def __contains__(self, name: str) -> bool:
        return _digest(name) in self._digests

    def __len__(self) -> int:
        return len(self._digests)


def _digest(name: str) -> bytes:
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()


def read_cursor(cursor: str, kind: type[R], whose: str) -> R:
    """Read a cursor that remembers, as JSON; Misconfigured for one of another source than `whose`."""
    try:
        state = msgspec.json.decode(cursor, type=kind)
        Seen.parse(state.seen)
    except (msgspec.DecodeError, ValueError) as error:
        raise Misconfigured(f"The stored cursor is not one of {whose}. Add the watch again.") from error
    return state
