"""What tests that kill a watch need: its ledger's rows, an end without a word, and patience."""

import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

HERE = Path(__file__).parent
PATIENCE = 60  # seconds; reached only when something is lost


def rows(file: Path, query: str) -> list[str]:
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            return [str(row[0]) for row in connection.execute(query)]
    except sqlite3.OperationalError:
        return []  # not there yet


def end(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()
    worker.wait()


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
