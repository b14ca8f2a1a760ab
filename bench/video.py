"""Measures how clips are found again after 36 edits: `./run bench video --clips DIR`.

Sources are real clips of DIR, ThreatExchange's samples, drawn ones, ffmpeg's own, and takes over photographs.
A hash of the name of what they were cut from splits them in halves: thresholds were chosen on one, figures
come from the other. The bank holds all. Everything goes the way of the product: reader, cascade, two looks.
"""

import argparse
import hashlib
import json
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from contextlib import closing as closed
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import jikimi
from image_answers import Answer, Journal
from image_cost import load_average
from image_figures import recalls
from image_matching import Bank
from images import machine, say
from jikimi.media.moving_specimen import draw_clip
from jikimi.model.fingerprint import Effort
from video_asking import BOTH, FIRST, answered, kept_answers, look_twice, read
from video_cost import costs
from video_edits import EDITS, edited
from video_figures import Report, pairs_of, wrong_among
from video_page import page
from video_peers import vpdq_matches, vpdq_of
from video_plot import plot
from video_rooms import (
    DRAWN_ROOMS,
    REAL_ROOMS,
    STRANGERS,
    Trial,
    Unknown,
    ask_unknown,
    drawn_rooms,
    real_rooms,
    strangers,
    takes_in,
)
from video_samples import SAMPLES, sample_queries, samples_of
from video_sources import Source, sources

HERE: Final = Path(__file__).parents[1]
ROOMS, TAKES = 40, 5
SETS: Final = ("known", SAMPLES, REAL_ROOMS, STRANGERS, DRAWN_ROOMS)
MOST_STRANGERS: Final = 200
MOST_PHOTOS: Final = 144
"""Photographs that sources are filmed over."""
OTHER_SEED: Final = 900
MADE: Final = ("drawn ", "ffmpeg ", "wander ", "fixed ", "shots ")
CODE: Final = (
    "fingerprints/frame*.py",
    "fingerprints/orb.py",
    "vault/*.py",
    "media/clip*.py",
    "media/stills.py",
)

Q = TypeVar("Q")


@dataclass(frozen=True, slots=True)
class Query:
    """One edit of one source."""

    source: Source
    edit: str

    @property
    def keys(self) -> tuple[str, str]:
        """Return the names of its answers."""
        first, both = (f"known/{look}/{self.source.name}/{self.edit}/0" for look in (FIRST, BOTH))
        return first, both


def main(arguments: Sequence[str] | None = None) -> Report:
    """Measure, print the page, write what was asked for."""
    options = parsed(arguments)
    with ExitStack() as closing:
        work = options.work or Path(closing.enter_context(tempfile.TemporaryDirectory()))
        report = measure(options, work, closing)
    text = page(report)
    print(text)
    if options.json:
        options.json.write_text(json.dumps(asdict(report), indent=2), encoding="utf-8")
    if options.page:
        options.page.write_text(text, encoding="utf-8")
    if options.plot:
        options.plot.write_text(plot(report.both), encoding="utf-8")
    return report


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    asked = argparse.ArgumentParser(prog="./run bench video", description=__doc__.splitlines()[0])
    add = asked.add_argument
    add("--clips", type=Path, required=True, help="folder with real clips, each once")
    add("--tmk", type=Path, help="folder with ThreatExchange's sample videos")
    add("--photos", type=Path, help="folder with photographs to film")
    add("--takes", type=Path, help="folder with a subfolder a room, each with takes by one fixed camera")
    add("--filmed", type=int, default=36, help="clips over photographs")
    add("--drawn", type=int, default=6, help="clips of our own drawing")
    add("--half", choices=("tune", "report"), default="report", help="whose clips are asked for")
    add("--sets", help="only these, with commas between: " + ", ".join(SETS))
    add("--edits", help="only these edits, with commas between")
    add("--hours", type=float, default=100.0, help="made-up reference hours for the cost; 0 leaves cost out")
    add("--jobs", type=int, default=1, help="processes that ask")
    add("--work", type=Path, help="keep sources and takes here for the next run")
    add("--journal", type=Path, help="keep answers here; a second run goes on where the first one ended")
    add("--only-journal", action="store_true", help="ask nothing new: count what the journal holds")
    add("--json", type=Path, help="write the figures here")
    add("--page", type=Path, nargs="?", const=HERE / "docs/benchmarks-video.md", help="write the page")
    add("--plot", type=Path, nargs="?", const=HERE / "docs/pictures/video-recall.svg", help="write the plot")
    options = asked.parse_args(arguments)
    options.chosen = [name.strip() for name in options.edits.split(",")] if options.edits else list(EDITS)
    options.sets = [name.strip() for name in options.sets.split(",")] if options.sets else SETS
    unknown = set(options.chosen) - set(EDITS)
    if unknown:
        asked.error(f"no such edit: {', '.join(sorted(unknown))}; there are {', '.join(EDITS)}")
    return options


