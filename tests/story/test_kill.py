"""The service and its workers are killed at random moments under load: nothing lost, nothing doubled."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"
KILLS = 20


@pytest.mark.slow
@pytest.mark.server
def test_twenty_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    """The drill runs in a process of its own: it opens another database than this one's."""
    report = tmp_path / "report.json"
    drill = subprocess.run(
        [sys.executable, str(BENCH / "kills.py"), "--kills", str(KILLS), "--json", str(report)],
        env={**os.environ, "JIKIMI_TEST_DATABASE": ""},
        capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert drill.returncode == 0, drill.stdout[-3000:] + drill.stderr[-3000:]
    found = json.loads(report.read_text())
    assert found["kills"] == KILLS
    assert found["posts_stored"] == found["posts"] > 0
    assert found["copies_with_one_place"] == found["copies"] > 0
    assert found["alerts"] == found["references_copied"]
    assert found["mails_sent_twice"] == 0
    assert found["requests_made_or_in_doubt"] == found["copies"]
    assert found["laid_aside"] == 0
    assert found["audit_problem"] == ""
