"""Starts the real service as its own process, on a folder prepared here; for measurements and drills."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from jikimi.flow import acts
from jikimi.model.alert import IndexChange
from jikimi.model.case import Authority, Case, Consent, Policy, Reference
from jikimi.model.fingerprint import Fingerprint
from jikimi.model.outcome import Outcome
from jikimi.model.post import Watch
from jikimi.review.authority import SENDING

OPENER, APPROVER = "ada", "bora"


@dataclass
class Service:
    """`jikimi serve --no-console` on one data folder."""

    folder: Path
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    logs: list[Path] = field(default_factory=list)

    def start(self) -> None:
        """Start the service; it is awake a few seconds later."""
        log = self.folder.parent / f"serve-{len(self.logs)}.log"
        self.logs.append(log)
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jikimi", "serve", "--no-console"],
                env={**os.environ, **self.environment, "JIKIMI_DATA": str(self.folder)},
                stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        """Return the service's process id."""
        assert self.process is not None
        return self.process.pid

    def tree(self) -> list[int]:
        """Return the ids of the service and all its descendants."""
        return [self.pid, *descendants(self.pid)]

    def kill(self) -> None:
        """SIGKILL the service; its children die with it by themselves."""
        os.kill(self.pid, signal.SIGKILL)
        assert self.process is not None
        self.process.wait()

    def stop(self, patience: float = 60.0) -> int:
        """SIGTERM the service and return its exit status."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(patience)


def descendants(pid: int) -> list[int]:
    """Return the ids of a process's children, their children, and so on."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(word) for word in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *descendants(child)]
    return found


def memory_mb(pids: list[int]) -> tuple[float, float]:
    """Return the sum of RSS and of PSS over processes, in MB (10^6 bytes)."""
    rss = pss = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            name, _, value = line.partition(":")
            if name in {"Rss", "Pss"}:
                kilobytes = int(value.split()[0]) * 1024
                rss += kilobytes if name == "Rss" else 0
                pss += kilobytes if name == "Pss" else 0
    return rss / 1e6, pss / 1e6


def open_case(house: Any, policy: Policy) -> Case:
    """Two people open and approve a case."""
    now = house.clock()
    consent = Consent(Authority.VICTIM, "find and remove", now.date(), now.date() + timedelta(days=90))
    case = Case("BENCH-1", "Willow", consent, policy, is_minor=False, by=OPENER, at=now)
    house.records.apply(acts.open_case(house, case), by=OPENER)
    house.records.apply(acts.approve_case(house, case.key, by=APPROVER), by=APPROVER)
    return case


def fill_bank(house: Any, case: Case, number: int, seed: int = 5) -> None:
    """Add references of random fingerprints: the bank's size without anybody's pictures."""
    dice = Random(seed)
    references = [
        Reference(case.key, (Fingerprint("pdq", dice.randbytes(32)),), f"filler {n}", OPENER, house.clock())
        for n in range(number)
    ]
    changes = [IndexChange(reference.key, case.key, is_added=True) for reference in references]
    for start in range(0, number, 500):
        batch = slice(start, start + 500)
        house.records.apply(Outcome(records=tuple(references[batch]), index=tuple(changes[batch])), by=OPENER)


def watch(house: Any, source: str, options: Mapping[str, str], *, sending: bool) -> None:
    """Set up one watch named `bench` with a removal address, and allow sending or not."""
    setting = Watch("bench", source, options, "abuse@street.invalid", APPROVER, house.clock())
    house.records.apply(acts.add_watch(house, setting), by=APPROVER)
    house.records.apply(acts.turn(house, SENDING, is_on=sending, by=APPROVER), by=APPROVER)