def measure(options: argparse.Namespace, work: Path, closing: ExitStack) -> Report:
    """Make the sources and banks, ask everything, count."""
    began = load_average()
    photos = photos_in(options.photos)
    made = sources(
        options.clips,
        options.tmk,
        spread(photos, MOST_PHOTOS),
        work,
        options.filmed,
        options.drawn,
    )
    say(f"{len(made)} sources, {sum(one.is_for_tuning for one in made)} of them for tuning")
    setup = setup_of(options, made)
    journal = closing.enter_context(closed(Journal(options.journal, setup))) if options.journal else None
    known = ask_known(options, made, work, journal) if "known" in options.sets else []
    others = ask_others(options, photos, work, journal)
    origin = {one.name: one.origin for one in made}
    spent = costs(work, made, options.hours) if options.hours else None
    loads = {"load average before": began, "load average after": load_average()}
    return Report(
        command_of(options),
        machine() | loads,
        setup,
        recalls([one for one in known if one.bank == FIRST], has_peer=True),
        recalls([one for one in known if one.bank == BOTH], has_peer=True),
        wrong_among([one for one in known if one.bank == BOTH], origin),
        samples_of(others[SAMPLES][0]) if SAMPLES in others else None,
        [pairs_of(kind, *some) for kind, some in others.items() if kind != SAMPLES],
        spent,
    )


def ask_known(
    options: argparse.Namespace, made: Sequence[Source], work: Path, journal: Journal | None
) -> list[Answer]:
    """Ask for every edit of the chosen half in a bank of both."""
    chosen = [one for one in made if one.is_for_tuning == (options.half == "tune")]
    queries = [Query(one, edit) for edit in options.chosen for one in chosen]
    # In the order of a hash, so that a run that was cut short leaves a fair sample of all.
    queries.sort(key=lambda query: hashlib.sha256("/".join(query.keys).encode()).digest())
    bank, peers = Bank(), {}
    for one in made if is_open(options, [key for query in queries for key in query.keys], journal) else ():
        bank.remember(one.name, read(one.path, Effort.REFERENCE)[0])
        peers[one.name] = vpdq_of(one.path)
    other = work / "other.mp4"
    if not other.exists():
        other.write_bytes(draw_clip(OTHER_SEED, seconds=20.0, width=360, height=240, with_sound=False))

    def ask(query: Query) -> list[Answer]:
        with tempfile.TemporaryDirectory() as place:
            target, name = Path(place) / "edited.mp4", query.source.name
            if not edited(EDITS[query.edit], query.source.path, query.source.seconds, other, target):
                raise SystemExit(f"ffmpeg failed: {query.edit} of {name}")
            peer = (name,) if vpdq_matches(vpdq_of(target), peers[name]) else ()
            return [
                answered("known", look, name, query.edit, name, found, peer, seconds)
                for look, found, seconds in look_twice(target, bank, name)
            ]

    answers = asked_of(options, queries, lambda query: query.keys, ask, journal)
    say(f"known: {len(answers) // 2} of {len(queries)}")
    return sorted(answers, key=lambda one: (options.chosen.index(one.edit), one.photo))


