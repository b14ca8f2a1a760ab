import ast
import random
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import text_edits  # noqa: E402 - only after the path is set
import text_kinds  # noqa: E402 - as above


def imported(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("name", ["text_edits", "text_foreign", "text_kinds", "text_names"])
def test_what_respells_knows_nothing_of_what_finds(name: str) -> None:
    assert not any(module.startswith("jikimi") for module in imported(ROOT / f"bench/{name}.py"))


def test_what_finds_knows_nothing_of_what_respells() -> None:
    for file in (ROOT / "src/jikimi/text").glob("*.py"):
        assert not any(module.startswith(("text_", "bench")) for module in imported(file)), file.name


def test_every_kind_respells_the_same_way_each_time() -> None:
    kinds = text_kinds.korean_kinds(text_edits.RULES)
    for name, kind in kinds.items():
        assert kind("김민서", random.Random(1)) == kind("김민서", random.Random(1)), name
    assert kinds["Latin keys"]("김왜", random.Random(1)) == "rladho"
    assert kinds["liaison"]("박은우", random.Random(1)) == "바근우"
    assert kinds["half width"]("가", random.Random(1)) == "ﾡￂ"
