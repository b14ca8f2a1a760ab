"""Measures stored → searchable in every worker, and withdrawn → gone: `./run bench propagation [--times 50]`.

Several workers, each with a bank of its own and 10,000 references, follow one database. After each change we
ask every bank until all agree.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from jikimi.cli.opening import set_up
from jikimi.model.alert import IndexChange
from jikimi.model.case import Policy, Reference
from jikimi.model.fingerprint import Fingerprint
from jikimi.model.outcome import Outcome
from jikimi.settings import Settings
from whole_house import fill_bank, open_case

WORKERS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--references", type=int, default=10_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jikimi-bench-") as name:
        settings = Settings(folder=Path(name) / "data", centre="Bench", sandboxes=1, workers=1)
        set_up(settings)
        from jikimi.app.service import build

        services = [build(settings, holder=f"work-{number}") for number in range(WORKERS + 1)]
        writer, workers = services[0], services[1:]
        case = open_case(writer.house, Policy.ASK)
        fill_bank(writer.house, case, arguments.references)
        for worker in workers:
            worker.start_worker()
        added, gone = measure(writer.house, case.key, [w.house.vault for w in workers], arguments.times)
        for service in services:
            service.close()
    print(f"{WORKERS} workers, {arguments.references} references, load average {os.getloadavg()[0]:.1f}\n")
    print("| change | p50 ms | max ms |\n|---|---:|---:|")
    for what, waits in (("stored → searchable everywhere", added), ("withdrawn → gone everywhere", gone)):
        print(f"| {what} | {1000 * statistics.median(waits):.0f} | {1000 * max(waits):.0f} |")


def measure(house: Any, case: str, vaults: list[Any], times: int) -> tuple[list[float], list[float]]:
    """Add and withdraw references and return how long each took to reach every bank, in seconds."""
    dice = Random(9)
    added, gone = [], []
    for number in range(times):
        print_ = Fingerprint("pdq", dice.randbytes(32))
        reference = Reference(case, (print_,), f"new {number}", "ada", house.clock())
        for is_added, waits in ((True, added), (False, gone)):
            change = IndexChange(reference.key, case, is_added=is_added)
            began = time.monotonic()
            house.records.apply(Outcome(records=(reference,), index=(change,)), by="ada")
            wait_for(lambda v, p=print_: bool(v.search([p])), vaults, is_added=is_added)
            waits.append(time.monotonic() - began)
        time.sleep(dice.uniform(0, 0.3))  # so that changes fall anywhere between two looks of a worker
    return added, gone


def wait_for(
    finds: Callable[[Any], bool], vaults: list[Any], *, is_added: bool, patience: float = 30.0
) -> None:
    """Return once every bank finds it, or none does; RuntimeError if that never happens."""
    deadline = time.monotonic() + patience
    while any(finds(vault) is not is_added for vault in vaults):
        if time.monotonic() > deadline:
            raise RuntimeError("a worker's bank did not follow")
        time.sleep(0.002)


if __name__ == "__main__":
    main()
