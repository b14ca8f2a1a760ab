"""Sets lines of Korean and English as a plain PDF 1.7, without a browser and without fonts in the file.

Korean is set in HYGothic-Medium of the Adobe-Korea1 collection, which every viewer replaces by a Korean font
it has (ISO 32000-1, 9.7.5.2); everything else in Helvetica. A map to Unicode makes the text copyable.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 595, 842  # A4 in points
LEFT, TOP, BOTTOM = 56, 780, 60
LEADING = 1.5  # of the size
# Helvetica's advance widths for U+0020 to U+007E, in thousandths of the size (Adobe core font metrics).
_HELVETICA = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    """One paragraph. `size` in points; `gap` is the space before it, in points."""

    words: str
    size: float = 9.5
    gap: float = 0.0


@dataclass(frozen=True, slots=True)
class NewPage:
    """What follows begins on a fresh page."""


_KOREAN = (
    b"""<< /Type /Font /Subtype /Type0 /BaseFont /HYGothic-Medium-UniKS-UTF16-H /Encoding /UniKS-UTF16-H
/DescendantFonts [5 0 R] /ToUnicode 7 0 R >>""",
    b"""<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HYGothic-Medium /DW 1000 /FontDescriptor 6 0 R
/CIDSystemInfo << /Registry (Adobe) /Ordering (Korea1) /Supplement 2 >> >>""",
    b"""<< /Type /FontDescriptor /FontName /HYGothic-Medium /Flags 4 /FontBBox [-6 -145 1003 880]
/ItalicAngle 0 /Ascent 752 /Descent -271 /CapHeight 737 /StemV 58 >>""",
)


def set_pages(parts: Iterable[Text | NewPage], foot: str) -> bytes:
    """Return the PDF; the same parts give the same bytes. `foot` stands on every page, with its number.

    Letters that the Korean collection does not have are written as escapes, as in JSON.
    """
    pages: list[list[bytes]] = [[]]
    at = float(TOP)
    for part in parts:
        if isinstance(part, NewPage):
            pages.append([])
            at = float(TOP)
            continue
        at -= part.gap
        for line in wrapped(representable(part.words), part.size):
            if at < BOTTOM + part.size:
                pages.append([])
                at = float(TOP)
            pages[-1].append(_set(line, LEFT, at, part.size))
            at -= part.size * LEADING
    for number, page in enumerate(pages, 1):
        page.append(_set(representable(f"{foot}    {number} / {len(pages)}"), LEFT, 36, 7.5))
    return _document([b"\n".join(page) for page in pages])


def representable(words: str) -> str:
    """Return a text with every letter that cannot be set escaped."""
    return "".join(
        letter if _is_ascii(letter) or _is_korean(letter) else _escaped(letter) for letter in words
    )


def wrapped(words: str, size: float) -> list[str]:
    """Return the lines of a paragraph: broken at spaces, and within what is longer than a line."""
    most = (WIDTH - 2 * LEFT) / size * 1000
    lines, line, used = [], "", 0
    for word in _pieces(words):
        width = sum(map(_width, word))
        if line and used + width > most:
            lines.append(line.rstrip())
            line, used = "", 0
            word = word.lstrip()  # noqa: PLW2901  # a line does not begin with the space before it
            width = sum(map(_width, word))
        for letter in word if width > most else ():
            if used + _width(letter) > most:
                lines.append(line)
                line, used = "", 0
            line += letter
            used += _width(letter)
        if width <= most:
            line += word
            used += width
    return [*lines, line.rstrip()]


def _pieces(words: str) -> list[str]:
    """Return words, each with the space before it."""
    first, *others = words.split(" ")
    return [first, *(f" {word}" for word in others)]


def _width(letter: str) -> int:
    return _HELVETICA[ord(letter) - 0x20] if _is_ascii(letter) else 1000


def _is_ascii(letter: str) -> bool:
    return " " <= letter <= "~"


def _is_korean(letter: str) -> bool:
    try:
        return len(letter.encode("cp949")) == 2  # noqa: PLR2004  # what Adobe-Korea1 has, at least
    except UnicodeEncodeError:
        return False


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")


def _set(line: str, x: float, y: float, size: float) -> bytes:
    """Return the operators that set one line: stretches of Helvetica and of Korean."""
    out = [f"BT 1 0 0 1 {x:.1f} {y:.1f} Tm"]
    stretch = ""
    for letter, following in zip(line, [*line[1:], ""], strict=True):
        stretch += letter
        if following and _is_ascii(letter) == _is_ascii(following):
            continue
        if _is_ascii(letter):
            quoted = stretch.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
            out.append(f"/F1 {size} Tf ({quoted}) Tj")
        else:
            out.append(f"/F2 {size} Tf <{stretch.encode('utf-16-be').hex()}> Tj")
        stretch = ""
    return " ".join([*out, "ET"]).encode("ascii")


def _document(contents: Sequence[bytes]) -> bytes:
    first = 8  # objects 1 to 7 are the catalogue, the list of pages, and the fonts
    kids = " ".join(f"{first + 2 * number} 0 R" for number in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        *_KOREAN,
        _stream(_to_unicode()),
    ]
    for number, content in enumerate(contents):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] "
            f"/Contents {first + 2 * number + 1} 0 R "
            "/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>".encode()
        )
        objects.append(_stream(content))
    return _file(objects)


def _stream(body: bytes) -> bytes:
    packed = zlib.compress(body)
    return b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(packed), packed)


def _to_unicode() -> bytes:
    """Return the map from codes to Unicode: they are the same, but a range may not cross a first byte."""
    rows = [f"<{high:02x}00> <{high:02x}ff> <{high:02x}00>" for high in range(256)]
    blocks = [rows[start : start + 100] for start in range(0, 256, 100)]
    ranges = "\n".join(f"{len(b)} beginbfrange\n" + "\n".join(b) + "\nendbfrange" for b in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Same def\n"
        "/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n{ranges}\nendcmap\nend\nend"
    ).encode()


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)
