"""What is kept of an original, and of what was seen and matched nothing: no more than a search can use."""

import struct
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import (
    LIKENESS,
    MOST_KEPT_POINTS,
    POINT_BYTES,
    POINTS_HEADER,
    POINTS_VERSION,
    Fingerprint,
    Inspection,
    Kind,
    Orientation,
    View,
)

HEADER: Final = struct.calcsize(POINTS_HEADER)

KEPT_OF_CLIPS: Final = {"frames": 1, "sound": 0, "vpdq": 1}
"""What the second byte of such a fingerprint is when a reference may keep it."""


def kept_of(fingerprints: Iterable[Fingerprint]) -> tuple[Fingerprint, ...]:
    """Return every hash, upright numbers of networks, and at most 256 points that speak for the picture.

    Turned hashes stay: the archive holds upright ones only and is searched with them. Local features say much
    more about a picture than a hash; what no search uses is not kept (data minimisation: GDPR art. 5(1)(c),
    개인정보 보호법 §3). Raises BadMedia for a damaged local fingerprint.
    """
    kept = (one if one.is_hash else _shortened(one) for one in fingerprints)
    return tuple(one for one in kept if one is not None)


def seen_of(inspection: Inspection) -> tuple[Fingerprint, ...]:
    """Return what stays of a medium that was seen: upright hashes; of a clip's stills the turned ones, too.

    References that are pictures are kept turned and meet upright hashes; clips are kept upright only.
    """
    is_clip = inspection.kind is Kind.VIDEO
    return tuple(
        one
        for one in inspection.fingerprints
        if one.is_hash and (one.orientation is Orientation.UPRIGHT or (is_clip and one.view is View.WHOLE))
    )


def _shortened(local: Fingerprint) -> Fingerprint | None:
    """Return the fingerprint with the points a reference keeps, which stand first; None without any."""
    if local.algorithm in KEPT_OF_CLIPS:
        return local if local.value[1] == KEPT_OF_CLIPS[local.algorithm] else None
    is_plain = local.orientation is Orientation.UPRIGHT and local.view is not View.CLOSE
    if local.algorithm.startswith(LIKENESS):
        return local if is_plain else None
    version, count, kept, width, height = struct.unpack_from(POINTS_HEADER, local.value)
    if version != POINTS_VERSION or len(local.value) != HEADER + count * POINT_BYTES or kept > count:
        raise BadMedia("the local fingerprint is damaged; fingerprint the picture again")
    kept = min(kept, MOST_KEPT_POINTS)
    if not is_plain or not kept:
        return None
    header = struct.pack(POINTS_HEADER, POINTS_VERSION, kept, kept, width, height)
    return replace(local, value=header + local.value[HEADER : HEADER + kept * POINT_BYTES])
