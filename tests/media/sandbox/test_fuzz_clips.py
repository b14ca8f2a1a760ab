"""A short run of the clip fuzzer in every test run; the long one is started by hand."""

import subprocess
import sys
from pathlib import Path

FUZZER = Path(__file__).parents[3] / "fuzz" / "fuzz_clips.py"


def test_two_hundred_mangled_clips_are_read_alike_twice_or_refused() -> None:
    said = subprocess.run(
        [sys.executable, str(FUZZER), "--files", "200", "--seed", "4"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "0 ended their reader, 0 took too long, 0 were read in two ways" in said
