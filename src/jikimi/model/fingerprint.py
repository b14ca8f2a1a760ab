"""Pictures as the sandbox sees them, and what is kept of them: fingerprints and matches."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

POINT: Final = (
    ("x", "<u2"),  # from left to right, 65,535 is the picture's width
    ("y", "<u2"),  # from top to bottom, 65,535 is the picture's height
    ("octave", "u1"),  # which step of the pyramid it was seen on: 0 is the finest, each is 1.2 times coarser
    ("angle", "u1"),  # clockwise from the right, 256 is a full turn
    ("bits", "u1", (32,)),  # what the neighbourhood looks like: 256 comparisons of grey values
)
"""One point of a local fingerprint ("orb"), 38 bytes, as NumPy names the fields of a record."""

POINT_BYTES: Final = 38

POINTS_HEADER: Final = "<BxHHHH"
"""What precedes the points, for `struct`: layout version (1), points, points a reference keeps, width and
height in pixels of the grid they were found on. Points are ordered: those a reference keeps come first."""

POINTS_VERSION: Final = 1

FRAME: Final = (
    ("at", "<u4"),  # milliseconds from the clip's beginning
    ("lasts", "<u2"),  # hundredths of a second for which nothing changes much; 65,535 is as long or longer
    ("seen", "u1"),  # kept of a reference: the number of the window; asked: 8 x the view + the orientation
    ("quality", "u1"),  # 0 to 100, as PDQ counts it
    ("bits", "u1", (32,)),  # signs of 256 cosine coefficients, ordered as PDQ orders them
)
"""One row of a clip's fingerprint ("frames"), 40 bytes, as NumPy names the fields of a record."""

FRAMES_HEADER: Final = "<BBxxI"
"""What precedes the rows, for `struct`: layout version (1), 1 of a reference or 0 of what is asked, rows.
Rows are ordered by time."""

FRAMES_VERSION: Final = 1

VPDQ_FRAME: Final = (
    ("at", "<u4"),  # milliseconds from the clip's beginning
    ("quality", "u1"),  # 0 to 100
    ("bits", "u1", (32,)),  # PDQ, as it is exchanged
)
"""One frame of a clip's fingerprint for exchange ("vpdq"), 37 bytes, as NumPy names a record's fields."""

VPDQ_HEADER: Final = "<BBxxI"
"""What precedes the frames, for `struct`: layout version (1), 1 (kept of a reference), frames."""

VPDQ_VERSION: Final = 1

WINDOWS: Final = (
    "whole",
    "centre 90 %",
    "centre 80 %",
    "centre 70 %",
    "top left 70 %",
    "top right 70 %",
    "bottom left 70 %",
    "bottom right 70 %",
    "centre band",
    "centre square",
)
"""Parts of a reference's frames that are kept, by number: what is left when somebody crops."""

FRAME_VIEWS: Final = (
    "whole",
    "border removed",
    "moving part",
    "first half",
    "second half",
    "band 16:9",
    "band 4:3",
    "band 1:1",
    "negative",
    "inner part",
)
"""Parts of an asked clip's frames, by number: what somebody may have put around it."""

MOST_POINTS: Final = 2048
"""No honest local fingerprint has more points."""

MOST_KEPT_POINTS: Final = 256
"""Points a reference keeps of a local fingerprint, at most: enough to find it, and no more is known of it."""

LARGEST_GRID: Final = 4096
"""Nor a wider or higher grid."""

LONGEST_HASH: Final = 40
"""Bytes; what is longer are local features (a single point takes 48). Of what matched nothing only hashes
are kept."""

LIKENESS: Final = "likeness-"
"""How the algorithm of a network's numbers begins; the rest names the network. A number is a signed byte."""

MOST_NUMBERS: Final = 2048
"""No network gives more, and none so few that they would pass for a hash."""
SOUND_RATE: Final = 8000
"""Samples a second of what is fingerprinted as "sound"."""

SOUND_HEADER: Final = "<BBIIf"
"""What a sound fingerprint begins with, for `struct`: layout version (1), part (0: kept of a reference, 1: to
ask with), how many rows, how many peaks follow, and at which second of the sound it begins.

Rows of a kept one are words, `<u4`, one every SOUND_WORD samples; 0 where it is silent. Bit b of a word is 1
where the energy of band b less that of band b + 1 grew since the word before (SOUND_BANDS + 1 bands, edges
at equal ratios from SOUND_LOWEST to SOUND_HIGHEST Hz). Rows of one to ask with are energies, SOUND_FINE bytes
every half SOUND_WORD, each of a quarter of a band in half decibels, with SOUND_MARGIN more bands below and
above, so that the words can be formed at any speed and pitch. Peaks (SOUND_PEAK) follow the rows in order of
time.
"""

SOUND_VERSION: Final = 1
SOUND_WORD: Final = 368
SOUND_BANDS: Final = 32
SOUND_LOWEST: Final = 300.0
SOUND_HIGHEST: Final = 2700.0
SOUND_MARGIN: Final = 5
SOUND_FINE: Final = 4 * (SOUND_BANDS + 1 + 2 * SOUND_MARGIN)

