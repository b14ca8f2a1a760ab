"""Draws our own harmless specimens: invented scenes that trip every stage of the house."""

from typing import Final

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from jikimi.model.fingerprint import Picture

Pixels = NDArray[np.uint8]
_COARSEST = 3  # cells on the long side of the coarsest layer of a scene
_LAYERS = 5
_SHAPES = 46
_HILLS = 3
_LINES_OF_WRITING = 4


def draw(seed: int, width: int = 960, height: int = 640) -> Pixels:
    """Return an invented scene as (height, width, 3) RGB, the same for the same arguments.

    Cloudy colours, shapes, textured hills, circles and strokes like writing; nothing is depicted. Two
    seeds differ everywhere, so that their perceptual hashes are as far apart as those of two photographs.
    """
    dice = np.random.default_rng([seed, width, height])
    scene = _clouds(dice, width, height)
    for _ in range(_SHAPES):
        _shape(scene, dice)
    for _ in range(int(dice.integers(0, _HILLS + 1))):
        _hill(scene, dice)
    for _ in range(_LINES_OF_WRITING):
        _writing(scene, dice)
    grain = dice.normal(0.0, 5.0, (height, width, 1))
    return np.asarray(np.clip(scene + grain, 0, 255), dtype=np.uint8)


def encode_jpeg(pixels: Pixels, quality: int = 90) -> bytes:
    """Return RGB pixels as a baseline JPEG (4:2:0) without metadata."""
    encoded: bytes = simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), quality, "RGB", "420")
    return encoded


def encode_png(pixels: Pixels) -> bytes:
    """Return RGB pixels as a PNG without metadata."""
    _, encoded = cv2.imencode(".png", np.ascontiguousarray(pixels[:, :, ::-1]))
    return encoded.tobytes()


def _clouds(dice: np.random.Generator, width: int, height: int) -> NDArray[np.float32]:
    """Sum noise of several coarsenesses, stretched to the whole range of brightness."""
    scene = np.zeros((height, width, 3), dtype=np.float32)
    for layer in range(_LAYERS):
        cells = _COARSEST << layer
        grid = dice.normal(0.0, 1.0, (cells, cells, 3)).astype(np.float32)
        grid = np.asarray(cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.float32)
        scene += grid / (1.5**layer)
    low, high = np.percentile(scene[::8, ::8], (2, 98))
    return np.asarray(np.clip((scene - low) / (high - low), 0, 1) * 255, dtype=np.float32)


def _shape(scene: NDArray[np.float32], dice: np.random.Generator) -> None:
    """Lay one polygon or circle of one colour somewhere on the scene."""
    height, width = scene.shape[:2]
    colour = [float(value) for value in dice.integers(0, 256, 3)]
    middle = dice.random(2) * (width, height)
    reach = float(min(width, height) * dice.uniform(0.03, 0.22))
    if dice.random() < 0.4:  # noqa: PLR2004  (two shapes in five are circles)
        cv2.circle(scene, (int(middle[0]), int(middle[1])), int(reach), colour, -1, cv2.LINE_AA)
        return
    corners = int(dice.integers(3, 8))
    angles = np.sort(dice.uniform(0, 2 * np.pi, corners))
    around = np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach * dice.uniform(0.5, 1.3, (corners, 1))
    cv2.fillPoly(scene, [(middle + around).astype(np.int32)], colour, cv2.LINE_AA)


def _hill(scene: NDArray[np.float32], dice: np.random.Generator) -> None:
    """Fill below a wavy line with a striped texture, from any of the four sides."""
    turned = np.rot90(scene, int(dice.integers(0, 4)))
    height, width = turned.shape[:2]
    along = np.arange(width) / width
    waves = dice.uniform(0.5, 4.0, 3)[:, None] * along * 2 * np.pi + dice.uniform(0, 7, 3)[:, None]
    line = height * (dice.uniform(0.72, 0.95) + 0.05 * np.sin(waves).sum(axis=0))
    rows, columns = np.mgrid[0:height, 0:width]
    stripes = 40 * np.sin(rows * dice.uniform(0.05, 0.4) + columns * dice.uniform(-0.3, 0.3))
    ground = dice.uniform(30, 220, 3) + stripes[:, :, None]
    below = rows > line[None, :]
    turned[below] = ground[below]


def _writing(scene: NDArray[np.float32], dice: np.random.Generator) -> None:
    """Draw a row of short strokes that looks like handwriting and says nothing."""
    height, width = scene.shape[:2]
    at = dice.random(2) * (0.7 * width, height)
    size = float(min(width, height) * dice.uniform(0.02, 0.05))
    ink = [float(dice.choice([0, 255]))] * 3
    for _ in range(int(dice.integers(8, 20))):
        stroke = at + np.cumsum(dice.normal(0.0, size / 2, (5, 2)), axis=0)
        cv2.polylines(scene, [stroke.astype(np.int32)], False, ink, max(1, int(size / 6)), cv2.LINE_AA)
        at += (size, 0)


SIGN: Final = "JIKIMI"


def draw_sign() -> Picture:
    """Return a plain sign that says `SIGN`, for those who read letters."""
    board = np.full((120, 420), 255, dtype=np.uint8)
    cv2.putText(board, SIGN, (30, 80), cv2.FONT_HERSHEY_SIMPLEX, 2.0, (0,), 5, cv2.LINE_AA)
    return Picture(board.shape[1], board.shape[0], board.tobytes(), board.shape[1], board.shape[0])
