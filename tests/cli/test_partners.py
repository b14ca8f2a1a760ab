"""`jikimi partner`: the token is shown once and kept nowhere; the watch comes and goes with the partner."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., str]


@pytest.fixture
def jikimi(tmp_path: Path) -> Run:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("JIKIMI_")}
    environment = {**clean, "JIKIMI_DATA": str(tmp_path / "data"), "JIKIMI_LANGUAGE": "en"}

    def run(*words: str, fails: bool = False) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "jikimi", *words],
            env=environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert bool(done.returncode) is fails, done.stderr
        return done.stderr if fails else done.stdout

    return run


@pytest.mark.slow
def test_a_partner_comes_and_goes(jikimi: Run, tmp_path: Path) -> None:
    jikimi("user", "add", "ada", "--role", "administrator")
    said = jikimi("partner", "add", "hotline", "--by", "ada", "--scope", "posts")
    token = re.search(r"^jikimi_[A-Za-z0-9_-]{43}$", said, re.MULTILINE)
    assert token
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert not [path for path in files if token[0].encode() in path.read_bytes()]
    assert jikimi("partner", "list").split("\t") == ["hotline", "posts", "0", "0", "never\n"]
    assert "\tupload\t" in jikimi("watch", "list")
    assert "short name" in jikimi("partner", "add", "desk/1", "--by", "ada", fails=True)
    jikimi("partner", "end", "hotline", "--by", "ada")
    assert jikimi("partner", "list") == ""
    assert "hotline" not in jikimi("watch", "list")
    assert "partner list" in jikimi("partner", "end", "hotline", "--by", "ada", fails=True)
