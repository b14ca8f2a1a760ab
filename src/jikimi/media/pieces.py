"""What a playlist names: pieces of one stream, in order, each a file or a range of bytes of one."""

import re
from dataclasses import dataclass
from typing import Final

from jikimi.model.errors import BadMedia

MOST_PIECES: Final = 600
MOST_SECONDS: Final = 30 * 60
LONGEST_PIECE: Final = 60
"""Seconds that one piece may claim: a longer claim would make us leave out what follows."""
WANTED_HEIGHT: Final = 480
"""Rows of a picture: enough for every fingerprint, and a fifth of the bytes of full size."""
WANTED_RATE: Final = 1_500_000
ENCRYPTED: Final = "the stream is encrypted, which is not opened: look at it by hand"

_RANGE = re.compile(r"(\d{1,15})-(\d{1,15})")


@dataclass(frozen=True, slots=True)
class Piece:
    """One address as the playlist has it, and which bytes of it: (first, how many), None for all."""

    url: str
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """One of several renderings of the same: its height in rows and rate in bits/s, 0 if unknown."""

    url: str
    height: int
    rate: int


def nearest(variant: Variant) -> tuple[float, float]:
    """Order variants: pictures before none, then by how far they are from the size that is wanted."""
    if variant.height:
        return 0, abs(variant.height - WANTED_HEIGHT)
    return 1, abs(variant.rate - WANTED_RATE)


def span_of(text: str | None) -> tuple[int, int] | None:
    """Read a range such as "0-99" (RFC 9110, 14.1.2); BadMedia if it is none."""
    if text is None:
        return None
    found = _RANGE.fullmatch(text)
    if found is None or int(found[2]) < int(found[1]):
        raise BadMedia("the playlist names a range of bytes that is none")
    return int(found[1]), int(found[2]) - int(found[1]) + 1
