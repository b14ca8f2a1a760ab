"""Reads HLS playlists (RFC 8216): the renderings a master names, or the pieces of one of them."""

import math
import re
from collections.abc import Iterator
from typing import Final

from jikimi.media.pieces import ENCRYPTED, LONGEST_PIECE, MOST_PIECES, MOST_SECONDS, Piece, Variant
from jikimi.model.errors import BadMedia

MAGIC: Final = b"#EXTM3U"
MOST_VARIANTS: Final = 100
_SPAN = re.compile(r"(\d{1,15})(?:@(\d{1,15}))?")
_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^",]*)')


def variants_of(body: bytes) -> list[Variant]:
    """Return the renderings that a master playlist names, none if it is a playlist of pieces."""
    found: list[Variant] = []
    named: dict[str, str] | None = None
    for tag, value in _lines(body):
        if tag == "#EXT-X-STREAM-INF":
            named = _attributes(value)
        elif not tag and named is not None:
            _, _, height = named.get("RESOLUTION", "").partition("x")
            found.append(Variant(value, _number(height), _number(named.get("BANDWIDTH", ""))))
            named = None
            if len(found) == MOST_VARIANTS:
                break
    return found


def pieces_of(body: bytes) -> list[Piece]:
    """Return the pieces of a stream, up to the bounds of `pieces`; of a live one, what is there now.

    Raises BadMedia if it is encrypted, or names no piece.
    """
    reader = _Reader()
    for tag, value in _lines(body):
        if reader.is_full:
            break
        reader.read(tag, value)
    if not reader.pieces:
        raise BadMedia("the playlist names no piece of a stream")
    return reader.pieces


class _Reader:
    """Goes through the lines of a playlist of pieces, and keeps what a line says of those that follow."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self._seconds = 0.0
        self._lasts = 0.0
        self._span: tuple[int, int | None] | None = None
        self._ends: dict[str, int] = {}

    @property
    def is_full(self) -> bool:
        return len(self.pieces) >= MOST_PIECES or self._seconds >= MOST_SECONDS

    def read(self, tag: str, value: str) -> None:
        if tag == "#EXT-X-KEY" and _attributes(value).get("METHOD") != "NONE":
            raise BadMedia(ENCRYPTED)
        if tag == "#EXTINF":
            self._lasts = _seconds(value.partition(",")[0])
        elif tag == "#EXT-X-BYTERANGE":
            self._span = _span(value)
        elif tag == "#EXT-X-MAP":
            named = _attributes(value)
            span = _span(named["BYTERANGE"]) if "BYTERANGE" in named else None
            self._add(named.get("URI", ""), span)
        elif not tag:
            self._add(value, self._span)
            self._seconds += self._lasts
            self._lasts, self._span = 0.0, None

    def _add(self, url: str, span: tuple[int, int | None] | None) -> None:
        if span is None:
            self.pieces.append(Piece(url))
            return
        length, first = span
        if first is None:  # it begins where the last range of the same file ended
            first = self._ends.get(url, 0)
        self._ends[url] = first + length
        self.pieces.append(Piece(url, (first, length)))


def _lines(body: bytes) -> Iterator[tuple[str, str]]:
    """Yield (tag, its value), and ("", address) for a line that is an address; comments are left out."""
    for line in body.decode("utf-8", "replace").split("\n"):
        text = line.strip()
        if text.startswith("#EXT"):
            tag, _, value = text.partition(":")
            yield tag, value
        elif text and not text.startswith("#"):
            yield "", text


def _attributes(text: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(text)}


def _span(text: str) -> tuple[int, int | None]:
    found = _SPAN.fullmatch(text)
    if found is None or not int(found[1]):
        raise BadMedia("the playlist names a range of bytes that is none")
    return int(found[1]), None if found[2] is None else int(found[2])


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        return 0
    return min(max(seconds, 0), LONGEST_PIECE) if math.isfinite(seconds) else LONGEST_PIECE


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,12}", text) else 0
