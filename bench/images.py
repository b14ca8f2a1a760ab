"""Measures how edited pictures are found again, beside PDQ: `./run bench images --photos DIR`.

Photos of DIR, each once, are split by a hash of their names. The bank holds the report half, filled up with
drawn scenes; every picture of it is asked for after 33 edits. Edits of the other half, which the bank does
not hold, count false alerts. Everything goes the way of `jikimi compare`.
"""

import argparse
import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from contextlib import closing as closed
from dataclasses import asdict, replace
from pathlib import Path

import jikimi
from image_answers import Answer, Journal, Scene, answers_to, kept_answers
from image_augly import augly_edits
from image_cost import Cost, cost, fill, load_average
from image_edits import EDITS
from image_figures import alerts, recall, recalls
from image_matching import HAS_PEER, Bank, Reader, in_process, in_sandbox, looks_of, peer_hash, read_reference
from image_page import AUGLY, Report, page
from image_plot import plot
from image_sets import (
    PEER_UNKNOWN,
    TEMPLATES,
    Halves,
    Query,
    halves_of,
    known_queries,
    photos_in,
    picture_for,
    template_queries,
    templated,
    unknown_queries,
)
from jikimi.app.engine import open_sandbox
from jikimi.media.decode import prepare
from jikimi.model.fingerprint import Effort

HERE = Path(__file__).parents[1]
TEMPLATE_PICTURES = 60
PROGRESS_SECONDS = 10.0
CODE = ("fingerprints/*.py", "vault/*.py", "media/decode.py", "app/engine.py", "model/fingerprint.py")


def main(arguments: Sequence[str] | None = None) -> Report:
    """Measure, print the page, write what was asked for."""
    options = parsed(arguments)
    prepare()
    began = load_average()
    with ExitStack() as closing:
        report = measure(options, closing)
    loads = {"load average before": began, "load average after": load_average()}
    report = replace(report, machine=machine() | loads)
    text = page(report)
    print(text)
    if options.json:
        options.json.write_text(json.dumps(asdict(report), indent=2), encoding="utf-8")
    if options.page:
        options.page.write_text(text, encoding="utf-8")
    if options.plot:
        options.plot.write_text(plot(report.known), encoding="utf-8")
    return report


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    asked = argparse.ArgumentParser(prog="./run bench images", description=__doc__.splitlines()[0])
    add = asked.add_argument
    add("--photos", type=Path, required=True, help="folder with photographs")
    add("--negatives", type=int, default=20_000, help="questions about unknown pictures, at most")
    add("--skip", type=int, default=0, help="leave out so many of these questions: another run asked them")
    add("--minutes", type=float, default=30.0, help="stop asking about unknown pictures after this time")
    add("--originals", type=int, default=500, help="photos of the bank that are asked for, at most")
    add("--bank", type=int, default=1000, help="references in the bank")
    add("--references", type=int, default=10_000, help="references for the second measurement of cost")
    add("--cost-queries", type=int, default=200, help="questions asked to measure cost")
    add("--cost-originals", type=int, default=100, help="photos asked for in the larger bank, at most")
    add("--edits", help="only these edits, with commas between")
    add(
        "--look", choices=("first", "both"), default="both", help="how far to look, where there are two looks"
    )
    add("--sandbox", action="store_true", help="read files in the real sandbox: slower, one process")
    add("--jobs", type=int, default=1, help="processes that ask")
    add("--journal", type=Path, help="keep answers here; a second run goes on where the first one ended")
    add("--json", type=Path, help="write the figures here")
    add("--page", type=Path, nargs="?", const=HERE / "docs/benchmarks-images.md", help="write the page")
    add("--plot", type=Path, nargs="?", const=HERE / "docs/pictures/images-recall.svg", help="write the plot")
    options = asked.parse_args(arguments)
    options.chosen = [name.strip() for name in options.edits.split(",")] if options.edits else list(EDITS)
    unknown = set(options.chosen) - set(EDITS)
    if unknown:
        asked.error(f"no such edit: {', '.join(sorted(unknown))}; there are {', '.join(EDITS)}")
    if options.sandbox:
        options.jobs = 1
    return options


def measure(options: argparse.Namespace, closing: ExitStack) -> Report:
    """Build the banks, ask everything, count."""
    halves = halves_of(photos_in(options.photos))
    if not halves.tune or not halves.report:
        raise SystemExit("too few photos to split in halves: give a larger folder with --photos")
    theirs = {f"{AUGLY}{name}": edit for name, edit in augly_edits().items() if name in options.chosen}
    banks = banks_of(halves)
    grown = fill(banks["photos"], options.bank, options.jobs)
    scene = Scene(banks, halves.tune, {**EDITS, **theirs}, readers(options, closing))
    setup = setup_of(options, halves, len(banks["photos"].names))
    asked = questions(options, halves, list(theirs))
    answers = ask_all(options, asked, scene, setup)
    shown = [path.name for path in halves.report]
    return Report(
        command_of(options),
        {},
        [[one.name for one in look] for look in looks_of(options.look)],
        setup,
        recalls(answers["known"], has_peer=HAS_PEER),
        recalls(answers["augly"], has_peer=HAS_PEER) if theirs else [],
        alerts(
            "unknown",
            answers["unknown"],
            banks["photos"].names,
            shown,
            has_peer=HAS_PEER,
            peer_most=PEER_UNKNOWN,
        ),
        len(asked["unknown"]),
        [
            alerts(name, some, banks[name].names, banks[name].names, has_peer=HAS_PEER)
            for name, some in by_bank(answers["template"]).items()
        ],
        [
            recall(name, some, has_peer=HAS_PEER)
            for name, some in by_bank(answers["template original"]).items()
        ],
        costs(options, halves, scene, grown, answers["known"]),
    )


