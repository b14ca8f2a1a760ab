"""Leases work, runs its step, turns an error into a plan. The table from error to plan is here.

Busy                postponed by what it names, however often: nothing is wrong
TryLater            postponed: at least the time it names, doubling with each attempt, at most an hour
Gone                done: there is nothing to do any more
BadMedia            laid aside, with a reason an operator understands
Blocked             laid aside for a person
NeedsHuman          laid aside for a person
Misconfigured       laid aside for the administrator
anything else       a bug: laid aside with its name, and logged loudly with its traceback

What never comes to any of these, because it ends the service each time, is laid aside after twelve times.
"""

import random
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from jikimi.flow import STEPS, Step
from jikimi.model.alert import Job
from jikimi.model.errors import (
    BadMedia,
    Blocked,
    Busy,
    Gone,
    InDoubt,
    JikimiError,
    Misconfigured,
    NeedsHuman,
    TryLater,
)
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.review.worth import SECOND_LOOK_RANK
from jikimi.worker.turns import Turns, has_passed, turns_of

POLL = timedelta(milliseconds=250)  # work and references that other processes added
TAKE_IN_EVERY = timedelta(milliseconds=100)
HOLD_EVERY = timedelta(minutes=1)  # a lease lasts five; what searches a large archive runs longer
TIDY_EVERY = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
MOST_ATTEMPTS = 12

IN_WORDS: Mapping[type[JikimiError], str] = {
    BadMedia: "unreadable",
    Blocked: "refused",
    InDoubt: "in doubt",
    NeedsHuman: "a person must act",
    Misconfigured: "a setting is wrong",
}

log = structlog.get_logger("worker")


@dataclass(frozen=True, slots=True)
class Postponed:
    """The plan: try again later."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Parked:
    """The plan: a person looks at it."""

    reason: str


Plan = Outcome | Postponed | Parked


def run(job: Job, house: House, steps: Mapping[str, Step] = STEPS) -> Plan:
    """Run one job's step and return what to do about it. Never raises."""
    if job.is_interrupted and job.attempts > MOST_ATTEMPTS:  # it ends the service, or cannot be written down
        log.error("never came to an end", step=job.step, key=job.key, part=job.part)
        return Parked(f"bug: begun {job.attempts} times without an end. Please report it with the log.")
    return _tried(job, house, steps)


def _tried(job: Job, house: House, steps: Mapping[str, Step]) -> Plan:
    try:
        return steps[job.step](job, house)
    except TryLater as error:
        attempts = 1 if isinstance(error, Busy) else job.attempts
        if attempts >= MOST_ATTEMPTS:
            return Parked(f"gave up after {attempts} attempts: {error}")
        return Postponed(house.clock() + pause(attempts, error.after), str(error))
    except Gone:
        return Outcome()
    except tuple(IN_WORDS) as error:
        words = next(words for kind, words in IN_WORDS.items() if isinstance(error, kind))
        return Parked(f"{words}: {error}")
    except Exception as error:  # the one place where a bug becomes visible instead of fatal
        log.exception("step failed", step=job.step, key=job.key, part=job.part)
        return Parked(f"bug: {type(error).__name__} in step {job.step}. Please report it with the log.")


def settle(job: Job, plan: Plan, house: House) -> None:
    """Write down what a step decided, or when to try again, or why a person must look."""
    match plan:
        case Outcome():
            house.queue.finish(job, plan)
        case Postponed():
            house.queue.postpone(job, plan.until, plan.reason)
        case Parked():
            house.queue.park(job, plan.reason)


def pause(attempts: int, least: timedelta) -> timedelta:
    """Return how long to wait: what was asked, doubled with each attempt, at most an hour, with jitter."""
    longest = min(LONGEST_PAUSE, least * (1 << max(0, attempts - 1)))
    jitter = random.uniform(1.0, 1.2)  # noqa: S311  # spreads retries; nothing secret
    return max(least, longest) * jitter


def catch_up(house: House) -> None:
    """Let vault and words take in what the reference log has more; compile the words anew if that is due."""
    take_in(house)
    if house.words.wants_compacting:
        house.words.compact()


def take_in(house: House, between: Callable[[], object] = lambda: None) -> None:
    """Let vault and words take in what the log has more; `between` runs after each portion, of minutes."""
    while entries := house.records.index_since(house.vault.seq):
        # Words first: who sees the vault's new `seq` may count on both.
        house.words.withdraw(entry.reference for entry in entries if entry.identifier is None)
        house.words.enter(entry.identifier for entry in entries if entry.identifier is not None)
        house.vault.apply(entries)
        between()


def work_through(house: House, steps: Mapping[str, Step] = STEPS) -> int:
    """Run every job that is due now, one after the other, and return how many. For tests and commands."""
    done = 0
    while True:
        catch_up(house)
        jobs = house.queue.lease(1, house.clock())
        if not jobs:
            return done
        settle(jobs[0], run(jobs[0], house, steps), house)
        done += 1


