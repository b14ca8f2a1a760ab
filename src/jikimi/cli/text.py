"""`jikimi text`: identifiers against posts, without database or network, file against file."""

import gc
import json
import multiprocessing
import os
import sys
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final, TextIO

import typer

from jikimi.model.errors import Misconfigured
from jikimi.model.ports import TextBank
from jikimi.model.text import EvidenceClass, Identifier, IdentifierKind, TextHit
from jikimi.review.words import alerts

app = typer.Typer(help="What cases are known by, found in the text of posts.", no_args_is_help=True)

BATCH: Final = 500
"""Posts a process takes at once."""

MANY_BYTES: Final = 2 * 2**20
"""Of posts; a smaller file is read by one process."""

AHEAD: Final = 3
"""Batches that wait for each process."""

EVERY_SECONDS: Final = 2.0
COMMON_SHARE: Final = 1e-3
FEWEST_SEEN: Final = 20
"""An identifier that this many posts and one in a thousand say word for word is an ordinary word."""

File = Annotated[Path, typer.Option(exists=True, dir_okay=False)]
Post = tuple[Any, str]
Answer = tuple[list[str], Counter[str]]


@app.callback()
def _group() -> None:
    """Keep `scan` a command of its own."""


@app.command()
def scan(
    identifiers: File,
    posts: File,
    json_file: Annotated[
        Path | None, typer.Option("--json", dir_okay=False, help="Write here instead of standard output.")
    ] = None,
    processes: Annotated[
        int, typer.Option(min=0, help="How many; 0 is one a core for large files, else one.")
    ] = 0,
) -> None:
    """Search posts for identifiers; one JSON line a post, in the order of the posts.

    Identifiers, one JSON object a line: {"id", "case", "kind": "name" | "nickname" | "handle" | "phone" |
    "school" | "title" | "caption" | "url", "text"}. Posts: {"id", "text"}.

    Answers: {"post": id, "alert": true | false, "hits": [{"identifier": id, "evidence": "exact" | "strong" |
    "lookalike" | "phonetic" | "initials" | "romanised" | "skeleton" | "caption", "span": [start, end]}]}

    A span counts code points of the post's text. An identifier is named once a post, at its surest. "alert"
    says whether the words alone would raise one: a name alone and weak evidence never do.
    """
    from jikimi.app.text import text_bank

    bank = text_bank()
    known = _enter(identifiers, bank)
    workers = processes or (len(os.sched_getaffinity(0)) if posts.stat().st_size > MANY_BYTES else 1)
    wrong: list[int] = []
    said: Counter[str] = Counter()
    with ExitStack() as closing:
        out: TextIO = closing.enter_context(json_file.open("w")) if json_file else sys.stdout
        lines = closing.enter_context(posts.open("rb"))
        batches = _batches(_posts(lines, posts.name, wrong))
        read = 0
        began = shown = time.monotonic()
        for answers, exact in _answered(bank, batches, workers):
            out.write("".join(answers))
            out.flush()
            said += exact
            read += len(answers)
            if time.monotonic() - shown > EVERY_SECONDS:
                shown = time.monotonic()
                typer.echo(f"{read:,} posts, {read / (shown - began):,.0f} a second", err=True)
    _warn_of_common(said, read, known)
    if wrong:
        raise Misconfigured(
            f"{posts.name}: {len(wrong)} lines were left out, as said above; mend them and scan again"
        )


def _enter(file: Path, bank: TextBank) -> dict[str, int]:
    """Put the identifiers of a file in force; returns the line of each. Warns on standard error."""
    from jikimi.app.text import expected_false_alarms

    found: list[Identifier] = []
    line_of: dict[str, int] = {}
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            identifier = _identifier(line, f"{file.name}, line {number}")
            if identifier.key in line_of:
                raise Misconfigured(
                    f"{file.name}, line {number}: the id of line {line_of[identifier.key]} again;"
                    " give each its own"
                )
            line_of[identifier.key] = number
            found.append(identifier)
    for key, reason in bank.enter(found).items():
        typer.echo(f"{file.name}, line {line_of[key]}: refused: {reason}", err=True)
    for identifier in found:
        alarms = expected_false_alarms(identifier)
        if alarms:
            typer.echo(
                f"{file.name}, line {line_of[identifier.key]}: an ordinary word; about {alarms:,.0f}"
                " of 100,000 posts a day say it and mean something else",
                err=True,
            )
    return line_of


