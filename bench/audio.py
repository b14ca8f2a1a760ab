"""Measures how edited sound is found again, beside Chromaprint: `./run bench audio --clips DIR`.

Sounds are made from seeds (voices, music) and read from DIR. The bank holds all of them; excerpts of 10 and 5
seconds are asked for after 20 edits. Other sounds, which the bank does not hold, count false alerts. Needs
ffmpeg and espeak-ng; Chromaprint is measured where there is fpcalc (Debian: libchromaprint-tools).
"""

import argparse
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from audio_edits import EDITS
from audio_page import Report, Row, page
from audio_peer import Words, best, chromaprint
from audio_plot import plot
from audio_sources import RATE, VOICES, Sound, folder, music, voice
from image_figures import share
from jikimi.fingerprints.sound import SoundPrint
from jikimi.model.clip import Clip
from jikimi.model.clip import Sound as Track
from jikimi.model.fingerprint import Effort, Fingerprint, Found, Tier
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

MARGIN = 1.25


def main(arguments: Sequence[str] | None = None) -> Report:
    """Measure, print the page, write what was asked for."""
    options = parsed(arguments)
    report = measure(options)
    text = page(report)
    print(text)
    if options.markdown:
        options.markdown.write_text(text)
    if options.plot:
        options.plot.write_text(plot([row for row in report.rows if row.seconds == LENGTHS[0]]))
    if options.json:
        options.json.write_text(json.dumps(asdict(report), indent=1, ensure_ascii=False) + "\n")
    return report


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="./run bench audio", description=__doc__)
    parser.add_argument("--clips", type=Path, help="a folder of sounds or clips; made ones alone without it")
    parser.add_argument("--voices", type=int, default=24)
    parser.add_argument("--music", type=int, default=24)
    parser.add_argument("--fillers", type=int, default=52, help="more references, made alike")
    parser.add_argument(
        "--unknown", type=int, default=110, help="excerpts of sounds that the bank does not hold"
    )
    parser.add_argument("--half", choices=("tune", "report"), default="report")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    missing = [name for name in ("ffmpeg", "espeak-ng") if shutil.which(name) is None]
    if missing:
        parser.error(
            f"{' and '.join(missing)} missing. On Debian or Ubuntu type: apt-get install ffmpeg espeak-ng"
        )
    return parser.parse_args(arguments)


@dataclass
class Bench:
    """The bank, the peer's bank, and what they cost."""

    bank: SoundBank = field(default_factory=SoundBank)
    peers: list[Words] = field(default_factory=list)
    spent: dict[str, float] = field(default_factory=dict)
    heard: dict[str, float] = field(default_factory=dict)
    has_peer: bool = field(default_factory=lambda: shutil.which("fpcalc") is not None)

    def timed(self, name: str, seconds: float, began: float) -> None:
        """Add CPU seconds since `began` for so many seconds of sound."""
        self.spent[name] = self.spent.get(name, 0) + time.process_time() - began
        self.heard[name] = self.heard.get(name, 0) + seconds

    def keep(self, sounds: Sequence[Sound]) -> None:
        """Register sounds as references "0", "1" and so on."""
        entries = []
        for number, sound in enumerate(sounds):
            began = time.process_time()
            kept = fingerprinted(sound, Effort.REFERENCE)
            self.timed("reference", len(sound) / RATE, began)
            entries.append(IndexEntry(number + 1, str(number), "case", tuple(kept)))
            if self.has_peer:
                self.peers.append(chromaprint(sound))
        self.bank.apply(entries)

    def ask(self, sound: Sound) -> tuple[list[Found], tuple[float, int], list[Fingerprint]]:
        """Return our answers, the peer's best one, and what was asked with."""
        began = time.process_time()
        asked = fingerprinted(sound, Effort.FIRST)
        self.timed("query", len(sound) / RATE, began)
        began = time.process_time()
        found = self.bank.search(asked)
        self.timed("search", len(sound) / RATE, began)
        peer = best(chromaprint(sound), self.peers) if self.has_peer else (0.0, -1)
        return found, peer, asked


def fingerprinted(sound: Sound, effort: Effort) -> list[Fingerprint]:
    """Fingerprint samples of -1 to 1."""
    samples = np.clip(np.round(sound * 32767), -32768, 32767).astype("<i2")
    return SoundPrint().fingerprint_clip(Clip((), Track(RATE, samples.tobytes()), len(sound) / RATE), effort)


