"""Posts on a real Bluesky network become alerts through the whole house, whatever is killed meanwhile."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.skipif(
    not os.environ.get("JIKIMI_TEST_ATPROTO"), reason="no Bluesky network: JIKIMI_TEST_ATPROTO is unset"
)
def test_every_copy_on_a_real_network_is_an_alert_though_the_service_is_killed(tmp_path: Path) -> None:
    """The bench runs in a process of its own: it opens another database than this one's."""
    report = tmp_path / "report.json"
    words = ["--posts", "8", "--kills", "2", "--references", "200", "--json", str(report)]
    bench = subprocess.run(
        [sys.executable, str(BENCH / "bluesky.py"), *words],
        env={**os.environ, "JIKIMI_TEST_DATABASE": ""},
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert bench.returncode == 0, bench.stdout[-3000:] + bench.stderr[-3000:]
    found = json.loads(report.read_text())
    assert found["kills"] == 2
    assert found["posts"] > found["timed"] == 8
    assert found["posts_lost"] == found["copies_lost"] == found["laid_aside"] == 0
