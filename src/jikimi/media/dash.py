"""Reads DASH playlists (ISO/IEC 23009-1): the pieces of the rendering nearest to the wanted size."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin
from xml.parsers import expat

from jikimi.media.pieces import (
    ENCRYPTED,
    LONGEST_PIECE,
    MOST_PIECES,
    MOST_SECONDS,
    Piece,
    Variant,
    nearest,
    span_of,
)
from jikimi.model.errors import BadMedia

ROOT: Final = "urn:mpeg:dash:schema:mpd:2011 MPD"
MOST_ELEMENTS: Final = 50_000
DEEPEST: Final = 16
LONGEST: Final = 8192
"""Characters of an address, as of every one we visit: short words can stand for gigabytes of it."""
WIDEST: Final = 9  # digits that a field may be filled up to
TOO_LONG: Final = "the playlist (DASH) names an address that is longer than any we visit"
_FIELD = re.compile(r"\$(RepresentationID|Number|Time|Bandwidth)?(?:%0(\d)d)?\$")
_LASTS = re.compile(r"P(?:(\d{1,4})D)?T?(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8}(?:\.\d{1,9})?)S)?")
_NUMBER = re.compile(r"-?[0-9]{1,15}")


@dataclass(slots=True)
class _Element:
    name: str
    attributes: Mapping[str, str]
    children: list["_Element"] = field(default_factory=list)
    text: str = ""

    def all(self, name: str) -> list["_Element"]:
        return [one for one in self.children if one.name == name]

    def number(self, name: str, default: int) -> int:
        text = self.attributes.get(name, "")
        return int(text) if _NUMBER.fullmatch(text) else default


def is_dash(body: bytes) -> bool:
    """Tell whether the root is that of a DASH playlist; nothing that follows it is read."""
    roots: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, _: roots.append(name) if not roots else None
    parser.StartDoctypeDeclHandler = lambda *_: roots.append("")
    with suppress(expat.ExpatError, LookupError, ValueError):
        parser.Parse(body[:4096], False)
    return roots[:1] == [ROOT] or (roots[:1] == [""] and b"<MPD" in body[:4096])


def dash_pieces(body: bytes, url: str) -> list[Piece]:
    """Return the pieces of every period with whole addresses, up to the bounds of `pieces`.

    Raises BadMedia if it is no such playlist, goes on (type "dynamic"), is encrypted, or names nothing.
    """
    root = _parsed(body)
    if root.attributes.get("type") == "dynamic":
        raise BadMedia("the stream is live (DASH): look at it once it has ended")
    found: list[Piece] = []
    base = _base(root, url)
    for period in root.all("Period"):
        lasts = _lasts(period.attributes.get("duration") or root.attributes.get("mediaPresentationDuration"))
        found += _period_pieces(period, _base(period, base), lasts)
        if len(found) >= MOST_PIECES:
            break
    if not found:
        raise BadMedia("the playlist names no piece of a stream")
    return found[:MOST_PIECES]


def _period_pieces(period: _Element, base: str, lasts: float) -> list[Piece]:
    """Return the pieces of the rendering that is nearest to what is wanted."""
    renderings = [
        (nearest(_variant(one, group)), group, one)
        for group in period.all("AdaptationSet")
        for one in group.all("Representation")
    ]
    if not renderings:
        return []
    _, group, chosen = min(renderings, key=lambda one: one[0])
    if group.all("ContentProtection") or chosen.all("ContentProtection"):
        raise BadMedia(ENCRYPTED)
    base = _base(chosen, _base(group, base))
    levels = (period, group, chosen)
    if template := _inherited(levels, "SegmentTemplate"):
        return _from_template(template, chosen, base, lasts)
    if listed := _inherited(levels, "SegmentList"):
        return _from_list(listed, base)
    return [Piece(base)]


def _variant(one: _Element, group: _Element) -> Variant:
    """Return a rendering's size; one without pictures has no height and comes last."""
    kind = "".join(
        level.attributes.get(name, "") for level in (one, group) for name in ("mimeType", "contentType")
    )
    height = one.number("height", 0) or group.number("height", 0) or group.number("maxHeight", 0)
    return Variant("", height or int("video" in kind), one.number("bandwidth", 0))


def _inherited(levels: Sequence[_Element], name: str) -> _Element | None:
    """Join what period, set and rendering say: the inner ones' word counts (5.3.9.1)."""
    said = [one for level in levels for one in level.all(name)[:1]]
    if not said:
        return None
    whole = _Element(name, {})
    for one in said:
        whole.attributes = {**whole.attributes, **one.attributes}
        names = {child.name for child in one.children}
        whole.children = [child for child in whole.children if child.name not in names] + one.children
    return whole


