"""`jikimi compare`: the same matching without database or network, folder against folder."""

import json
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Fingerprint, Found, Inspection, Orientation
from jikimi.model.ports import IndexEntry, Sandbox, Vault

Folder = Annotated[Path, typer.Option(exists=True, file_okay=False)]


def compare(
    references: Folder,
    queries: Folder,
    json_file: Annotated[
        Path | None, typer.Option("--json", dir_okay=False, help="Write here instead of standard output.")
    ] = None,
) -> None:
    """Compare every query file with every reference file; one JSON line a query.

    {"query": path, "error": null | text, "cpu_seconds": x, "matches": [{"reference": path,
    "tier": "certain" | "likely" | "possible", "score": 0..1, "how": {…}}]}
    """
    from jikimi.app.engine import empty_vault, open_sandbox

    cores = len(os.sched_getaffinity(0))
    with ExitStack() as closing:
        out: TextIO = closing.enter_context(json_file.open("w")) if json_file else sys.stdout
        sandbox = closing.enter_context(open_sandbox(cores))
        pool = closing.enter_context(ThreadPoolExecutor(cores))
        vault = empty_vault()
        names = _remember(references, vault, sandbox, pool)
        asked = list(_files(queries))
        answers = pool.map(lambda path: _answer(path, vault, sandbox, names), asked)
        for line in _with_progress(answers, len(asked)):
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
            out.flush()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _remember(folder: Path, vault: Vault, sandbox: Sandbox, pool: ThreadPoolExecutor) -> dict[str, str]:
    names: dict[str, str] = {}
    entries = []
    paths = list(_files(folder))
    for number, (path, found) in enumerate(
        zip(paths, pool.map(lambda p: _inspect(p, sandbox), paths), strict=True), start=1
    ):
        if isinstance(found, BadMedia):
            typer.echo(f"{path}: {found}", err=True)
            continue
        names[str(number)] = str(path)
        entries.append(IndexEntry(number, str(number), "", _upright(found)))
    vault.apply(entries)
    return names


def _upright(found: Inspection) -> tuple[Fingerprint, ...]:
    return tuple(f for f in found.fingerprints if f.orientation is Orientation.UPRIGHT)


def _inspect(path: Path, sandbox: Sandbox, *, thorough: bool = False) -> Inspection | BadMedia:
    try:
        return sandbox.inspect(path.read_bytes(), thorough=thorough)
    except BadMedia as error:
        return error


def _answer(path: Path, vault: Vault, sandbox: Sandbox, names: dict[str, str]) -> dict[str, Any]:
    """Ask as the house does: once, and with the costly views if that found nothing."""
    seconds = 0.0
    matches: list[Found] = []
    for thorough in (False, True):
        found = _inspect(path, sandbox, thorough=thorough)
        if isinstance(found, BadMedia):
            return {"query": str(path), "error": str(found), "cpu_seconds": seconds, "matches": []}
        began = time.thread_time()
        matches = vault.search(found.fingerprints)
        seconds += found.cpu_seconds + time.thread_time() - began
        if matches:
            break
    shown = [
        {
            "reference": names[match.reference],
            "tier": match.tier.value,
            "score": round(match.score, 4),
            "how": asdict(match.how),
        }
        for match in matches
    ]
    return {"query": str(path), "error": None, "cpu_seconds": round(seconds, 6), "matches": shown}


def _with_progress(lines: Iterator[dict[str, Any]], total: int) -> Iterator[dict[str, Any]]:
    """Show a progress bar on a terminal, nothing in a pipe."""
    from rich.console import Console  # only where it is shown
    from rich.progress import track  # as above

    console = Console(stderr=True)
    if not console.is_terminal:
        return lines
    return iter(track(lines, "comparing", total=total, console=console))
