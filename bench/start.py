"""Measures how long a service takes to know its references again: `./run bench start [--references 10000]`.

A database is filled with made-up references, a case for every twenty; then a fresh process reads them as a
service does before it works. CPU seconds, so that other work on the machine matters less; "points" are
local fingerprints of 600 points, cut to what a reference keeps.
"""

import argparse
import ctypes
import gc
import json
import os
import resource
import struct
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from jikimi.cli.opening import set_up
from jikimi.flow.keeping import kept_of
from jikimi.model.case import Reference
from jikimi.model.fingerprint import POINT, POINTS_HEADER, POINTS_VERSION, Fingerprint, Orientation
from jikimi.model.keys import key_of
from jikimi.settings import Settings

CASE_SIZE = 20
BATCH = 500
SEEN = 600
"""Points of a picture as the sandbox finds them."""

KINDS_OF_POINTS = 3_000
RECORD = np.dtype(list(POINT))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--references", type=int, default=10_000)
    parser.add_argument("--hashes-only", action="store_true")
    parser.add_argument("--folder", type=Path, help="read what is there, and print the figures as JSON")
    arguments = parser.parse_args()
    if arguments.folder is not None:
        print(json.dumps(measure(settings_for(arguments.folder))))
        return
    with tempfile.TemporaryDirectory(prefix="jikimi-bench-") as name:
        folder = Path(name) / "data"
        body = fill(settings_for(folder), arguments.references, with_points=not arguments.hashes_only)
        child = [sys.executable, __file__, "--folder", str(folder)]
        found = json.loads(subprocess.run(child, capture_output=True, text=True, check=True).stdout)
        size = (folder / "jikimi.sqlite3").stat().st_size / arguments.references
    what = "hashes only" if arguments.hashes_only else "with points"
    print(f"{arguments.references} references {what}, load average {os.getloadavg()[0]:.1f}\n")
    print("| figure | value |\n|---|---:|")
    print(f"| a reference in the database, sealed body / all, bytes | {body} / {size:.0f} |")
    for name, value in found.items():
        print(f"| {name} | {value} |")


def settings_for(folder: Path) -> Settings:
    """Return the settings of a small centre."""
    return Settings(folder=folder, centre="Bench", sandboxes=1, workers=1)


def measure(settings: Settings) -> dict[str, float]:
    """Read the log as a service does at its start, and return the figures."""
    set_up(settings)
    from jikimi.app.service import build
    from jikimi.worker.jobs import catch_up

    service = build(settings)
    before, empty = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, resident()
    spent = Spent(service.house.records)
    house: Any = service.house
    object.__setattr__(house, "records", spent)
    began, wall = time.process_time(), time.monotonic()
    catch_up(house)
    whole, wall = time.process_time() - began, time.monotonic() - wall
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grown = resident() - empty
    service.close()
    return {
        "references known": len(house.vault),
        "CPU s, whole": round(whole, 2),
        "… read, unseal and decode": round(spent.seconds, 2),
        "… take into the bank": round(whole - spent.seconds, 2),
        "wall s": round(wall, 2),
        "highest memory above an empty service, MB": round((highest - before) / 1000),
        "memory once it works, bytes a reference": round(grown / len(house.vault)),
    }


def resident() -> int:
    """Return the bytes of this process in memory, once what the allocator holds back was given back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


class Spent:
    """Stands before the records and counts the CPU seconds spent on the reference log."""

    def __init__(self, records: Any) -> None:
        self.seconds = 0.0
        self._records = records

    def index_since(self, *arguments: int) -> Any:
        """Pass the question on."""
        began = time.process_time()
        try:
            return self._records.index_since(*arguments)
        finally:
            self.seconds += time.process_time() - began


def fill(settings: Settings, number: int, *, with_points: bool) -> int:
    """Write cases with sealed references and their lines of the log; return the bytes of a sealed body."""
    set_up(settings)
    from django.db import connection, transaction

    from jikimi.app.engine import utc_now
    from jikimi.store.codec import encode
    from jikimi.store.keyring import Keyring, read_master, seal
    from jikimi.store.models import CaseRow, CaseState, IndexRow, RecordRow

    keyring, now, dice = Keyring(read_master(settings.master_key_file)), utc_now(), np.random.default_rng(5)
    kinds = dice.integers(0, 256, (KINDS_OF_POINTS, 32), dtype=np.uint8)
    case, secret, longest = "", b"", 0
    for start in range(0, number, BATCH):
        cases, records, log = [], [], []
        for place in range(start, min(start + BATCH, number)):
            if place % CASE_SIZE == 0:
                case = key_of("case", str(place))
                wrapped = keyring.new_case_key(case)
                secret = keyring.unwrap(case, wrapped)
                expires_on = (now + timedelta(days=90)).date()
                cases.append(CaseRow(key=case, number=str(place), state=CaseState.LIVE, wrapped_key=wrapped,
                                     opened_at=now, expires_on=expires_on))  # fmt: skip
            prints = kept_of((*hashes(dice), *([points(dice, kinds)] if with_points else [])))
            record = Reference(case, prints, f"picture {place}", "ada", now)
            body = seal(secret, encode(record), f"Reference:{record.key}")
            longest = max(longest, len(body))
            records.append(
                RecordRow(key=record.key, kind="Reference", case=case, parent=case, at=now, body=body)
            )
            log.append(IndexRow(reference=record.key, case=case, is_added=True, at=now))
        with transaction.atomic():
            CaseRow.objects.bulk_create(cases)
            RecordRow.objects.bulk_create(records)
            IndexRow.objects.bulk_create(log)
    connection.close()
    return longest


def hashes(dice: np.random.Generator) -> list[Fingerprint]:
    """Return what a picture without a border has: a SHA-256, and a PDQ in eight orientations."""
    turned = [Fingerprint("pdq", dice.bytes(32), 90, orientation=one) for one in Orientation]
    return [Fingerprint("sha256", dice.bytes(32)), *turned]


def points(dice: np.random.Generator, kinds: np.ndarray) -> Fingerprint:
    """Return points that resemble each other in some thousand ways, as those of photographs do."""
    found = np.zeros(SEEN, RECORD)
    found["x"], found["y"] = dice.integers(0, 1 << 16, (2, SEEN))
    found["octave"], found["angle"] = dice.integers(1, 8, SEEN), dice.integers(0, 256, SEEN)
    noise = np.bitwise_and.reduce(dice.integers(0, 256, (3, SEEN, 32), dtype=np.uint8))
    found["bits"] = kinds[dice.integers(0, len(kinds), SEEN)] ^ noise
    header = struct.pack(POINTS_HEADER, POINTS_VERSION, SEEN, SEEN, 512, 384)
    return Fingerprint("orb", header + found.tobytes(), 95)


if __name__ == "__main__":
    main()
