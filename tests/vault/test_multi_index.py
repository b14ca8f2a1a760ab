"""The tables: they find what reading every row finds, and nothing else."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from jikimi.vault.multi_index import AT_ONCE, BANDS, FARTHEST, Tables, forget, look_up, tabulate

Rows = NDArray[np.uint8]
Pairs = dict[tuple[int, int], int]

VALUES = st.binary(min_size=32, max_size=32)


def stacked(values: list[bytes]) -> Rows:
    return np.frombuffer(b"".join(values), np.uint8).reshape(-1, 32).copy()


def by_reading_all(rows: Rows, queries: Rows, farthest: int) -> Pairs:
    distances = np.bitwise_count(queries[:, np.newaxis] ^ rows).sum(axis=2, dtype=np.int64)
    return {
        (int(query), int(row)): int(distances[query, row])
        for query, row in np.argwhere(distances <= farthest)
    }


def by_tables(tables: Tables, rows: Rows, queries: Rows, farthest: int) -> Pairs:
    near = look_up(tables, rows, queries, farthest)
    pairs = list(zip(near.queries.tolist(), near.rows.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    return dict(zip(pairs, near.distances.tolist(), strict=True))


def flipped(value: bytes, bits: Iterator[int] | list[int]) -> bytes:
    number = int.from_bytes(value)
    for bit in bits:
        number ^= 1 << bit
    return number.to_bytes(32)


@st.composite
def banks(draw: st.DrawFn) -> tuple[Rows, Rows]:
    """Draw rows, and queries a few dozen bits away from some of them or from none."""
    values = draw(st.lists(VALUES, min_size=1, max_size=30))
    queries = []
    for _ in range(draw(st.integers(1, 2 * AT_ONCE + 1))):
        value = draw(st.sampled_from(values)) if draw(st.booleans()) else draw(VALUES)
        queries.append(flipped(value, draw(st.lists(st.integers(0, 255), max_size=40, unique=True))))
    return stacked(values), stacked(queries)


@given(banks(), st.integers(0, FARTHEST))
@settings(max_examples=150, deadline=None)
def test_the_tables_find_what_reading_every_row_finds(bank: tuple[Rows, Rows], farthest: int) -> None:
    rows, queries = bank
    assert by_tables(tabulate(rows), rows, queries, farthest) == by_reading_all(rows, queries, farthest)


@given(VALUES, st.permutations(range(BANDS)), st.data())
@settings(max_examples=100, deadline=None)
def test_thirty_one_bits_spread_as_evenly_as_can_be_are_found(
    value: bytes, bands: list[int], data: st.DataObject
) -> None:
    places = st.lists(st.integers(0, 15), min_size=2, max_size=2, unique=True)
    bits = [16 * band + bit for band in bands for bit in data.draw(places)][:FARTHEST]
    rows, queries = stacked([value]), stacked([flipped(value, bits)])
    assert by_tables(tabulate(rows), rows, queries, FARTHEST) == {(0, 0): FARTHEST}


def test_a_row_and_its_opposite_are_256_bits_apart() -> None:
    rows = stacked([bytes(32), b"\xff" * 32])
    assert by_tables(tabulate(rows), rows, rows, FARTHEST) == {(0, 0): 0, (1, 1): 0}


def test_many_equal_rows_are_all_found(dice: np.random.Generator) -> None:
    one = dice.integers(0, 256, (1, 32), dtype=np.uint8)
    rows = np.repeat(one, 300, axis=0)
    assert len(by_tables(tabulate(rows), rows, one, FARTHEST)) == 300


def test_no_rows_are_near_where_there_are_none() -> None:
    rows = np.zeros((0, 32), np.uint8)
    assert by_tables(tabulate(rows), rows, np.zeros((2, 32), np.uint8), FARTHEST) == {}


@given(banks(), st.data())
@settings(max_examples=100, deadline=None)
def test_forgotten_rows_leave_the_tables_and_the_others_stay(
    bank: tuple[Rows, Rows], data: st.DataObject
) -> None:
    rows, queries = bank
    tables = tabulate(rows)
    leaving = data.draw(st.lists(st.integers(0, len(rows) - 1), unique=True, max_size=len(rows) - 1))
    for number in leaving:
        forget(tables, rows, [number])
        rows[number] = 0
    wanted = by_reading_all(rows, queries, FARTHEST)
    found = by_tables(tables, rows, queries, FARTHEST)
    assert {pair: bits for pair, bits in found.items() if pair[1] not in leaving} == {
        pair: bits for pair, bits in wanted.items() if pair[1] not in leaving
    }


@pytest.mark.parametrize("number", [0, 137, 499])
def test_a_forgotten_row_is_named_in_no_table(number: int, dice: np.random.Generator) -> None:
    rows = dice.integers(0, 256, (500, 32), dtype=np.uint8)
    tables = tabulate(rows)
    assert np.count_nonzero(tables.numbers == number) == BANDS
    forget(tables, rows, [number])
    assert np.count_nonzero(tables.numbers == number) == 0
