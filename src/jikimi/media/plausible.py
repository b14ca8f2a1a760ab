"""Tells whether an answer is one that an honest reader could give: a captured one may say anything."""

from collections.abc import Set as AbstractSet
from typing import Final

from jikimi.media.sniff import CLIPS, FORMATS, LARGEST_PIXELS, LONGEST_PREVIEW, MOST_FRAMES
from jikimi.media.wire import LARGEST_REASON, Answer, Coded, Inspected, Paged, Refused, Rendered
from jikimi.model.fingerprint import Fingerprint, Inspection, Kind, Picture
from jikimi.model.writing import LONGEST_CODE, LONGEST_PAGE, MOST_CODES, MOST_PAGES

MOST_FINGERPRINTS: Final = 1024

LARGEST_VALUE: Final = 96 * 2**10
"""Bytes of a still picture's fingerprint: 2,048 points of 38 bytes and a header."""

LARGEST_CLIP_VALUE: Final = 48 * 2**20
"""Bytes of a clip's fingerprint: 8 MB an hour, and room for three hours at twice that."""

MOST_CLIP_FRAMES: Final = 43_200
LONGEST_CLIP: Final = 1e6
"""Seconds, about twelve days."""


def is_plausible(answer: Answer, names: AbstractSet[str], cpu_seconds: float) -> bool:
    """Tell whether it keeps to all bounds; `names` are the algorithms there are."""
    if isinstance(answer, Refused):
        return len(answer.reason) <= LARGEST_REASON and answer.reason.isprintable()
    if isinstance(answer, Rendered):
        return min(answer.width, answer.height) >= 1 and len(answer.rgb) == 3 * answer.width * answer.height
    if isinstance(answer, Coded):
        return len(answer.codes) <= MOST_CODES and all(len(code) <= LONGEST_CODE for code in answer.codes)
    if isinstance(answer, Paged):
        return len(answer.pages) <= MOST_PAGES and all(_is_page(page) for page in answer.pages)
    return _is_inspected(answer, names, cpu_seconds)


def _is_inspected(answer: Inspected, names: AbstractSet[str], cpu_seconds: float) -> bool:
    found = answer.inspection
    is_shape = _is_sound(answer) if found.kind is Kind.AUDIO else _is_seen(answer)
    is_still = found.kind is Kind.IMAGE and found.frames == 1
    largest = LARGEST_VALUE if is_still else LARGEST_CLIP_VALUE
    return (
        is_shape
        and 0 <= found.cpu_seconds <= cpu_seconds
        and 0 <= found.missing < 1
        and 0 <= found.seconds <= LONGEST_CLIP
        and len(found.fingerprints) <= MOST_FINGERPRINTS
        and all(_is_known(one, names, largest) for one in found.fingerprints)
    )


def _is_page(page: Picture) -> bool:
    """Tell whether a grey picture is as large as it says, and no larger than one that is read."""
    return (
        min(page.width, page.height) >= 1
        and max(page.width, page.height) <= LONGEST_PAGE
        and len(page.luma) == page.width * page.height
    )


def _is_seen(answer: Inspected) -> bool:
    """Tell whether a picture or a video has a preview, a size and frames as such files have them."""
    found = answer.inspection
    return (
        min(answer.width, answer.height) >= 1
        and max(answer.width, answer.height) <= LONGEST_PREVIEW
        and len(answer.grey) == answer.width * answer.height
        and found.kind in {Kind.IMAGE, Kind.VIDEO}
        and found.format in (FORMATS if found.kind is Kind.IMAGE else (*CLIPS, *FORMATS))
        and min(found.width, found.height) >= 1
        and found.width * found.height <= LARGEST_PIXELS
        and 1 <= found.frames <= _most_frames(found)
    )


def _most_frames(found: Inspection) -> int:
    return MOST_FRAMES if found.kind is Kind.IMAGE else MOST_CLIP_FRAMES


def _is_sound(answer: Inspected) -> bool:
    """Tell whether a sound has nothing to show."""
    found = answer.inspection
    nothing = (answer.width, answer.height, found.width, found.height, found.frames)
    return not any(nothing) and not answer.grey and found.format in CLIPS


def _is_known(fingerprint: Fingerprint, names: AbstractSet[str], largest: int) -> bool:
    """Tell whether one of our fingerprinters could have made this."""
    return (
        fingerprint.algorithm in names
        and len(fingerprint.value) <= largest
        and 0 <= fingerprint.quality <= 100  # noqa: PLR2004  (quality is 0 to 100 in the model)
    )