def _from_list(listed: _Element, base: str) -> list[Piece]:
    found = [
        Piece(_joined(base, one.attributes.get("sourceURL", "")), span_of(one.attributes.get("range")))
        for one in listed.all("Initialization")[:1]
    ]
    for one in listed.all("SegmentURL")[:MOST_PIECES]:
        span = span_of(one.attributes.get("mediaRange"))
        found.append(Piece(_joined(base, one.attributes.get("media", "")), span))
    return found


def _from_template(template: _Element, chosen: _Element, base: str, lasts: float) -> list[Piece]:
    media, begin = template.attributes.get("media", ""), template.attributes.get("initialization", "")
    known = {
        name: chosen.attributes.get(key, "")
        for name, key in (("RepresentationID", "id"), ("Bandwidth", "bandwidth"))
    }
    found = [Piece(_joined(base, _filled(begin, known)))] if begin else []
    number = template.number("startNumber", 1)
    for time in _times(template, lasts):
        told = known | {"Number": str(number), "Time": str(time)}
        found.append(Piece(_joined(base, _filled(media, told))))
        number += 1
    return found


def _times(template: _Element, lasts: float) -> Iterator[int]:
    """Yield when each piece begins, in the template's unit."""
    scale = max(template.number("timescale", 1), 1)
    count, seconds = 0, 0.0
    for time, length in _spaces(template, lasts * scale):
        if count == MOST_PIECES or seconds >= MOST_SECONDS:
            return
        yield time
        count, seconds = count + 1, seconds + min(length / scale, LONGEST_PIECE)


def _spaces(template: _Element, lasts: float) -> Iterator[tuple[int, int]]:
    """Yield when each piece begins and how long it is, in the template's unit."""
    time = 0
    for line in template.all("SegmentTimeline"):
        for one in line.all("S"):
            time, length = one.number("t", time), max(one.number("d", 1), 1)
            again = one.number("r", 0)
            for _ in range(again + 1 if again >= 0 else max(round((lasts - time) / length), 1)):
                yield time, length
                time += length
    length = template.number("duration", 0)
    while length > 0 and time < lasts and not template.all("SegmentTimeline"):
        yield time, length
        time += length


def _filled(pattern: str, known: Mapping[str, str]) -> str:
    longest = max(WIDEST, *map(len, known.values()))
    if len(pattern) + pattern.count("$") // 2 * longest > LONGEST:
        raise BadMedia(TOO_LONG)

    def one(found: re.Match[str]) -> str:
        if not found[1]:
            return "$"
        value = known.get(found[1], "")
        return value.zfill(int(found[2])) if found[2] else value

    return _FIELD.sub(one, pattern)


def _base(element: _Element, url: str) -> str:
    named = element.all("BaseURL")
    return _joined(url, named[0].text.strip()) if named else url


def _joined(base: str, reference: str) -> str:
    """Resolve an address; BadMedia for one that is none, or longer than any that is visited."""
    if len(base) + len(reference) > LONGEST:
        raise BadMedia(TOO_LONG)
    try:
        return urljoin(base, reference)
    except ValueError as error:
        raise BadMedia("the playlist (DASH) names an address that is none") from error


def _lasts(text: str | None) -> float:
    """Read a duration such as PT1H2M3.5S in seconds, 0 if it is none."""
    found = _LASTS.fullmatch(text or "")
    if found is None:
        return 0
    return sum(
        float(part or 0) * size for part, size in zip(found.groups(), (86400, 3600, 60, 1), strict=True)
    )


def _parsed(body: bytes) -> _Element:
    """Read the XML, without any document type, so that there are no entities."""
    tree = _Tree()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = tree.refuse
    parser.StartElementHandler = tree.start
    parser.CharacterDataHandler = tree.text
    parser.EndElementHandler = tree.end
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise BadMedia("the playlist (DASH) cannot be read") from error
    return tree.top.children[0]


class _Tree:
    """Keeps elements as expat calls them, within bounds."""

    def __init__(self) -> None:
        self.top = _Element("", {})
        self._open = [self.top]
        self._count = 0

    def refuse(self, *_: object) -> None:
        raise BadMedia("the playlist (DASH) has a document type, which none needs: it was not read")

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) > DEEPEST:
            raise BadMedia("the playlist (DASH) is larger or deeper than any we read")
        one = _Element(name.rpartition(" ")[2], attributes)
        self._open[-1].children.append(one)
        self._open.append(one)

    def text(self, text: str) -> None:
        if self._open[-1].name == "BaseURL":
            self._open[-1].text += text

    def end(self, _: str) -> None:
        self._open.pop()