def _identifier(line: bytes, where: str) -> Identifier:
    row = _object(line, where)
    row |= {field: str(row[field]) for field in ("id", "case") if isinstance(row.get(field), int)}
    for field in ("id", "case", "kind", "text"):
        if not isinstance(row.get(field), str):
            raise Misconfigured(
                f'{where}: "{field}" is missing or no text; write {{"id", "case", "kind", "text"}}'
            )
    try:
        kind = IdentifierKind(row["kind"])
    except ValueError as error:
        raise Misconfigured(f"{where}: no such kind; one of {', '.join(IdentifierKind)}") from error
    return Identifier(row["id"], row["case"], kind, row["text"])


def _object(line: bytes, where: str) -> dict[str, Any]:
    """Return the JSON object on a line. Bytes that are not UTF-8 become U+FFFD."""
    try:
        row = json.loads(line.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise Misconfigured(f"{where}: not JSON; write one object a line") from error
    if not isinstance(row, dict):
        raise Misconfigured(f"{where}: not an object; write one in braces a line")
    return row


def _posts(lines: BinaryIO, name: str, wrong: list[int]) -> Iterator[Post]:
    """Yield id and text of each post; what is none is said, counted in `wrong`, and left out."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _post(line, f"{name}, line {number}")
        except Misconfigured as error:
            wrong.append(number)
            typer.echo(str(error), err=True)


def _post(line: bytes, where: str) -> Post:
    row = _object(line, where)
    if "id" not in row or not isinstance(row.get("text"), str):
        raise Misconfigured(f'{where}: "id" or "text" is missing; write {{"id", "text"}}')
    return row["id"], row["text"]


def _batches(posts: Iterable[Post]) -> Iterator[list[Post]]:
    batch: list[Post] = []
    size = 0
    for post in posts:
        batch.append(post)
        size += len(post[1])
        if len(batch) == BATCH or size > BATCH * 1000:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _answered(bank: TextBank, batches: Iterable[list[Post]], workers: int) -> Iterator[Answer]:
    """Answer batch by batch, in order; no more is read ahead than the processes need."""
    if workers == 1:
        yield from (_answer(bank, batch) for batch in batches)
        return
    gc.freeze()  # so that collecting does not copy what the processes share
    waiting: deque[Future[Answer]] = deque()
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, context, _remember, (bank,)) as pool:
        for batch in batches:
            waiting.append(pool.submit(_answer_here, batch))
            if len(waiting) > workers * AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


_here: list[TextBank] = []
"""The bank of this process, handed over when it was forked."""


def _remember(bank: TextBank) -> None:
    _here[:] = [bank]


def _answer_here(batch: list[Post]) -> Answer:
    return _answer(_here[0], batch)


def _answer(bank: TextBank, batch: list[Post]) -> Answer:
    found = bank.scan([text for _, text in batch])
    lines = [_line(key, hits) for (key, _), hits in zip(batch, found, strict=True)]
    exact = Counter(hit.identifier for hits in found for hit in hits if hit.evidence is EvidenceClass.EXACT)
    return lines, exact


def _line(post: object, hits: list[TextHit]) -> str:
    shown = [
        {"identifier": hit.identifier, "evidence": hit.evidence.value, "span": [hit.start, hit.end]}
        for hit in hits
    ]
    return json.dumps({"post": post, "alert": alerts(hits), "hits": shown}) + "\n"


def _warn_of_common(said: Counter[str], read: int, line_of: dict[str, int]) -> None:
    for key, count in said.most_common():
        if count < FEWEST_SEEN or count < COMMON_SHARE * read:
            return
        typer.echo(
            f"identifiers, line {line_of[key]}: {count:,} of {read:,} posts say it word for word,"
            f" as an ordinary word is said; expect {count / read * 100_000:,.0f} of 100,000 posts a day",
            err=True,
        )
