"""The drill: a watch on a real relay is killed five times while posts keep coming, and none is lost."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from nostr_peer import Relay, publish, signed_event

HERE = Path(__file__).parent
POSTS, KILLS = 120, 5
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


@pytest.mark.server
@pytest.mark.slow
def test_killed_five_times_while_posts_keep_coming_nothing_is_lost(relay: Relay, tmp_path: Path) -> None:
    file, sent = tmp_path / "ledger.sqlite3", set[str]()

    def start() -> subprocess.Popen[bytes]:
        worker = subprocess.Popen([sys.executable, HERE / "drill_worker.py", relay.url, file])
        opened.callback(end, worker)
        return worker

    with ExitStack() as opened:
        worker = start()
        wait_until(lambda: bool(rows(file, "SELECT cursor FROM position")))  # anchored; nothing read yet
        end(worker)
        worker, kills = start(), 1
        for number in range(POSTS):
            sent.update(publish(relay.url, [signed_event(f"drill {number} {tmp_path.name}")]))
            if number % (POSTS // KILLS) == 13 and kills < KILLS:
                wait_until(lambda: bool(sent & set(rows(file, "SELECT id FROM post"))))
                end(worker)
                worker, kills = start(), kills + 1
        wait_until(lambda: sent <= set(rows(file, "SELECT id FROM post")))
    assert kills == KILLS
