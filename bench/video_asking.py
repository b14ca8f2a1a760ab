"""Asks the whole product for clips, on several processes if wanted; a journal lets a run go on."""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.context import ForkProcess
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from typing import Final, TypeVar

from image_answers import Answer, Finding, Journal
from image_matching import Bank
from jikimi.app.engine import clip_fingerprinters, fingerprinters
from jikimi.media.reader import answer_to
from jikimi.media.stills import is_for_stills, stills, thinned
from jikimi.media.wire import INSPECT, Inspected, Question
from jikimi.model.clip import Clip
from jikimi.model.fingerprint import Effort, Fingerprint, Found, Tier

FIRST: Final = "first look"
BOTH: Final = "both looks"
LIKELY: Final = (Tier.CERTAIN, Tier.LIKELY)
_PATIENCE: Final = 1.0
_WAITING: Final = 1000

Q = TypeVar("Q")


def read(path: Path, effort: Effort) -> tuple[list[Fingerprint], float]:
    """Return what the product's reader finds in a file ([] in one that it refuses), and CPU seconds."""
    started = time.process_time()
    answer = answer_to(
        Question(INSPECT[effort], 0, path.read_bytes()), fingerprinters(), clip_fingerprinters()
    )
    found = list(answer.inspection.fingerprints) if isinstance(answer, Inspected) else []
    return found, time.process_time() - started


def of_clip(clip: Clip, effort: Effort) -> list[Fingerprint]:
    """Fingerprint frames that never were in a file, as the reader does."""
    chosen = [one for one in fingerprinters() if is_for_stills(one, effort) and one.name != "sha256"]
    of_stills = [
        found for still in stills(clip.frames) for one in chosen for found in one.fingerprint(b"", still)
    ]
    if effort is Effort.REFERENCE:
        of_stills = list(thinned(of_stills, clip.seconds))
    return of_stills + [
        found for one in clip_fingerprinters() for found in one.fingerprint_clip(clip, effort)
    ]


def is_found(found: Sequence[Found], reference: str) -> bool:
    """Tell whether this reference is among the answers as likely or surer."""
    return any(one.reference == reference and one.tier in LIKELY for one in found)


def look_twice(path: Path, bank: Bank, truth: str) -> Iterator[tuple[str, list[Found], float]]:
    """Yield what is found after the first look, and after both: name, answers, CPU seconds.

    The second look is taken where the first did not find the truth as likely.
    """
    first, spent = _asked(path, bank, Effort.FIRST)
    yield FIRST, first, spent
    if is_found(first, truth):
        yield BOTH, first, spent
        return
    second, more = _asked(path, bank, Effort.SECOND)
    best = {one.reference: one for one in sorted([*second, *first], key=lambda one: -one.tier.rank)}
    yield BOTH, list(best.values()), spent + more


def _asked(path: Path, bank: Bank, effort: Effort) -> tuple[list[Found], float]:
    started = time.process_time()
    found = bank.vault.search(read(path, effort)[0])
    return found, time.process_time() - started


def answered(
    kind: str,
    bank: str,
    name: str,
    edit: str,
    truth: str,
    found: Sequence[Found],
    peer: tuple[str, ...] = (),
    seconds: float = 0.0,
) -> Answer:
    """Write one answer down."""
    findings = tuple(Finding(one.reference, one.tier.value, one.how.algorithm, one.how.edit) for one in found)
    return Answer(kind, bank, name, edit, 0, truth, findings, peer, seconds * 1e3, 1 + (kind == BOTH))


def kept_answers(
    queries: Sequence[Q],
    keys: Callable[[Q], Sequence[str]],
    ask: Callable[[Q], Sequence[Answer]],
    jobs: int,
    journal: Journal | None,
) -> list[Answer]:
    """Return the answers to every query: those of a former run, and the missing ones, written down.

    `keys` names the answers that a query has.
    """
    known = journal.answers if journal else {}
    answers = []
    waiting = []
    for query in queries:
        if all(key in known for key in keys(query)):
            answers += [known[key] for key in keys(query)]
        else:
            waiting.append(query)
    for several in asked_by(waiting, ask, jobs):
        for answer in several:
            if journal:
                journal.write(answer)
            answers.append(answer)
    return answers


def asked_by(
    queries: Sequence[Q], ask: Callable[[Q], Sequence[Answer]], jobs: int
) -> Iterator[Sequence[Answer]]:
    """Yield the answers in any order, from `jobs` forked processes, which share what the bank holds."""
    if jobs == 1:
        yield from map(ask, queries)
        return
    forking = multiprocessing.get_context("fork")
    answers: Queue[Sequence[Answer] | None] = forking.Queue(_WAITING)

    def work(first: int) -> None:
        for query in queries[first::jobs]:
            answers.put(ask(query))
        answers.put(None)

    workers = [forking.Process(target=work, args=(first,), daemon=True) for first in range(jobs)]
    for worker in workers:
        worker.start()
    yield from _gathered(answers, workers)
    for worker in workers:
        worker.join()


def _gathered(
    answers: "Queue[Sequence[Answer] | None]", workers: Sequence[ForkProcess]
) -> Iterator[Sequence[Answer]]:
    """Yield what the workers answer until each has said that it is done."""
    working = len(workers)
    while working:
        try:
            several = answers.get(timeout=_PATIENCE)
        except Empty:
            if any(worker.exitcode for worker in workers):
                raise SystemExit("a process of the benchmark died; its error stands above") from None
            continue
        if several is None:
            working -= 1
        else:
            yield several
