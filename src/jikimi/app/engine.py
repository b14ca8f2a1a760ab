"""The parts that look at pictures, plugged together without store, network or console."""

import threading
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from jikimi.fingerprints.frames import Frames
from jikimi.fingerprints.network import read_network
from jikimi.fingerprints.orb import Orb, OrbAgain
from jikimi.fingerprints.pdq import Pdq
from jikimi.fingerprints.sha256 import Sha256
from jikimi.fingerprints.sound import SoundPrint
from jikimi.fingerprints.vpdq import VPdq
from jikimi.media.sandbox import SandboxPool
from jikimi.model.errors import Misconfigured
from jikimi.model.fingerprint import Effort, Inspection, Picture
from jikimi.model.ports import ClipFingerprinter, Fingerprinter, Vault
from jikimi.vault.cascade import Cascade


def utc_now() -> datetime:
    """Return the time it is, aware, in UTC."""
    return datetime.now(UTC)


def fingerprinters(network: Path | None = None) -> tuple[Fingerprinter, ...]:
    """Return every algorithm that runs on a picture; those of the second look run only there.

    `network` is an ONNX file of the centre's own; raises Misconfigured when it cannot be used.
    """
    every = (Sha256(), Pdq(), Orb(), OrbAgain())
    return every if network is None else (*every, _network_in(network))


def clip_fingerprinters() -> tuple[ClipFingerprinter, ...]:
    """Return every algorithm that runs on a video or a sound."""
    return (Frames(), SoundPrint(), VPdq())


def _network_in(file: Path) -> Fingerprinter:
    """Read the centre's network."""
    try:
        return read_network(file.read_bytes())
    except (OSError, Misconfigured) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise Misconfigured(f"JIKIMI_NETWORK: {file}: {why}") from error


def open_sandbox(size: int, network: Path | None = None) -> SandboxPool:
    """Start a sandbox pool with every algorithm; close it at the end."""
    return SandboxPool(fingerprinters(network), clip_fingerprinters(), size=size)


def empty_vault() -> Vault:
    """Return a live bank that knows no reference yet."""
    return Cascade()


class LazySandbox:
    """A sandbox pool that starts at first use, so that a command which opens no file starts no process."""

    def __init__(self, size: int, network: Path | None = None) -> None:
        self._size = size
        self._network = network
        self._starting = threading.Lock()

    @cached_property
    def pool(self) -> SandboxPool:
        """Start the pool, once."""
        return open_sandbox(self._size, self._network)

    def inspect(self, body: bytes, effort: Effort = Effort.FIRST) -> Inspection:
        """Decode and fingerprint one file."""
        return self._ready().inspect(body, effort)

    def render(self, body: bytes, longest_side: int) -> bytes:
        """Return the picture re-encoded as a clean JPEG."""
        return self._ready().render(body, longest_side)

    def codes(self, body: bytes) -> tuple[str, ...]:
        """Return what the QR codes in a picture or clip say."""
        return self._ready().codes(body)

    def pages(self, body: bytes) -> tuple[Picture, ...]:
        """Return the grey pictures that are read for letters."""
        return self._ready().pages(body)

    def warm(self) -> None:
        """Start the pool now: a service must not make the first post wait for it."""
        self._ready()

    def close(self) -> None:
        """End the pool if it was started."""
        with self._starting:
            if "pool" in self.__dict__:
                self.pool.close()

    def _ready(self) -> SandboxPool:
        with self._starting:
            return self.pool
