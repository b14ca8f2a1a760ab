"""The last look at a letter before it leaves the house: complete, and nothing in it that must stay inside.

What a case is known by may stand in an address that is reported, since the address is what is asked about;
and in the recipient's own address, which tells it nothing new. Nowhere else. The letter's own sentences and
the centre's own name are the same for every case; an ordinary word in them that happens to be somebody's
name says nothing of that person.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jikimi.model.alert import Notice
from jikimi.model.errors import NeedsHuman
from jikimi.model.ports import Rules
from jikimi.model.text import Identifier, IdentifierKind
from jikimi.removal.compose import bare, defanged
from jikimi.removal.letter import PLACEHOLDER
from jikimi.removal.regime import check_against
from jikimi.removal.regimes import regime_named

# What a request must name by its nature; names of people are not looked for in here.
_FOUND = re.compile(r"\w+://\S+|\S+@\S+|\b[0-9a-f]{12,}\b|\b\d{4}-\d\d-\d\d \d\d:\d\d\b")
_LAW_NUMBER = re.compile(r"[0-9]{0,4}")
_MOMENT = re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b")
_NUMBER = re.compile(r"\d(?:[\s().\-+]*\d){5,}")
_MEDIA = re.compile(
    r"data:[a-z]+/[a-z0-9.+-]+[;,]|cid:\S+@|<(?:img|video|audio|picture|svg)\b|[A-Za-z0-9+/]{240,}={0,2}",
    re.IGNORECASE,
)
_SEPARATORS = r"[\s\-_.·]*"
_KOREA = "82"  # the country's prefix, which people leave out
_SHORTEST_NUMBER = 7  # digits; shorter ones are no telephone number (ITU-T E.164 has 7 at the least in use)


@dataclass(frozen=True, slots=True)
class Inside:
    """What must not leave the house with a request: names of cases and staff, and what a case is known by."""

    names: Sequence[str] = ()
    identifiers: Sequence[Identifier] = ()


def check_outgoing(notice: Notice, inside: Inside, rules: Rules) -> None:
    """Raise NeedsHuman unless a request may leave: it keeps its regime, and holds nothing of what is inside.

    A request that an earlier version wrote names no regime; it is checked for all the rest.
    """
    if notice.regime:
        check_against(notice, regime_named(notice.regime))
    check_media(notice)
    check_notice(notice, inside.names)
    check_identifiers(notice, inside.identifiers, rules)


def check_media(notice: Notice) -> None:
    """Raise NeedsHuman if a picture, clip or sound stands in the letter in any coding, or a control code."""
    if any(unicodedata.category(c) == "Cc" and c != "\n" for c in notice.body) or "\n" in notice.subject:
        raise NeedsHuman("The removal request holds control characters. Let it be written again.")
    if _MEDIA.search(_without(notice.body, _addresses(notice))):
        raise NeedsHuman("The removal request holds a medium, which must never be sent. Write it again.")


def check_notice(notice: Notice, forbidden: Sequence[str]) -> None:
    """Raise NeedsHuman if a placeholder is still open or one of the forbidden texts stands in the request.

    Forbidden are a case's title and number and the names of staff. Addresses, digests and times are not
    searched, nor is a number of up to four digits looked for: laws and deadlines have such numbers. A word
    counts where it stands more often than in the letter's own sentences.
    """
    text = f"{notice.subject}\n{notice.body}"
    left = PLACEHOLDER.search(text)
    if left:
        raise NeedsHuman(f"The removal request lacks its {left[1]}. Enter it before the request is sent.")
    prose, own = _FOUND.sub(" ", text).casefold(), _FOUND.sub(" ", bare(notice)).casefold()
    for unwanted in forbidden:
        word = unwanted.strip().casefold()
        if _LAW_NUMBER.fullmatch(word):
            continue
        pattern = re.compile(_alone(word))
        if _count(pattern, prose) > _count(pattern, own):
            raise NeedsHuman(
                "The removal request names a case or a member of staff, which must not leave the house. "
                "Take the name out of the centre's name and contact in the settings."
            )


def check_identifiers(notice: Notice, identifiers: Iterable[Identifier], rules: Rules) -> None:
    """Raise NeedsHuman if a letter says anywhere what its case is known by, but in an address it reports.

    It is counted, not cut out: what is allowed in one place must not hide the same words in another.
    """
    text = _folded(_MOMENT.sub("\n", f"{notice.subject}\n{notice.body}"))
    own = [_folded(bare(notice)), *_allowed_in(text, notice, rules)]
    for one in identifiers:
        if _said(one, text) > sum(_said(one, part) for part in own):
            raise NeedsHuman(
                f"The removal request says a {one.kind} that the case is known by, outside the reported "
                "addresses. It must not leave the house. Look at the letter, and at what was typed into it."
            )


def _allowed_in(text: str, notice: Notice, rules: Rules) -> list[str]:
    """Return each stretch of a folded text that may say anything: addresses, digests, the centre's name."""
    ours = (rules.contact, rules.centre, rules.centre_abroad, rules.designation)
    allowed = [*_addresses(notice), notice.recipient, notice.evidence, *ours]
    known = sorted({_folded(one).strip() for one in allowed}, key=len, reverse=True)
    parts = [re.escape(one) for one in known if one]
    return re.findall("|".join([*parts, r"\b[0-9a-f]{12,64}\b"]), text)


