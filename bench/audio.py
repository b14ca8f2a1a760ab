"""Measures how edited sound is found again, beside Chromaprint: `./run bench audio --clips DIR`.

Sounds are made from seeds (voices in rooms and noise, music) and read from DIR. The bank holds all of them;
excerpts of 10 and 5 seconds are asked for after many edits. Other sounds, which the bank does not hold, count
false alerts. Needs espeak-ng; Chromaprint is measured where there is fpcalc (Debian: libchromaprint-tools).
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import jikimi
from audio_answers import Answer, Journal, Query, kept_answers, spread
from audio_av import RATE, Sound
from audio_cost import costs_among
from audio_edits import EDITS
from audio_figures import kind_rows, rows_of, unknown_shares
from audio_page import Report, page
from audio_peer import Words, best, chromaprint
from audio_plot import plot
from audio_sources import MADE, VOICES, folder
from jikimi.fingerprints.sound import SoundPrint
from jikimi.model.clip import Clip
from jikimi.model.clip import Sound as Track
from jikimi.model.fingerprint import Effort, Fingerprint, Tier
from jikimi.model.ports import IndexEntry
from jikimi.vault.sound_bank import SoundBank, fits
from jikimi.vault.sound_tiers import LEAST
from jikimi.vault.sound_value import asked_in

HERE = Path(__file__).parents[1]
SECONDS = 60.0
LENGTHS = (10, 5)
FILLERS, UNKNOWN = 10_000, 20_000
REPORT = 90_000
"""Seeds from here on make the sounds that are reported on; thresholds were set on those before."""

CLIP = "clips"
CODE = ("fingerprints/s*.py", "vault/sound_*.py", "model/fingerprint.py")
PROGRESS_SECONDS = 20.0


def main(arguments: Sequence[str] | None = None) -> Report:
    """Measure, print the page, write what was asked for."""
    options = parsed(arguments)
    with ExitStack() as stack:
        report = measure(options, stack)
    text = page(report)
    print(text)
    if options.page:
        options.page.write_text(text, encoding="utf-8")
    if options.plot:
        shown = [row for row in report.rows if row.seconds == LENGTHS[0]]
        options.plot.write_text(plot(shown), encoding="utf-8")
    if options.json:
        options.json.write_text(json.dumps(asdict(report), indent=1, ensure_ascii=False) + "\n")
    return report


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="./run bench audio", description=__doc__)
    add = parser.add_argument
    add("--clips", type=Path, help="a folder of sounds or clips; made ones alone without it")
    add("--made", type=int, default=10, help="sounds made of each kind")
    add("--fillers", type=int, default=60, help="more references, made alike")
    add("--negatives", type=int, default=120, help="excerpts of sounds that the bank does not hold")
    add("--hours", type=float, default=100.0, help="hours of references among which cost is measured")
    add("--minutes", type=float, default=float("inf"), help="ask no more after this time")
    add("--half", choices=("tune", "report"), default="report")
    add("--jobs", type=int, default=1, help="processes that ask")
    add("--journal", type=Path, help="keep answers here; a second run goes on where the first one ended")
    add("--json", type=Path, help="write the figures here")
    add("--page", type=Path, nargs="?", const=HERE / "docs/benchmarks-audio.md", help="write the page")
    add("--plot", type=Path, nargs="?", const=HERE / "docs/pictures/audio-recall.svg", help="write the plot")
    options = parser.parse_args(arguments)
    if shutil.which("espeak-ng") is None:
        parser.error("espeak-ng is missing. On Debian or Ubuntu type: apt-get install espeak-ng")
    return options


@dataclass(frozen=True, slots=True)
class Scene:
    """What is asked: the known sounds and their kinds, the bank of them and more, the peer's, the seeds."""

    sounds: Sequence[Sound]
    kinds: Sequence[str]
    bank: SoundBank
    kept: Sequence[bytes]
    peers: Sequence[Words]
    seed: int
    build_cpu: float

    @property
    def references(self) -> int:
        """Return how many sounds the bank holds."""
        return len(self.kept)


