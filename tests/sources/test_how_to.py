"""The how-to for sources works as printed: its blocks are laid into a copy of the suite and run."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
PAGE = HOUSE / "docs" / "how-to" / "add-a-source.md"
NEEDED = (
    "pyproject.toml",
    "bench/nostr_peer.py",
    "tests/contracts/source_cases.py",
    "tests/contracts/test_source.py",
    "tests/sources/loopback_site.py",
    "tests/sources/scripted_relay.py",
)
FINDS_BOARD = "import jikimi.sources\n\njikimi.sources.__path__.append({!r})\n"


def blocks() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for language, text in re.findall(r"^```(\w+)\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE):
        found.setdefault(language, []).append(text)
    return found


@pytest.mark.slow
def test_the_source_in_the_how_to_passes_the_contract_as_printed(tmp_path: Path) -> None:
    source, case = blocks()["python"]
    for name in NEEDED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(HOUSE / name, tmp_path / name)
    (tmp_path / "added").mkdir()
    (tmp_path / "added" / "board.py").write_text(source)
    (tmp_path / "conftest.py").write_text(FINDS_BOARD.format(str(tmp_path / "added")))
    with (tmp_path / "tests/contracts/source_cases.py").open("a") as cases:
        cases.write(case)
    (command,) = blocks()["bash"]
    words = command.split()
    assert words[:1] == ["python"]
    ran = subprocess.run(
        [sys.executable, *words[1:]], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert re.search(r"\b10 passed", ran.stdout), ran.stdout[-3000:]


def test_the_source_in_the_how_to_is_short_and_its_entry_names_it() -> None:
    source, case = blocks()["python"]
    assert len((source + case).splitlines()) < 100
    (entry,) = blocks()["toml"]
    assert tomllib.loads(entry)["project"]["entry-points"]["jikimi.sources"]["board"].endswith(":Board")
    assert "class Board:" in source
