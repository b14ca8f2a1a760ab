"""The store's contract and the whole story once more, on PostgreSQL, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
SERVER = os.environ.get("JIKIMI_TEST_POSTGRES", "")


@pytest.mark.postgres
@pytest.mark.skipif(not SERVER, reason="postgres: JIKIMI_TEST_POSTGRES names no server")
@pytest.mark.parametrize(
    "suite",
    ["contracts/test_store.py", "contracts/test_lifeline.py", "story/test_story.py", "story/test_keeping.py"],
)
def test_the_same_promises_hold_on_postgresql(suite: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(TESTS / suite)],
        env={**os.environ, "JIKIMI_TEST_DATABASE": SERVER},
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-3000:]