def _said(one: Identifier, text: str) -> int:
    """Count how often a folded text says an identifier."""
    if one.kind is IdentifierKind.PHONE:
        core = _core(one.text)
        numbers = [re.sub(r"\D", "", found[0]) for found in _NUMBER.finditer(text)]
        return sum(core in number for number in numbers) if len(core) >= _SHORTEST_NUMBER else 0
    word = _folded(one.text).strip()
    if one.kind is IdentifierKind.URL:
        word = re.sub(r"^\w+://", "", word).removeprefix("www.").rstrip("/")
    if one.kind is IdentifierKind.HANDLE:
        word = word.lstrip("@")
    if not word or _LAW_NUMBER.fullmatch(word):
        return 0
    return _count(_spelled(word), text)


def _spelled(word: str) -> re.Pattern[str]:
    """Return a pattern for a word however it is spaced: syllables may be drawn apart, Latin letters not."""
    if any(not c.isascii() for c in word):
        letters = [re.escape(c) for c in word if not c.isspace()]
        return re.compile(_SEPARATORS.join(letters))
    parts = [re.escape(part) for part in word.split()]
    before = r"(?<![0-9a-z])" if word[0].isalnum() else ""
    after = r"(?![0-9a-z])" if word[-1].isalnum() else ""
    return re.compile(before + _SEPARATORS.join(parts) + after)


def _core(number: str) -> str:
    """Return a telephone number's digits without what people leave out: the country, the leading zero."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", number))
    has_country = number.lstrip().startswith("+") or digits.startswith("00")
    return digits.removeprefix("00").removeprefix(_KOREA if has_country else "").lstrip("0")


def _addresses(notice: Notice) -> list[str]:
    exact = notice.particulars.addresses if notice.particulars else ()
    return [text for url in exact for text in (url, defanged(url))]


def _without(text: str, allowed: Iterable[str]) -> str:
    for one in sorted({one for one in allowed if one.strip()}, key=len, reverse=True):
        text = text.replace(one, "\n")
    return text


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if unicodedata.category(c) != "Cf")


def _count(pattern: re.Pattern[str], text: str) -> int:
    return sum(1 for _ in pattern.finditer(text))


def _alone(word: str) -> str:
    # Latin words and numbers count only where they stand alone; Korean takes its endings without a space.
    before = r"(?<![0-9a-z])" if word[0].isascii() else ""
    after = r"(?![0-9a-z])" if word[-1].isascii() else ""
    return before + re.escape(word) + after
