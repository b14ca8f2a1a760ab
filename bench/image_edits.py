"""The 33 edits re-uploaders make, done to any picture: each takes RGB pixels and returns a JPEG file.

The list follows the robustness tables of the copy-detection literature (AugLy, DISC21) and what messengers,
screenshots and cameras do. Nothing here knows how the product matches.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from zlib import crc32

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from image_layouts import (
    collage,
    meme_caption,
    on_background,
    phone_screenshot,
    photo_of_screen,
    web_screenshot,
)
from jikimi.media.decode import decode_colour
from jikimi.media.specimen import encode_jpeg

Pixels = NDArray[np.uint8]
Dice = np.random.Generator
Change = Callable[[Pixels, Dice, Sequence[Pixels]], Pixels]
Edit = Callable[[Pixels, Dice, Sequence[Pixels]], bytes]

SAVED_AT = 85
MESSENGER_SIDE, MESSENGER_QUALITY = 1280, 75
LARGEST_SIDE = 1 << 14
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def dice_for(*parts: str | int) -> Dice:
    """Return the dice that belong to these names: the same on every run and machine."""
    return np.random.default_rng([part if isinstance(part, int) else crc32(part.encode()) for part in parts])


def scaled(pixels: Pixels, longest_side: float) -> Pixels:
    """Return the picture with its longer side at this many pixels."""
    height, width = pixels.shape[:2]
    by = longest_side / max(height, width)
    size = (max(1, round(width * by)), max(1, round(height * by)))
    way = cv2.INTER_AREA if by < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, size, interpolation=way), np.uint8)


def window(pixels: Pixels, dice: Dice, area: float) -> Pixels:
    """Return a part with this share of the area and the same proportions, from anywhere."""
    height, width = pixels.shape[:2]
    rows, columns = max(1, int(height * area**0.5)), max(1, int(width * area**0.5))
    top, left = int(dice.integers(height - rows + 1)), int(dice.integers(width - columns + 1))
    return np.ascontiguousarray(pixels[top : top + rows, left : left + columns])


def as_jpeg(quality: int) -> Edit:
    """Only save the picture again."""
    return lambda pixels, _dice, _others: encode_jpeg(pixels, quality)


def messenger(pixels: Pixels, _dice: Dice, _others: Sequence[Pixels]) -> bytes:
    """Send on twice: 1280 pixels or four fifths of what there is, colour at half size, quality 75."""
    body = b""
    for _ in range(2):
        smaller = scaled(pixels, min(MESSENGER_SIDE, 0.8 * max(pixels.shape[:2])))
        body = encode_jpeg(smaller, MESSENGER_QUALITY)
        pixels = decode_colour(body, LARGEST_SIDE)
    return body


def combined(pixels: Pixels, dice: Dice, _others: Sequence[Pixels]) -> bytes:
    """Crop to 70 % of the area, mirror, cover a part, save badly."""
    flipped = np.ascontiguousarray(np.fliplr(window(pixels, dice, 0.7)))
    return encode_jpeg(with_emoji(flipped, dice, 0.2), 30)


def coloured(pixels: Pixels, dice: Dice) -> Pixels:
    """Change brightness, contrast and saturation, each clearly."""
    seen = pixels.astype(np.float32) * dice.choice([0.6, 1.4])
    seen = (seen - seen.mean()) * dice.choice([0.6, 1.5]) + seen.mean()
    grey = seen @ np.array([0.299, 0.587, 0.114], np.float32)
    seen = grey[:, :, None] + (seen - grey[:, :, None]) * dice.choice([0.3, 2.0])
    return np.asarray(np.clip(seen, 0, 255), np.uint8)


def grey_of(pixels: Pixels) -> Pixels:
    """Take the colour out."""
    return np.asarray(cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)


def noisy(pixels: Pixels, dice: Dice) -> Pixels:
    """Add grain with a variance of 0.02 of full scale."""
    grain = dice.normal(0, 255 * 0.02**0.5, pixels.shape)
    return np.asarray(np.clip(pixels + grain, 0, 255), np.uint8)


def shuffled(pixels: Pixels, dice: Dice) -> Pixels:
    """Let a tenth of the pixels change places."""
    flat = pixels.reshape(-1, 3).copy()
    chosen = dice.choice(len(flat), len(flat) // 10, replace=False)
    flat[chosen] = flat[dice.permutation(chosen)]
    return flat.reshape(pixels.shape)


def with_text(pixels: Pixels, dice: Dice) -> Pixels:
    """Write twelve letters across, an eighth of the height tall."""
    page = Image.fromarray(pixels)
    height, width = pixels.shape[:2]
    words = "".join(dice.choice(list(LETTERS), 12))
    colour = tuple(int(value) for value in dice.integers(0, 256, 3))
    font = ImageFont.load_default(max(8, round(height * 0.12)))
    at = (width * 0.05, height * float(dice.choice([0.1, 0.4, 0.7])))
    ImageDraw.Draw(page).text(at, words, fill=colour, font=font)
    return np.asarray(page)


def with_emoji(pixels: Pixels, dice: Dice, share: float) -> Pixels:
    """Cover a disc with a laughing face; it is this share of the height tall."""
    page = Image.fromarray(pixels)
    height, width = pixels.shape[:2]
    size = height * share
    left, top = dice.uniform(0.1, 0.9 - share) * width, dice.uniform(0.1, 0.9 - share) * height
    pen = ImageDraw.Draw(page)

    def box(x: float, y: float, w: float, h: float) -> tuple[float, float, float, float]:
        return left + x * size, top + y * size, left + (x + w) * size, top + (y + h) * size

    pen.ellipse(box(0, 0, 1, 1), fill=(250, 200, 40), outline=(160, 110, 0))
    for x in (0.25, 0.6):
        pen.ellipse(box(x, 0.27, 0.15, 0.2), fill=(70, 40, 0))
    pen.chord(box(0.2, 0.35, 0.6, 0.5), 0, 180, fill=(150, 20, 20))
    return np.asarray(page)


def rotated_inside(pixels: Pixels, degrees: float) -> Pixels:
    """Turn by a few degrees and cut to the largest part without corners."""
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    turned = cv2.warpAffine(pixels, turn, (width, height), flags=cv2.INTER_CUBIC)
    sine, cosine = abs(np.sin(np.radians(degrees))), abs(np.cos(np.radians(degrees)))
    shrink = 1 / (cosine + max(width / height, height / width) * sine)
    rows, columns = int(height * shrink), int(width * shrink)
    top, left = (height - rows) // 2, (width - columns) // 2
    return np.ascontiguousarray(turned[top : top + rows, left : left + columns], np.uint8)


def rotated_whole(pixels: Pixels, degrees: float) -> Pixels:
    """Turn by a few degrees on a larger black sheet."""
    turned = Image.fromarray(pixels).rotate(degrees, Image.Resampling.BICUBIC, expand=True)
    return np.asarray(turned)


def bordered(pixels: Pixels, dice: Dice) -> Pixels:
    """Add 15 % of each side all around, in one plain colour."""
    height, width = pixels.shape[:2]
    rows, columns = round(height * 0.15), round(width * 0.15)
    colour = ((0, 0, 0), (255, 255, 255), (40, 80, 160))[int(dice.integers(3))]
    framed = cv2.copyMakeBorder(pixels, rows, rows, columns, columns, cv2.BORDER_CONSTANT, value=colour)
    return np.asarray(framed, np.uint8)


def letterboxed(pixels: Pixels) -> Pixels:
    """Lay black bars on two sides, so that the picture becomes a square."""
    height, width = pixels.shape[:2]
    side = max(height, width)
    rows, columns = (side - height) // 2, (side - width) // 2
    return np.pad(pixels, ((rows, side - height - rows), (columns, side - width - columns), (0, 0)))


def from_the_side(pixels: Pixels, dice: Dice) -> Pixels:
    """Move each corner by about 8 % of the side, on black."""
    height, width = pixels.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + np.clip(dice.normal(0, 0.08, (4, 2)), -0.16, 0.16) * (width, height)
    view = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return np.asarray(cv2.warpPerspective(pixels, view, (width, height), flags=cv2.INTER_CUBIC), np.uint8)


def _saved(change: Change) -> Edit:
    """Save what a change returns as a JPEG of quality 85."""
    return lambda pixels, dice, others: encode_jpeg(change(pixels, dice, others), SAVED_AT)


FORMATS: Mapping[str, Edit] = {
    "jpeg50": as_jpeg(50),
    "jpeg10": as_jpeg(10),
    "messenger x2": messenger,
    "crop70+flip+emoji+jpeg30": combined,
}

CHANGES: Mapping[str, Change] = {
    "thumb128": lambda p, _d, _o: scaled(p, 128),
    "blur r3": lambda p, _d, _o: np.asarray(cv2.GaussianBlur(p, (0, 0), 3), np.uint8),
    "grayscale": lambda p, _d, _o: grey_of(p),
    "colour jitter": lambda p, d, _o: coloured(p, d),
    "opacity 50": lambda p, _d, _o: np.asarray(p // 2 + 128, np.uint8),
    "noise": lambda p, d, _o: noisy(p, d),
    "shuffle 10 % px": lambda p, d, _o: shuffled(p, d),
    "text overlay": lambda p, d, _o: with_text(p, d),
    "emoji 20 %": lambda p, d, _o: with_emoji(p, d, 0.2),
    "emoji 40 %": lambda p, d, _o: with_emoji(p, d, 0.4),
    "hflip": lambda p, _d, _o: np.fliplr(p),
    "rot90": lambda p, _d, _o: np.rot90(p),
    "rot180": lambda p, _d, _o: np.rot90(p, 2),
    "rot 5": lambda p, d, _o: rotated_inside(p, float(d.choice([-5, 5]))),
    "rot 15 filled": lambda p, d, _o: rotated_whole(p, float(d.choice([-15, 15]))),
    "crop 90 %": lambda p, d, _o: window(p, d, 0.9),
    "crop 70 %": lambda p, d, _o: window(p, d, 0.7),
    "crop 50 %": lambda p, d, _o: window(p, d, 0.5),
    "crop 30 %": lambda p, d, _o: window(p, d, 0.3),
    "border 15 %": lambda p, d, _o: bordered(p, d),
    "letterbox to square": lambda p, _d, _o: letterboxed(p),
    "meme caption": lambda p, d, _o: meme_caption(p, d),
    "web screenshot": lambda p, d, _o: web_screenshot(p, d),
    "phone screenshot": lambda p, d, _o: phone_screenshot(p, d),
    "perspective": lambda p, d, _o: from_the_side(p, d),
    "on background 60 %": lambda p, d, o: on_background(p, d, o, 0.6),
    "on background 30 %": lambda p, d, o: on_background(p, d, o, 0.3),
    "4-up collage": collage,
    "phone photo of screen": lambda p, d, _o: photo_of_screen(p, d),
}

ORDER = (
    "jpeg50", "jpeg10", "thumb128", "messenger x2", "blur r3", "grayscale", "colour jitter",
    "opacity 50", "noise", "shuffle 10 % px", "text overlay", "emoji 20 %", "emoji 40 %", "hflip",
    "rot90", "rot180", "rot 5", "rot 15 filled", "crop 90 %", "crop 70 %", "crop 50 %", "crop 30 %",
    "border 15 %", "letterbox to square", "meme caption", "web screenshot", "phone screenshot",
    "perspective", "on background 60 %", "on background 30 %", "4-up collage", "phone photo of screen",
    "crop70+flip+emoji+jpeg30",
)  # fmt: skip

EDITS: Mapping[str, Edit] = MappingProxyType(
    {name: FORMATS[name] if name in FORMATS else _saved(CHANGES[name]) for name in ORDER}
)
"""What was done → pixels (height × width × 3), dice and other people's pictures in, JPEG bytes out."""
