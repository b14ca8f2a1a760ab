"""The how-to for sources works as printed: its source is the one that the command writes, which is tested."""

import re
import tomllib
from pathlib import Path

from typer.testing import CliRunner

from jikimi.cli import app

HOUSE = Path(__file__).parents[2]
PAGE = HOUSE / "docs" / "how-to" / "add-a-source.md"


def blocks() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for language, text in re.findall(r"^```(\w+)\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE):
        found.setdefault(language, []).append(text)
    return found


def test_the_source_in_the_how_to_is_what_the_command_writes(tmp_path: Path) -> None:
    words = blocks()["console"][0].split()
    assert words[:3] == ["jikimi", "source", "new"]
    assert CliRunner().invoke(app, [*words[1:], "--folder", str(tmp_path)]).exit_code == 0
    source, suite = blocks()["python"]
    assert (tmp_path / "jikimi_source_board.py").read_text() == source
    written = (tmp_path / "tests" / "test_board.py").read_text()
    assert all(line in re.sub(r"  # .*", "", written) for line in suite.splitlines())
    points = [tomllib.loads(text)["project"] for text in (blocks()["toml"][0],)]
    assert points[0].items() <= tomllib.loads((tmp_path / "pyproject.toml").read_text())["project"].items()


def test_the_source_in_the_how_to_is_short() -> None:
    source, _ = blocks()["python"]
    assert len(source.splitlines()) < 100
    assert "class Board:" in source
