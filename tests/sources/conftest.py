"""Lets tests of sources import the loopback servers next door and the real relay's starter in bench/."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[2] / "bench"))

from nostr_peer import Relay, start_relay


@pytest.fixture(scope="session")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """A real relay, shared by the tests of one run."""
    started = start_relay(tmp_path_factory.mktemp("relay"))
    yield started
    started.stop()
