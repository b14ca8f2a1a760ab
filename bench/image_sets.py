"""Which pictures the image benchmark asks for, which ones the bank holds, and which ones it must not know."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from image_edits import EDITS, Edit, Pixels, dice_for, window
from jikimi.fingerprints.pdq import Pdq
from jikimi.media.decode import decode, decode_colour
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Fingerprint, Orientation, View

SUFFIXES = {".jpg", ".jpeg", ".png"}
SAME_PICTURE = 31
LARGEST = 1280
PANELS = 3
SMALLEST_WINDOW = 0.5
TEMPLATES = ("plain", "web screenshot", "phone screenshot", "meme caption")
PLAIN = "jpeg50"
PEER_UNKNOWN = 5000
"""Unknown pictures that the peer is asked about: its hash takes as long as our whole first look."""


@dataclass(frozen=True, slots=True)
class Query:
    """One question: this edit of this photo, asked of this bank; `truth` is the reference to be found.

    `is_for_peer` tells whether the peer is asked, too.
    """

    kind: str
    bank: str
    photo: Path
    edit: str
    round: int = 0
    truth: str = ""
    is_for_peer: bool = True

    @property
    def key(self) -> str:
        """Return a name that is the same in every run."""
        return f"{self.kind}/{self.bank}/{self.photo.name}/{self.edit}/{self.round}"


@dataclass(frozen=True, slots=True)
class Halves:
    """The distinct photos: those that nobody may know (`tune`) and those the bank holds (`report`)."""

    tune: tuple[Path, ...]
    report: tuple[Path, ...]


def photos_in(folder: Path) -> list[Path]:
    """Return the photos of a folder, by name, each picture once however it is turned."""
    kept: list[Path] = []
    rows: list[np.ndarray] = []
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES):
        try:
            picture = decode(path.read_bytes()).picture
        except BadMedia:
            continue
        turned = [one for one in Pdq().fingerprint(b"", picture) if one.view is View.WHOLE]
        if turned and not _is_among(turned, rows):
            kept.append(path)
            rows.append(_upright(turned))
    return kept


def _upright(turned: Sequence[Fingerprint]) -> np.ndarray:
    value = next(one.value for one in turned if one.orientation is Orientation.UPRIGHT)
    return np.frombuffer(value, np.uint8)


def _is_among(turned: Sequence[Fingerprint], rows: Sequence[np.ndarray]) -> bool:
    """Tell whether one orientation is within 31 bits of a known picture."""
    if not rows:
        return False
    asked = np.stack([np.frombuffer(one.value, np.uint8) for one in turned])
    apart = np.bitwise_count(asked[:, np.newaxis] ^ np.stack(rows)).sum(axis=2, dtype=np.int64)
    return bool((apart <= SAME_PICTURE).any())


def halves_of(photos: Sequence[Path]) -> Halves:
    """Split by a hash of the file's name, so that a photo stays in its half whatever else is there."""
    in_report = {path: hashlib.sha256(path.name.encode()).digest()[0] % 2 == 1 for path in photos}
    return Halves(
        tuple(path for path in photos if not in_report[path]),
        tuple(path for path in photos if in_report[path]),
    )


@lru_cache(maxsize=2048)
def pixels_of(photo: Path) -> Pixels:
    """Return the photo as RGB, at most 1,280 pixels on its longer side."""
    return decode_colour(photo.read_bytes(), LARGEST)


def picture_for(query: Query, tune: Sequence[Path], edits: Mapping[str, Edit]) -> bytes:
    """Make the file that is asked about. Other people's pictures in it come from the unknown half.

    From the second round on a window of the photo is edited, so that no two files are alike; a template is
    the same to the last word around every picture.
    """
    if query.kind.startswith("template"):
        return templated(query.photo, query.edit)
    dice = dice_for(query.photo.name, query.edit, query.round)
    pixels = pixels_of(query.photo)
    if query.round:
        pixels = window(pixels, dice, float(dice.uniform(SMALLEST_WINDOW, 1)))
    strangers = [path for path in tune if path != query.photo]
    others = [pixels_of(strangers[int(dice.integers(len(strangers)))]) for _ in range(PANELS) if strangers]
    return edits[query.edit](pixels, dice, others or [pixels])


def templated(photo: Path, template: str) -> bytes:
    """Show the photo in a layout that is the same for all."""
    edit = EDITS[PLAIN if template == "plain" else template]
    return edit(pixels_of(photo), dice_for("template", template), [])


def known_queries(report: Sequence[Path], edits: Sequence[str], kind: str, rounds: int = 1) -> list[Query]:
    """Ask for every photo of the report half after every edit."""
    return [
        Query(kind, "photos", photo, edit, number, photo.name)
        for number in range(rounds)
        for photo in report
        for edit in edits
    ]


def unknown_queries(tune: Sequence[Path], edits: Sequence[str], most: int) -> Iterator[Query]:
    """Yield edited photos that are not in the bank, mixed, so that any beginning is a fair sample."""
    asked, number = 0, 0
    pairs = [(photo, edit) for photo in tune for edit in edits]
    while pairs and asked < most:
        for place in dice_for("unknown", number).permutation(len(pairs))[: most - asked]:
            photo, edit = pairs[int(place)]
            yield Query("unknown", "photos", photo, edit, number, is_for_peer=asked < PEER_UNKNOWN)
            asked += 1
        number += 1


def template_queries(halves: Halves, most: int) -> tuple[list[Query], list[Query]]:
    """Ask for strangers in the layout of the references; and for what the references show, without it."""
    strangers = [Query("template", name, photo, name) for name in TEMPLATES for photo in halves.tune[:most]]
    originals = [
        Query("template original", name, photo, "plain", 0, photo.name)
        for name in TEMPLATES
        for photo in halves.report[:most]
    ]
    return strangers, originals
