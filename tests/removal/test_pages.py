"""The pages about rules are those that the rules themselves write."""

import runpy
from pathlib import Path

from jikimi.removal.regimes import REGIMES

ROOT = Path(__file__).parents[2]
GENERATED = runpy.run_path(str(ROOT / "tests" / "docs_regimes.py"))


def test_there_is_one_page_for_each_regime_and_each_is_up_to_date() -> None:
    pages: dict[str, str] = GENERATED["pages"]()
    stored = {path.name: path.read_text() for path in (ROOT / "docs/removal").glob("*.md")}
    assert {name for name, text in stored.items() if "docs_regimes.py`; do not edit" in text} == set(pages)
    for name, text in pages.items():
        assert (ROOT / "docs/removal" / name).read_text() == text, (
            "type: .venv/bin/python tests/docs_regimes.py"
        )


def test_every_other_page_there_is_one_that_the_overview_leads_to() -> None:
    overview = (ROOT / "docs/removal.md").read_text()
    others = {path.name for path in (ROOT / "docs/removal").glob("*.md")} - set(GENERATED["pages"]())
    assert {name for name in others if f"(removal/{name})" not in overview} == set()


def test_every_regime_has_a_file_of_its_own_that_the_page_names() -> None:
    sources: dict[str, str] = GENERATED["SOURCES"]
    assert set(sources) == set(REGIMES)
    for name, path in sources.items():
        assert f'name="{name}"' in (ROOT / path).read_text()
