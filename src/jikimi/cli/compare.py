"""`jikimi compare`: the same matching without database or network, folder against folder."""

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Effort, Fingerprint, Found, Inspection, Kind, Orientation, Tier
from jikimi.model.ports import IndexEntry, Sandbox, Vault
from jikimi.settings import read_settings

LOOKS = {1: "first look", 2: "second look"}
EFFORTS = {1: Effort.FIRST, 2: Effort.REST}
Folder = Annotated[Path, typer.Option(exists=True, file_okay=False)]


def compare(
    references: Folder,
    queries: Folder,
    json_file: Annotated[
        Path | None, typer.Option("--json", dir_okay=False, help="Write here instead of standard output.")
    ] = None,
    text: Annotated[bool, typer.Option("--text", help="Print lines to read instead of JSON.")] = False,
) -> None:
    """Compare every query file with every reference file; one JSON line a query.

    {"query": path, "error": null | text, "width": pixels, "height": pixels, "look": 1 | 2,
    "cpu_seconds": x, "matches": [{"reference": path, "tier": "certain" | "likely" | "possible",
    "score": 0..1, "how": {…}, "region_pixels": [[x, y], …]}]}

    A match by points says where the reference lies: its top left, top right, bottom right and bottom
    left corner in the query, in "how" as fractions of its width and height ("region"), and in pixels of
    the upright query. Corners may lie outside. Matches of whole pictures have no region.
    """
    from jikimi.app.engine import empty_vault, open_sandbox

    cores = len(os.sched_getaffinity(0))
    with ExitStack() as closing:
        out: TextIO = closing.enter_context(json_file.open("w")) if json_file else sys.stdout
        sandbox = closing.enter_context(open_sandbox(cores, read_settings().network))
        pool = closing.enter_context(ThreadPoolExecutor(cores))
        vault = empty_vault()
        names = _remember(references, vault, sandbox, pool)
        asked = list(_files(queries))
        answers = pool.map(lambda path: _answer(path, vault, sandbox, names), asked)
        for line in _with_progress(answers, len(asked)):
            if json_file or not text:
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
                out.flush()
            if text:
                typer.echo("\n".join(in_lines(line)))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _remember(folder: Path, vault: Vault, sandbox: Sandbox, pool: ThreadPoolExecutor) -> dict[str, str]:
    names: dict[str, str] = {}
    entries = []
    paths = list(_files(folder))
    for number, (path, found) in enumerate(
        zip(paths, pool.map(lambda p: _inspect(p, sandbox, Effort.REFERENCE), paths), strict=True), start=1
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


def _inspect(path: Path, sandbox: Sandbox, effort: Effort) -> Inspection | BadMedia:
    try:
        return sandbox.inspect(path.read_bytes(), effort)
    except BadMedia as error:
        return error


def in_lines(answer: dict[str, Any]) -> Iterator[str]:
    """Return one answer as lines to read: the query, and one line for each match."""
    if answer["error"]:
        yield f"{answer['query']}: {answer['error']}"
        return
    if not answer["matches"]:
        yield f"{answer['query']}: nothing at either look"
        return
    yield f"{answer['query']}: {len(answer['matches'])} found at the {LOOKS[answer['look']]}"
    for match in answer["matches"]:
        how = match["how"]
        why = f"{how['algorithm']}, {how['inliers']} points agree" if how["inliers"] else how["algorithm"]
        yield f"  {match['tier']} {match['score']:.2f}  {match['reference']}  {how['edit']} ({why})"
        if match["region_pixels"]:
            yield f"    region in pixels: {' '.join(f'{x},{y}' for x, y in match['region_pixels'])}"
            yield f"    in fractions: {' '.join(f'{x:.3f},{y:.3f}' for x, y in _corners(how['region']))}"


def _corners(region: Sequence[float]) -> list[tuple[float, float]]:
    return list(zip(region[::2], region[1::2], strict=True))


def _answer(path: Path, vault: Vault, sandbox: Sandbox, names: dict[str, str]) -> dict[str, Any]:
    """Ask as the house does: once, and with the costly views if that found nothing, or a clip in doubt."""
    answer: dict[str, Any] = {"query": str(path), "error": None, "width": 0, "height": 0, "look": 1}
    answer |= {"cpu_seconds": 0.0, "matches": []}
    seconds = 0.0
    matches: list[Found] = []
    for look in LOOKS:
        found = _inspect(path, sandbox, EFFORTS[look])
        if isinstance(found, BadMedia):
            answer["error"] = None if matches else str(found)  # too much for a closer look, but seen once
            break
        began = time.thread_time()
        matches = _surest(matches, vault.search(found.fingerprints))
        seconds += found.cpu_seconds + time.thread_time() - began
        shown = [_shown(match, names[match.reference], found) for match in matches]
        answer |= {"width": found.width, "height": found.height, "look": look}
        answer |= {"cpu_seconds": round(seconds, 6), "matches": shown}
        is_in_doubt = found.kind is Kind.VIDEO and all(one.tier is Tier.POSSIBLE for one in matches)
        if matches and not is_in_doubt:
            break
    return answer


def _surest(earlier: Sequence[Found], later: Sequence[Found]) -> list[Found]:
    """Return the surer answer for each reference, the surest first."""
    from jikimi.vault.tiers import sureness

    best: dict[str, Found] = {}
    for one in sorted((*earlier, *later), key=sureness):
        best.setdefault(one.reference, one)
    return list(best.values())


def _shown(match: Found, name: str, asked: Inspection) -> dict[str, Any]:
    corners = _corners(match.how.region)
    return {
        "reference": name,
        "tier": match.tier.value,
        "score": round(match.score, 4),
        "how": asdict(match.how),
        "region_pixels": [[round(x * asked.width), round(y * asked.height)] for x, y in corners],
    }


def _with_progress(lines: Iterator[dict[str, Any]], total: int) -> Iterator[dict[str, Any]]:
    """Show a progress bar on a terminal, nothing in a pipe."""
    from rich.console import Console  # only where it is shown
    from rich.progress import track  # as above

    console = Console(stderr=True)
    if not console.is_terminal:
        return lines
    return iter(track(lines, "comparing", total=total, console=console))
