"""How near two fingerprints must be to speak of the same picture, and what to call the edit between them.

The thresholds are bits out of 256. 200 natural photographs (BSDS500, 19,900 pairs) are never nearer than 94
bits, 40,000 small ones (8e8 pairs) never nearer than 66 but for true duplicates. The danger is a shared
layout: screenshots of one app around different photos, where the photo fills a tenth of the page, come as
near as 14 bits (0 of 238,800 such pairs at 12 or less, 0.17 % at 31 or less, at worst 19 % of one kind at 48
or less). Of the same 200 photos, 99 % stay within 12 bits after enlarging, 92 % after JPEG at quality 10,
86 % after squeezing to a square; a tenth of the area cropped away costs about 48.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from jikimi.model.fingerprint import Fingerprint, Found, How, Orientation, Tier, View

SHA256: Final = "sha256"
PDQ: Final = "pdq"

PDQ_BITS: Final = 256
PDQ_BYTES: Final = PDQ_BITS // 8

THRESHOLDS: Final = {Tier.CERTAIN: 12, Tier.LIKELY: 31, Tier.POSSIBLE: 48}
"""The farthest a PDQ match of each tier may be, in bits; nearest tier first."""

FARTHEST: Final = THRESHOLDS[Tier.POSSIBLE]

LOWEST_QUALITY: Final = 50
"""Below this PDQ's authors advise against comparing: too little happens in the picture."""

UNCHANGED: Final = "re-encoded"

UNDONE: Final = {
    Orientation.ROTATED_90: Orientation.ROTATED_270,
    Orientation.ROTATED_270: Orientation.ROTATED_90,
}
"""Which edit a turn undoes. Half turns and all mirrored turns undo themselves."""


def is_comparable(fingerprint: Fingerprint) -> bool:
    """Tell whether this is a PDQ fingerprint good enough to be matched."""
    return (
        fingerprint.algorithm == PDQ
        and fingerprint.quality >= LOWEST_QUALITY
        and len(fingerprint.value) == PDQ_BYTES
    )


def is_kept(fingerprint: Fingerprint) -> bool:
    """Tell whether a reference keeps this for the search by nearness: comparable and upright."""
    return fingerprint.orientation is Orientation.UPRIGHT and is_comparable(fingerprint)


def identical(reference: str, case: str) -> Found:
    """Return the answer for a file that has not changed by a byte; nothing else scores 1."""
    return Found(reference, case, Tier.CERTAIN, 1.0, How(SHA256, 0, 0, "identical bytes"))


def near(reference: str, case: str, asked: Fingerprint, kept: View, distance: int) -> Found | None:
    """Return the answer for a PDQ distance in bits, or None when it is too far.

    The score falls from just under 1 (distance 0) by 1/257 a bit. `kept` is the view of the reference.
    """
    for tier, threshold in THRESHOLDS.items():
        if distance <= threshold:
            how = How(PDQ, distance, threshold, edit_between(asked, kept))
            return Found(reference, case, tier, 1 - (distance + 1) / (PDQ_BITS + 1), how)
    return None


def on_a_page(answers: Iterable[Found]) -> list[Found]:
    """Return what hashes say of a screenshot or another page around a photograph: less than of a photograph.

    Two pages of one layout come within 31 bits of each other; the photograph itself must agree before that
    is likely. What is far already says nothing.
    """
    return [
        answer if answer.tier is Tier.CERTAIN else replace(answer, tier=Tier.POSSIBLE)
        for answer in answers
        if answer.tier is not Tier.POSSIBLE
    ]


def edit_between(asked: Fingerprint, kept: View) -> str:
    """Name the edit: "re-encoded", "mirrored", "rotated 90", "border removed, rotated 90" and the like.

    Turns are named as they were done to the original: a picture that agrees after turning it 90° was
    turned 270° before. "border removed" means that the two agree once a plain border is cut away.
    """
    steps = []
    if View.TRIMMED in (asked.view, kept):
        steps.append("border removed")
    if asked.orientation is not Orientation.UPRIGHT:
        steps.append(UNDONE.get(asked.orientation, asked.orientation).value)
    return ", ".join(steps) or UNCHANGED


def simplest(answers: Iterable[Found]) -> Found | None:
    """Return the best of several answers about one reference: the surest tier, then the plainest edit.

    Plainest before nearest: a re-encoded picture with a dark edge must not be called "border removed"
    because that view happens to be two bits nearer.
    """
    return min(answers, key=_plainness, default=None)


def _plainness(answer: Found) -> tuple[int, bool, int, float, str]:
    edit = answer.how.edit
    steps = 0 if edit == UNCHANGED else 1 + ("border removed, " in edit)
    return answer.tier.rank, answer.how.algorithm != SHA256, steps, -answer.score, edit


def sureness(answer: Found) -> tuple[int, float, str]:
    """Sort answers about different references by this: surest first, in a stable order."""
    return answer.tier.rank, -answer.score, answer.reference


def compare(asked: Sequence[Fingerprint], reference: Sequence[Fingerprint]) -> Found | None:
    """Compare one picture with one reference; None when they have nothing in common, keys are empty.

    Of the reference only SHA-256 and the upright PDQ fingerprints count, as in the search.
    """
    digests = {kept.value for kept in reference if kept.algorithm == SHA256}
    if any(one.algorithm == SHA256 and one.value in digests for one in asked):
        return identical("", "")
    upright = [kept for kept in reference if is_kept(kept)]
    answers = (
        near("", "", one, kept.view, distance_between(one.value, kept.value))
        for one in asked
        if is_comparable(one)
        for kept in upright
    )
    return simplest(answer for answer in answers if answer is not None)


def distance_between(one: bytes, other: bytes) -> int:
    """Return how many bits differ between two values of equal length."""
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()
