"""The words of the house: keys come import pickle
from content, secrets never show themselves, imports stay harmless."""

import ast
import dataclasses
import pickle
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import jikimi.model as room
from jikimi.model.fingerprint import Kind, Tier
from jikimi.model.keys import key_of
from jikimi.model.post import MediaRef, Post, Secret
from jikimi.model.source import Manifest, Option, Options
from jikimi.model.source import Tested as HowTested  # pytest collects names that begin with Test

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_different_parts_have_different_keys(one: list[str], other: list[str]) -> None:
    assert (key_of(*one) == key_of(*other)) == (one == other)


def test_a_key_survives_a_lone_surrogate() -> None:
    assert len(key_of("post", "\ud800")) == 32


@pytest.mark.parametrize("show", [repr, str, lambda secret: f"{secret}", lambda secret: "%s" % secret])  # noqa: UP031
def test_a_secret_never_shows_itself(show) -> None:
    ref = MediaRef(Kind.IMAGE, "https://x.invalid/1", {"Authorization": Secret("hunter2")})
    assert "hunter2" not in show(Secret("hunter2"))
    assert "hunter2" not in repr(ref)
    assert ref.headers["Authorization"].reveal() == "hunter2"


def test_the_first_clock_starts_when_the_world_could_see_it() -> None:
    def post(published: datetime | None) -> Post:
        return Post("w", "1", "u", "", "", published, NOW)

    assert post(None).visible_at == NOW
    assert post(NOW - timedelta(seconds=9)).visible_at == NOW - timedelta(seconds=9)
    assert post(NOW + timedelta(days=9)).visible_at == NOW


def test_tiers_sort_from_certain_to_possible() -> None:
    assert sorted([Tier.POSSIBLE, Tier.CERTAIN, Tier.LIKELY], key=lambda tier: tier.rank) == list(Tier)


def test_nouns_are_frozen_and_slotted() -> None:
    for name in ("alert", "case", "fingerprint", "outcome", "post", "ports"):
        module = import_module(f"jikimi.model.{name}")
        for noun in vars(module).values():
            if dataclasses.is_dataclass(noun) and isinstance(noun, type):
                assert noun.__dataclass_params__.frozen, noun  # type: ignore[attr-defined]
                assert hasattr(noun, "__slots__"), noun


def test_a_port_has_at_most_seven_methods() -> None:
    tree = ast.parse((Path(room.__path__[0]) / "ports.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and "Protocol" in ast.unparse(node):
            methods = [part for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
            assert len(methods) <= 7, node.name


def test_a_secret_option_is_handed_on_as_it_was_typed() -> None:
    token = Option("token", "the token", is_secret=True)
    manifest = Manifest("x", "X", False, "", "", "", HowTested.ITSELF, "", options=(token,))
    assert Options(manifest, {"token": "hush"}).secret("token").reveal() == "hush"
    assert Options(manifest, {}).secret("token").reveal() == ""


def test_a_secret_is_not_written_down_by_accident() -> None:
    with pytest.raises(TypeError, match="secret"):
        pickle.dumps(Secret("hunter2"))