def banks_of(halves: Halves) -> dict[str, Bank]:
    """Return the bank of photos, not yet filled up, and one bank of the same photos in each template."""
    banks = {"photos": Bank()}
    for photo in halves.report:
        remember(banks["photos"], photo.name, photo.read_bytes())
    for template in TEMPLATES:
        banks[template] = Bank()
        for photo in halves.report[:TEMPLATE_PICTURES]:
            remember(banks[template], photo.name, templated(photo, template))
    return banks


def remember(bank: Bank, name: str, body: bytes) -> None:
    """Take in one picture with every algorithm, and the peer's hash."""
    bank.remember(name, read_reference(body), peer_hash(body) if HAS_PEER else None)


def readers(options: argparse.Namespace, closing: ExitStack) -> list[Reader]:
    """Return how files are read at each look."""
    looks = looks_of(options.look)
    if options.sandbox:
        pool = closing.enter_context(open_sandbox(1))
        return [in_sandbox(pool, effort) for effort in (Effort.FIRST, Effort.REST)[: len(looks)]]
    return [in_process(look) for look in looks]


def questions(options: argparse.Namespace, halves: Halves, theirs: Sequence[str]) -> dict[str, list[Query]]:
    """Return what is asked, by kind, in the order of asking."""
    originals = halves.report[: options.originals]
    strangers, known = template_queries(halves, TEMPLATE_PICTURES)
    return {
        "known": known_queries(originals, options.chosen, "known"),
        "augly": known_queries(originals, theirs, "augly"),
        "template": strangers,
        "template original": known,
        "unknown": list(unknown_queries(halves.tune, options.chosen, options.negatives))[options.skip :],
    }


def ask_all(
    options: argparse.Namespace, asked: dict[str, list[Query]], scene: Scene, setup: dict[str, object]
) -> dict[str, list[Answer]]:
    """Ask everything; only unknown pictures are given up when the time is over."""
    with ExitStack() as closing:
        journal = closing.enter_context(closed(Journal(options.journal, setup))) if options.journal else None
        answers = {}
        for kind, queries in asked.items():
            until = time.monotonic() + options.minutes * 60 if kind == "unknown" else float("inf")
            some = kept_answers(queries, scene, options.jobs, until, journal)
            answers[kind] = list(with_progress(some, kind, len(queries)))
        return {kind: sorted_as(asked[kind], some) for kind, some in answers.items()}


def sorted_as(queries: Sequence[Query], answers: Sequence[Answer]) -> list[Answer]:
    """Return the answers in the order of the questions."""
    place = {query.key: number for number, query in enumerate(queries)}
    return sorted(answers, key=lambda answer: place[answer.key])


def by_bank(answers: Sequence[Answer]) -> dict[str, list[Answer]]:
    """Return the answers of each bank."""
    return {
        bank: [one for one in answers if one.bank == bank] for bank in dict.fromkeys(a.bank for a in answers)
    }


def costs(
    options: argparse.Namespace, halves: Halves, scene: Scene, grown: float | None, known: list[Answer]
) -> list[Cost]:
    """Measure queries at the bank's size and at the larger one, one after the other."""
    asked = unknown_queries(halves.tune, options.chosen, options.cost_queries)
    bodies = [picture_for(query, halves.tune, EDITS) for query in asked]
    bank = scene.banks["photos"]
    rows = [cost(bodies, known, scene, grown)]
    if options.references > len(bank.names):
        say(f"drawing scenes to fill the bank up to {options.references}")
        grown = fill(bank, options.references, options.jobs)
        again = known_queries(halves.report[: options.cost_originals], options.chosen, "known")
        answers = list(
            with_progress(answers_to(again, scene, options.jobs, float("inf")), "large bank", len(again))
        )
        rows.append(cost(bodies, answers, scene, grown))
    return rows


def setup_of(options: argparse.Namespace, halves: Halves, references: int) -> dict[str, object]:
    """Say what was asked of what; answers of one setup can be counted together."""
    package = Path(jikimi.__file__).parent
    sources = sorted(path for pattern in CODE for path in package.glob(pattern))
    drawn = sorted(Path(__file__).parent.glob("image_[els]*.py"))
    names = "\n".join(path.name for path in (*halves.tune, *halves.report))
    return {
        "unknown photos": len(halves.tune),
        "photos in the bank": len(halves.report),
        "drawn scenes in the bank": references - len(halves.report),
        "algorithms": [[one.name for one in look] for look in looks_of(options.look)],
        "sandbox": options.sandbox,
        "names": hashlib.sha256(names.encode()).hexdigest()[:16],
        "code": hashlib.sha256(b"".join(path.read_bytes() for path in [*sources, *drawn])).hexdigest()[:16],
    }


def command_of(options: argparse.Namespace) -> str:
    """Return the command that makes these figures again."""
    parts = [f"./run bench images --photos DIR --negatives {options.negatives} --minutes {options.minutes:g}"]
    parts += [f"--skip {options.skip}"] if options.skip else []
    parts += [f"--bank {options.bank} --references {options.references}"]
    parts += [f"--look {options.look}"] + ["--sandbox"] * options.sandbox
    return " ".join(parts)


def machine() -> dict[str, str]:
    """Say on what it ran."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown")
    cores = len(os.sched_getaffinity(0))
    return {"cpu": f"{model}, {cores} cores", "python": f"{platform.python_version()}, {platform.machine()}"}


def with_progress(answers: Iterable[Answer], kind: str, total: int) -> Iterator[Answer]:
    """Say now and then how far it is."""
    said = time.monotonic()
    for number, answer in enumerate(answers, 1):
        if time.monotonic() - said > PROGRESS_SECONDS:
            said = time.monotonic()
            say(f"{kind}: {number} of {total}")
        yield answer


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
