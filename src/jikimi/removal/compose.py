"""Writes a removal request in the centre's name, and refuses one that is incomplete or says too much."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from jikimi.model.alert import Evidence, Notice, Place
from jikimi.model.case import Authority
from jikimi.model.errors import NeedsHuman
from jikimi.model.ports import Rules
from jikimi.removal.letter import PLACEHOLDER, Letter, fill
from jikimi.removal.letter_en import ENGLISH
from jikimi.removal.letter_ko import KOREAN

LETTERS = {"ko": KOREAN, "en": ENGLISH}
TOKEN_LENGTH = 12  # hex digits of the notice's key that an answer's subject keeps
# Everything a web address may hold (RFC 3986) and letters of any script; braces, spaces and line ends are
# encoded, so that an address can neither look like a placeholder nor add a line.
_ADDRESS = re.compile(r"[^\w\-.~:/?#\[\]@!$&'()*+,;=%]")
# What a request must name by its nature; a forbidden text is not looked for in here.
_FOUND = re.compile(r"\w+://\S+|\S+@\S+|\b[0-9a-f]{12,}\b|\b\d{4}-\d\d-\d\d \d\d:\d\d\b")
_LAW_NUMBER = re.compile(r"[0-9]{0,4}")


def compose(  # noqa: PLR0913  # a request is made of these ten things; a bundle would only hide them
    place: Place,
    evidence: Evidence,
    *,
    recipient: str,
    channel: str,
    language: str,
    number: int,
    rules: Rules,
    authority: str,
    is_minor: bool,
    at: datetime,
) -> Notice:
    """Return the request for one place, ready to send: no name, no picture, no case.

    `language` is "ko" or "en", `authority` an `Authority` value, `number` 1 for the first request. The
    subject carries the first 12 hex digits of the notice's key. Raises NeedsHuman when a required field
    is missing, naming it.
    """
    letter = LETTERS.get(language)
    if letter is None:
        raise NeedsHuman(f"There is no removal letter in {language!r}. Set JIKIMI_LANGUAGE to ko or en.")
    blank = Notice(
        case=place.case,
        place=place.key,
        evidence=evidence.key,
        channel=channel,
        recipient=recipient,
        language=language,
        subject="",
        body="",
        number=number,
        at=at,
    )
    fields = {
        "recipient": recipient,
        "number": str(number),
        "token": blank.key[:TOKEN_LENGTH],
        "centre": rules.centre,
        "contact": rules.contact,
        "kind": letter.minor if is_minor else letter.adult,
        "authority": _authority(letter, authority),
        "seen_at": f"{place.seen_at.astimezone(letter.zone):%Y-%m-%d %H:%M} ({letter.zone_name})",
        "post_url": _address(place.post_url),
        "media_url": _address(place.media_url),
        "sha256": place.sha256.hex(),
        "evidence": evidence.key,
        "manifest": evidence.manifest_sha256,
    }
    body = letter.body if number == 1 else f"{letter.reminder}\n\n{letter.body}"
    return replace(blank, subject=fill(letter.subject, fields), body=fill(body, fields))


def check_notice(notice: Notice, forbidden: Sequence[str]) -> None:
    """Raise NeedsHuman if a placeholder is still open or one of the forbidden texts stands in the request.

    Forbidden are a case's title and number and the names of staff. Addresses, digests and times are not
    searched, nor is a number of up to four digits looked for: laws and deadlines have such numbers.
    """
    text = f"{notice.subject}\n{notice.body}"
    left = PLACEHOLDER.search(text)
    if left:
        raise NeedsHuman(f"The removal request lacks its {left[1]}. Enter it before the request is sent.")
    prose = _FOUND.sub(" ", text).casefold()
    for unwanted in forbidden:
        word = unwanted.strip().casefold()
        if not _LAW_NUMBER.fullmatch(word) and re.search(_alone(word), prose):
            raise NeedsHuman(
                "The removal request names a case or a member of staff, which must not leave the house. "
                "Take the name out of the centre's name and contact in the settings."
            )


def _authority(letter: Letter, authority: str) -> str:
    try:
        return letter.authority[Authority(authority)]
    except ValueError as error:
        raise NeedsHuman("The removal request lacks its authority. Record in whose name you act.") from error


def _address(url: str) -> str:
    return _ADDRESS.sub(lambda match: quote(match.group(), errors="replace"), url)


def _alone(word: str) -> str:
    # Latin words and numbers count only where they stand alone; Korean takes its endings without a space.
    before = r"(?<![0-9a-z])" if word[0].isascii() else ""
    after = r"(?![0-9a-z])" if word[-1].isascii() else ""
    return before + re.escape(word) + after
