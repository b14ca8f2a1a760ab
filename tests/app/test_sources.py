"""Which sources there are: one that an installed package registers, and one that cannot be loaded."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "sources"))

from surroundings import around

from jikimi.app import sources
from jikimi.app.sources import OURS, build_source, known_sources, manifest_of
from jikimi.model.errors import Misconfigured
from jikimi.model.post import Watch
from jikimi.sources.folder import Folder


@dataclass
class Point:
    """What a package registers."""

    name: str
    loaded: Any

    def load(self) -> Any:
        if isinstance(self.loaded, Exception):
            raise self.loaded
        return self.loaded


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [Point("broken", ImportError("no module")), Point("theirs", Folder), Point("nostr", Folder)]
    monkeypatch.setattr(sources, "entry_points", lambda group: points if group == "jikimi.sources" else [])


def test_a_package_that_cannot_be_loaded_stops_no_other_source(clock: Any) -> None:
    assert known_sources().keys() == {*OURS, "theirs"}
    for name in ("folder", "theirs"):
        watch = Watch("w", name, {"path": "/srv"}, "", "ada", clock())
        assert repr(build_source(watch, around())) == "Folder(watch)"


def test_what_a_package_registers_takes_no_name_of_ours() -> None:
    assert manifest_of("nostr").name == "nostr"


def test_a_source_that_is_not_there_is_a_setting() -> None:
    with pytest.raises(Misconfigured, match="There is no source broken"):
        manifest_of("broken")
