"""Shows the other processes on a PostgreSQL database that this one lives, and takes back what the dead held.

A session of the database ends with its process, however that ends, and with it the advisory lock that it
held. So who leases jobs holds a lock named after its leases; a lease whose lock nobody holds is a dead
process's. (PostgreSQL manual, 13.3.5 "Advisory Locks".)
"""

import threading
from collections.abc import Callable
from hashlib import blake2b
from typing import Final

from django.db import Error, connection

from jikimi.model.errors import TryLater
from jikimi.store.models import JobRow, JobState

SPACE: Final = 0x6A696B69  # the first half of our locks' numbers; the second is the holder's
EVERY_SECONDS: Final = 2.0
SURE_AFTER: Final = 3
"""Looks in a row that must miss a holder. A live one that lost its session has a new one within a look."""

FIRST_HOLD_SECONDS: Final = 30.0


class Lifeline:
    """A thread whose session of the database is this process's sign of life."""

    def __init__(self, holder: str, take_back: Callable[[str], int]) -> None:
        """`holder` names this process in its leases, no other one; `take_back` frees a holder's leases."""
        self._holder = holder
        self._take_back = take_back
        self._is_held = False
        self._missed: dict[str, int] = {}
        self._held_once = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lifeline", daemon=True)

    def start(self) -> None:
        """Return once others can see that this process lives; TryLater if the database does not answer."""
        self._thread.start()
        if not self._held_once.wait(FIRST_HOLD_SECONDS):
            raise TryLater("the database gives no sign of life a place. Check its server.")

    def close(self) -> None:
        """End the session. Call it when no lease is held any more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Hold on to our own lock, and take back the leases of who was missed often enough.

        Always from one thread: the lock belongs to its session.
        """
        try:
            self._hold()
            living = _living()
            missing = [one for one in _holders() if one != self._holder and _number(one) not in living]
        except Error:
            connection.close()
            self._is_held = False
            self._missed = {}  # who lost us may have lost the others as well
            return
        self._missed = {holder: self._missed.get(holder, 0) + 1 for holder in missing}
        for holder in [one for one, looks in self._missed.items() if looks >= SURE_AFTER]:
            self._take_back(holder)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
            except TryLater:
                self._missed = {}  # the writer could not write; the next look tries again
            self._stopping.wait(EVERY_SECONDS)
        connection.close()

    def _hold(self) -> None:
        if self._is_held:
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [SPACE, _number(self._holder)])
            self._is_held = cursor.fetchone() == (True,)
        if self._is_held:
            self._held_once.set()


def _holders() -> set[str]:
    """Return who leased jobs."""
    leases = JobRow.objects.filter(state=JobState.LEASED).values_list("lease", flat=True)
    return {lease.rpartition(":")[0] for lease in leases}


def _living() -> set[int]:
    """Return the numbers of the holders whose lock is held."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2"
            " AND classid::bigint = %s"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [SPACE],
        )
        return {int(number) for (number,) in cursor.fetchall()}


def _number(holder: str) -> int:
    """Return 31 bits for a holder. Two that share them only keep each other's leases until those run out."""
    return int.from_bytes(blake2b(holder.encode(), digest_size=4).digest()) >> 1