def fingerprinted(sound: Sound, effort: Effort) -> list[Fingerprint]:
    """Fingerprint samples of -1 to 1."""
    samples = np.clip(np.round(sound * 32767), -32768, 32767).astype("<i2")
    return SoundPrint().fingerprint_clip(Clip((), Track(RATE, samples.tobytes()), len(sound) / RATE), effort)


def scene_of(options: argparse.Namespace) -> Scene:
    """Make the sounds and fill the banks."""
    first = REPORT if options.half == "report" else 0
    clips = folder(options.clips, SECONDS)[options.half == "tune" :: 2] if options.clips else []
    count, makers = options.made * len(MADE), list(MADE)
    numbers = [*range(count), *range(FILLERS, FILLERS + options.fillers)]

    def made(number: int) -> tuple[Sound, bytes, Words, float]:
        is_clip = count <= number < count + len(clips)
        if is_clip:
            sound = clips[number - count]
        else:
            sound = MADE[makers[number % len(makers)]](first + number, SECONDS)
        began = time.process_time()
        (kept,) = fingerprinted(sound, Effort.REFERENCE)
        spent = time.process_time() - began
        return sound, kept.value, chromaprint(sound) if has_peer() else np.zeros(0, np.uint32), spent

    numbers[count:count] = range(count, count + len(clips))
    done = dict(spread(numbers, made, options.jobs))
    sounds, kept, peers, spent = zip(*(done[place] for place in range(len(numbers))), strict=True)
    bank = SoundBank()
    bank.apply(
        IndexEntry(place + 1, str(place), f"case {place}", (Fingerprint("sound", value),))
        for place, value in enumerate(kept)
    )
    kinds = [makers[number % len(makers)] for number in range(count)] + [CLIP] * len(clips)
    heard = sum(map(len, sounds)) / RATE
    return Scene(sounds[: len(kinds)], kinds, bank, kept, peers, first, sum(spent) / heard)


def has_peer() -> bool:
    """Tell whether Chromaprint's program is installed."""
    return shutil.which("fpcalc") is not None


