"""Ends a process with everything it started, also what moved to a group of its own."""

import contextlib
import os
import signal
from pathlib import Path

PROC = Path("/proc")
MOST_ROUNDS = 50


def descendants(pid: int) -> list[int]:
    """Return all processes below this one that are there now, parents before children."""
    found: list[int] = []
    waiting = [pid]
    while waiting:
        parent = waiting.pop(0)
        with contextlib.suppress(OSError):
            for listed in (PROC / str(parent) / "task").glob("*/children"):
                children = [int(word) for word in listed.read_text().split()]
                found += children
                waiting += children
    return found


def kill_descendants(pid: int) -> None:
    """Kill everything below a process, again and again until nothing new was born meanwhile."""
    killed: set[int] = set()
    for _ in range(MOST_ROUNDS):
        fresh = [child for child in descendants(pid) if child not in killed]
        if not fresh:
            return
        for child in fresh:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        killed.update(fresh)


def reap_orphans() -> None:
    """Collect the ends of all children that are over, without waiting."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
