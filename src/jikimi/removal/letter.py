"""The shape of a removal letter: one wording per language, with places to fill in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from hashlib import sha256

from jikimi.model.case import Authority
from jikimi.model.errors import NeedsHuman
from jikimi.model.notice import Role

PLACEHOLDER = re.compile(r"\{(\w+)\}")
BLOCK_BEGIN = "=====URL====="
BLOCK_END = "=====/URL====="
"""Around the exact addresses, one a line, at the end of every letter: the same in all languages."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One language's wording. Texts have `{field}` placeholders, see `compose`.

    `laws` is the legal paragraph by the regime's name: a regime that is not there has no letter in this
    language. `language` is a BCP 47 tag.
    """

    language: str
    name: str
    subject: str
    body: str
    reminder: str  # begins the body from the second request to the same recipient on
    back: (
        str  # begins the body, in place of the reminder, where the copy was verified gone and is there again
    )
    escalation: str  # begins the body where others were asked before and the copy is still there
    asked: Mapping[Role, str]
    laws: Mapping[str, str]
    designation: str  # joins the legal paragraph where the centre was designated and the regime is Korea's
    statement: str
    signature: str
    adult: str  # what kind of material it is
    minor: str
    authority: Mapping[Authority, str]
    zone: tzinfo  # times are written as the reader's clock shows them
    zone_name: str
    perjury: str = ""  # for copyright notices only


def digest_of(wording: str) -> str:
    """Return the SHA-256 of a wording (hex), by which its approval is recorded."""
    return sha256(wording.encode()).hexdigest()


def fill(template: str, fields: Mapping[str, str]) -> str:
    """Put the fields in; raise NeedsHuman naming the field that is missing or empty."""

    def value(match: re.Match[str]) -> str:
        found = fields.get(match[1], "").strip()
        if not found:
            raise NeedsHuman(f"The removal request lacks its {match[1]}. {WHERE.get(match[1], ENTER)}")
        return found

    return PLACEHOLDER.sub(value, template)


ENTER = "Enter it, then let the request be written again."
WHERE = {
    "centre": "Set JIKIMI_CENTRE to the centre's name.",
    "contact": "Set JIKIMI_CONTACT to the centre's address for answers.",
    "recipient": "Confirm a removal address for this site.",
    "work": "Describe the work when you allow a copyright notice for the case.",
}
