"""Trains a small network that gives a picture and its edited copies nearly the same 128 numbers.

The recipe follows Pizzi, Roy, Ravindra, Goyal, Douze: "A Self-Supervised Descriptor for Image Copy
Detection", CVPR 2022: InfoNCE over edited views plus an entropy term that spreads what is unlike.
Run it as README.md beside it says.
"""

import argparse
import math
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own name for it

from image_views import Editor

SIDE = 64
NUMBERS = 128
PAIRS = 128
TEMPERATURE = 0.05
ENTROPY = 0.3
ORIGINALS = 0.6
"""Share of pairs that are a picture and an edit of it, as a reference and its copy are; else two edits."""

FASTEST = 2e-3
WARM_UP = 50
SAVE_EVERY = 200


class Block(nn.Module):
    """Two 3 × 3 convolutions beside a short cut."""

    def __init__(self, coming: int, going: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(coming, going, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(going)
        self.second = nn.Conv2d(going, going, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(going)
        self.short = nn.Conv2d(coming, going, 1, stride, bias=False)

    def forward(self, seen: Tensor) -> Tensor:
        """Return n × going × height × width."""
        inner = F.relu(self.first_norm(self.first(seen)))
        return F.relu(self.second_norm(self.second(inner)) + self.short(seen))


class Network(nn.Module):
    """Grey pictures (n × 1 × 64 × 64, 0..1) in, descriptors (n × 128, length 1) out; 0.9 M weights."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 48, 7, 4, 3)
        self.blocks = nn.Sequential(Block(48, 48, 1), Block(48, 96, 2), Block(96, 192, 2))
        self.wide = nn.Conv2d(192, 384, 1)
        self.last = nn.Linear(384, NUMBERS)

    def forward(self, pictures: Tensor) -> Tensor:
        """Pool by generalised means (p = 3), which lets what stands out speak."""
        seen = F.relu(self.wide(self.blocks(F.relu(self.stem(pictures - 0.5)))))
        pooled = (seen.clamp(min=1e-4) ** 3).mean((2, 3)) ** (1 / 3)
        return F.normalize(self.last(pooled), dim=1)


def pictures_in(folder: Path) -> Tensor:
    """Read every JPEG below a folder as grey, cut to its middle square: n × 1 × 64 × 64 bytes."""
    found = []
    for path in sorted(folder.rglob("*.[jJ][pP]*[gG]")):
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if grey is not None:
            side = min(grey.shape)
            top, left = (grey.shape[0] - side) // 2, (grey.shape[1] - side) // 2
            square = grey[top : top + side, left : left + side]
            found.append(cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    return torch.from_numpy(np.stack(found))[:, None]


def loss_of(first: Tensor, second: Tensor) -> tuple[Tensor, float]:
    """Return the loss, and how often a view's nearest neighbour is its own other view."""
    views = torch.cat([first, second])
    place = torch.arange(len(views))
    own = (place + len(first)) % len(views)
    alike = (views @ views.T).fill_diagonal_(-1)
    nearest = alike.masked_fill(F.one_hot(own, len(views)).bool(), -1).amax(1)
    spread = (2 - 2 * nearest).clamp(min=1e-6).sqrt().log().mean()
    right = float((alike.argmax(1) == own).float().mean())
    return F.cross_entropy(alike / TEMPERATURE, own) - ENTROPY * spread, right


def train(pictures: Tensor, out: Path, minutes: float, seed: int) -> Network:
    """Train for so many minutes; the learning rate falls with the time that is left."""
    torch.manual_seed(seed)
    network, editor = Network(), Editor(SIDE, seed)
    optimiser = torch.optim.AdamW(network.parameters(), FASTEST, weight_decay=1e-4)
    began, step = time.monotonic(), 0
    while (gone := (time.monotonic() - began) / (60 * minutes)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = FASTEST * min(1, (step + 1) / WARM_UP) * (0.5 + 0.5 * math.cos(math.pi * gone))
        chosen = pictures[torch.randint(len(pictures), (PAIRS,))].float() / 255
        is_original = (torch.rand(PAIRS) < ORIGINALS).view(-1, 1, 1, 1)
        views = network(torch.cat([torch.where(is_original, chosen, editor(chosen)), editor(chosen)]))
        loss, right = loss_of(views[:PAIRS], views[PAIRS:])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        step += 1
        if step % 20 == 0:
            print(f"{step} {gone:.3f} loss {loss.item():.3f} right {right:.2f}", flush=True)
        if step % SAVE_EVERY == 0:
            save(network, out)
    return network


def save(network: Network, out: Path) -> None:
    """Write the network as ONNX, with what it wants to see written beside it."""
    network.eval()
    torch.onnx.export(
        network,
        (torch.zeros(1, 1, SIDE, SIDE),),
        str(out),
        input_names=["picture"],
        output_names=["descriptor"],
        dynamic_axes={"picture": {0: "views"}, "descriptor": {0: "views"}},
        opset_version=17,
        dynamo=False,
    )
    torch.save(network.state_dict(), out.with_suffix(".pt"))
    network.train()


def main() -> None:
    """Read the command line, train, write."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("pictures", type=Path, help="folder of photographs to learn from")
    asked.add_argument("out", type=Path, help="ONNX file to write")
    asked.add_argument("--minutes", type=float, default=45)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--threads", type=int, default=2)
    given = asked.parse_args()
    torch.set_num_threads(given.threads)
    pictures = pictures_in(given.pictures)
    print(f"{len(pictures)} pictures", flush=True)
    save(train(pictures, given.out, given.minutes, given.seed), given.out)


if __name__ == "__main__":
    main()