SOUND_PEAK: Final = (
    ("frame", "<u4"),  # when: SOUND_HOP samples each
    ("pitch", "<u2"),  # how high: 256 an octave above SOUND_DEEPEST Hz
    ("rank", "u1"),  # how many peaks of the same second are stronger
)
"""One peak of the spectrum, 7 bytes, as NumPy names the fields of a record."""

SOUND_HOP: Final = 128
SOUND_DEEPEST: Final = 200.0

STEP: Final = 1.2
"""How much coarser each octave of a local fingerprint is than the one before."""


class Kind(StrEnum):
    """What a medium is. Later kinds are added, never renamed."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    TEXT = "text"


class Effort(StrEnum):
    """How closely a file is looked at, and what for."""

    FIRST = "first"  # at once, within the budget of every post
    SECOND = "second"  # later, with the costly views
    REST = "rest"  # later, only what a first look at the same file left out
    REFERENCE = "reference"  # to be found again: what a reference keeps


class View(StrEnum):
    """Which part of a picture a fingerprint describes."""

    WHOLE = "whole"
    TRIMMED = "trimmed"  # a plain border cut away
    CLOSE = "close"  # magnified, for what is small in the picture; never kept of a reference


class Orientation(StrEnum):
    """How a picture was turned before it was fingerprinted: the eight symmetries of a rectangle.

    Angles are clockwise; a mirrored one is flipped left to right first, then turned.
    """

    UPRIGHT = "upright"
    ROTATED_90 = "rotated 90"
    ROTATED_180 = "rotated 180"
    ROTATED_270 = "rotated 270"
    MIRRORED = "mirrored"
    MIRRORED_90 = "mirrored, rotated 90"
    MIRRORED_180 = "mirrored, rotated 180"
    MIRRORED_270 = "mirrored, rotated 270"


class Tier(StrEnum):
    """How sure a match is. `certain` may start an automatic notice where the case allows it."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"

    @property
    def rank(self) -> int:
        """0 for certain, 1 for likely, 2 for possible: sort by this."""
        return list(Tier).index(self)


@dataclass(frozen=True, slots=True)
class Picture:
    """One decoded picture, upright by its EXIF orientation, as 8-bit grey.

    `luma` holds width × height bytes row by row. `original_width` and `original_height` are what the
    file declared (after turning it upright); decoding may have scaled it down.
    """

    width: int
    height: int
    luma: bytes
    original_width: int
    original_height: int


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is kept of a picture so that nobody has to look at it again.

    `value` are the algorithm's raw bytes (PDQ: 32; SHA-256: 32). `quality` is 0–100, 100 where the
    algorithm has no such notion.
    """

    algorithm: str
    value: bytes
    quality: int = 100
    view: View = View.WHOLE
    orientation: Orientation = Orientation.UPRIGHT

    @property
    def is_hash(self) -> bool:
        """Tell a short hash of the whole from local features, which say much more about the picture."""
        return len(self.value) <= LONGEST_HASH


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the sandbox found in one file. Nothing here can show the picture again but `preview`.

    `fingerprints` holds every view and orientation, of an animation also of a few more frames that are
    unlike the first. `preview` is a blurred grey JPEG whose longer side is at most 64 pixels. `missing` is
    the share of the picture, at its end, that a file which was cut off lacks; `height` (or `width`) is what
    came. `seconds` is how long a clip, a sound or an animation lasts; a sound has no width, height and
    preview.
    """

    sha256: bytes
    format: str
    width: int
    height: int
    frames: int
    fingerprints: tuple[Fingerprint, ...]
    preview: bytes
    cpu_seconds: float = 0.0
    missing: float = 0.0
    kind: Kind = Kind.IMAGE
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class How:
    """Why two pictures are held to be one: what was compared, how near, which edit was undone.

    `edit` is a short English phrase such as "identical bytes", "re-encoded", "mirrored",
    "border removed, rotated 90". `distance` and `threshold` are in the algorithm's own unit.

    Local algorithms ("orb") also say where: `inliers` points agree, `region` is the reference's outline in
    the asked picture (x, y of its top left, top right, bottom right, bottom left corner, as fractions of
    the asked picture's width and height; they may lie outside), `homography` the nine numbers, row by row,
    that map fractions of the reference to fractions of the asked picture.

    Clips and sound also say when: `query_span` and `reference_span` are begin and end in seconds of the asked
    and of the reference, () for pictures; `speed` is how much faster the asked one runs; `is_mirrored` and
    `window` (such as "centre 80 %") say how its frames were seen when they agreed.
    """

    algorithm: str
    distance: int
    threshold: int
    edit: str
    inliers: int = 0
    region: tuple[float, ...] = ()
    homography: tuple[float, ...] = ()
    query_span: tuple[float, ...] = ()
    reference_span: tuple[float, ...] = ()
    speed: float = 1.0
    is_mirrored: bool = False
    window: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The vault's answer: this reference, this sure, for this reason. `score` is 0..1, 1 is identical."""

    reference: str
    case: str
    tier: Tier
    score: float
    how: How
