"""The table from error to plan."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from jikimi.model.alert import Job
from jikimi.model.errors import BadMedia, Blocked, Busy, Gone, Misconfigured, NeedsHuman, TryLater
from jikimi.model.outcome import Outcome
from jikimi.model.ports import IndexEntry
from jikimi.model.text import Identifier, IdentifierKind
from jikimi.review.worth import CLIPS_RANK, LETTERS_RANK, SECOND_LOOK_RANK
from jikimi.worker.jobs import MOST_ATTEMPTS, Parked, Postponed, Worker, catch_up, pause, run, take_in

NOW = datetime(2026, 3, 2, tzinfo=UTC)
HOUSE: Any = SimpleNamespace(clock=lambda: NOW)


def plan_for(error: Exception, attempts: int = 1) -> object:
    def step(_job: Job, _house: Any) -> Outcome:
        raise error

    return run(Job("x", "k", attempts=attempts), HOUSE, {"x": step})


def test_busy_means_later() -> None:
    plan = plan_for(TryLater("503", timedelta(minutes=5)))
    assert isinstance(plan, Postponed)
    assert plan.until - NOW >= timedelta(minutes=5)


def test_busy_for_too_long_means_a_person() -> None:
    assert isinstance(plan_for(TryLater("503"), MOST_ATTEMPTS), Parked)


def test_what_waits_for_ourselves_is_never_given_up_nor_made_to_wait_longer_each_time() -> None:
    plan = plan_for(Busy("halted", timedelta(minutes=5)), MOST_ATTEMPTS + 1)
    assert isinstance(plan, Postponed)
    assert timedelta(minutes=5) <= plan.until - NOW <= timedelta(minutes=6)


def test_gone_means_done() -> None:
    assert plan_for(Gone("404")) == Outcome()


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (BadMedia("truncated"), "unreadable"),
        (Blocked("403"), "refused"),
        (NeedsHuman("sign in"), "a person must act"),
        (Misconfigured("X"), "a setting is wrong"),
    ],
)
def test_what_cannot_succeed_is_laid_aside_with_its_reason(error: Exception, word: str) -> None:
    assert plan_for(error) == Parked(f"{word}: {error}")


def test_a_bug_is_named_and_does_not_escape() -> None:
    plan = plan_for(KeyError("secret-looking detail"))
    assert isinstance(plan, Parked)
    assert "KeyError" in plan.reason
    assert "secret-looking" not in plan.reason


def test_pauses_double_up_to_an_hour_and_never_undercut_what_was_asked() -> None:
    for attempts in range(1, 12):
        wait = pause(attempts, timedelta(seconds=30))
        assert timedelta(seconds=30) <= wait <= timedelta(minutes=72)
    assert pause(1, timedelta(hours=5)) >= timedelta(hours=5)


def test_a_vault_takes_in_the_log_portion_by_portion_until_it_has_all() -> None:
    known = Identifier("r2", "c", IdentifierKind.HANDLE, "willow_harbour88")
    log = [IndexEntry(seq, f"r{seq}", "c", (), known if seq == 2 else None) for seq in range(1, 8)]
    entered: list[Identifier] = []
    left: list[str] = []
    taken: list[list[int]] = []
    vault = SimpleNamespace(seq=0)

    def apply(entries: tuple[IndexEntry, ...]) -> None:
        taken.append([entry.seq for entry in entries])
        vault.seq = entries[-1].seq

    vault.apply = apply
    records = SimpleNamespace(index_since=lambda seq: tuple(log[seq : seq + 3]))
    words = SimpleNamespace(enter=entered.extend, withdraw=left.extend, wants_compacting=False)
    house: Any = SimpleNamespace(vault=vault, words=words, records=records)
    catch_up(house)
    assert taken == [[1, 2, 3], [4, 5, 6], [7]]
    assert entered == [known]
    assert left == ["r1", "r3", "r4", "r5", "r6", "r7"]
    catch_up(house)
    assert len(taken) == 3


class SlowWords:
    """Words that are compiled anew until they are told to be done."""

    wants_compacting = True

    def __init__(self) -> None:
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.times = 0

    def compact(self) -> None:
        self.times += 1
        self.begun.set()
        assert self.may_end.wait(20)
        self.wants_compacting = False


class OneJob:
    """A queue with one job, which comes only when the words are being compiled."""

    def __init__(self, words: SlowWords) -> None:
        self.words, self.left = words, [Job("x", "k")]
        self.finished = threading.Event()

    def lease(self, limit: int, now: datetime, below: int = 0, least: int = 0) -> tuple[Job, ...]:
        del limit, now, below, least
        return (self.left.pop(),) if self.left and self.words.begun.is_set() else ()

    def finish(self, job: Job, outcome: Outcome) -> None:
        del job, outcome
        self.finished.set()

    def tidy(self, now: datetime) -> None:
        del now


def test_jobs_go_on_while_many_words_are_compiled_anew_once(monkeypatch: pytest.MonkeyPatch) -> None:
    words = SlowWords()
    queue = OneJob(words)
    records = SimpleNamespace(index_since=lambda _seq: ())
    house: Any = SimpleNamespace(
        clock=lambda: NOW, words=words, queue=queue, records=records, vault=SimpleNamespace(seq=0)
    )
    monkeypatch.setattr("jikimi.worker.jobs.run", lambda _job, _house: Outcome())
    bell = threading.Event()
    worker = Worker(house, bell, threads=1, after=lambda: None)
    worker.start()
    bell.set()
    assert queue.finished.wait(20)  # the job was done, and the words are still at it
    assert words.wants_compacting
    words.may_end.set()
    worker.stop()
    assert (words.times, words.wants_compacting) == (1, False)


class LongJob(OneJob):
    """A queue with one job that runs until it is told to end, and says when it is held on to."""

    def __init__(self) -> None:
        super().__init__(SlowWords())
        self.words.begun.set()
        self.words.wants_compacting = False
        self.held: list[Job] = []
        self.is_held = threading.Event()

    def hold(self, jobs: Any) -> None:
        self.held += jobs
        self.is_held.set()


def test_what_runs_is_held_on_to_also_when_the_clock_jumps(monkeypatch: pytest.MonkeyPatch) -> None:
    queue, begun, may_end = LongJob(), threading.Event(), threading.Event()
    jumped = [timedelta()]

    def work(_job: Job, _house: Any) -> Outcome:
        begun.set()
        assert may_end.wait(20)
        return Outcome()

    house: Any = SimpleNamespace(
        clock=lambda: NOW + jumped[0], words=queue.words, queue=queue, vault=SimpleNamespace(seq=0),
        records=SimpleNamespace(index_since=lambda _seq: ()),
    )  # fmt: skip
    monkeypatch.setattr("jikimi.worker.jobs.run", work)
    worker = Worker(house, threading.Event(), threads=1, after=lambda: None)
    worker.start()
    assert begun.wait(20)
    assert not queue.held
    jumped[0] = timedelta(hours=1)
    assert queue.is_held.wait(20)
    may_end.set()
    worker.stop()
    assert queue.held == [Job("x", "k")]


class Ranks:
    """A queue that keeps what was leased and gives jobs by rank."""

    def __init__(self, *jobs: Job) -> None:
        self.left, self.done = list(jobs), list[str]()
        self.changed = threading.Condition()

    def lease(self, limit: int, now: datetime, below: int = 99, least: int = 0) -> tuple[Job, ...]:
        del now
        with self.changed:
            found = [job for job in self.left if least <= job.rank < below][:limit]
            self.left = [job for job in self.left if job not in found]
            self.changed.notify_all()
        return tuple(found)

    def finish(self, job: Job, outcome: Outcome) -> None:
        del outcome
        with self.changed:
            self.done.append(job.key)
            self.changed.notify_all()

    def tidy(self, now: datetime) -> None:
        del now


def test_letters_that_take_long_hold_up_no_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    letters = [Job("read_writing", f"letters {number}", rank=LETTERS_RANK) for number in range(3)]
    looks = [Job("look_again", f"look {number}", rank=SECOND_LOOK_RANK) for number in range(3)]
    queue, may_end = Ranks(*letters, *looks), threading.Event()
    words = SimpleNamespace(wants_compacting=False)
    records = SimpleNamespace(index_since=lambda _seq: ())
    house: Any = SimpleNamespace(
        clock=lambda: NOW, words=words, queue=queue, records=records, vault=SimpleNamespace(seq=0)
    )

    def work(job: Job, _house: Any) -> Outcome:
        assert job.step != "read_writing" or may_end.wait(20)
        return Outcome()

    monkeypatch.setattr("jikimi.worker.jobs.run", work)
    bell = threading.Event()
    worker = Worker(house, bell, threads=4, after=lambda: None)
    worker.start()
    bell.set()
    with queue.changed:
        assert queue.changed.wait_for(lambda: len(queue.done) == 3, 20)
        assert sorted(queue.done) == ["look 0", "look 1", "look 2"]
        # One is being read, the others wait for it.
        assert queue.changed.wait_for(lambda: len(queue.left) == 2, 20)
    may_end.set()
    with queue.changed:
        assert queue.changed.wait_for(lambda: len(queue.done) == 6, 20)
    worker.stop()


def working(queue: Ranks, *, threads: int, readers: int) -> Worker:
    words = SimpleNamespace(wants_compacting=False)
    records = SimpleNamespace(index_since=lambda _seq: ())
    house: Any = SimpleNamespace(
        clock=lambda: NOW, words=words, queue=queue, records=records, vault=SimpleNamespace(seq=0)
    )
    return Worker(house, threading.Event(), threads, after=lambda: None, readers=readers)


def test_as_many_second_looks_as_readers_run_at_once_but_one_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = [Job("look_again", f"look {number}", rank=SECOND_LOOK_RANK) for number in range(4)]
    clips = [Job("look_again", f"clip {number}", rank=CLIPS_RANK) for number in range(2)]
    queue, may_end, running = Ranks(*looks, *clips), threading.Event(), list[str]()

    def work(job: Job, _house: Any) -> Outcome:
        with queue.changed:
            running.append(job.key)
            queue.changed.notify_all()
        assert may_end.wait(20)
        return Outcome()

    monkeypatch.setattr("jikimi.worker.jobs.run", work)
    worker = working(queue, threads=8, readers=2)
    worker.start()
    with queue.changed:
        assert queue.changed.wait_for(lambda: len(running) == 3, 20)
        assert sorted(running) == ["clip 0", "look 0", "look 1"]
    may_end.set()
    with queue.changed:
        assert queue.changed.wait_for(lambda: len(queue.done) == 6, 20)
    worker.stop()


def test_letters_begin_only_while_a_reader_is_free_of_second_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = [Job("look_again", f"look {number}", rank=SECOND_LOOK_RANK) for number in range(4)]
    queue = Ranks(*looks, Job("read_writing", "letters", rank=LETTERS_RANK))
    may_end, running = threading.Semaphore(0), list[str]()

    def work(job: Job, _house: Any) -> Outcome:
        with queue.changed:
            running.append(job.key)
            queue.changed.notify_all()
        if job.step == "look_again":
            assert may_end.acquire(timeout=20)
        return Outcome()

    monkeypatch.setattr("jikimi.worker.jobs.run", work)
    worker = working(queue, threads=8, readers=2)
    worker.start()
    for begun in (2, 3, 4):
        with queue.changed:
            assert queue.changed.wait_for(lambda begun=begun: len(running) >= begun, 20)
            assert sorted(running) == [look.key for look in looks[:begun]]
        may_end.release()
    may_end.release()
    with queue.changed:
        assert queue.changed.wait_for(lambda: len(queue.done) == 5, 20)
    worker.stop()


def test_what_ends_the_service_each_time_is_laid_aside_and_not_begun_again() -> None:
    begun: list[str] = []

    def step(job: Job, _house: Any) -> Outcome:
        begun.append(job.key)
        return Outcome()

    job = Job("x", "k", attempts=MOST_ATTEMPTS, is_interrupted=True)
    assert run(job, HOUSE, {"x": step}) == Outcome()
    plan = run(replace(job, attempts=MOST_ATTEMPTS + 1), HOUSE, {"x": step})
    assert isinstance(plan, Parked)
    assert "13 times" in plan.reason
    assert begun == ["k"]


def test_what_runs_is_held_on_to_while_many_references_are_taken_in() -> None:
    log = [IndexEntry(seq, f"r{seq}", "c", (), None) for seq in range(1, 5)]
    vault = SimpleNamespace(seq=0)

    def apply(entries: tuple[IndexEntry, ...]) -> None:
        vault.seq = entries[-1].seq

    vault.apply = apply
    records = SimpleNamespace(index_since=lambda seq: tuple(log[seq : seq + 2]))
    words = SimpleNamespace(enter=list, withdraw=list)
    held: list[int] = []
    house: Any = SimpleNamespace(vault=vault, words=words, records=records)
    take_in(house, lambda: held.append(vault.seq))
    assert held == [2, 4]