def ask_others(
    options: argparse.Namespace, photos: Sequence[Path], work: Path, journal: Journal | None
) -> dict[str, tuple[list[Answer], dict[str, list[str]]]]:
    """Ask for ThreatExchange's samples, strangers and takes of one room, each in a bank of its own."""
    builders: list[Callable[..., Trial]] = []
    if options.tmk and SAMPLES in options.sets:
        builders.append(partial(sample_queries, options.tmk))
    if options.takes and REAL_ROOMS in options.sets:
        builders.append(partial(real_rooms, takes_in(options.takes, work), work))
    if photos and STRANGERS in options.sets:
        builders.append(partial(strangers, spread(photos, MOST_STRANGERS)))
    if photos and DRAWN_ROOMS in options.sets:
        builders.append(partial(drawn_rooms, spread(photos, ROOMS), TAKES))
    found = {}
    for build in builders:
        trial = build(is_needed=False)
        keys = [query.key for query in trial.queries]
        bank = build(is_needed=True).bank if is_open(options, keys, journal) else trial.bank
        ask = partial(one_answer, bank=bank)
        answers = asked_of(options, trial.queries, lambda query: (query.key,), ask, journal)
        kind = trial.queries[0].kind
        say(f"{kind}: {len(answers)} of {len(keys)}")
        found[kind] = (answers, trial.members)
    return found


def one_answer(query: Unknown, bank: Bank) -> list[Answer]:
    """Ask one question."""
    return [ask_unknown(query, bank)]


def is_open(options: argparse.Namespace, keys: Sequence[str], journal: Journal | None) -> bool:
    """Tell whether answers are missing that should be asked for."""
    return not options.only_journal and (journal is None or any(key not in journal.answers for key in keys))


def asked_of(
    options: argparse.Namespace,
    queries: Sequence[Q],
    keys: Callable[[Q], Sequence[str]],
    ask: Callable[[Q], Sequence[Answer]],
    journal: Journal | None,
) -> list[Answer]:
    """Return the answers, those in the journal alone where nothing new is to be asked."""
    if options.only_journal and journal is not None:
        queries = [query for query in queries if all(key in journal.answers for key in keys(query))]
    return kept_answers(queries, keys, ask, options.jobs, journal)


def photos_in(folder: Path | None) -> list[Path]:
    """Return the photographs of a folder, by name."""
    ends = (".jpg", ".jpeg", ".png")
    return [path for path in sorted(folder.iterdir()) if path.suffix.lower() in ends] if folder else []


def spread(photos: Sequence[Path], count: int) -> list[Path]:
    """Return so many photographs, evenly."""
    return list(photos[:: max(1, len(photos) // max(1, count))])[:count]


def setup_of(options: argparse.Namespace, made: Sequence[Source]) -> dict[str, object]:
    """Say what was asked of what; answers of one setup can be counted together."""
    package = Path(jikimi.__file__).parent
    code = [path for pattern in CODE for path in sorted(package.glob(pattern))]
    drawn = [Path(__file__).parent / f"video_{name}.py" for name in ("edits", "sources", "rooms")]
    names = "\n".join(one.name for one in made)
    return {
        "sources": len(made),
        "asked": sum(one.is_for_tuning == (options.half == "tune") for one in made),
        "real": sum(not one.origin.startswith(MADE) for one in made),
        "half": options.half,
        "names": hashlib.sha256(names.encode()).hexdigest()[:16],
        "code": hashlib.sha256(b"".join(path.read_bytes() for path in [*code, *drawn])).hexdigest()[:16],
    }


def command_of(options: argparse.Namespace) -> str:
    """Return the command that makes these figures again."""
    parts = ["--clips DIR"] + [
        f"--{name} DIR" for name in ("tmk", "photos", "takes") if getattr(options, name)
    ]
    parts += [f"--filmed {options.filmed} --drawn {options.drawn} --half {options.half}"]
    return " ".join(["./run bench video", *parts, f"--hours {options.hours:g}"])


if __name__ == "__main__":
    main()
