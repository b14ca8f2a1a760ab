"""A bank so large that it is searched through tables: the same answers as reading all, up to 31 bits."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jikimi.model.fingerprint import Fingerprint, Found, Orientation, Tier, View
from jikimi.model.keys import key_of
from jikimi.model.ports import IndexEntry
from jikimi.vault import tiers
from jikimi.vault.bank import LiveBank

Roll = Callable[[], Fingerprint]
Writer = Callable[..., IndexEntry]

NAMES: Final = [key_of("reference", str(n)) for n in range(12)]
POOL: Final = [np.random.default_rng(n).bytes(32) for n in range(8)]


def large_bank() -> LiveBank:
    """Return a bank that has tables from four rows on and calls itself large."""
    return LiveBank(indexed_from=4, wide_up_to=0)


@st.composite
def fingerprints(draw: st.DrawFn, orientations: st.SearchStrategy[Orientation]) -> Fingerprint:
    """Draw a value a few bits away from one of eight."""
    value = int.from_bytes(draw(st.sampled_from(POOL)))
    for bit in draw(st.lists(st.integers(0, 255), max_size=24, unique=True)):
        value ^= 1 << bit
    algorithm = draw(st.sampled_from(["pdq", "pdq", "pdq", "sha256"]))
    if algorithm == "sha256":
        return Fingerprint("sha256", draw(st.sampled_from(POOL)))
    view, quality = draw(st.sampled_from([View.WHOLE, View.TRIMMED])), draw(st.sampled_from([49, 50, 100]))
    return Fingerprint("pdq", value.to_bytes(32), quality, view, draw(orientations))


KEPT: Final = st.lists(fingerprints(st.just(Orientation.UPRIGHT)), max_size=3)
ASKED: Final = st.lists(fingerprints(st.sampled_from(Orientation)), min_size=1, max_size=9)
LOGS: Final = st.lists(
    st.lists(st.tuples(st.sampled_from(NAMES), KEPT), min_size=1, max_size=5), min_size=1, max_size=12
)


def by_comparing_all(standing: dict[str, tuple[Fingerprint, ...]], asked: list[Fingerprint]) -> list[Found]:
    """Answer as the plain comparison does, without what is only possible."""
    answers = [
        replace(found, reference=name, case=key_of("case", name))
        for name, kept in standing.items()
        if (found := tiers.compare(asked, kept)) is not None and found.tier is not Tier.POSSIBLE
    ]
    return sorted(answers, key=tiers.sureness)


@given(LOGS, ASKED, st.sampled_from(["as it grew", "written down and read"]))
@settings(max_examples=150, deadline=None)
def test_it_answers_as_comparing_with_each_reference_does(
    log: list[list[tuple[str, list[Fingerprint]]]], asked: list[Fingerprint], way: str
) -> None:
    bank, standing, seq = large_bank(), dict[str, tuple[Fingerprint, ...]](), 0
    for batch in log:
        lines = []
        for name, kept in batch:
            seq += 1
            lines.append(IndexEntry(seq, name, key_of("case", name), tuple(kept)))
            standing[name] = tuple(kept)
        bank.apply(lines)
    standing = {name: kept for name, kept in standing.items() if kept}
    if way != "as it grew":
        dumped = bank.dump()
        bank = large_bank()
        bank.restore(dumped)
    assert len(bank) == len(standing)
    assert bank.search(asked) == by_comparing_all(standing, asked)


def test_a_large_bank_says_certain_and_likely_but_not_possible(made_up: Roll, entry: Writer) -> None:
    bank, kept = large_bank(), [made_up() for _ in range(20)]
    bank.apply([entry(n, f"r{n}", [one]) for n, one in enumerate(kept, start=1)])
    for bits, tier in (
        (0, Tier.CERTAIN),
        (12, Tier.CERTAIN),
        (13, Tier.LIKELY),
        (31, Tier.LIKELY),
        (32, None),
    ):
        value = int.from_bytes(kept[7].value) ^ ((1 << bits) - 1)
        found = bank.search([replace(kept[7], value=value.to_bytes(32))])
        assert [(one.reference, one.tier) for one in found] == ([] if tier is None else [("r8", tier)])


@pytest.mark.parametrize("way", ["joined", "tidied"])
def test_nothing_is_left_of_who_was_withdrawn(way: str, made_up: Roll, entry: Writer) -> None:
    bank, kept = large_bank(), [made_up() for _ in range(40)]
    bank.apply([entry(n, key_of("r", str(n)), [one]) for n, one in enumerate(kept, start=1)])
    bank.apply([entry(41, key_of("r", "9"), ())])
    if way == "tidied":
        bank.tidy()
    else:
        bank.apply([entry(n, key_of("r", str(n)), [made_up()]) for n in range(42, 90)])
    [shelf] = bank._shelves
    assert not shelf.gone.any()
    assert bytes.fromhex(key_of("r", "9"))[8:] not in shelf.contents.references[1].tobytes()
    assert shelf.tables is not None
    assert len(shelf.tables.numbers) == 16 * shelf.size == 16 * len(bank)
    assert bank.search([kept[8]]) == []
    assert len(bank.search([kept[9]])) == 1
