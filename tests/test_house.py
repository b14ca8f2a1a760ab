"""The house keeps its own rules: size, first lines, words, no machine paths, every setting documented."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST_FILE = 300
LONGEST_FUNCTION = 60  # 40 is the aim; a table or a template of one page may be a little longer
FORBIDDEN_NAMES = {"utils", "helpers", "common", "base", "manager", "handler", "data", "info"}
REASON = "# Longer than 300 lines because"


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


SOURCES = [path for path in tracked("src/*.py", "bench/*.py", "fuzz/*.py") if "migrations" not in path.parts]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_fits_in_one_head_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST_FILE or REASON in text, (
        "split the file, or write the reason in it"
    )
    tree = ast.parse(text)
    docstring = ast.get_docstring(tree)
    assert docstring, "the first line says what the file is for"
    assert len(docstring.splitlines()[0]) > 20
    assert path.stem not in FORBIDDEN_NAMES
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            length = node.end_lineno - node.lineno
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


def test_nothing_names_a_machine_or_a_registry() -> None:
    pattern = re.compile(
        r"(?<![\w])/(work|root|opt|tmp)/[a-z]|https?://[^\s\"')>]*(pypi|pythonhosted)", re.IGNORECASE
    )
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked()
        if path.suffix in {".py", ".md", ".toml", ".lock", ".sh", ".html", ".po", ""}
        and path != Path(__file__)
        and (match := pattern.search(path.read_text(errors="ignore")))
    ]
    assert found == []


def test_broad_excepts_stand_only_in_the_worker() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in tracked("src/*.py")
        if "worker" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception"))
    ]
    assert found == []


def test_every_setting_is_documented() -> None:
    settings = (ROOT / "src/jikimi/settings/__init__.py").read_text()
    page = (ROOT / "docs/settings.md").read_text()
    names = set(re.findall(r'read\("(JIKIMI_[A-Z_]+)"', settings))
    assert names
    assert {name for name in names if name not in page} == set()


def test_links_in_the_docs_lead_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)} → {target}"
        for path in tracked("*.md")
        for target in re.findall(r"\]\(([^)#\s]+)", path.read_text())
        if not target.startswith(("http://", "https://", "mailto:")) and not (path.parent / target).exists()
    ]
    assert broken == []
