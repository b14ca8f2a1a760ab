"""The shape of a removal letter: one wording per language, with places to fill in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

from jikimi.model.case import Authority
from jikimi.model.errors import NeedsHuman

PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Letter:
    """One language's wording. `subject` and `body` have `{field}` placeholders, see `compose`."""

    subject: str
    body: str
    reminder: str  # begins the body from the second request on
    adult: str  # what kind of material it is
    minor: str
    authority: Mapping[Authority, str]
    zone: tzinfo  # times are written as the reader's clock shows them
    zone_name: str


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
}
