"""One thing goes wrong at random points between confirmed and gone: nothing lost, nothing asked for twice."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"
POINTS = 100


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.sandbox
def test_a_hundred_faults_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    """The drill runs in processes of its own: it opens other databases than this one's."""
    report = tmp_path / "report.json"
    drill = subprocess.run(
        [sys.executable, str(BENCH / "faults.py"), "--points", str(POINTS), "--json", str(report)],
        env={**os.environ, "JIKIMI_TEST_DATABASE": ""},
        capture_output=True, text=True, timeout=3000, check=False,
    )  # fmt: skip
    assert drill.returncode == 0, drill.stdout[-3000:] + drill.stderr[-3000:]
    found = json.loads(report.read_text())
    assert found["stories"] == POINTS
    assert found["wrong"] == []
    assert found["lost"] == 0
    assert found["notices_that_arrived_twice"] == 0
    assert found["audit_chains_broken"] == 0
    assert found["killed"] > 0
