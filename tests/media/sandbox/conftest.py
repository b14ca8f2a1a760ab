"""Pools of readers, with a hostile fingerprinter or with our own in them, and drawn files."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the zygote must be able to import the hostile fingerprinter

from drawn import KINDS
from hostile import Hostile

from jikimi.app.engine import clip_fingerprinters, fingerprinters
from jikimi.media.decode import prepare
from jikimi.media.sandbox import SandboxPool


@pytest.fixture(scope="session", autouse=True)
def _readers_prepared() -> None:
    prepare()


@pytest.fixture(autouse=True)
def _ordinary_again() -> Iterator[None]:
    """SVT-AV1 makes the thread that opens an encoder a real-time one where it may, as for root: undo it.

    All that is started later would inherit it, and let nobody else have a core.
    """
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0)
    yield
    os.sched_setscheduler(0, policy, priority)


@pytest.fixture(scope="session")
def pool() -> Iterator[SandboxPool]:
    with SandboxPool((Hostile(),), size=2) as opened:
        yield opened


@pytest.fixture(scope="session")
def looking() -> Iterator[SandboxPool]:
    """A pool as the house has it: every fingerprinter behind the locks."""
    with SandboxPool(fingerprinters(), clip_fingerprinters(), size=1) as opened:
        yield opened


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    return KINDS["JPEG"]()