def measure(options: argparse.Namespace) -> Report:
    """Make the sounds, fill the bank, ask."""
    first = REPORT if options.half == "report" else 0
    both = folder(options.clips, SECONDS) if options.clips else []
    clips = both[options.half == "tune" :: 2]
    known = [voice(first + seed, SECONDS) for seed in range(options.voices)]
    known += [music(first + seed, SECONDS) for seed in range(options.music)]
    known += clips
    fillers = [(voice, music)[seed % 2](first + FILLERS + seed, SECONDS) for seed in range(options.fillers)]
    bench = Bench()
    bench.keep([*known, *fillers])
    unknown, strongest, peer_threshold = asked_in_vain(bench, options.unknown, first)
    print(f"unknown sounds: {unknown}, at most {strongest:.2f}", file=sys.stderr)
    rows = []
    for seconds in LENGTHS:
        for edit in EDITS:
            rows.append(recall(bench, known, edit, seconds, peer_threshold))
            print(f"{edit}, {seconds} s: {rows[-1].likely.count} of {len(known)}", file=sys.stderr)
    references = len(known) + len(fillers)
    setup = {
        "voices": options.voices,
        "languages": len({name.split("+")[0].split("-")[0] for name in VOICES}),
        "tunes": options.music,
        "clips": len(clips),
        "fillers": len(fillers),
    }
    return Report(
        command_of(options),
        {"machine": platform.machine(), "cores": str(os.cpu_count()), "Python": platform.python_version()},
        setup,
        rows,
        {tier: share(count, options.unknown * references) for tier, count in unknown.items()},
        options.unknown,
        references,
        strongest,
        LEAST[Tier.LIKELY].strength,
        costs(bench, (len(known) + len(fillers)) * SECONDS / 3600),
    )


def asked_in_vain(bench: Bench, count: int, first: int) -> tuple[dict[str, int], float, float]:
    """Ask for edited sounds that the bank does not hold: wrong answers, highest strength, and so on."""
    wrong = dict.fromkeys((tier.value for tier in LEAST), 0)
    strongest = highest = 0.0
    for number in range(count):
        rng = np.random.default_rng([3, first + number])
        seconds = LENGTHS[number % len(LENGTHS)]
        edit = list(EDITS)[number % len(EDITS)]
        sound = (voice, music)[number // 2 % 2](first + UNKNOWN + number, seconds + 0.5)
        found, peer, asked = bench.ask(EDITS[edit](sound[: seconds * RATE], rng))
        for answer in found:
            for tier in LEAST:
                wrong[tier.value] += answer.tier.rank <= tier.rank
        for one in asked:
            fitted = fits(bench.bank._shelves, asked_in(one.value))  # noqa: SLF001 - how near it came
            strongest = max([strongest, *(fit.strength for _, fit in fitted)])
        highest = max(highest, peer[0])
    return wrong, strongest, MARGIN * highest


def recall(bench: Bench, known: Sequence[Sound], edit: str, seconds: int, peer_threshold: float) -> Row:
    """Ask for an edited excerpt of every known sound."""
    tiers = dict.fromkeys(LEAST, 0)
    peers = wrong = 0
    for number, sound in enumerate(known):
        rng = np.random.default_rng([4, number, seconds, list(EDITS).index(edit)])
        begin = int(rng.integers(0, max(1, len(sound) - seconds * RATE)))
        found, peer, _ = bench.ask(EDITS[edit](sound[begin : begin + seconds * RATE], rng))
        if found and found[0].reference == str(number):
            for tier in LEAST:
                tiers[tier] += found[0].tier.rank <= tier.rank
        wrong += sum(one.reference != str(number) and one.tier is not Tier.POSSIBLE for one in found)
        peers += peer[1] == number and peer[0] >= peer_threshold
    likely, possible = (share(tiers[tier], len(known)) for tier in LEAST)
    peer_share = share(peers, len(known)) if bench.has_peer else None
    return Row(edit, seconds, likely, possible, peer_share, wrong)


def costs(bench: Bench, hours: float) -> dict[str, float]:
    """Return speeds and sizes."""
    shelves = bench.bank._shelves  # noqa: SLF001 - what it holds
    held = sum(one.words.nbytes + one.times.nbytes for one in shelves)
    speed = {name: bench.heard[name] / bench.spent[name] for name in bench.spent}
    return {
        "reference, seconds of sound a CPU second": speed["reference"],
        "query, seconds of sound a CPU second": speed["query"],
        "search, CPU milliseconds a second of sound": 1000 / speed["search"],
        "memory, MB an hour of reference (and 3 MB a shelf)": held / hours / 1e6,
    }


def command_of(options: argparse.Namespace) -> str:
    """Return the command that makes this page again."""
    parts = [f"--voices {options.voices} --music {options.music} --fillers {options.fillers}"]
    parts.append(f"--unknown {options.unknown}")
    return " ".join(["./run bench audio", *["--clips DIR"] * bool(options.clips), *parts])


if __name__ == "__main__":
    main()
