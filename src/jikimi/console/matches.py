"""How a match is said: what was compared, how well it agrees, and how the copy was changed."""

import re
from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from jikimi.model.fingerprint import How
from jikimi.model.text import EvidenceClass

Words = str | Promise

EDITS: Final[Mapping[str, Words]] = {
    "identical bytes": gettext_lazy("identical file"),
    "re-encoded": gettext_lazy("saved anew"),
    "border removed": gettext_lazy("border removed"),
    "mirrored": gettext_lazy("mirrored"),
    "rotated 90": gettext_lazy("rotated 90°"),
    "rotated 180": gettext_lazy("rotated 180°"),
    "rotated 270": gettext_lazy("rotated 270°"),
    "cropped": gettext_lazy("cropped"),
    "seen at a slant": gettext_lazy("seen at a slant"),
    "part of a larger picture": gettext_lazy("part of a larger picture"),
    "changed in places": gettext_lazy("changed in places"),
    "a frame of the clip": gettext_lazy("a single frame of the video"),
    "moving part": gettext_lazy("something still around it"),
    "inner part": gettext_lazy("border removed"),
    "first half": gettext_lazy("beside another video"),
    "second half": gettext_lazy("beside another video"),
    "band 16:9": gettext_lazy("a band of an upright video"),
    "band 4:3": gettext_lazy("a band of an upright video"),
    "band 1:1": gettext_lazy("a band of an upright video"),
    "negative": gettext_lazy("colours inverted"),
    "backwards": gettext_lazy("played backwards"),
    "faster": gettext_lazy("played faster"),
    "slower": gettext_lazy("played slower"),
    "same sound": gettext_lazy("the same sound"),
    "pitch kept": gettext_lazy("pitch kept"),
}

EDITS_WITH_FACTS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"rotated (?P<angle>\d+)"), gettext_noop("rotated %(angle)s°")),
    (re.compile(r"played (?P<percent>\d+) % faster"), gettext_noop("played %(percent)s %% faster")),
    (re.compile(r"played (?P<percent>\d+) % slower"), gettext_noop("played %(percent)s %% slower")),
    (re.compile(r"pitch raised (?P<percent>\d+) %"), gettext_noop("pitch raised %(percent)s %%")),
    (re.compile(r"pitch lowered (?P<percent>\d+) %"), gettext_noop("pitch lowered %(percent)s %%")),
)

ALGORITHMS: Final[Mapping[str, Words]] = {
    "sha256": gettext_lazy("the file itself"),
    "pdq": gettext_lazy("a hash of the whole picture"),
    "orb": gettext_lazy("points of the picture"),
    "frames": gettext_lazy("frames in time"),
    "sound": gettext_lazy("the sound"),
}


SAID: Final[Mapping[str, Words]] = {
    EvidenceClass.EXACT: gettext_lazy("word for word"),
    EvidenceClass.STRONG: gettext_lazy("respelled, without another reading"),
    EvidenceClass.CAPTION: gettext_lazy("a caption with words changed"),
    EvidenceClass.LOOKALIKE: gettext_lazy("in characters that look alike"),
    EvidenceClass.PHONETIC: gettext_lazy("as it sounds"),
    EvidenceClass.ROMANISED: gettext_lazy("in Latin letters"),
    EvidenceClass.SKELETON: gettext_lazy("with letters added or swapped"),
    EvidenceClass.INITIALS: gettext_lazy("by its first consonants"),
}
"""How a post says what a case is known by: of words that is what stands for the edit."""


def edit_in_words(edit: str) -> str:
    """Return how a copy was changed; parts we have no word for stay as they are."""
    return ", ".join(dict.fromkeys(_part_in_words(part) for part in edit.split(", ")))


def agreement_in_words(how: How) -> str:
    """Return what was compared and how well it agrees, in words and numbers."""
    name = str(ALGORITHMS.get(how.algorithm, how.algorithm))
    facts = {"name": name, "algorithm": how.algorithm, "distance": how.distance, "threshold": how.threshold}
    if how.inliers:
        said = gettext(
            "Compared: %(name)s (%(algorithm)s). %(inliers)d agree; in %(distance)d %% of what should be "
            "visible nothing agrees (%(threshold)d %% at most)."
        )
        return said % {**facts, "inliers": how.inliers}
    if how.algorithm == "text":
        return gettext("What the post says names the case.")
    if how.algorithm == "sound":
        said = gettext(
            "Compared: %(name)s (%(algorithm)s). %(distance)d %% of bits differ (%(threshold)d %% at most)."
        )
        return said % facts
    if not how.threshold:
        return gettext("Compared: %(name)s (%(algorithm)s). No difference at all.") % facts
    said = gettext("Compared: %(name)s (%(algorithm)s). Distance %(distance)d of at most %(threshold)d.")
    return said % facts


def _part_in_words(part: str) -> str:
    if part in EDITS:
        return str(EDITS[part])
    if part in SAID:
        return str(SAID[part])
    for pattern, phrase in EDITS_WITH_FACTS:
        found = pattern.fullmatch(part)
        if found:
            return gettext(phrase) % found.groupdict()
    return part
