"""Measures what one query costs at several bank sizes, and what one reference takes."""

import gc
import multiprocessing
import os
import resource
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from image_matching import HAS_PEER, Bank, Reader, ask, peer_hash, read_all
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.fingerprint import Fingerprint

SPECIMEN = (480, 320)
FIRST_SEED = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU ms of queries that match nothing; bytes of a reference's fingerprints, and resident ones."""

    references: int
    queries: int
    median_ms: float
    p95_ms: float
    fingerprint_bytes: float
    resident_bytes: float | None


def specimens(first: int, count: int, jobs: int) -> Iterator[tuple[list[Fingerprint], np.ndarray | None]]:
    """Draw scenes that nobody will ask for: yield each one's fingerprints and the peer's hash."""
    seeds = range(FIRST_SEED + first, FIRST_SEED + first + count)
    if jobs == 1:
        yield from map(specimen, seeds)
        return
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        yield from pool.imap(specimen, seeds, chunksize=16)


def specimen(seed: int) -> tuple[list[Fingerprint], np.ndarray | None]:
    """Draw one scene and fingerprint it with every algorithm."""
    body = encode_jpeg(draw(seed, *SPECIMEN))
    return read_all(body), peer_hash(body) if HAS_PEER else None


def fill(bank: Bank, references: int, jobs: int) -> float | None:
    """Fill the bank up with drawn scenes; return resident bytes by which each made this process larger."""
    missing = references - len(bank.names)
    if missing <= 0:
        return None
    gc.collect()
    before, drawn = resident(), specimens(len(bank.names), missing, jobs)
    for fingerprints, peer in drawn:
        bank.remember(f"drawn {len(bank.names)}", fingerprints, peer)
    gc.collect()
    return (resident() - before) / missing


def resident() -> int:
    """Return the bytes of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def cost(bodies: Sequence[bytes], bank: Bank, looks: Sequence[Reader], grown: float | None) -> Cost:
    """Ask once for each file, one after the other, on this thread; only files that match nothing count."""
    asking = partial(ask, bank=bank, looks=looks)
    for body in bodies[:3]:
        asking(body)  # warm
    spent = [seconds * 1e3 for found, seconds in map(asking, bodies) if not found]
    median, slow = (float(value) for value in np.percentile(spent, (50, 95))) if spent else (0.0, 0.0)
    references = len(bank.names)
    return Cost(references, len(spent), median, slow, bank.stored_bytes / references, grown)


def load_average() -> str:
    """Return the machine's load over the last one, five and fifteen minutes."""
    return " ".join(f"{value:.1f}" for value in os.getloadavg())
