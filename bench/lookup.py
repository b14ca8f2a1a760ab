"""Measures add, remove and search in the live bank against threatexchange's PDQIndex, and prints a table.

python bench/lookup.py [--sizes 10000,1000000] [--json FILE]

Wall time on one thread, made-up fingerprints, median (99th percentile) in milliseconds. Both sides hold the
same PDQ values; ours also keeps a SHA-256 and the keys of reference and case. "whole question" is what one
post asks: eight orientations of two views, and the SHA-256. "B/hash" is what the process holds more than
before, after the C library gave back what it keeps for later. "filled" is a bank that took lines in
as they came, "restored" one read from its own snapshot.
"""

import argparse
import ctypes
import gc
import itertools
import json
import platform
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from jikimi.model.fingerprint import Fingerprint, Orientation, View
from jikimi.model.ports import IndexEntry
from jikimi.vault.bank import LiveBank

HAS_PEER = find_spec("threatexchange") is not None and find_spec("pdqhash") is not None
BATCH = 10_000
CHANGES = 300
QUESTIONS = 100
PEER_ADDS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One side at one size: milliseconds as (median, 99th percentile); None where it cannot do it."""

    side: str
    size: int
    load_s: float
    bytes_a_hash: float
    add_ms: tuple[float, float]
    remove_ms: tuple[float, float] | None
    search_ms: tuple[float, float]
    question_ms: tuple[float, float] | None


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--sizes", default="10000,1000000", help="how many hashes, with commas between")
    asked.add_argument("--json", type=Path, help="write the figures to this file too")
    options = asked.parse_args()
    if not HAS_PEER:
        print("threatexchange is not installed, its lines are left out: pip install threatexchange pdqhash\n")
    rows: list[Row] = []
    for size in map(int, options.sizes.split(",")):
        values = np.random.default_rng(size).integers(0, 256, (size + 2 * CHANGES, 32), dtype=np.uint8)
        rows += ours(size, values)
        if HAS_PEER:
            rows.append(peer(size, values))
    print(table(rows))
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2), encoding="utf-8")


def ours(size: int, values: np.ndarray) -> list[Row]:
    """Fill a live bank, write it down, read it back; change and search both."""
    before = resident()
    bank = LiveBank()
    load_s = 0.0
    for batch in batches(size):
        entries = [entry(n + 1, f"{n:032x}", values[n]) for n in batch]
        start = time.perf_counter()
        bank.apply(entries)
        load_s += time.perf_counter() - start
    del entries
    filled = measured("jikimi, filled", bank, values, load_s, before)
    dumped = bank.dump()
    del bank
    before = resident()
    bank = LiveBank()
    start = time.perf_counter()
    bank.restore(dumped)
    load_s = time.perf_counter() - start
    return [filled, measured("jikimi, restored", bank, values[:-CHANGES], load_s, before)]


def measured(side: str, bank: LiveBank, values: np.ndarray, load_s: float, before: int) -> Row:
    """Add to a full bank, take from it and search it."""
    size, seq = len(bank), bank.seq
    held = (resident() - before) / size
    added = iter([entry(seq + n + 1, f"{seq + n:032x}", values[-n - 1]) for n in range(CHANGES)])
    add_ms = clocked(lambda: bank.apply([next(added)]), CHANGES)
    seq += CHANGES
    gone = iter([IndexEntry(seq + n + 1, f"{seq // 2 + n * 7:032x}", "case", ()) for n in range(CHANGES)])
    remove_ms = clocked(lambda: bank.apply([next(gone)]), CHANGES)
    singles = itertools.cycle([pdq(value) for value in values[:QUESTIONS]])
    questions = itertools.cycle([question(values, n) for n in range(20)])
    return Row(
        side,
        size,
        load_s,
        held,
        add_ms,
        remove_ms,
        clocked(lambda: bank.search([next(singles)]), QUESTIONS),
        clocked(lambda: bank.search(next(questions)), QUESTIONS),
    )


def peer(size: int, values: np.ndarray) -> Row:
    """Do the same with threatexchange's default index, which cannot remove."""
    from threatexchange.signal_type.pdq.pdq_index import PDQIndex  # may be missing

    texts = [value.tobytes().hex() for value in values]
    before = resident()
    start = time.perf_counter()
    index: PDQIndex[int] = PDQIndex(zip(texts[:size], range(size), strict=True))
    load_s = time.perf_counter() - start
    held = (resident() - before) / size
    added = iter(texts[size:])
    add_ms = clocked(lambda: index.add(next(added), 0), PEER_ADDS)
    singles = itertools.cycle(texts[1:QUESTIONS])
    search_ms = clocked(lambda: index.query(next(singles)), QUESTIONS)
    return Row("threatexchange", size, load_s, held, add_ms, None, search_ms, None)


def clocked(act: Callable[[], object], times: int) -> tuple[float, float]:
    """Return the median and the 99th percentile in milliseconds."""
    gc.collect()
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        spent.append((time.perf_counter() - start) * 1e3)
    return float(np.median(spent)), float(np.percentile(spent, 99))


def entry(seq: int, reference: str, value: np.ndarray) -> IndexEntry:
    """Write one line of the log: a PDQ and a made-up SHA-256."""
    digest = Fingerprint("sha256", value.tobytes()[::-1])
    return IndexEntry(seq, reference, "case", (digest, pdq(value)))


def pdq(value: np.ndarray) -> Fingerprint:
    return Fingerprint("pdq", value.tobytes())


def question(values: np.ndarray, first: int) -> list[Fingerprint]:
    """Ask as one post does; one of the seventeen is in the bank."""
    strange = np.random.default_rng(first).integers(0, 256, (16, 32), dtype=np.uint8)
    strange[0] = values[first]
    turns = itertools.product((View.WHOLE, View.TRIMMED), Orientation)
    return [
        Fingerprint("sha256", bytes(32)),
        *(Fingerprint("pdq", row.tobytes(), 100, *turn) for row, turn in zip(strange, turns, strict=True)),
    ]


def batches(size: int) -> Iterator[range]:
    """Split a range into parts of one batch each."""
    return (range(first, min(size, first + BATCH)) for first in range(0, size, BATCH))


def resident() -> int:
    """Return the bytes of this process in memory that are in use."""
    gc.collect()
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def table(rows: list[Row]) -> str:
    """Write the figures as Markdown."""
    lines = [
        f"Wall ms: median (p99), Python {platform.python_version()}, {platform.machine()}",
        "",
        "| hashes | side | load s | B/hash | add | remove | search one | whole question |",
        "|---:|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        figures = (row.add_ms, row.remove_ms, row.search_ms, row.question_ms)
        written = ["–" if one is None else f"{one[0]:.3f} ({one[1]:.2f})" for one in figures]
        begin = f"| {row.size:,} | {row.side} | {row.load_s:.1f} | {row.bytes_a_hash:.0f} |"
        lines.append(f"{begin} {' | '.join(written)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
