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

from image_answers import Answer, Scene
from image_matching import HAS_PEER, Bank, ask, peer_hash, read_reference
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.fingerprint import Fingerprint

SPECIMEN = (480, 320)
FIRST_SEED = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU ms of queries that match nothing, after each look; bytes of a reference: fingerprints, resident.

    `recall` is over edits of known photographs, after each look; `lowest` is the worst edit's.
    """

    references: int
    queries: int
    median_ms: list[float]
    p95_ms: list[float]
    known: int
    recall: list[float]
    lowest: list[float]
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
    """Draw one scene and fingerprint it as a reference."""
    body = encode_jpeg(draw(seed, *SPECIMEN))
    return read_reference(body), peer_hash(body) if HAS_PEER else None


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


def cost(bodies: Sequence[bytes], known: Sequence[Answer], scene: Scene, grown: float | None) -> Cost:
    """Ask once for each file, one after the other, on this thread; only files that match nothing count.

    `known` are answers of the same bank about pictures that it has.
    """
    bank = scene.banks["photos"]
    asking = partial(ask, bank=bank, looks=scene.looks)
    for body in bodies[:3]:
        asking(body)  # warm
    spent = np.array([seconds for found, seconds in map(asking, bodies) if not found]).cumsum(axis=1) * 1e3
    median, slow = np.percentile(spent, (50, 95), axis=0).tolist() if len(spent) else ([], [])
    references = len(bank.names)
    looks = range(1, len(scene.looks) + 1)
    recalls = [found_by(known, look) for look in looks]
    return Cost(
        references,
        len(spent),
        median,
        slow,
        len(known),
        [all_of for all_of, _ in recalls],
        [lowest for _, lowest in recalls],
        bank.stored_bytes / references,
        grown,
    )


def found_by(answers: Sequence[Answer], look: int) -> tuple[float, float]:
    """Return the share of questions whose truth was found by this look or before, and the worst edit's."""
    if not answers:
        return 0.0, 0.0
    by_edit: dict[str, list[bool]] = {}
    for one in answers:
        is_found = 0 < one.look <= look and any(each.reference == one.truth for each in one.findings)
        by_edit.setdefault(one.edit, []).append(is_found)
    shares = [sum(some) / len(some) for some in by_edit.values()]
    return sum(map(sum, by_edit.values())) / len(answers), min(shares)


def load_average() -> str:
    """Return the machine's load over the last one, five and fifteen minutes."""
    return " ".join(f"{value:.1f}" for value in os.getloadavg())
