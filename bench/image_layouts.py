"""Draws what surrounds a re-uploaded picture: apps, browsers, captions, backgrounds, a camera's view."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8]
Dice = np.random.Generator
Colour = tuple[int, int, int]

WORDS = (
    "lorem",
    "ipsum",
    "dolor",
    "sit",
    "amet",
    "elit",
    "sed",
    "do",
    "eiusmod",
    "tempor",
    "labore",
    "magna",
)
LIGHT: tuple[Colour, Colour, Colour] = ((250, 250, 250), (30, 30, 30), (215, 218, 222))
DARK: tuple[Colour, Colour, Colour] = ((18, 18, 20), (230, 230, 230), (60, 62, 66))
BROWSER = (1200, 740)
PHONE = (540, 1170)
SHEET_AREA = 800 * 600


def fitted(pixels: Pixels, width: float, height: float) -> Pixels:
    """Return the picture as large as fits into this box."""
    rows, columns = pixels.shape[:2]
    by = min(width / columns, height / rows)
    size = (max(1, int(columns * by)), max(1, int(rows * by)))
    way = cv2.INTER_AREA if by < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, size, interpolation=way), np.uint8)


def filling(pixels: Pixels, width: int, height: int) -> Pixels:
    """Return the middle of the picture, filling this box."""
    rows, columns = pixels.shape[:2]
    by = min(columns / width, rows / height)
    high, wide = max(1, int(height * by)), max(1, int(width * by))
    top, left = (rows - high) // 2, (columns - wide) // 2
    part = pixels[top : top + high, left : left + wide]
    return np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def sentence(dice: Dice, fewest: int = 3, most: int = 9) -> str:
    """Return a few words that say nothing."""
    return " ".join(dice.choice(WORDS, int(dice.integers(fewest, most))))


def meme_caption(pixels: Pixels, dice: Dice) -> Pixels:
    """Put a white strip with bold words above the picture, a quarter as tall as it."""
    height, width = pixels.shape[:2]
    strip = max(40, height // 4)
    page = Image.new("RGB", (width, strip + height), "white")
    page.paste(Image.fromarray(pixels), (0, strip))
    words = sentence(dice, 2, 4).upper()
    font = ImageFont.load_default(min(strip * 0.6, 1.5 * width / len(words)))
    middle = (width / 2, strip / 2)
    ImageDraw.Draw(page).text(middle, words, fill="black", font=font, anchor="mm", stroke_width=1)
    return np.asarray(page)


def web_screenshot(pixels: Pixels, dice: Dice) -> Pixels:
    """Show the picture in a post on a web page in a browser window."""
    paper, ink, line = DARK if dice.random() < 0.5 else LIGHT
    width, height = BROWSER
    page = Image.new("RGB", BROWSER, paper)
    pen = ImageDraw.Draw(page)
    _browser_bar(pen, dice, width, line, ink)
    font = ImageFont.load_default(15)
    for row in range(8):
        pen.ellipse((30, 110 + 70 * row, 62, 142 + 70 * row), fill=line)
        pen.text((75, 116 + 70 * row), sentence(dice, 1, 3), fill=ink, font=font)
        pen.text((925, 116 + 70 * row), sentence(dice, 3, 5), fill=ink, font=font)
        pen.text((925, 136 + 70 * row), sentence(dice, 2, 5), fill=line, font=font)
    pen.rounded_rectangle((270, 90, 900, height - 20), 12, outline=line, width=2)
    _author(pen, dice, (285, 102), ink)
    shown = fitted(pixels, 620, 480)
    page.paste(Image.fromarray(shown), (585 - shown.shape[1] // 2, 160))
    _buttons(pen, 290, min(height - 60, 175 + shown.shape[0]), ink)
    pen.text((290, height - 52), sentence(dice), fill=ink, font=font)
    return np.asarray(page)


def _browser_bar(pen: ImageDraw.ImageDraw, dice: Dice, width: int, line: Colour, ink: Colour) -> None:
    """Draw tabs, buttons and the address."""
    pen.rectangle((0, 0, width, 75), fill=line)
    for x, colour in ((15, (237, 106, 94)), (37, (244, 190, 79)), (59, (98, 197, 84))):
        pen.ellipse((x, 12, x + 13, 25), fill=colour)
    for tab in range(3):
        pen.rounded_rectangle((95 + 190 * tab, 6, 275 + 190 * tab, 36), 8, outline=ink)
        pen.text((108 + 190 * tab, 13), sentence(dice, 2, 3), fill=ink, font=ImageFont.load_default(13))
    pen.rounded_rectangle((95, 42, width - 120, 69), 13, outline=ink)
    address = f"https://www.{dice.choice(WORDS)}.example/p/{int(dice.integers(1_000_000))}"
    pen.text((112, 47), address, fill=ink)
    pen.polygon([(30, 55), (42, 47), (42, 63)], fill=ink)


def _author(pen: ImageDraw.ImageDraw, dice: Dice, at: tuple[int, int], ink: Colour) -> None:
    """Draw a round avatar and two lines of text beside it."""
    x, y = at
    colour = tuple(int(value) for value in dice.integers(60, 220, 3))
    pen.ellipse((x, y, x + 45, y + 45), fill=colour)
    name, hours = f"some_user_{int(dice.integers(1000))}", f"{int(dice.integers(1, 24))} hours ago"
    pen.text((x + 60, y + 4), name, fill=ink, font=ImageFont.load_default(16))
    pen.text((x + 60, y + 26), hours, fill=ink, font=ImageFont.load_default(12))


def _buttons(pen: ImageDraw.ImageDraw, x: int, y: int, ink: Colour) -> None:
    """Draw four round buttons in a row."""
    for step in range(4):
        pen.ellipse((x + 60 * step, y, x + 28 + 60 * step, y + 28), outline=ink, width=3)


def phone_screenshot(pixels: Pixels, dice: Dice) -> Pixels:
    """Show the picture in a post in an app on a telephone."""
    paper, ink, line = DARK if dice.random() < 0.5 else LIGHT
    width, height = PHONE
    page = Image.new("RGB", PHONE, paper)
    pen = ImageDraw.Draw(page)
    pen.rectangle((0, 0, width, 38), fill="black")
    clock = f"{int(dice.integers(24)):02d}:{int(dice.integers(60)):02d}"
    pen.text((25, 10), clock, fill="white", font=ImageFont.load_default(16))
    pen.rounded_rectangle((width - 60, 11, width - 25, 27), 4, outline="white", width=2)
    pen.text((width / 2, 62), "lorem", fill=ink, font=ImageFont.load_default(24), anchor="mm")
    _author(pen, dice, (15, 95), ink)
    shown = fitted(pixels, width, 780)
    top = int(dice.integers(150, 185))
    page.paste(Image.fromarray(shown), ((width - shown.shape[1]) // 2, top))
    below = top + shown.shape[0] + 14
    _buttons(pen, 20, below, ink)
    font = ImageFont.load_default(16)
    for y in range(below + 45, height - 90, 27):
        pen.text((20, y), sentence(dice), fill=ink, font=font)
    pen.rectangle((0, height - 64, width, height), fill=line)
    _buttons(pen, 150, height - 46, ink)
    return np.asarray(page)


def on_background(pixels: Pixels, dice: Dice, others: Sequence[Pixels], share: float) -> Pixels:
    """Lay the picture on another one of the same proportions, covering this share of it."""
    rows, columns = pixels.shape[:2]
    by = (SHEET_AREA / (rows * columns)) ** 0.5
    width, height = round(columns * by), round(rows * by)
    sheet = filling(others[int(dice.integers(len(others)))], width, height)
    shown = fitted(pixels, width * share**0.5, height * share**0.5)
    top, left = (int(dice.integers(room + 1)) for room in (height - shown.shape[0], width - shown.shape[1]))
    sheet[top : top + shown.shape[0], left : left + shown.shape[1]] = shown
    return sheet


def collage(pixels: Pixels, dice: Dice, others: Sequence[Pixels]) -> Pixels:
    """Show the picture among three others, with white gaps; its own panel has its own proportions."""
    rows, columns = pixels.shape[:2]
    wide = 390
    high = min(900, max(130, round(wide * rows / columns)))
    sheet = np.full((2 * high + 30, 2 * wide + 30, 3), 255, np.uint8)
    own = int(dice.integers(4))
    for panel in range(4):
        other = pixels if panel == own else others[int(dice.integers(len(others)))]
        top, left = 10 + (panel // 2) * (high + 10), 10 + (panel % 2) * (wide + 10)
        sheet[top : top + high, left : left + wide] = filling(other, wide, high)
    return sheet


def photo_of_screen(pixels: Pixels, dice: Dice) -> Pixels:
    """Take a photograph of the picture on a screen: moiré, a slant, a gleam, dark corners, blur, grain."""
    shown = _with_moire(pixels, dice)
    height, width = shown.shape[:2]
    edge = int(0.18 * max(height, width))
    rows, columns = height + 2 * edge, width + 2 * edge
    scene = np.full((rows, columns, 3), float(dice.integers(20, 90)), np.float32)
    frame = 8
    scene[edge - frame : edge + height + frame, edge - frame : edge + width + frame] = 12
    scene[edge : edge + height, edge : edge + width] = shown
    corners = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    moved = corners + dice.uniform(-0.07, 0.07, (4, 2)) * (columns, rows)
    view = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    scene = np.asarray(cv2.warpPerspective(scene, view, (columns, rows), borderMode=cv2.BORDER_REPLICATE))
    scene *= dice.uniform([0.85, 1, 0.85], [1.1, 1, 1.1]) * dice.uniform(0.75, 1.05)
    scene = _lit(scene, dice) + dice.normal(0, 6, scene.shape)
    soft = cv2.GaussianBlur(np.clip(scene, 0, 255).astype(np.uint8), (0, 0), float(dice.uniform(0.6, 1.2)))
    return np.asarray(soft, np.uint8)


def _with_moire(pixels: Pixels, dice: Dice) -> NDArray[np.float32]:
    """Let the screen's grid beat with the camera's."""
    y, x = np.mgrid[0 : pixels.shape[0], 0 : pixels.shape[1]].astype(np.float32)
    angle, fine = dice.uniform(0, np.pi), dice.uniform(0.35, 0.9)
    along, across = x * np.cos(angle) + y * np.sin(angle), x * np.sin(angle) + y
    ripple = 1 + 0.08 * np.sin(2 * np.pi * fine * along) + 0.06 * np.sin(0.07 * across)
    return np.asarray(pixels * ripple[:, :, None], np.float32)


def _lit(scene: NDArray[np.float32], dice: Dice) -> NDArray[np.float32]:
    """Add one reflection and darken the corners."""
    height, width = scene.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    gleam_x, gleam_y = dice.uniform(0, width), dice.uniform(0, height)
    gleam = 60 * np.exp(-((x - gleam_x) ** 2 + (y - gleam_y) ** 2) / (2 * (0.25 * width) ** 2))
    away = ((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2) * 2
    return np.asarray(scene * (1 - 0.35 * away)[:, :, None] + gleam[:, :, None], np.float32)