class Worker:
    """Runs jobs on a few threads until it is told to stop. What was begun is finished first.

    Second looks and the reading of letters begin while no first look waits, so many of a kind at once that
    a first look which comes meanwhile finds a free reader soon.
    """

    def __init__(
        self,
        house: House,
        bell: threading.Event,
        threads: int,
        after: Callable[[], None],
        readers: int = 1,
    ) -> None:
        """`bell` rings when there may be new work; `after` runs on each thread when it ends.

        `readers` is how many files the sandbox reads at once: so many pictures are looked at again at once.
        """
        self._house = house
        self._bell = bell
        self._threads = threads
        self._after = after
        self._stopping = threading.Event()
        self._idle = threading.Semaphore(threads)
        # Taken by the dispatcher, given back by a step's thread.
        self._turns = turns_of(readers, house.clock())
        self._running: set[Job] = set()
        self._held_at = house.clock()
        self._took_in_at: datetime | None = None
        self._compacting: threading.Thread | None = None
        self._dispatcher = threading.Thread(target=self._dispatch, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._dispatcher.start()

    def stop(self) -> None:
        """Take no new work, finish what was begun, and return."""
        self._stopping.set()
        self._bell.set()
        if self._dispatcher.is_alive():
            self._dispatcher.join()
        if self._compacting:
            self._compacting.join()

    def _dispatch(self) -> None:
        next_tidy = self._house.clock()
        with ThreadPoolExecutor(self._threads, "step") as pool:
            while not self._stopping.is_set():
                self._bell.clear()
                self._hold()
                is_busy = bool(self._guarded(lambda: self._hand_out(pool)))
                now = self._house.clock()
                if now >= next_tidy:
                    self._guarded(lambda: self._house.queue.tidy(self._house.clock()))
                    next_tidy = now + TIDY_EVERY
                if not is_busy:
                    self._bell.wait(POLL.total_seconds())
            for _ in range(self._threads):
                pool.submit(self._after)
        self._after()

    def _hold(self) -> None:
        """Keep the leases of what runs here, also after the clock jumped: only the dead's run out."""
        now = self._house.clock()
        if not has_passed(HOLD_EVERY, self._held_at, now):
            return
        self._held_at = now
        if running := self._running.copy():
            self._guarded(lambda: self._house.queue.hold(running))

    def _hand_out(self, pool: ThreadPoolExecutor) -> bool:
        """Lease as many jobs as there are idle threads; True if there may be more at once."""
        free = 0
        while self._idle.acquire(blocking=False):
            free += 1
        jobs: tuple[Job, ...] = ()
        try:
            if free:
                jobs = self._lease(free)
        finally:
            for _ in range(free - len(jobs)):
                self._idle.release()
        for job in jobs:
            self._running.add(job)
            pool.submit(self._run, job)
        return bool(jobs)

    def _lease(self, limit: int) -> tuple[Job, ...]:
        house = self._house
        now = house.clock()
        if self._took_in_at is None or has_passed(TAKE_IN_EVERY, self._took_in_at, now):
            self._took_in_at = now
            take_in(house, self._hold)
            self._compact_words()
        for turns in self._turns:
            if turns.is_due(now) and (jobs := self._lease_patient(turns, 1)):
                return jobs
        if urgent := house.queue.lease(limit, now, below=SECOND_LOOK_RANK):
            return urgent
        is_any_full = False
        for turns in self._turns:
            if turns.gives_way and is_any_full:
                continue
            if jobs := self._lease_patient(turns, limit):
                return jobs
            is_any_full |= turns.is_full
        return ()

    def _lease_patient(self, turns: Turns, limit: int) -> tuple[Job, ...]:
        """Lease as many jobs of a rank that waits as have a turn."""
        now, jobs = self._house.clock(), tuple[Job, ...]()
        free = turns.take(limit, now)
        try:
            if free:
                jobs = self._house.queue.lease(free, now, below=turns.rank + 1, least=turns.rank)
        finally:
            turns.give_back(free - len(jobs))
        return jobs

    def _compact_words(self) -> None:
        """Compile the words anew beside the work if that is due: with 100,000 of them it takes seconds."""
        if self._house.words.wants_compacting and not (self._compacting and self._compacting.is_alive()):
            compact = self._house.words.compact
            self._compacting = threading.Thread(target=self._guarded, args=(compact,), name="words")
            self._compacting.start()

    def _run(self, job: Job) -> None:
        try:
            plan = run(job, self._house)
            self._guarded(lambda: settle(job, plan, self._house))
        finally:
            self._running.discard(job)
            for turns in self._turns:
                if turns.rank == job.rank:
                    turns.give_back()
            self._idle.release()
            self._bell.set()

    def _guarded(self, action: Callable[[], object]) -> object:
        """Run something of the store's. What fails is logged and tried again; a lease runs out by itself."""
        try:
            return action()
        except TryLater as error:
            log.warning("the store cannot be used now", problem=str(error))
        except Exception:  # a bug must not end the night watch silently
            log.exception("worker")
        return None
