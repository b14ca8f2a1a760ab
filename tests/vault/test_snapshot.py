"""A bank written down and read back: the same answers, or a plain refusal."""

import struct
from collections.abc import Callable
from hashlib import blake2b

import numpy as np
import pytest

from jikimi.model.errors import Misconfigured
from jikimi.model.fingerprint import Fingerprint, View
from jikimi.model.keys import key_of
from jikimi.model.ports import IndexEntry
from jikimi.vault.bank import LiveBank

Roll = Callable[[], Fingerprint]
Writer = Callable[..., IndexEntry]

HEAD = 16 + 32
COUNTS = 5 * 8


@pytest.fixture
def kept(made_up: Roll, entry: Writer) -> list[IndexEntry]:
    """Write lines with ordinary keys, one odd key, two views and a digest."""
    lines = [
        entry(
            n,
            key_of("reference", str(n)),
            [
                made_up(),
                Fingerprint("pdq", made_up().value, 80, View.TRIMMED),
                Fingerprint("sha256", made_up().value),
            ],
            key_of("case", str(n % 3)),
        )
        for n in range(1, 40)
    ]
    return [*lines, entry(40, "an odd name", [made_up()], "사건")]


@pytest.fixture
def bank(kept: list[IndexEntry]) -> LiveBank:
    bank = LiveBank()
    for line in kept:
        bank.apply([line])
    return bank


def resealed(dumped: bytes, at: int, replacement: bytes) -> bytes:
    """Change bytes behind the head and write the right checksum, as a program with a bug would."""
    body = bytearray(dumped[HEAD:])
    body[at : at + len(replacement)] = replacement
    return dumped[:16] + blake2b(body, digest_size=32).digest() + body


def test_a_restored_bank_answers_as_the_one_it_came_from(bank: LiveBank, kept: list[IndexEntry]) -> None:
    again = LiveBank()
    again.restore(bank.dump())
    assert (again.seq, len(again)) == (bank.seq, len(bank)) == (40, 40)
    for line in kept:
        for one in line.fingerprints:
            assert again.search([one]) == bank.search([one]) != []


def test_a_restored_bank_goes_on_following_the_log(
    bank: LiveBank, kept: list[IndexEntry], made_up: Roll, entry: Writer
) -> None:
    again, new = LiveBank(), made_up()
    again.restore(bank.dump())
    again.apply([entry(41, kept[0].reference, ()), entry(42, "an odd name", [new])])
    assert again.search(kept[0].fingerprints) == []
    assert again.search(kept[-1].fingerprints) == []
    assert [one.reference for one in again.search([new])] == ["an odd name"]
    assert len(again) == 39


def test_who_left_is_not_written_down(bank: LiveBank, kept: list[IndexEntry], entry: Writer) -> None:
    bank.apply([entry(41, kept[5].reference, ())])
    dumped = bank.dump()
    assert bytes.fromhex(kept[6].reference)[8:] in dumped
    assert bytes.fromhex(kept[5].reference)[8:] not in dumped
    assert not any(one.value[:8] in dumped for one in kept[5].fingerprints)


def test_an_empty_bank_can_be_written_down() -> None:
    again = LiveBank()
    again.restore(LiveBank().dump())
    assert (again.seq, len(again)) == (0, 0)


def test_writing_down_twice_gives_the_same_bytes(bank: LiveBank) -> None:
    again = LiveBank()
    again.restore(bank.dump())
    assert again.dump() == bank.dump()


@pytest.mark.parametrize("cut", [0, 15, 47, 90, -1])
def test_a_cut_off_snapshot_is_refused(cut: int, bank: LiveBank) -> None:
    with pytest.raises(Misconfigured, match="delete it"):
        LiveBank().restore(bank.dump()[:cut])


def test_a_snapshot_with_one_changed_bit_is_refused(bank: LiveBank, dice: np.random.Generator) -> None:
    dumped = bank.dump()
    for at in dice.integers(0, len(dumped), 40).tolist():
        damaged = bytearray(dumped)
        damaged[at] ^= 1 << (at % 8)
        with pytest.raises(Misconfigured):
            LiveBank().restore(bytes(damaged))


@pytest.mark.parametrize(
    ("at", "replacement"),
    [
        (8, struct.pack("<Q", 41)),  # one reference more than there is
        (8, struct.pack("<Q", 2**63)),
        (COUNTS, b"\xff" * 8),  # labels that do not ascend
        (COUNTS + 40 * 32 + 39 * 32, b"\xff" * 4),  # a digest of nobody
    ],
)
def test_a_snapshot_that_contradicts_itself_is_refused(at: int, replacement: bytes, bank: LiveBank) -> None:
    with pytest.raises(Misconfigured):
        LiveBank().restore(resealed(bank.dump(), at, replacement))


def test_a_refused_snapshot_changes_nothing(bank: LiveBank, kept: list[IndexEntry]) -> None:
    with pytest.raises(Misconfigured):
        bank.restore(b"")
    assert (bank.seq, len(bank)) == (40, 40)
    assert bank.search(kept[3].fingerprints) != []
