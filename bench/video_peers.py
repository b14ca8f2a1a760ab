"""vPDQ's rule in our own words: PDQ of a frame a second, a match where four fifths of the asked are near."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jikimi.fingerprints.pdq import pdq_of
from jikimi.media.clip import watch
from jikimi.media.sniff import sniff
from jikimi.model.fingerprint import Effort
from jikimi.vault.frame_rows import distances

NEAR: Final = 31
QUALITY: Final = 50
SHARE: Final = 0.8

Rows = NDArray[np.uint8]


def vpdq_of(path: Path) -> Rows:
    """Return n × 32 bytes: PDQ of one frame a second, as vPDQ samples by default; dull frames left out."""
    body = path.read_bytes()
    frames = watch(body, sniff(body), Effort.SECOND).clip.frames[::2]
    hashes = []
    for frame in frames:
        seen = frame.picture
        luma = np.frombuffer(seen.luma, np.uint8).reshape(seen.height, seen.width)
        value, quality = pdq_of(luma, (seen.original_height, seen.original_width))
        if quality >= QUALITY:
            hashes.append(value)
    return np.frombuffer(b"".join(dict.fromkeys(hashes)), np.uint8).reshape(-1, 32)


def vpdq_matches(asked: Rows, kept: Rows) -> bool:
    """Tell whether ThreatExchange's default rule calls this a match: 31 bits, 80 % of the asked frames."""
    if not len(asked) or not len(kept):
        return False
    near = distances(asked, kept).min(axis=1) <= NEAR
    return float(near.mean()) >= SHARE
