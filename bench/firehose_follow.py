"""Runs the load of `./run bench firehose`, and sees what the house makes of it while it runs."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from whole_house import Service, memory_mb

HERE = Path(__file__).parent
EVERY = 0.2  # seconds between two looks into the tables: a lag is known no better than that
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 120.0


@dataclass
class Load:
    """The load generator's process."""

    folder: Path
    process: subprocess.Popen[bytes]
    port: int

    @staticmethod
    def start(folder: Path, pool: Path) -> "Load":
        """Start it, and return once it serves."""
        port_file = folder / "port"
        command = [sys.executable, str(HERE / "firehose_load.py"), pool, folder / "journal", port_file]
        with (folder / "load.log").open("wb") as output:
            process = subprocess.Popen(list(map(str, command)), stdout=output, stderr=output)
        wait_until(lambda: port_file.exists() and port_file.read_text() != "")
        return Load(folder, process, int(port_file.read_text()))

    def ask(self, path: str) -> bytes:
        """Ask it something."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return bytes(answer.read())

    def rate(self, posts: float, media: float) -> None:
        """Change how much there is."""
        self.ask(f"/rate?posts={posts}&media={media}")

    def journal(self) -> list[dict[str, Any]]:
        """Return what was published, oldest first; `at` in seconds."""
        lines = (self.folder / "journal").read_text().splitlines()
        posts = [json.loads(line) for line in lines]
        return [{**post, "at": post["at"] / 1e6} for post in posts]

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait()


@dataclass
class Follower:
    """Sees sightings appear, measures memory and CPU. `stored` is key of a sighting → moment it was seen."""

    service: Service
    load: Load
    stored: dict[str, float] = field(default_factory=dict)
    memory: list[float] = field(default_factory=list)
    queues: list[tuple[float, int, int]] = field(default_factory=list)
    _seq: int = 0
    _cpu: dict[int, float] = field(default_factory=dict)
    _round: int = 0

    def follow(self, seconds: float) -> None:
        """Look for so long."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            self.look()
            time.sleep(max(0.0, min(EVERY, end - now)))

    def look(self) -> None:
        """Look once; at memory, CPU and queues every two seconds only: that costs more."""
        from jikimi.store.models import SightingRow  # only once Django is configured

        now = time.time()
        rows = list(SightingRow.objects.filter(seq__gt=self._seq).order_by("seq").values_list("seq", "key"))
        for seq, key in rows:
            self._seq = seq
            self.stored[key] = now
        self._round += 1
        if self._round % 10 == 1:
            pids = self.service.tree()
            self.memory.append(memory_mb(pids)[1])
            for pid in pids:
                with suppress(OSError, ValueError):
                    self._cpu[pid] = cpu_of(pid)
            self.queues.append((now, *waiting()))

    def cpu(self) -> dict[str, float]:
        """Return CPU seconds so far: of the house, of the load, of this process, and of the whole machine."""
        self._round = 0
        self.look()
        return {
            "house": sum(self._cpu.values()),
            "load": cpu_of(self.load.process.pid),
            "measuring": time.process_time(),
            "machine": machine_cpu(),
            "wall": time.monotonic(),
        }


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of a process, threads included (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def machine_cpu() -> float:
    """Return the CPU seconds that the machine was busy since its start."""
    user, nice, system, _idle, _wait, irq, soft, *_ = map(
        int, Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    )
    return (user + nice + system + irq + soft) / TICKS


def waiting() -> tuple[int, int]:
    """Return how many first and second looks wait or are under way."""
    from jikimi.store.models import JobRow, JobState  # only once Django is configured

    open_jobs = JobRow.objects.exclude(state=JobState.PARKED)
    return open_jobs.filter(step="look").count(), open_jobs.filter(step="look_again").count()


def wait_until(is_true: Any, patience: float = PATIENCE) -> None:
    """Return once something is true; RuntimeError if it never is."""
    deadline = time.monotonic() + patience
    while not is_true():
        if time.monotonic() > deadline:
            raise RuntimeError("the service did not get there in time")
        time.sleep(0.1)
