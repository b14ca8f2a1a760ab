"""On PostgreSQL the leases of a dead process are taken back within seconds, those of a living one never."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from jikimi.model.alert import Job
from jikimi.model.outcome import Outcome
from jikimi.settings import Settings
from jikimi.store.keyring import Keyring
from jikimi.store.lifeline import SURE_AFTER, Lifeline
from jikimi.store.models import JobRow
from jikimi.store.store import Store

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(
        not os.environ.get("JIKIMI_TEST_DATABASE"), reason="postgres: runs with the store's contract there"
    ),
]
DRILL = Path(__file__).parent / "lifeline_drill.py"


class Process:
    """What one process has here: a store under its name, and a thread with a session of its own."""

    def __init__(self, name: str, clock: object) -> None:
        self.store = Store(Keyring(b"k" * 32), clock, lambda: None, holder=name)  # type: ignore[arg-type]
        self.lifeline = Lifeline(name, self.store.reclaim)
        self._session = ThreadPoolExecutor(1, name)

    def look(self, times: int = 1) -> None:
        for _ in range(times):
            self._session.submit(self.lifeline.look).result()

    def backend(self) -> int:
        return self._session.submit(_backend).result()

    def die(self) -> None:
        self._session.submit(lambda: connection.close()).result()  # noqa: PLW0108  # that thread's
        self._session.shutdown()
        self.store.close()


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def terminate(backend: int) -> None:
    """End a session as a restart of the server does, and wait until it is gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [backend])
        assert cursor.fetchone() == (True,)


@pytest.fixture
def process(fresh_tables: Settings, clock: object) -> Iterator[Callable[[str], Process]]:
    del fresh_tables
    started: list[Process] = []

    def begin(name: str) -> Process:
        started.append(Process(name, clock))
        started[-1].look()
        return started[-1]

    yield begin
    for one in started:
        one.die()


@pytest.fixture
def leased(process: Callable[[str], Process], clock: Callable[[], object]) -> Process:
    """Let a process lease the only job there is."""
    one = process("serve-far")
    one.store.apply(Outcome(next=(Job("look", "a"),)), by="jikimi")
    assert len(one.store.lease(1, clock())) == 1  # type: ignore[arg-type]
    return one


def states() -> list[tuple[str, bool]]:
    return list(JobRow.objects.values_list("state", "is_interrupted"))


@pytest.mark.usefixtures("leased")
def test_a_living_process_keeps_its_leases(process: Callable[[str], Process]) -> None:
    process("serve-here").look(3 * SURE_AFTER)
    assert states() == [("leased", False)]


def test_a_dead_process_loses_its_leases_once_that_is_sure(
    process: Callable[[str], Process], leased: Process
) -> None:
    here = process("serve-here")
    terminate(leased.backend())
    here.look(SURE_AFTER - 1)
    assert states() == [("leased", False)]
    here.look()
    assert states() == [("waiting", True)]


def test_who_lost_the_session_and_has_a_new_one_in_time_keeps_its_leases(
    process: Callable[[str], Process], leased: Process
) -> None:
    here = process("serve-here")
    terminate(leased.backend())
    here.look(SURE_AFTER - 1)
    leased.look(2)  # finds the session gone, then holds on again
    here.look(SURE_AFTER)
    assert states() == [("leased", False)]


def test_who_lost_its_own_session_blames_nobody(process: Callable[[str], Process], leased: Process) -> None:
    here = process("serve-here")
    terminate(leased.backend())
    here.look(SURE_AFTER - 1)
    terminate(here.backend())
    here.look(2)
    assert states() == [("leased", False)]


@pytest.fixture
def drill(fresh_tables: Settings) -> Iterator[subprocess.Popen[str]]:
    """Start a process that leases a job under a name of its own."""
    del fresh_tables
    with subprocess.Popen([sys.executable, str(DRILL)], stdout=subprocess.PIPE, text=True) as running:
        yield running
        running.kill()


def test_a_killed_process_is_known_to_be_dead_within_seconds(
    drill: subprocess.Popen[str], clock: object
) -> None:
    assert drill.stdout is not None
    assert drill.stdout.readline().strip() == "leased"
    store = Store(Keyring(b"k" * 32), clock, lambda: None, holder="serve-here")  # type: ignore[arg-type]
    lifeline = Lifeline("serve-here", store.reclaim)
    lifeline.start()
    drill.kill()
    deadline = time.monotonic() + 60
    while states() != [("waiting", True)] and time.monotonic() < deadline:
        time.sleep(0.05)
    lifeline.close()
    store.close()
    assert states() == [("waiting", True)]
