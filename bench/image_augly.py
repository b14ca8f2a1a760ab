"""The same edits as AugLy makes them, as a second opinion where AugLy happens to be installed.

AugLy 1.0.0 dates from 2022. Its meme_format and perspective_transform call what Pillow 10 and NumPy 1.24
removed; they are left out.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from PIL import Image

from image_edits import SAVED_AT, Dice, Edit, Pixels
from jikimi.media.specimen import encode_jpeg

AugLy = Callable[[Any, Image.Image, Dice], Image.Image]

CALLS: Mapping[str, AugLy] = {
    "jpeg50": lambda a, p, _d: a.encoding_quality(p, quality=50),
    "blur r3": lambda a, p, _d: a.blur(p, radius=3.0),
    "grayscale": lambda a, p, _d: a.grayscale(p),
    "colour jitter": lambda a, p, d: a.color_jitter(
        p,
        brightness_factor=float(d.choice([0.6, 1.4])),
        contrast_factor=float(d.choice([0.6, 1.5])),
        saturation_factor=float(d.choice([0.3, 2.0])),
    ),
    "noise": lambda a, p, d: a.random_noise(p, var=0.02, seed=int(d.integers(9999))),
    "shuffle 10 % px": lambda a, p, d: a.shuffle_pixels(p, factor=0.1, seed=int(d.integers(9999))),
    "text overlay": lambda a, p, d: a.overlay_text(
        p,
        text=d.integers(0, 30, 12).tolist(),
        font_size=0.12,
        x_pos=0.05,
        y_pos=float(d.choice([0.1, 0.4, 0.7])),
    ),
    "emoji 20 %": lambda a, p, d: a.overlay_emoji(
        p, emoji_size=0.2, x_pos=float(d.uniform(0.1, 0.6)), y_pos=float(d.uniform(0.1, 0.6))
    ),
    "emoji 40 %": lambda a, p, d: a.overlay_emoji(
        p, emoji_size=0.4, x_pos=float(d.uniform(0.1, 0.5)), y_pos=float(d.uniform(0.1, 0.5))
    ),
    "hflip": lambda a, p, _d: a.hflip(p),
    "rot 5": lambda a, p, d: a.rotate(p, degrees=float(d.choice([-5, 5]))),
    "border 15 %": lambda a, p, _d: a.pad(p, w_factor=0.15, h_factor=0.15),
    "letterbox to square": lambda a, p, _d: a.pad_square(p),
    "web screenshot": lambda a, p, _d: a.overlay_onto_screenshot(p),
}


def augly_edits() -> Mapping[str, Edit]:
    """Return AugLy's versions by the names of ours; none where it is not installed."""
    if find_spec("augly") is None:
        return {}
    image = import_module("augly.image")
    return {name: _edit(image, call) for name, call in CALLS.items()}


def _edit(augly: Any, call: AugLy) -> Edit:
    """Let AugLy change the picture, and save it as we save ours."""

    def edit(pixels: Pixels, dice: Dice, _others: Sequence[Pixels]) -> bytes:
        changed = call(augly, Image.fromarray(pixels), dice).convert("RGB")
        return encode_jpeg(np.asarray(changed), SAVED_AT)

    return edit
