"""Rows of clips on a shelf: the nearest are those that comparing each would find; they take little room."""

import numpy as np
import pytest
from numpy.typing import NDArray

from jikimi.vault import sorted_bits
from jikimi.vault.frame_rows import FrameRows, distances
from jikimi.vault.frame_shelf import PROBES, FrameShelf, FrameStock, joined, nearest, rows_at, shelve, wipe

WINDOWS = 10


def rows(seed: int, frames: int) -> FrameRows:
    dice = np.random.default_rng(seed)
    centres = dice.integers(0, 256, (frames * WINDOWS, 32), np.uint8)
    return FrameRows(
        np.repeat(np.arange(frames) / 4, WINDOWS).astype(np.float32),
        lasting(dice, frames * WINDOWS),
        np.tile(np.arange(WINDOWS, dtype=np.uint8), frames),
        centres,
    )


def lasting(dice: np.random.Generator, count: int) -> NDArray[np.float32]:
    """Let one row in twenty last: in a clip that moves most do not."""
    lasts = dice.integers(1, 65_536, count) / 100
    return np.where(dice.random(count) < 0.05, lasts, 0).astype(np.float32)


def near(seed: int, kept: FrameRows) -> NDArray[np.uint8]:
    """Return every ninth row with a few bits changed."""
    dice = np.random.default_rng(seed)
    asked = kept.bits[::9].copy()
    asked[np.arange(len(asked)), dice.integers(0, 32, len(asked))] ^= dice.integers(
        0, 256, len(asked), np.uint8
    )
    return asked


@pytest.fixture(params=[False, True], ids=["one list", "many lists"])
def stocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[FrameStock]:
    if request.param:
        monkeypatch.setattr(sorted_bits, "SMALLEST_SORTED", 400)
        monkeypatch.setattr(sorted_bits, "LIST_LENGTH", 64)
    return [FrameStock(place, rows(place, 20 + 7 * place)) for place in (0, 2, 3, 7)]


def test_a_reference_comes_off_the_shelf_as_it_was_put_there(stocks: list[FrameStock]) -> None:
    once = shelve(stocks)
    twice = joined([shelve(stocks[:2]), shelve(stocks[2:])])
    assert twice is not None
    for shelf in (once, twice):
        for which, stock in enumerate(stocks):
            assert_same(rows_at(shelf, which), stock.rows)


def assert_same(found: FrameRows, wanted: FrameRows) -> None:
    for name in ("at", "lasts", "seen", "bits"):
        one, other = getattr(found, name), getattr(wanted, name)
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)


def test_the_nearest_are_those_of_the_nearest_lists_in_the_order_of_queries(
    stocks: list[FrameStock], monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = shelve(stocks)
    asked = np.concatenate([near(5, stock.rows) for stock in stocks])
    wanted = one_by_one(shelf, asked, 100)
    assert len(wanted) > len(asked)
    for at_once in (1 << 20, 77):
        monkeypatch.setattr("jikimi.vault.frame_shelf.AT_ONCE", at_once)
        found = nearest(shelf, asked, 100)
        assert list(zip(found.queries, found.rows, found.distances, strict=True)) == wanted


def one_by_one(shelf: FrameShelf, asked: NDArray[np.uint8], farthest: int) -> list[tuple[int, int, int]]:
    apart = distances(asked, shelf.bits)
    lists = shelf.middles.search(asked, min(PROBES, len(shelf.ends) - 1))[1]
    return [
        (query, row, int(apart[query, row]))
        for query in range(len(asked))
        for number in lists[query].tolist()
        for row in range(int(shelf.ends[number]), int(shelf.ends[number + 1]))
        if apart[query, row] <= farthest
    ]


def test_nothing_near_is_an_empty_answer(stocks: list[FrameStock]) -> None:
    found = nearest(shelve(stocks), rows(99, 3).bits, 8)
    assert len(found.queries) == len(found.rows) == len(found.distances) == 0


def test_a_wiped_reference_leaves_only_zeros_and_its_neighbours_stay(stocks: list[FrameStock]) -> None:
    shelf = shelve(stocks)
    wipe(shelf, 2)
    gone = rows_at(shelf, 1)
    assert not any(column.any() for column in (gone.at, gone.lasts, gone.seen, gone.bits))
    for which in (0, 2, 3):
        assert_same(rows_at(shelf, which), stocks[which].rows)
    again = joined([shelf])
    assert again is not None
    assert again.places.tolist() == [0, 3, 7]


def test_a_row_takes_38_bytes(stocks: list[FrameStock]) -> None:
    shelf = shelve(stocks)
    columns = (shelf.times, shelf.frames, shelf.lasting, shelf.lasts, shelf.seen, shelf.bits)
    assert sum(column.nbytes for column in columns) <= 38 * shelf.size
