"""Describes a picture by the numbers a neural network gives it, alike for a picture and its copies.

The network is an ONNX file of the centre's own, such as SSCD (Pizzi, Roy, Ravindra, Goyal, Douze: "A
Self-Supervised Descriptor for Image Copy Detection", CVPR 2022).
"""

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from jikimi.fingerprints.inner import photographs_in
from jikimi.fingerprints.local import Grey, resized
from jikimi.fingerprints.onnx_file import Wants, wants_of
from jikimi.model.errors import Misconfigured
from jikimi.model.fingerprint import (
    LIKENESS,
    LONGEST_HASH,
    MOST_NUMBERS,
    Fingerprint,
    Kind,
    Orientation,
    Picture,
    View,
)

PAGE: Final = 512
"""Pixels on the longer side of the picture in which photographs on a page are looked for."""

MOST_PANELS: Final = 4
LARGEST_FILE: Final = 256 * 2**20
"""Bytes; SSCD has 94 MB. It must fit into the order that starts the sandbox."""

LARGEST_STEP: Final = 127
NAME_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Network:
    """A network in the second look; for one thread at a time. Made by `read_network`.

    The name holds the beginning of the file's SHA-256: numbers of different networks never meet.
    """

    name: str
    wants: Wants
    model: bytes = field(repr=False)
    kind: Kind = field(default=Kind.IMAGE, init=False)
    is_second_look: bool = field(default=True, init=False)

    def fingerprint(self, body: bytes, picture: Picture) -> list[Fingerprint]:  # noqa: ARG002 - the port gives both
        """Return the whole upright and mirrored, and each photograph on a page or in a collage.

        A value is one signed byte a number, the largest at 127 or -127: only the direction counts. A plain
        picture has none.
        """
        luma = np.frombuffer(picture.luma, np.uint8).reshape(picture.height, picture.width)
        if luma.min() == luma.max():
            return []
        views = [(luma, View.WHOLE, Orientation.UPRIGHT)]
        views.append((np.ascontiguousarray(luma[:, ::-1]), View.WHOLE, Orientation.MIRRORED))
        parts = _photographs(luma)
        views += [
            (part, View.TRIMMED if len(parts) == 1 else View.CLOSE, Orientation.UPRIGHT) for part in parts
        ]
        return [
            Fingerprint(self.name, described(self.model, self.wants, seen), 100, view, orientation)
            for seen, view, orientation in views
        ]


def read_network(model: bytes) -> Network:
    """Return the fingerprinter of an ONNX file, tried once; Misconfigured says why it cannot be used."""
    if len(model) > LARGEST_FILE:
        raise Misconfigured(f"the network is larger than {LARGEST_FILE >> 20} MB; take a smaller one")
    wants = wants_of(model)
    try:
        numbers = len(described(model, wants, np.zeros((wants.side, wants.side), np.uint8)))
    except cv2.error as error:
        raise Misconfigured(
            "the network cannot be run by OpenCV: export it with opset 11 to 17 and with constant sizes"
        ) from error
    if not LONGEST_HASH < numbers <= MOST_NUMBERS:
        raise Misconfigured(
            f"the network gives {numbers} numbers for a picture;"
            f" take one that gives {LONGEST_HASH + 1} to {MOST_NUMBERS}"
        )
    return Network(LIKENESS + hashlib.sha256(model).hexdigest()[:NAME_DIGITS], wants, model)


def described(model: bytes, wants: Wants, luma: Grey) -> bytes:
    """Run the network on a picture squeezed to its square (height × width, grey): a signed byte a number."""
    how = cv2.INTER_AREA if min(luma.shape) >= wants.side else cv2.INTER_LINEAR
    small = cv2.resize(luma, (wants.side, wants.side), interpolation=how).astype(np.float32) / 255
    channels = [(small - mean) / std for mean, std in zip(wants.means, wants.deviations, strict=True)]
    network = _loaded(model)
    network.setInput(np.stack(channels)[np.newaxis].astype(np.float32))
    numbers: NDArray[np.float32] = np.asarray(network.forward(), np.float32).ravel()
    largest = float(np.abs(numbers).max(initial=0.0))
    if not 0 < largest < np.inf:
        return bytes(len(numbers))
    return np.round(numbers * (LARGEST_STEP / largest)).astype(np.int8).tobytes()


# Building a network takes up to a second, and in the sandbox it must be done before the doors are shut.
@lru_cache(maxsize=2)
def _loaded(model: bytes) -> Any:
    """Build the network from its file."""
    return cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))


def _photographs(luma: Grey) -> list[Grey]:
    """Return the photographs on a page, the largest first; [] for a picture that is one itself."""
    grey = resized(luma, PAGE)
    scale = luma.shape[1] / grey.shape[1]
    cuts = [
        [round(edge * scale) for edge in (one.top, one.bottom, one.left, one.right)]
        for one in photographs_in(grey)[:MOST_PANELS]
    ]
    return [np.ascontiguousarray(luma[top:bottom, left:right]) for top, bottom, left, right in cuts]
