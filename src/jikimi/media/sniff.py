"""Tells what a file is from its first bytes; names and declared types are never believed."""

from jikimi.model.errors import BadMedia

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "HEIC", "TIFF", "BMP")
"""The pictures we read, as they stand in `Inspection.format`."""

CLIPS = (
    "MP4", "MATROSKA", "AVI", "MPEG-TS", "FLV", "MPEG", "OGG", "MP3", "FLAC", "WAV", "AAC", "AMR",
)  # fmt: skip
"""The videos and sounds we read. MP4 stands for QuickTime, 3GP and M4A too, Matroska for WebM."""

LARGEST_PIXELS = 100_000_000
MOST_FRAMES = 10_000
LONGEST_PREVIEW = 64

_PICTURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
)
_CLIPS = (
    (b"\x1aE\xdf\xa3", "MATROSKA"),
    (b"FLV\x01", "FLV"),
    (b"\x00\x00\x01\xba", "MPEG"),
    (b"OggS", "OGG"),
    (b"\xff\xfb", "MP3"),
    (b"\xff\xfa", "MP3"),
    (b"\xff\xf3", "MP3"),
    (b"\xff\xf2", "MP3"),
    (b"\xff\xe3", "MP3"),
    (b"\xff\xfd", "MP3"),
    (b"\xff\xf1", "AAC"),
    (b"\xff\xf9", "AAC"),
    (b"fLaC", "FLAC"),
    (b"#!AMR", "AMR"),
)
_TAGGED = frozenset({"AAC", "FLAC"})
_MOVIE_BOXES = frozenset({b"styp", b"moov", b"mdat", b"moof", b"wide", b"free", b"skip"})
_TS_PACKET = 188
_TS_SYNC = 0x47
_OTHERS = (
    (b"#EXTM3U", "a playlist (HLS)"),
    (b"\x00\x00\x01\xb3", "a bare MPEG video stream"),
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"8BPS", "a Photoshop file"),
    (b"\x00\x00\x01\x00", "an icon (ICO)"),
    (b"\xff\x0a", "a JPEG XL, which is not read yet"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL, which is not read yet"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000, which is not read yet"),
)
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HTML = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<!--")
_HEAD = 512
_LARGEST_FTYP = 256


def sniff(body: bytes) -> str:
    """Return which of FORMATS or CLIPS this is; raises BadMedia saying what it is instead."""
    if not body:
        raise BadMedia("the file is empty")
    for magic, name in _PICTURES:
        if body.startswith(magic):
            return name
    if body.startswith(b"RIFF") and len(body) >= 12:  # noqa: PLR2004  (RIFF, length, four letters)
        return _riff(body[8:12])
    if body[4:8] == b"ftyp":
        return _box(body)
    clip = _clip(body)
    if clip:
        return clip
    if body.startswith(b"BM") and body[6:10] == bytes(4):
        return "BMP"
    for magic, name in _OTHERS:
        if body.startswith(magic):
            raise BadMedia(f"this is {name}, not a picture we read")
    raise BadMedia(_words(body))


def is_clip(body: bytes) -> bool:
    """Tell whether this begins like a video or a sound."""
    try:
        return sniff(body) in CLIPS
    except BadMedia:
        return False


def _clip(body: bytes) -> str:
    """Tell which video or sound this is, "" if none. Transport streams repeat their first byte."""
    if body.startswith(b"ID3"):
        return _behind_tag(body)
    for magic, name in _CLIPS:
        if body.startswith(magic):
            return name
    if body[4:8] in _MOVIE_BOXES:
        return "MP4"
    syncs = body[: 3 * _TS_PACKET : _TS_PACKET]
    return "MPEG-TS" if len(syncs) > 1 and set(syncs) == {_TS_SYNC} else ""


def _behind_tag(body: bytes) -> str:
    """Tell what follows an ID3 tag: mostly MP3, but streams of AAC begin with one, too (RFC 8216, 3.4)."""
    size = 0
    for byte in body[6:10]:
        size = size << 7 | byte & 0x7F
    rest = body[10 + size : 14 + size]
    return next((name for magic, name in _CLIPS if name in _TAGGED and rest.startswith(magic)), "MP3")


def _riff(letters: bytes) -> str:
    """Tell what a RIFF file holds."""
    name = {b"WEBP": "WEBP", b"AVI ": "AVI", b"WAVE": "WAV"}.get(letters)
    if name is None:
        raise BadMedia("this is a RIFF file, not a picture")
    return name


def _box(body: bytes) -> str:
    """Tell AVIF and HEIC from video by the brands of the file type box (ISO/IEC 14496-12, 4.3)."""
    end = min(int.from_bytes(body[:4], "big"), _LARGEST_FTYP, len(body))
    brands = {body[8:12], *(body[at : at + 4] for at in range(16, end - 3, 4))}
    if brands & _AVIF_BRANDS:
        return "AVIF"
    if brands & _HEIC_BRANDS:
        return "HEIC"
    return "MP4"


def _words(body: bytes) -> str:
    """Say what a file without a known beginning is: HTML, a drawing in SVG, text, or nothing known."""
    head = body[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(_HTML):
        return "this is HTML, not a picture"
    if b"<svg" in head:
        return "this is an SVG drawing, which is not read"
    if b"<mpd" in head:
        return "this is a playlist (DASH), not a picture we read"
    text = body[:_HEAD].decode("utf-8", "replace").rstrip("\ufffd")
    if all(letter.isprintable() or letter in "\t\r\n\f" for letter in text) and "\ufffd" not in text:
        return "this is text, not a picture"
    return "this is not a kind of file we know, so not a picture"
