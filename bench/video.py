"""Measures how well clips are found again after 36 edits, beside vPDQ's rule, and what a look costs.

    ./run bench video --clips DIR --out DIR [--tmk DIR] [--photos DIR] [--edits 36]

`DIR` holds videos (anything ffmpeg reads); clips of our own drawing and of ffmpeg's sources are added. Edits
are made with ffmpeg, the same at every run. Figures are reported on one half of the sources.
"""

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import av

from image_figures import share
from jikimi.app.engine import clip_fingerprinters
from jikimi.media.clip import watch
from jikimi.media.moving_specimen import draw_clip
from jikimi.media.sniff import sniff
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Effort, Fingerprint, Found, Tier
from jikimi.model.ports import IndexEntry
from jikimi.vault.frame_bank import FrameBank
from video_edits import EDITS, edited, normalised
from video_page import Alerts, Line, write_page
from video_peers import vpdq_matches, vpdq_of
from video_strangers import strangers, takes_in_rooms

DRAWN = 6
ROOMS, TAKES = 40, 5
SYNTHETIC = {"mandelbrot": "mandelbrot=s=480x270:r=25", "pattern": "testsrc2=s=480x270:r=25"}
LIKELY = {Tier.CERTAIN.value, Tier.LIKELY.value}
OTHERS = {"inserted", "side by side", "picture in picture"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What one edited clip was answered: the tier for its source, and wrong sources at likely or better."""

    edit: str
    source: str
    effort: str
    tier: str
    wrong: int
    pairs: int
    vpdq: bool
    cpu_seconds: float
    seconds: float


def sources(folder: Path | None, work: Path) -> dict[str, Path]:
    """Return references by name: the folder's videos and our own, each normalised."""
    found = {path.stem: path for path in sorted(folder.iterdir()) if path.is_file()} if folder else {}
    for number in range(DRAWN):
        path = work / f"drawn{number}.mp4"
        path.write_bytes(draw_clip(500 + number, seconds=24.0, with_sound=False))
        found[path.stem] = path
    for name, source in SYNTHETIC.items():
        path = work / f"{name}.mp4"
        subprocess.run(
            ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-t", "24", str(path)], check=True
        )
        found[name] = path
    references = {}
    for name, path in found.items():
        target = work / f"reference {name}.mp4"
        if normalised(path, target):
            references[name] = target
    return references


def look(path: Path, effort: Effort) -> tuple[list[Fingerprint], float, float]:
    """Return a clip's fingerprints, its seconds and the CPU seconds it took."""
    body, started = path.read_bytes(), time.process_time()
    clip = watch(body, sniff(body), effort).clip
    found = [one for each in clip_fingerprinters() for one in each.fingerprint_clip(clip, effort)]
    return found, clip.seconds, time.process_time() - started


def ask(bank: FrameBank, variant: Path, edit: str, source: str, *, vpdq: bool) -> list[Asked]:
    """Ask for one edited clip, with the first look and with the second."""
    asked = []
    for effort in (Effort.FIRST, Effort.SECOND):
        started = time.process_time()
        fingerprints, seconds, _ = look(variant, effort)
        answers = bank.search(fingerprints)
        spent = time.process_time() - started
        right = next((one.tier.value for one in answers if one.reference == source), "")
        wrong = [one for one in answers if one.reference != source and one.tier is not Tier.POSSIBLE]
        pairs = len(bank) - 1
        if edit in OTHERS:
            wrong, pairs = [], 0
        asked.append(Asked(edit, source, effort.value, right, len(wrong), pairs, vpdq, spent, seconds))
    return asked


def measure(references: Mapping[str, Path], work: Path, edits: Sequence[str]) -> list[Asked]:
    """Make every edit of every source and ask for it."""
    bank = FrameBank()
    kept = {name: look(path, Effort.REFERENCE)[0] for name, path in references.items()}
    bank.apply([IndexEntry(n, name, name, tuple(kept[name])) for n, name in enumerate(kept, 1)])
    peers = {name: vpdq_of(path) for name, path in references.items()}
    asked: list[Asked] = []
    names = list(references)
    for number, (name, path) in enumerate(references.items()):
        with av.open(str(path)) as container:
            length = (container.duration or 0) / 1_000_000
        for edit in edits:
            target = work / "edited.mp4"
            if not edited(EDITS[edit], path, length, references[names[number - 1]], target):
                continue
            try:
                peer = vpdq_matches(vpdq_of(target), peers[name])
                asked += ask(bank, target, edit, name, vpdq=peer)
            except BadMedia as refusal:
                print(f"{name}, {edit}: {refusal}", flush=True)
        print(f"{name}: {number + 1} of {len(references)} sources", flush=True)
    return asked


def tmk(folder: Path) -> dict[str, int]:
    """Ask for every file of ThreatExchange's samples by every other; count right and wrong answers."""
    paths = [path for path in sorted(folder.glob("*.mp4")) if "padded" not in path.name]
    bank = FrameBank()
    lines = [(path.stem, look(path, Effort.REFERENCE)[0]) for path in paths]
    bank.apply([IndexEntry(n, stem, stem, tuple(found)) for n, (stem, found) in enumerate(lines, 1)])
    counts = {"pairs": 0, "found": 0, "unrelated": 0, "wrong": 0}
    group = {path.stem: path.stem.split("-")[0] for path in paths}
    answers: dict[frozenset[str], Found] = {}
    for path in paths:
        for one in bank.search(look(path, Effort.SECOND)[0]):
            if one.tier is not Tier.POSSIBLE:
                answers[frozenset({path.stem, one.reference})] = one
    for at, path in enumerate(paths):
        for other in paths[at + 1 :]:
            is_found = frozenset({path.stem, other.stem}) in answers
            if group[path.stem] == group[other.stem]:
                counts["pairs"] += 1
                counts["found"] += is_found
            else:
                counts["unrelated"] += 1
                counts["wrong"] += is_found
    return counts


def summary(asked: Sequence[Asked]) -> list[Line]:
    """Return one line an edit: found after the first look, after both, by vPDQ's rule, each of how many."""
    lines: list[Line] = []
    for edit in dict.fromkeys(one.edit for one in asked):
        looks = [
            [one for one in asked if one.edit == edit and one.effort == effort.value]
            for effort in (Effort.FIRST, Effort.SECOND)
        ]
        pairs = list(zip(*looks, strict=True))
        both = share(sum(a.tier in LIKELY or b.tier in LIKELY for a, b in pairs), len(pairs))
        lines.append(
            Line(
                edit=edit,
                clips=len(pairs),
                first=sum(a.tier in LIKELY for a, _ in pairs),
                both=both.count,
                certain=sum(Tier.CERTAIN.value in {a.tier, b.tier} for a, b in pairs),
                low=both.low,
                high=both.high,
                peer=sum(a.vpdq for a, _ in pairs),
            )
        )
    return lines


def speeds(asked: Sequence[Asked]) -> dict[str, float]:
    """Return how many times as fast as the clips run each look is, the search included."""
    return {
        effort: sum(one.seconds for one in asked if one.effort == effort)
        / max(1e-9, sum(one.cpu_seconds for one in asked if one.effort == effort))
        for effort in ("first", "second")
    }


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--clips", type=Path)
    words.add_argument("--tmk", type=Path)
    words.add_argument("--photos", type=Path)
    words.add_argument("--out", type=Path, required=True)
    words.add_argument("--edits", type=int, default=len(EDITS))
    words.add_argument("--sources", type=int, default=1000)
    given = words.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        references = dict(list(sources(given.clips, work).items())[: given.sources])
        asked = measure(references, work, list(EDITS)[: given.edits])
    reported = [one for one in asked if list(references).index(one.source) % 2]
    samples = tmk(given.tmk) if given.tmk else {}
    photos = sorted(given.photos.glob("*.jpg")) if given.photos else []
    unknown = (
        {"strangers": strangers(photos), "one room": takes_in_rooms(photos[:ROOMS], TAKES)} if photos else {}
    )
    (given.out / "video.json").write_text(json.dumps([asdict(one) for one in asked], indent=1))
    alerts = Alerts(wrong=sum(one.wrong for one in reported), pairs=sum(one.pairs for one in reported))
    write_page(given.out / "video.md", summary(reported), alerts, speeds(reported), samples, unknown)
    print((given.out / "video.md").read_text())


if __name__ == "__main__":
    main()
