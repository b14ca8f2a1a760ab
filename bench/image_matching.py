"""Asks the product, and beside it PDQ as everybody runs it, which reference a picture is a copy of."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec

import numpy as np

from jikimi.app.engine import empty_vault, fingerprinters
from jikimi.media.decode import decode
from jikimi.media.sandbox import SandboxPool
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Effort, Fingerprint, Found, Kind, Orientation
from jikimi.model.ports import Fingerprinter, IndexEntry, Vault

PEER_DISTANCE = 31
HAS_PEER = find_spec("pdqhash") is not None and find_spec("threatexchange") is not None

Reader = Callable[[bytes], tuple[list[Fingerprint], float]]
"""A file in; its fingerprints out, and the CPU seconds that other processes spent on it. Raises BadMedia."""


@dataclass
class Bank:
    """References under names: the product's live bank, and the peer's list of hashes."""

    vault: Vault = field(default_factory=empty_vault)
    names: list[str] = field(default_factory=list)
    stored_bytes: int = 0
    peer_rows: list[np.ndarray] = field(default_factory=list)

    def remember(
        self, name: str, fingerprints: Sequence[Fingerprint], peer: np.ndarray | None = None
    ) -> None:
        """Take in one reference as `jikimi compare` does: its upright fingerprints."""
        kept = tuple(one for one in fingerprints if one.orientation is Orientation.UPRIGHT)
        self.names.append(name)
        self.vault.apply([IndexEntry(len(self.names), name, f"case of {name}", kept)])
        self.stored_bytes += sum(len(one.value) for one in kept)
        if peer is not None:
            self.peer_rows.append(peer)

    def peer_finds(self, body: bytes) -> list[str]:
        """Return the references within 31 bits of the reference implementation's PDQ; [] without one."""
        if not self.peer_rows:
            return []
        apart = np.bitwise_count(np.stack(self.peer_rows) ^ peer_hash(body)).sum(axis=1, dtype=np.int64)
        return [self.names[int(place)] for place in np.flatnonzero(apart <= PEER_DISTANCE)]


def looks_of(which: str) -> list[tuple[Fingerprinter, ...]]:
    """Return the algorithms of the first look and, when `which` is "both", those that the second one adds."""
    every = tuple(one for one in fingerprinters() if one.kind is Kind.IMAGE)
    first = tuple(one for one in every if not one.is_second_look)
    rest = tuple(one for one in every if one.is_second_look)
    return [first, rest] if which == "both" and rest else [first]


def in_process(chosen: Sequence[Fingerprinter]) -> Reader:
    """Read files here: quick, for files that the benchmark made itself."""

    def read(body: bytes) -> tuple[list[Fingerprint], float]:
        picture = decode(body).picture
        return [found for one in chosen for found in one.fingerprint(body, picture)], 0.0

    return read


def in_sandbox(pool: SandboxPool, effort: Effort) -> Reader:
    """Read files as the product reads foreign ones, in a locked-down process."""

    def read(body: bytes) -> tuple[list[Fingerprint], float]:
        inspection = pool.inspect(body, effort)
        return list(inspection.fingerprints), inspection.cpu_seconds

    return read


def read_reference(body: bytes) -> list[Fingerprint]:
    """Fingerprint one picture as a reference: the second look's algorithms add nothing that one keeps."""
    return in_process(looks_of("first")[0])(body)[0]


def ask(body: bytes, bank: Bank, looks: Sequence[Reader]) -> tuple[list[Found], list[float]]:
    """Return what the product finds, surest first, and the CPU seconds of each look that it took.

    A look reads, fingerprints and searches. The second look is taken when the first one found nothing, and
    asks for what that one left out. A file that cannot be read matches nothing.
    """
    spent = []
    found: list[Found] = []
    for look in looks:
        began = time.process_time()
        try:
            fingerprints, elsewhere = look(body)
        except BadMedia:
            return [], [*spent, time.process_time() - began]
        found = bank.vault.search(fingerprints)
        spent.append(time.process_time() - began + elsewhere)
        if found:
            break
    return found, spent


def peer_hash(body: bytes) -> np.ndarray:
    """Return threatexchange's PDQ of a file as 32 bytes."""
    from threatexchange.signal_type.pdq.pdq_hasher import pdq_from_bytes  # may be missing

    return np.frombuffer(bytes.fromhex(pdq_from_bytes(body)[0]), np.uint8)
