"""Edits whole batches of small grey pictures as re-uploaders do, for training a copy descriptor."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - torch's own name for it

OVERLAYS = 512
PAGES = 256
FAR = 0.06
"""How strongly a slanted view is slanted, at most."""

Dice = np.random.Generator


@dataclass(frozen=True, slots=True)
class Stock:
    """Drawn once: things laid over pictures (masks, n × 1 × side × side) and pages around them, 0..1."""

    overlays: Tensor
    pages: Tensor


def drawn(side: int, dice: Dice) -> Stock:
    """Draw captions, stickers and bars, and pages of text and buttons."""
    overlays = np.stack([_overlay(side * 2, dice) for _ in range(OVERLAYS)])
    pages = np.stack([_page(side * 2, dice) for _ in range(PAGES)])
    halved = [F.avg_pool2d(torch.from_numpy(many)[:, None].float() / 255, 2) for many in (overlays, pages)]
    return Stock(*halved)


def _overlay(side: int, dice: Dice) -> np.ndarray:
    """Draw the mask of one sticker, bar, block or line of text."""
    mask = np.zeros((side, side), np.uint8)
    kind = int(dice.integers(4))
    high, wide = (int(value) for value in side * dice.uniform(0.08, 0.42, 2))
    top, left = int(dice.integers(side - high)), int(dice.integers(side - wide))
    if kind == 0:
        cv2.ellipse(mask, (left + wide // 2, top + high // 2), (wide // 2, high // 2), 0, 0, 360, 255, -1)
    elif kind == 1:
        mask[top : top + high, left : left + wide] = 255
    elif kind == 2:  # noqa: PLR2004 - one of four
        mask[top : top + max(4, high // 3)] = 255
    else:
        words = "".join(dice.choice(list("aemosxTHWKi "), int(dice.integers(5, 14))))
        at = (int(dice.integers(side // 4)), int(dice.integers(side // 8, side)))
        cv2.putText(mask, words, at, int(dice.integers(6)), float(dice.uniform(0.4, 1.4)), 255, 2)
    return mask


def _page(side: int, dice: Dice) -> np.ndarray:
    """Draw a page: lines of words, round buttons and bars, dark on light or light on dark."""
    paper, ink = (245, 40) if dice.random() < 0.5 else (20, 220)  # noqa: PLR2004 - evens
    page = np.full((side, side), paper, np.uint8)
    for y in range(6, side, int(dice.integers(7, 14))):
        if dice.random() < 0.7:  # noqa: PLR2004 - most lines
            words = "".join(dice.choice(list("aemosxtlwki  "), int(dice.integers(4, 30))))
            cv2.putText(page, words, (int(dice.integers(side // 3)), y), 0, 0.25, ink, 1)
    for _ in range(int(dice.integers(6))):
        centre = (int(dice.integers(side)), int(dice.integers(side)))
        cv2.circle(page, centre, int(dice.integers(3, 9)), ink, int(dice.choice([-1, 1])))
    if dice.random() < 0.5:  # noqa: PLR2004 - evens
        page[: int(dice.integers(4, 20))] = (paper + ink) // 2
    return page


class Editor:
    """Makes views of pictures (n × 1 × side × side, 0..1): another one each time it is called."""

    def __init__(self, side: int, seed: int) -> None:
        self._side = side
        self._dice = np.random.default_rng(seed)
        self._chance = torch.Generator().manual_seed(seed)
        self._stock = drawn(side, self._dice)

    def __call__(self, pictures: Tensor) -> Tensor:
        """Return one edited view of each."""
        shown = self._placed(pictures)
        for share in (0.3, 0.15):
            shown = self._covered(shown, share)
        for change, share in ((self._lit, 0.4), (_blurred, 0.12), (self._coarse, 0.2), (self._saved, 0.1)):
            shown = self._some(shown, change, share)
        contrast, light = self._drawn(len(shown), 0.5, 1.5), self._drawn(len(shown), -0.25, 0.25)
        shown = (shown - 0.5) * contrast[:, None, None, None] + 0.5 + light[:, None, None, None]
        grain = torch.randn(shown.shape, generator=self._chance) * 0.05
        grain = grain * (self._drawn(len(shown), -1, 1).clamp(min=0))[:, None, None, None]
        return (shown + grain).clamp(0, 1)

    def _drawn(self, count: int, low: float, high: float) -> Tensor:
        return torch.rand(count, generator=self._chance) * (high - low) + low

    def _happens(self, count: int, share: float) -> Tensor:
        return torch.rand(count, generator=self._chance) < share

    def _some(self, shown: Tensor, change: Callable[[Tensor], Tensor], share: float) -> Tensor:
        """Change this share of the pictures."""
        chosen = self._happens(len(shown), share)
        if chosen.any():
            shown[chosen] = change(shown[chosen])
        return shown

    def _placed(self, pictures: Tensor) -> Tensor:
        """Crop or inset each picture, turned, mirrored and slanted, on a plain, drawn or foreign ground."""
        count = len(pictures)
        zoomed = self._happens(count, 0.45)
        # Half-lengths of the window that is looked through: below 1 it crops, above 1 ground shows.
        size = torch.where(zoomed, self._drawn(count, 0.3, 1).sqrt(), self._drawn(count, 1, 3.3).sqrt())
        plain = self._happens(count, 0.2)
        size = torch.where(plain, torch.ones(count), size)
        stretch = torch.where(plain, torch.ones(count), self._drawn(count, -0.4, 0.4).exp())
        wide, high = size * stretch.sqrt(), size / stretch.sqrt()
        turn = torch.where(self._happens(count, 0.25), self._drawn(count, -0.3, 0.3), torch.zeros(count))
        quarters = torch.randint(1, 4, (count,), generator=self._chance) * self._happens(count, 0.12)
        turn = turn + quarters * (math.pi / 2)
        mirror = torch.where(self._happens(count, 0.2), -1.0, 1.0)
        rows = torch.zeros(count, 2, 3)
        rows[:, 0, 0], rows[:, 0, 1] = wide * turn.cos() * mirror, -high * turn.sin() * mirror
        rows[:, 1, 0], rows[:, 1, 1] = wide * turn.sin(), high * turn.cos()
        rows[:, 0, 2] = (wide - 1).abs() * self._drawn(count, -0.95, 0.95)
        rows[:, 1, 2] = (high - 1).abs() * self._drawn(count, -0.95, 0.95)
        grid = F.affine_grid(rows, list(pictures.shape), align_corners=False)
        slant = self._drawn(2 * count, -FAR, FAR).view(count, 1, 1, 2) * 3
        slant = slant * self._happens(count, 0.25).view(count, 1, 1, 1)
        grid = grid / (1 + (grid * slant).sum(-1, keepdim=True)).clamp(min=0.3)
        seen = F.grid_sample(pictures, grid, align_corners=False)
        is_inside = F.grid_sample(torch.ones_like(pictures), grid, align_corners=False)
        return seen + self._ground(pictures) * (1 - is_inside)

    def _ground(self, pictures: Tensor) -> Tensor:
        """Return what stands around pictures: a plain colour, a page, another picture, three others."""
        count = len(pictures)
        plain = self._drawn(count, -0.3, 1.3).clamp(0, 1).view(count, 1, 1, 1).expand_as(pictures)
        pages = self._stock.pages[torch.randint(PAGES, (count,), generator=self._chance)]
        shifts = torch.randperm(count - 1, generator=self._chance)[:4] + 1
        foreign = [pictures.roll(int(shift), 0) for shift in shifts]
        small = [F.avg_pool2d(one, 2) for one in foreign]
        panels = torch.cat([torch.cat(small[:2], 3), torch.cat(small[2:], 3)], 2)
        which = torch.rand(count, 1, 1, 1, generator=self._chance)
        ground = torch.where(which < 0.35, foreign[0], panels)  # noqa: PLR2004 - shares of the kinds
        ground = torch.where(which > 0.55, pages, ground)  # noqa: PLR2004 - as above
        return torch.where(which > 0.75, plain, ground)  # noqa: PLR2004 - as above

    def _covered(self, shown: Tensor, share: float) -> Tensor:
        """Lay a sticker, bar or words of any grey over this share of the pictures."""
        count = len(shown)
        mask = self._stock.overlays[torch.randint(OVERLAYS, (count,), generator=self._chance)]
        mask = mask * self._happens(count, share).view(count, 1, 1, 1)
        ink = self._drawn(count, -0.4, 1.4).clamp(0, 1).view(count, 1, 1, 1)
        return shown * (1 - mask) + ink * mask

    def _lit(self, shown: Tensor) -> Tensor:
        """Let light fall from a side, or wash all out."""
        count, side = len(shown), self._side
        ramp = torch.linspace(-1, 1, side)
        way = self._drawn(2 * count, -0.3, 0.3).view(2, count, 1, 1, 1)
        light = 1 + way[0] * ramp.view(1, 1, 1, side) + way[1] * ramp.view(1, 1, side, 1)
        gamma = self._drawn(count, -0.6, 0.6).exp().view(count, 1, 1, 1)
        return (shown * light).clamp(1e-3, 1) ** gamma

    def _coarse(self, shown: Tensor) -> Tensor:
        """Take the fine detail out, as a small copy does."""
        small = int(self._dice.integers(self._side // 4, self._side * 3 // 4))
        less = F.interpolate(shown, size=small, mode="bilinear", antialias=True)
        return F.interpolate(less, size=self._side, mode="bilinear")

    def _saved(self, shown: Tensor) -> Tensor:
        """Save as JPEG, badly."""
        pictures = (shown.clamp(0, 1) * 255).byte().numpy()[:, 0]
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(self._dice.integers(8, 50))]
        read = [cv2.imdecode(cv2.imencode(".jpg", one, quality)[1], cv2.IMREAD_GRAYSCALE) for one in pictures]
        return torch.from_numpy(np.stack(read))[:, None].float() / 255


def _blurred(shown: Tensor) -> Tensor:
    """Blur by about a pixel."""
    kernel = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0])
    kernel = (kernel[:, None] * kernel / 256).view(1, 1, 5, 5)
    return F.conv2d(F.pad(shown, (2, 2, 2, 2), mode="reflect"), kernel)
