"""Asks many questions about sound, on several processes if wanted, and keeps the answers."""

import json
import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty
from typing import Any, TypeVar

Q = TypeVar("Q")
R = TypeVar("R")

PATIENCE = 1.0


@dataclass(frozen=True, slots=True)
class Query:
    """An edited excerpt of a sound: its number, among those the bank knows or those it does not."""

    is_known: bool
    sound: int
    edit: str
    seconds: int

    @property
    def key(self) -> str:
        """Return the question's name."""
        return f"{'known' if self.is_known else 'unknown'}/{self.sound}/{self.edit}/{self.seconds}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: of which kind the sound is, its own reference's tier ("": not first), and others.

    `likely` and `possible` are other references found at that tier or a surer one; `strongest` is the highest
    strength of any of them. The peer's agreement, and whether it is with the right sound. CPU seconds.
    """

    key: str
    kind: str
    edit: str
    seconds: int
    is_known: bool
    tier: str
    likely: int
    possible: int
    strongest: float
    peer: float
    is_peer_right: bool
    print_cpu: float
    search_cpu: float


class Journal:
    """A file of answers, one JSON line each, under a first line that says of which setup they are."""

    def __init__(self, path: Path, setup: Mapping[str, object]) -> None:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if lines and json.loads(lines[0]) != json.loads(json.dumps(setup)):
            raise SystemExit(f"{path} holds answers of another setup: move it away or name another file")
        self.answers = {one.key: one for one in (Answer(**json.loads(line)) for line in lines[1:])}
        self._file = path.open("a", encoding="utf-8")
        if not lines:
            self._file.write(json.dumps(setup) + "\n")

    def write(self, answer: Answer) -> None:
        """Append one answer."""
        self._file.write(json.dumps(asdict(answer)) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def kept_answers(
    queries: Sequence[Query],
    ask: Callable[[Query], Answer],
    jobs: int,
    until: float,
    journal: Journal | None,
) -> Iterator[Answer]:
    """Yield the answers a former run wrote down, then the missing ones, writing each down.

    No more is asked after `until` on the monotonic clock.
    """
    known = journal.answers if journal else {}
    yield from (known[query.key] for query in queries if query.key in known)
    missing = [query for query in queries if query.key not in known]
    for _, answer in spread(missing, ask, jobs, until):
        if journal:
            journal.write(answer)
        yield answer


def spread(
    items: Sequence[Q], work: Callable[[Q], R], jobs: int, until: float = float("inf")
) -> Iterator[tuple[int, R]]:
    """Yield the number of each item and what came of it, in any order, on `jobs` forked processes.

    No item is begun after `until` on the monotonic clock.
    """
    if jobs == 1:
        yield from _one_by_one(items, work, until)
        return
    forking = multiprocessing.get_context("fork")  # the children share the bank
    done: Any = forking.Queue()

    def some(first: int) -> None:
        for place, result in _one_by_one(items[first::jobs], work, until):
            done.put((first + place * jobs, result))
        done.put(None)

    workers = [forking.Process(target=some, args=(first,), daemon=True) for first in range(jobs)]
    for worker in workers:
        worker.start()
    working = jobs
    while working:
        try:
            one = done.get(timeout=PATIENCE)
        except Empty:
            if any(worker.exitcode for worker in workers):
                raise SystemExit("a process of the benchmark died; its error stands above") from None
            continue
        if one is None:
            working -= 1
        else:
            yield one
    for worker in workers:
        worker.join()


def _one_by_one(items: Sequence[Q], work: Callable[[Q], R], until: float) -> Iterator[tuple[int, R]]:
    for number, item in enumerate(items):
        if time.monotonic() > until:
            return
        yield number, work(item)
