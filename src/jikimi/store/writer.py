"""The one writer: takes changes from every thread and commits what is waiting in one transaction.

Group commit: a commit with FULL sync costs milliseconds whatever it holds, so whatever queued up
meanwhile goes into the next one. Nobody is told "written" before it is.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from django.db import DatabaseError, Error, OperationalError, connection, transaction

from jikimi.model.errors import TryLater

T = TypeVar("T")
LARGEST_BATCH = 500
AUDIT_LOCK = 0x6A696B696D69  # one writer at a time allots sequence numbers, across processes


class Writer:
    """A thread that owns the writing connection."""

    def __init__(self, woken: Callable[[], None]) -> None:
        """`woken` is called after each commit: there may be new work."""
        self._woken = woken
        self._waiting: SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._start = threading.Lock()

    def write(self, change: Callable[[], T]) -> T:
        """Run `change` inside a transaction and return its result once that is committed.

        A change that raises is undone alone and its error raised here; TryLater if the database itself
        cannot be written.
        """
        with self._start:
            if not self._thread.is_alive():
                self._thread.start()
        ticket: Future[T] = Future()
        self._waiting.put((change, ticket))
        return ticket.result()

    def close(self) -> None:
        """Write what waits, then end."""
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()

    def _run(self) -> None:
        is_open = True
        while is_open:
            batch = [self._waiting.get()]
            while len(batch) < LARGEST_BATCH:
                try:
                    batch.append(self._waiting.get_nowait())
                except Empty:
                    break
            is_open = None not in batch
            self._commit([entry for entry in batch if entry is not None])
        connection.close()

    def _commit(self, batch: list[tuple[Callable[[], Any], Future[Any]]]) -> None:
        if not batch:
            return
        done: list[tuple[Future[Any], Any]] = []
        failed: list[tuple[Future[Any], BaseException]] = []
        try:
            with transaction.atomic():
                _lock_sequences()
                for change, ticket in batch:
                    try:
                        with transaction.atomic():
                            done.append((ticket, change()))
                    except OperationalError as error:  # a full disk shows itself here, before the commit
                        failed.append((ticket, _refusal(error)))
                    except BaseException as error:  # noqa: BLE001  # it is the caller's, and raised there
                        failed.append((ticket, error))
        except DatabaseError as error:
            connection.close()
            failed = [(ticket, _refusal(error)) for _, ticket in batch]
            done = []
        for ticket, result in done:
            ticket.set_result(result)
        for ticket, problem in failed:
            ticket.set_exception(problem)
        self._woken()


def _refusal(error: DatabaseError) -> TryLater:
    refusal = TryLater(f"the database cannot be written ({error}). Check disk space and its server.")
    refusal.__cause__ = error
    return refusal


def _lock_sequences() -> None:
    """On PostgreSQL, let one transaction at a time allot sequence numbers; SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [AUDIT_LOCK])


@contextmanager
def readable() -> Iterator[None]:
    """Say "try later" when the database cannot be read; what broke is opened anew with the next question.

    Outside a web request nobody else does that: a server that was started anew would never be found again.
    """
    try:
        yield
    except Error as error:
        connection.close_if_unusable_or_obsolete()
        raise TryLater(f"the database cannot be read ({error}). Check its server and disk.") from error


def close_connection() -> None:
    """Close the calling thread's database connection; threads do so when they end."""
    connection.close()


def empty_write_ahead_log() -> None:
    """On SQLite, write the log back and cut it to nothing, so that what was overwritten is gone from disk.

    A reader in the middle of a transaction can delay it; the next writer's checkpoint then does it.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
