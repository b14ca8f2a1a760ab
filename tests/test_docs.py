"""What the documents say is so: commands exist and run, files and functions are there, none is left out."""

import ast
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

from jikimi.flow import STEPS
from jikimi.model.errors import JikimiError
from jikimi.model.outcome import Record
from jikimi.settings import Settings

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "jikimi"
CLI = ROOT / "tests" / "docs_cli.py"
SOURCES = ROOT / "tests" / "docs_sources.py"
CODE = {".py", ".sh", ".toml", ".lock"}
KINDS = {"feature", "fix", "change", "removal", "security"}
LONGEST_FRAGMENT = 400
LONGEST_DECISION = 45  # lines: one page


def documents() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", "*.md"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file()]


DOCUMENTS = documents()
GENERATED = runpy.run_path(str(CLI))
COMMANDS: dict[str, Any] = GENERATED["commands"]()
EXAMPLE = re.compile(r"^\$ (?:\./run|jikimi) ?(.*(?:--help|\bversion))$", re.MULTILINE)
MENTION = re.compile(r"(?:(?<![\w/=-])jikimi|\./run) ((?:[a-z]+(?:-[a-z]+)*(?: |\b))+)")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def examples() -> list[str]:
    found = {
        match[1]
        for path in DOCUMENTS
        for block in re.findall(r"```console\n(.*?)```", path.read_text(), re.DOTALL)
        for match in EXAMPLE.finditer(block)
    }
    return sorted(found)


def code_in(path: Path) -> list[str]:
    """Return what stands between backticks and in blocks: there, commands, files and functions are named."""
    text = path.read_text()
    blocks = re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL)
    return blocks + re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def unknown_command(mention: str) -> str:
    """Return the part of a mentioned command that does not exist, "" if all of it does."""
    name = "jikimi"
    for word in mention.split():
        if not getattr(COMMANDS[name], "commands", {}):
            return ""
        if f"{name} {word}" not in COMMANDS:
            return f"{name} {word}"
        name = f"{name} {word}"
    return ""


@pytest.mark.parametrize("example", examples())
def test_an_example_that_asks_for_help_runs(example: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "jikimi", *example.split()], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip()


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_command_that_is_named_exists(path: Path) -> None:
    ours = {"test", "bench"}  # of ./run itself
    wrong = {
        missing
        for code in code_in(path)
        for match in MENTION.finditer(code)
        if match[1].split()[0] not in ours and (missing := unknown_command(match[1]))
    }
    assert wrong == set()


def test_the_page_of_commands_is_up_to_date() -> None:
    page: str = GENERATED["page"]()
    assert (ROOT / "docs/cli.md").read_text() == page, "type: .venv/bin/python tests/docs_cli.py"


def test_the_page_of_sources_is_what_they_say_of_themselves() -> None:
    page = runpy.run_path(str(SOURCES))["page"]()
    assert (ROOT / "docs/sources.md").read_text() == page, "type: .venv/bin/python tests/docs_sources.py"


TO_BE_WRITTEN = {
    "src/jikimi/sources/board.py",
    "src/jikimi/removal/ticket.py",
}  # by whoever follows the how-to; its own test lays it out


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_file_and_function_that_is_named_is_there(path: Path) -> None:
    missing = []
    for code in re.findall(
        r"`([A-Za-z_./-]+\.[a-z]+(?::[A-Za-z_]+)?|(?:src|tests)/[\w/]+)`", path.read_text()
    ):
        name, _, function = code.partition(":")
        is_ours = "/" in name or (PACKAGE / name).exists()
        is_ours = is_ours and name not in TO_BE_WRITTEN
        if not is_ours or name.startswith(("/", "keys/", "data/")) or Path(name).suffix not in CODE | {""}:
            continue
        places = [place for place in (ROOT / name, PACKAGE / name, path.parent / name) if place.exists()]
        if not places or (function and function not in names_in(places[0])):
            missing.append(code)
    assert missing == []


