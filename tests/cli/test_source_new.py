"""What `jikimi source new` writes is formatted, typed, and keeps the contract as it is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jikimi.cli import app

HOUSE = Path(__file__).parents[2]


def write(name: str, folder: Path, *more: str) -> str:
    made = CliRunner().invoke(app, ["source", "new", name, "--folder", str(folder), *more])
    assert made.exit_code == 0, made.output
    return made.output


def run(folder: Path, *words: str) -> str:
    path = os.pathsep.join([str(folder / "src"), str(folder), str(HOUSE / "src")])
    ran = subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": path, "MYPYPATH": path, "PYTHONSAFEPATH": ""},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-2000:]
    return ran.stdout


@pytest.mark.slow
@pytest.mark.parametrize("kind", [(), ("--push",)], ids=["poll", "push"])
def test_a_package_of_its_own_keeps_the_contract_as_written(tmp_path: Path, kind: tuple[str, ...]) -> None:
    write("board_two", tmp_path, *kind)
    run(tmp_path, "ruff", "check", ".")
    run(tmp_path, "ruff", "format", "--check", ".")
    run(tmp_path, "mypy", "--strict", "jikimi_source_board_two.py")
    assert "10 passed" in run(tmp_path, "pytest", "-q", "tests")
    points = (tmp_path / "pyproject.toml").read_text()
    assert 'board_two = "jikimi_source_board_two:BoardTwo"' in points


@pytest.mark.slow
@pytest.mark.parametrize("kind", [(), ("--push",)], ids=["poll", "push"])
def test_a_source_in_a_checkout_keeps_the_contract_as_written(tmp_path: Path, kind: tuple[str, ...]) -> None:
    code = shutil.ignore_patterns("__pycache__", "locale", "static", "tables")
    shutil.copytree(HOUSE / "src" / "jikimi", tmp_path / "src" / "jikimi", ignore=code)
    shutil.copy(HOUSE / "pyproject.toml", tmp_path)
    assert "SOURCES" in write("board", tmp_path, *kind)
    written = ("src/jikimi/sources/board.py", "tests/sources/board")
    run(tmp_path, "ruff", "check", *written)
    run(tmp_path, "ruff", "format", "--check", *written)
    assert "10 passed" in run(tmp_path, "pytest", "-q", "tests")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    write("board", tmp_path)
    again = CliRunner().invoke(app, ["source", "new", "board", "--folder", str(tmp_path)])
    assert "is there already" in str(again.exception)


@pytest.mark.parametrize("name", ["Board", "my-board", "class", "b/../c", ""])
def test_a_name_that_python_cannot_take_is_refused(tmp_path: Path, name: str) -> None:
    refused = CliRunner().invoke(app, ["source", "new", name, "--folder", str(tmp_path)])
    assert "Type a name" in str(refused.exception)
    assert not list(tmp_path.iterdir())
