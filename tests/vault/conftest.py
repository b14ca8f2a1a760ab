"""Fingerprints made up or taken from drawn scenes, and lines of the reference log."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from jikimi.fingerprints.pdq import Pdq
from jikimi.fingerprints.sha256 import Sha256
from jikimi.media.decode import decode
from jikimi.model.fingerprint import Fingerprint, Orientation
from jikimi.model.ports import IndexEntry


@pytest.fixture(scope="session")
def fingerprints_of() -> Callable[[bytes], list[Fingerprint]]:
    """Fingerprint a file as the sandbox does, in all views and orientations."""

    def read(body: bytes) -> list[Fingerprint]:
        picture = decode(body).picture
        return [*Sha256().fingerprint(body, picture), *Pdq().fingerprint(body, picture)]

    return read


@pytest.fixture
def dice() -> np.random.Generator:
    return np.random.default_rng(20)


@pytest.fixture
def made_up(dice: np.random.Generator) -> Callable[[], Fingerprint]:
    """Make up a PDQ fingerprint with half of its bits set."""

    def roll() -> Fingerprint:
        bits: NDArray[np.uint8] = dice.permutation(np.repeat(np.array([0, 1], np.uint8), 128))
        return Fingerprint("pdq", np.packbits(bits).tobytes())

    return roll


@pytest.fixture
def entry() -> Callable[..., IndexEntry]:
    """Write a line of the log as a case does it: only the upright fingerprints."""

    def write(
        seq: int, reference: str, fingerprints: Sequence[Fingerprint], case: str = "case"
    ) -> IndexEntry:
        upright = tuple(one for one in fingerprints if one.orientation is Orientation.UPRIGHT)
        return IndexEntry(seq, reference, case, upright)

    return write
