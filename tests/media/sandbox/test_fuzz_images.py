"""A short run of the picture fuzzer in every test run; the long one is started by hand."""

import subprocess
import sys
from pathlib import Path

FUZZER = Path(__file__).parents[3] / "fuzz" / "fuzz_images.py"


def test_three_hundred_mangled_pictures_are_read_or_refused() -> None:
    said = subprocess.run(
        [sys.executable, str(FUZZER), "--files", "300", "--seed", "3"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "300 files, 0 ended their reader" in said
