"""Writes a removal request in the centre's name: the particulars first, then the letter around them."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote, urlsplit

from jikimi.model.alert import Evidence, Notice, Place
from jikimi.model.case import Authority
from jikimi.model.errors import NeedsHuman
from jikimi.model.notice import Material, Particulars, Role
from jikimi.model.ports import Rules
from jikimi.removal.letter import PLACEHOLDER, Letter, fill
from jikimi.removal.letters import letter_in
from jikimi.removal.regime import EMAIL

TOKEN_LENGTH = 12  # hex digits of the notice's key that an answer's subject keeps
# Everything a web address may hold (RFC 3986) and letters of any script; braces, spaces and line ends are
# encoded, so that an address can neither look like a placeholder nor add a line.
_ADDRESS = re.compile(r"[^\w\-.~:/?#\[\]@!$&'()*+,;=%]")
MINUTE = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True)
class Earlier:
    """The requests that went out about a place before: to this recipient, and to others since `first_at`."""

    here: int = 0
    elsewhere: int = 0
    first_at: datetime | None = None
    is_back: bool = False  # it was verified gone meanwhile


def compose(  # noqa: PLR0913  # a request is made of all these; a bundle would only hide them
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
    regime: str = "policy",
    role: Role = Role.PLATFORM,
    earlier: Earlier | None = None,
    work: str = "",
) -> Notice:
    """Return the request for one place, ready to send: no name, no picture, no case.

    `language` and `regime` are keys of the tables of letters and regimes, `authority` is an `Authority`
    value, `number` counts the requests about the place. The subject carries the first 12 hex digits of the
    notice's key. Raises NeedsHuman when a required field is missing, naming it.
    """
    letter = letter_in(language)
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
        regime=regime,
    )
    said = _particulars(letter, place, rules, authority=authority, is_minor=is_minor, role=role, work=work)
    before = earlier or Earlier(here=number - 1)
    said = replace(
        said,
        ordinal=before.here + 1,
        elsewhere=before.elsewhere,
        first_at=before.first_at,
        is_back=before.is_back,
    )
    subject, body, reason = wording(letter, regime, said)
    said = replace(said, reason=fill(reason, _fields(blank, said, evidence, letter)))
    fields = _fields(blank, said, evidence, letter)
    return replace(blank, subject=fill(subject, fields), body=fill(body, fields), particulars=said)


def _particulars(
    letter: Letter, place: Place, rules: Rules, *, authority: str, is_minor: bool, role: Role, work: str
) -> Particulars:
    found = EMAIL.search(rules.contact)
    centre = rules.centre if letter.language == "ko" else rules.centre_abroad or rules.centre
    return Particulars(
        role=role,
        material=Material.MINOR if is_minor else Material.ADULT,
        granted=authority,
        addresses=tuple(dict.fromkeys(address(url, name) for url, name in _urls(place))),
        sender=centre.strip(),
        signature=fill(letter.signature, {"centre": centre}),
        contact=rules.contact.strip(),
        email=found[0] if found else "",
        authority=_authority(letter, authority),
        digest=place.sha256.hex(),
        seen=_moment(place.seen_at, letter),
        kind=letter.minor if is_minor else letter.adult,
        reason="",
        statement=letter.statement,
        asked=letter.asked[role],
        designation=rules.designation.strip(),
        work=work,
        perjury=letter.perjury if work else "",
    )


def wording(letter: Letter, regime: str, said: Particulars) -> tuple[str, str, str]:
    """Return subject, body and legal paragraph as templates: our own words, with places for everything else.

    Raises NeedsHuman where the letter has no paragraph for the regime.
    """
    if regime not in letter.laws:
        raise NeedsHuman(f"The letter in {letter.name} has no paragraph for {regime!r}. Choose another.")
    is_designated = bool(said.designation and letter.designation and regime == "kr-22-5")
    reason = letter.laws[regime] + (f"\n{letter.designation}" if is_designated else "")
    opening = [letter.back] if said.is_back else [letter.reminder] if said.ordinal > 1 else []
    if said.elsewhere:
        opening.append(letter.escalation)
    return letter.subject, "\n\n".join([*opening, letter.body]), reason


def bare(notice: Notice) -> str:
    """Return the letter of a notice with nothing filled in but its fixed sentences; "" if it names none."""
    said = notice.particulars
    if said is None:
        return ""
    letter = letter_in(notice.language)
    own = {
        "asked": said.asked,
        "kind": said.kind,
        "authority": said.authority,
        "statement": said.statement,
        "signature": letter.signature,
    }
    if said.perjury:
        own["perjury"] = said.perjury
    subject, body, reason = wording(letter, notice.regime, said)
    text = f"{subject}\n{body}".replace("{reason}", reason)
    text = PLACEHOLDER.sub(lambda found: own.get(found[1], found[0]), text)
    return PLACEHOLDER.sub("\n", text)


def address(url: str, name: str) -> str:
    """Return an exact address on one line; NeedsHuman where there is none or it is itself a picture."""
    text = _ADDRESS.sub(lambda match: quote(match.group(), errors="replace"), url.strip())
    if not text:
        raise NeedsHuman(f"The removal request lacks its {name}. Let the request be written again.")
    if text.casefold().startswith(("data:", "blob:")):
        raise NeedsHuman("The medium has no address of its own. Report the post by hand.")
    return text


def defanged(url: str) -> str:
    """Return an address that no program takes for a link: hxxp for http, [.] for each dot of the host."""
    try:
        parts = urlsplit(url)
    except ValueError:  # no host can be read in it, so no program takes it for a link
        return url.replace("http", "hxxp", 1)
    if parts.scheme not in {"http", "https"}:
        return url
    return "hxx" + url[3:].replace(parts.netloc, parts.netloc.replace(".", "[.]"), 1)


def _urls(place: Place) -> tuple[tuple[str, str], ...]:
    return (place.post_url, "post_url"), (place.media_url, "media_url")


def _fields(blank: Notice, said: Particulars, evidence: Evidence, letter: Letter) -> dict[str, str]:
    return {
        "recipient": blank.recipient,
        "ordinal": str(said.ordinal),
        "token": blank.key[:TOKEN_LENGTH],
        "centre": said.sender,
        "contact": said.contact,
        "asked": said.asked,
        "kind": said.kind,
        "reason": said.reason,
        "authority": said.authority,
        "statement": said.statement,
        "signature": said.signature,
        "designation": said.designation,
        "work": said.work,
        "perjury": said.perjury,
        "seen": said.seen,
        "post": defanged(said.addresses[0]),
        "medium": defanged(said.addresses[-1]),
        "addresses": "\n".join(said.addresses),
        "digest": said.digest,
        "evidence": evidence.key,
        "manifest": evidence.manifest_sha256,
        "elsewhere": str(said.elsewhere),
        "first_at": _moment(said.first_at, letter) if said.first_at else "",
    }


def _moment(at: datetime, letter: Letter) -> str:
    return f"{at.astimezone(letter.zone):{MINUTE}} ({letter.zone_name})"


def _authority(letter: Letter, authority: str) -> str:
    try:
        return letter.authority[Authority(authority)]
    except ValueError as error:
        raise NeedsHuman("The removal request lacks its authority. Record in whose name you act.") from error
