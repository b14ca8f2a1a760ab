"""Asks many questions, on several processes if wanted, and keeps the answers, so that a run can go on."""

import json
import multiprocessing
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from multiprocessing.context import ForkProcess
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty

from image_edits import Edit
from image_matching import HAS_PEER, Bank, Reader, ask
from image_sets import Query, picture_for

PATIENCE = 1.0
WAITING = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """One reference that was found: how sure, by which algorithm, which edit was named."""

    reference: str
    tier: str
    algorithm: str
    edit: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the product said to one question, at which look (0: at none), and what the peer found."""

    kind: str
    bank: str
    photo: str
    edit: str
    round: int
    truth: str
    findings: tuple[Finding, ...]
    peer: tuple[str, ...]
    cpu_ms: float
    look: int

    @property
    def key(self) -> str:
        """Return the question's name."""
        return f"{self.kind}/{self.bank}/{self.photo}/{self.edit}/{self.round}"


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a question needs: banks by name, the unknown photos, the edits, and how files are read."""

    banks: Mapping[str, Bank]
    tune: Sequence[Path]
    edits: Mapping[str, Edit]
    looks: Sequence[Reader]


def answer_to(query: Query, scene: Scene) -> Answer:
    """Make the picture, ask, and write down what came back."""
    body = picture_for(query, scene.tune, scene.edits)
    bank = scene.banks[query.bank]
    found, spent = ask(body, bank, scene.looks)
    findings = tuple(Finding(one.reference, one.tier.value, one.how.algorithm, one.how.edit) for one in found)
    peer = tuple(bank.peer_finds(body)) if HAS_PEER and query.is_for_peer else ()
    return Answer(
        query.kind,
        query.bank,
        query.photo.name,
        query.edit,
        query.round,
        query.truth,
        findings,
        peer,
        sum(spent) * 1e3,
        len(spent) if found else 0,
    )


def answers_to(queries: Sequence[Query], scene: Scene, jobs: int, until: float) -> Iterator[Answer]:
    """Yield answers in any order, on `jobs` forked processes; stop at `until` on the monotonic clock."""
    if jobs == 1:
        for query in queries:
            if time.monotonic() > until:
                return
            yield answer_to(query, scene)
        return
    forking = multiprocessing.get_context("fork")  # the children share the banks
    answers: Queue[Answer | None] = forking.Queue(WAITING)

    def work(first: int) -> None:
        for answer in answers_to(queries[first::jobs], scene, 1, until):
            answers.put(answer)
        answers.put(None)

    workers = [forking.Process(target=work, args=(first,), daemon=True) for first in range(jobs)]
    for worker in workers:
        worker.start()
    yield from _gathered(answers, workers)
    for worker in workers:
        worker.join()


def _gathered(answers: "Queue[Answer | None]", workers: Sequence[ForkProcess]) -> Iterator[Answer]:
    """Yield what the workers answer until each has said that it is done."""
    working = len(workers)
    while working:
        try:
            answer = answers.get(timeout=PATIENCE)
        except Empty:
            if any(worker.exitcode for worker in workers):
                raise SystemExit("a process of the benchmark died; its error stands above") from None
            continue
        if answer is None:
            working -= 1
        else:
            yield answer


def kept_answers(
    queries: Iterable[Query], scene: Scene, jobs: int, until: float, journal: "Journal | None"
) -> Iterator[Answer]:
    """Yield the answers a former run wrote down, then the missing ones, writing each down."""
    known = journal.answers if journal else {}
    waiting = []
    for query in queries:
        if query.key in known:
            yield known[query.key]
        else:
            waiting.append(query)
    for answer in answers_to(waiting, scene, jobs, until):
        if journal:
            journal.write(answer)
        yield answer


class Journal:
    """A file of answers, one JSON line each, under a first line that says of which setup they are."""

    def __init__(self, path: Path, setup: Mapping[str, object]) -> None:
        self.answers: dict[str, Answer] = {}
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if lines and json.loads(lines[0]) != json.loads(json.dumps(setup)):
            raise SystemExit(f"{path} holds answers of another setup: move it away or name another file")
        for line in lines[1:]:
            raw = json.loads(line)
            answer = replace(
                Answer(**raw),
                findings=tuple(Finding(**one) for one in raw["findings"]),
                peer=tuple(raw["peer"]),
            )
            self.answers[answer.key] = answer
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