def names_in(file: Path) -> set[str]:
    """Return the functions, classes, methods and constants of a file."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def test_every_step_stands_in_the_story() -> None:
    page = (ROOT / "docs/ARCHITECTURE.md").read_text()
    assert [step for step in STEPS if f"`{step}`" not in page] == []


def test_every_import_contract_is_explained() -> None:
    page = (ROOT / "docs/ARCHITECTURE.md").read_text()
    contracts = re.findall(r'^id = "(\w+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert contracts
    assert [contract for contract in contracts if f"| {contract} |" not in page] == []


def test_every_room_is_on_the_map() -> None:
    page = (ROOT / "docs/ARCHITECTURE.md").read_text()
    rooms = [f"{path.parent.name}/" for path in PACKAGE.glob("*/__init__.py")]
    assert [room for room in rooms if f"\n  {room} " not in page] == []


def test_every_record_is_in_the_glossary() -> None:
    page = (ROOT / "docs/glossary.md").read_text()
    assert [kind.__name__ for kind in get_args(Record) if f"| {kind.__name__} |" not in page] == []


def test_every_error_says_what_to_do_about_it() -> None:
    page = (ROOT / "docs/errors.md").read_text()
    assert [
        kind.__name__ for kind in JikimiError.__subclasses__() if f"| `{kind.__name__}` |" not in page
    ] == []


def test_every_setting_stands_with_its_real_default() -> None:
    lines = dict(
        re.findall(
            r"^\| `(JIKIMI_[A-Z_]+)` \| (.*?) \|", (ROOT / "docs/settings.md").read_text(), re.MULTILINE
        )
    )
    source = (PACKAGE / "settings/__init__.py").read_text()
    defaults = dict(re.findall(r'read\("(JIKIMI_[A-Z_]+)", "([^"]*)"', source))
    said = {name: "" if text.startswith("empty") else text.strip("`") for name, text in lines.items()}
    assert said == defaults


def test_the_ladder_in_the_settings_is_the_real_one() -> None:
    hours = [pause.total_seconds() / 3600 for pause in Settings(folder=ROOT).ladder]
    assert hours == [1, 6, 24, 48, *[24] * 14, *[7 * 24] * 12, 30 * 24]


def test_every_package_of_the_lock_has_its_licence() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    packages = set(re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[.*\])?==", lock, re.MULTILINE))
    listed = set(re.findall(r"^\| ([a-z0-9._-]+) \| ", (ROOT / "docs/licences.md").read_text(), re.MULTILINE))
    assert listed - {"package"} == packages


def test_a_decision_fits_on_a_page_and_says_what_would_change_it() -> None:
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert pages
    index = (ROOT / "docs/README.md").read_text()
    for page in pages:
        text = page.read_text()
        assert len(text.splitlines()) <= LONGEST_DECISION, page.name
        assert f"decisions/{page.name}" in index
        for part in ("**Context.**", "**Decision.**", "**Why.**", "**What would change our mind.**"):
            assert part in text, f"{page.name} lacks {part}"


def test_a_news_fragment_is_short_and_named_by_its_kind() -> None:
    fragments = [path for path in (ROOT / "newsfragments").iterdir() if path.name != "README.md"]
    for path in fragments:
        assert re.fullmatch(r"[a-z0-9-]+\.[a-z]+\.md", path.name), path.name
        assert path.suffixes[0].removeprefix(".") in KINDS, path.name
        text = path.read_text().strip()
        assert 0 < len(text) <= LONGEST_FRAGMENT, path.name
        assert "\n\n" not in text, f"{path.name} is more than one paragraph"


def test_the_korean_readme_has_the_same_two_commands() -> None:
    for name in ("README.md", "README.ko.md"):
        assert "```console\n$ ./run demo\n$ ./run serve\n```" in (ROOT / name).read_text()