def questions(options: argparse.Namespace, scene: Scene) -> list[Query]:
    """Return everything that is asked, in the order of asking: what matters most first."""
    edits = list(EDITS)
    known = [
        Query(is_known=True, sound=number, edit=edit, seconds=seconds)
        for seconds in LENGTHS
        for number in range(len(scene.kinds))
        for edit in edits
    ]
    unknown = [
        Query(
            is_known=False,
            sound=number,
            edit=edits[number % len(edits)],
            seconds=LENGTHS[number // len(edits) % len(LENGTHS)],
        )
        for number in range(options.negatives)
    ]
    return [*unknown, *known]


def answer_to(query: Query, scene: Scene) -> Answer:
    """Make the excerpt, ask the bank and the peer, and write down what came back."""
    rng = np.random.default_rng([4, scene.seed, query.is_known, query.sound, query.seconds, _place(query)])
    kind, sound = excerpt(query, scene, rng)
    edited = EDITS[query.edit](sound, rng)
    began = time.process_time()
    asked = fingerprinted(edited, Effort.FIRST)
    printed = time.process_time()
    found = scene.bank.search(asked)
    searched = time.process_time()
    truth = str(query.sound) if query.is_known else ""
    others = [one for one in found if one.reference != truth]
    peer, which = best(chromaprint(edited), scene.peers) if has_peer() else (0.0, -1)
    return Answer(
        query.key,
        kind,
        query.edit,
        query.seconds,
        query.is_known,
        found[0].tier.value if found and found[0].reference == truth else "",
        sum(one.tier is not Tier.POSSIBLE for one in others),
        len(others),
        0.0 if query.is_known else strongest(scene.bank, asked),
        peer,
        query.is_known and which == query.sound,
        printed - began,
        searched - printed,
    )


def _place(query: Query) -> int:
    return list(EDITS).index(query.edit)


def excerpt(query: Query, scene: Scene, rng: np.random.Generator) -> tuple[str, Sound]:
    """Return the kind of the sound and the part of it that is asked for, not yet edited."""
    length = query.seconds * RATE
    if query.is_known:
        sound = scene.sounds[query.sound]
        begin = int(rng.integers(0, max(1, len(sound) - length)))
        return scene.kinds[query.sound], sound[begin : begin + length]
    kind = list(MADE)[query.sound // 3 % len(MADE)]
    return kind, MADE[kind](scene.seed + UNKNOWN + query.sound, query.seconds + 0.5)[:length]


def strongest(bank: SoundBank, asked: Sequence[Fingerprint]) -> float:
    """Return how near any reference came; below a floor the search does not look closer: 0."""
    shelves = bank._shelves  # noqa: SLF001 - how near what is no answer came
    return max((fit.strength for one in asked for _, fit in fits(shelves, asked_in(one.value))), default=0.0)


def measure(options: argparse.Namespace, stack: ExitStack) -> Report:
    """Make the sounds, fill the bank, ask, count."""
    scene = scene_of(options)
    say(f"{scene.references} references")
    setup = setup_of(options, scene)
    journal = stack.enter_context(closing(Journal(options.journal, setup))) if options.journal else None
    asked = questions(options, scene)
    answers: dict[str, Answer] = {}
    said = time.monotonic()
    until = said + 60 * options.minutes
    for answer in kept_answers(asked, lambda query: answer_to(query, scene), options.jobs, until, journal):
        answers[answer.key] = answer
        if time.monotonic() - said > PROGRESS_SECONDS:
            said = time.monotonic()
            say(f"{len(answers)} of {len(asked)}")
    ordered = [answers[query.key] for query in asked if query.key in answers]
    known = [one for one in ordered if one.is_known]
    unknown = [one for one in ordered if not one.is_known]
    peer_least = 1.25 * max((one.peer for one in unknown), default=1.0)
    costs = {"reference, seconds of sound a CPU second": 1 / scene.build_cpu}
    if options.hours:
        costs |= costs_among(scene.kept, options.hours, fingerprinted)
    return Report(
        command_of(options),
        {"machine": platform.machine(), "cores": str(os.cpu_count()), "Python": platform.python_version()},
        setup,
        rows_of(known, peer_least, has_peer=has_peer()),
        kind_rows([one for one in known if one.seconds == LENGTHS[0]]),
        unknown_shares(unknown, scene.references),
        len(ordered),
        len(asked),
        len(unknown),
        scene.references,
        max((one.strongest for one in unknown), default=0.0),
        LEAST[Tier.LIKELY].strength,
        sum(one.likely > 0 for one in known),
        costs,
    )


def setup_of(options: argparse.Namespace, scene: Scene) -> dict[str, object]:
    """Say what was asked of what; answers of one setup can be counted together."""
    package = Path(jikimi.__file__).parent
    sources = sorted(path for pattern in CODE for path in package.glob(pattern))
    made = [Path(__file__).parent / f"audio_{name}.py" for name in ("av", "edits", "peer", "sources")]
    code = hashlib.sha256(b"".join(path.read_bytes() for path in [*sources, *made])).hexdigest()[:16]
    return {
        "half": options.half,
        "made": options.made,
        "languages": len({name.split("+")[0].split("-")[0] for name in VOICES}),
        "clips": scene.kinds.count(CLIP),
        "fillers": options.fillers,
        "code": code,
    }


def command_of(options: argparse.Namespace) -> str:
    """Return the command that makes this page again."""
    parts = ["./run bench audio", *["--clips DIR"] * bool(options.clips)]
    parts += [f"--made {options.made} --fillers {options.fillers} --negatives {options.negatives}"]
    parts += [f"--minutes {options.minutes:g}"] * (options.minutes < float("inf"))
    return " ".join([*parts, f"--hours {options.hours:g}", *["--half tune"] * (options.half == "tune")])


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
