"""References whose numbers point the same way are proposed, and no more than proposed."""

import re
from collections.abc import Callable

import numpy as np
import pytest

from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Fingerprint, Orientation, View
from jikimi.model.ports import IndexEntry
from jikimi.vault.likeness import CANDIDATES, LikenessBank

Writer = Callable[..., IndexEntry]
UPRIGHT, MIRRORED = Orientation.UPRIGHT, Orientation.MIRRORED
NAME = "likeness-0123"


def numbers(seed: int, noise: float = 0, *, count: int = 128) -> bytes:
    dice = np.random.default_rng(seed)
    row = dice.normal(0, 1, count)
    row += np.random.default_rng(seed + 10_000).normal(0, noise, count) if noise else 0
    return bytes(np.round(row * 127 / np.abs(row).max()).astype(np.int8).tobytes())


def likeness(
    value: bytes, orientation: Orientation = UPRIGHT, view: View = View.WHOLE, name: str = NAME
) -> Fingerprint:
    return Fingerprint(name, value, 100, view, orientation)


@pytest.fixture
def bank(entry: Writer) -> LikenessBank:
    bank = LikenessBank()
    bank.apply([entry(seed + 1, f"r{seed}", [likeness(numbers(seed))]) for seed in range(600)])
    return bank


def test_the_reference_that_points_the_same_way_is_proposed(bank: LikenessBank) -> None:
    for seed in (0, 255, 256, 599):
        proposed = bank.nearest([likeness(numbers(seed, 0.8))])
        assert f"r{seed}" in proposed[UPRIGHT]
        assert len(proposed[UPRIGHT]) == CANDIDATES


def test_a_mirrored_view_proposes_for_mirrored_pictures_only(bank: LikenessBank) -> None:
    proposed = bank.nearest([likeness(numbers(1)), likeness(numbers(2), MIRRORED)])
    assert "r1" in proposed[UPRIGHT]
    assert "r2" in proposed[MIRRORED]


def test_how_large_the_numbers_are_does_not_matter(bank: LikenessBank, entry: Writer) -> None:
    small = (np.frombuffer(numbers(700), np.int8) // 4).tobytes()
    bank.apply([entry(700, "small", [likeness(small)])])
    assert "small" in bank.nearest([likeness(numbers(700))])[UPRIGHT]


def test_numbers_of_another_network_never_meet(bank: LikenessBank) -> None:
    assert bank.nearest([likeness(numbers(1), name="likeness-9999")]) == {}
    assert bank.nearest([Fingerprint("orb", numbers(1))]) == {}


def test_two_networks_stand_side_by_side(bank: LikenessBank, entry: Writer) -> None:
    other = likeness(numbers(7, count=512), name="likeness-9999")
    bank.apply([entry(700, "both", [likeness(numbers(8000)), other])])
    assert bank.nearest([other])[UPRIGHT] == {"both"}
    assert "both" in bank.nearest([likeness(numbers(8000))])[UPRIGHT]


def test_a_withdrawn_reference_is_overwritten_at_once(bank: LikenessBank, entry: Writer) -> None:
    bank.apply([entry(1000, "r3", [])])
    assert "r3" not in bank.nearest([likeness(numbers(3))])[UPRIGHT]
    rows = bank._sheets[NAME]._room.rows
    assert re.search(re.escape(numbers(3)), rows.tobytes()) is None
    assert re.search(re.escape(numbers(4)), rows.tobytes()) is not None


def test_a_replaced_reference_is_proposed_by_its_new_numbers(bank: LikenessBank, entry: Writer) -> None:
    bank.apply([entry(1000, "r3", [likeness(numbers(900))])])
    assert "r3" in bank.nearest([likeness(numbers(900))])[UPRIGHT]
    assert "r3" not in bank.nearest([likeness(numbers(3))])[UPRIGHT]


def test_rows_of_who_has_left_are_used_again(bank: LikenessBank, entry: Writer) -> None:
    for round_ in range(5):
        bank.apply([entry(2000 + round_, f"r{seed}", []) for seed in range(600)])
        bank.apply([entry(3000 + round_, f"r{seed}", [likeness(numbers(seed))]) for seed in range(600)])
    assert len(bank._sheets[NAME]._room.rows) == 1024
    assert "r599" in bank.nearest([likeness(numbers(599))])[UPRIGHT]


def test_only_the_upright_unmagnified_numbers_of_a_reference_are_kept() -> None:
    bank = LikenessBank()
    close = likeness(numbers(1), view=View.CLOSE)
    bank.apply([IndexEntry(1, "r", "case", (close, likeness(numbers(2), MIRRORED)))])
    assert bank.nearest([likeness(numbers(1)), likeness(numbers(2))]) == {}


def test_a_picture_and_the_photograph_on_it_are_both_kept(entry: Writer) -> None:
    bank = LikenessBank()
    bank.apply([entry(1, "r", [likeness(numbers(1)), likeness(numbers(2), view=View.TRIMMED)])])
    for seed in (1, 2):
        assert bank.nearest([likeness(numbers(seed))])[UPRIGHT] == {"r"}


@pytest.mark.parametrize("length", [0, 40, 2049])
def test_damaged_numbers_are_refused(length: int, bank: LikenessBank, entry: Writer) -> None:
    with pytest.raises(BadMedia, match="fingerprint the picture again"):
        bank.apply([entry(1000, "r3", [likeness(bytes(length))])])
    with pytest.raises(BadMedia, match="fingerprint the picture again"):
        bank.nearest([likeness(bytes(length))])


def test_numbers_of_another_length_are_refused_and_change_nothing(bank: LikenessBank, entry: Writer) -> None:
    with pytest.raises(BadMedia, match="fingerprint the picture again"):
        bank.apply([entry(1000, "r3", []), entry(1001, "r4", [likeness(numbers(1, count=100))])])
    assert "r3" in bank.nearest([likeness(numbers(3))])[UPRIGHT]
    with pytest.raises(BadMedia, match="fingerprint the picture again"):
        bank.nearest([likeness(numbers(1, count=100))])


def test_an_empty_bank_proposes_nobody() -> None:
    assert LikenessBank().nearest([likeness(numbers(1))]) == {}
