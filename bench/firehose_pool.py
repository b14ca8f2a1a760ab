"""What `./run bench firehose` needs to begin: a pool of pictures, and a data folder with references."""

import json
import sys
from pathlib import Path

import cv2
import numpy as np

from jikimi.cli.opening import set_up
from jikimi.media.edits import EDITS
from jikimi.media.specimen import Pixels, draw, encode_jpeg
from jikimi.model.case import Policy
from jikimi.settings import Settings
from start import fill
from whole_house import open_case

SIZES = ((1152, 864), (1280, 960), (1200, 1200), (1440, 1080), (864, 1280), (1600, 1200))
"""Pixels of the pictures in posts: 1.0 to 1.9 megapixels."""

REFERENCES_DRAWN, SCENES, STRANGERS = 30, 24, 300
FIRST_STRANGER = 1_000


def make_pool(folder: Path) -> None:
    """Draw originals, edits of them ("copy-…"), and pictures of nothing that is searched ("stranger-…")."""
    folder.mkdir(parents=True)
    for seed in range(REFERENCES_DRAWN):
        original = draw(seed, *SIZES[seed % len(SIZES)])
        (folder / f"original-{seed}.bin").write_bytes(encode_jpeg(original))
        for name, edited in EDITS.items():
            (folder / f"copy-{seed}-{name.replace(' ', '_')}.jpg").write_bytes(edited(original))
    scenes = [draw(FIRST_STRANGER + seed, *SIZES[0]) for seed in range(SCENES)]
    dice = np.random.default_rng(3)
    for number in range(STRANGERS):
        one, two = dice.choice(SCENES, 2, replace=False)
        picture = mixed(scenes[one], scenes[two], SIZES[number % len(SIZES)], float(dice.uniform(0.35, 0.65)))
        quality = int(dice.integers(75, 92))
        (folder / f"stranger-{number}.jpg").write_bytes(encode_jpeg(picture, quality))


def mixed(one: Pixels, two: Pixels, size: tuple[int, int], share: float) -> Pixels:
    """Lay two scenes over each other, the second upside down: a picture of its own, quicker than drawn."""
    first, second = (cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in (one, two[::-1]))
    return np.asarray(cv2.addWeighted(first, share, second, 1 - share, 0), dtype=np.uint8)


def prepare(folder: Path, pool: Path, references: int) -> None:
    """Make a data folder whose case has the originals; made-up references with points fill the bank.

    `references.json` beside it says which original became which reference.
    """
    settings = Settings(folder=folder, centre="Bench", language="en", sandboxes=2)
    set_up(settings)
    fill(settings, references - REFERENCES_DRAWN, with_points=True)
    from jikimi.app.service import build  # only once Django is configured
    from jikimi.flow import acts  # as above

    service = build(settings)
    try:
        house = service.house
        case = open_case(house, Policy.ASK)
        known = {}
        for seed in range(REFERENCES_DRAWN):
            body = (pool / f"original-{seed}.bin").read_bytes()
            added = acts.add_reference(house, case.key, body, label=str(seed), by="ada")
            house.records.apply(added, by="ada")
            known[str(seed)] = added.answer
        (folder.parent / "references.json").write_text(json.dumps(known))
    finally:
        service.close()


if __name__ == "__main__":
    if sys.argv[1] == "pool":
        make_pool(Path(sys.argv[2]))
    else:
        prepare(Path(sys.argv[4]), Path(sys.argv[3]), int(sys.argv[2]))
