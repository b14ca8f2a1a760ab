"""Finds in texts the links that lead on: to groups, to places where files are left, to other pages."""

import re
import shlex
import unicodedata
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from jikimi.model.writing import Lead, LeadKind, Where

MOST_LEADS: Final = 20
"""Links of one text that are kept, the first ones."""

LONGEST_LINK: Final = 500
LONGEST_TEXT: Final = 100_000
"""Characters that are searched."""

INVITES: Final = (
    "t.me", "telegram.me", "telegram.dog", "discord.gg", "discord.com/invite", "discordapp.com/invite",
    "open.kakao.com", "line.me/r/ti/g", "line.me/ti/g", "chat.whatsapp.com", "signal.group",
    "invite.viber.com", "matrix.to",
)  # fmt: skip
"""Hosts, or hosts and beginnings of paths, that lead to groups and channels of messengers."""

FILES: Final = (
    "mega.nz", "mega.io", "mega.co.nz", "drive.google.com", "docs.google.com", "photos.app.goo.gl",
    "dropbox.com", "gofile.io", "mediafire.com", "wetransfer.com", "we.tl", "pixeldrain.com", "1drv.ms",
    "onedrive.live.com", "terabox.com", "1024terabox.com", "box.com", "sendspace.com", "mybox.naver.com",
    "naver.me", "icloud.com", "pan.baidu.com", "catbox.moe",
)  # fmt: skip
"""Hosts where people leave files for others."""

_BARE = "|".join(re.escape(place) for place in sorted((*INVITES, *FILES), key=len, reverse=True))
_LABEL = r"[a-z0-9](?:[\w-]{0,62})"
_LINK = re.compile(
    rf"""
    (?: h(?:tt|xx)ps?://                                   # hxxp is how people write what must not be clicked
        (?: {_LABEL} \. ){{1,8}} (?: xn--[a-z0-9-]{{2,40}} | [a-z]{{2,24}} )
        (?: : \d{{1,5}} )?
        (?: [/?\#] [\w\-.~:/?\#\[\]@!$&'()*+,;=%]* )?
      | (?<! [\w.@/-] ) (?: www\. )? (?: {_BARE} ) / [\w\-.~:/?\#@!$&'()*+,;=%]+
      | (?<! [\w./-] ) (?: [a-z2-7]{{16}} | [a-z2-7]{{56}} ) \.onion (?: / [\w\-.~:/?\#@!$&'()*+,;=%]* )?
      | (?<! \w ) tg://join\?invite= [\w-]+
    )
    """,
    re.IGNORECASE | re.ASCII | re.VERBOSE,
)
_DEFANGED = re.compile(r"[\[({]\s?(?:\.|dot)\s?[\])}]", re.IGNORECASE)
_TAIL = ".,;:!?'*)]}"
_OPENING = {")": "(", "]": "["}
_NOT_A_NAME = re.compile(r"[^a-z0-9]+")


def leads_in(text: str, where: Where) -> tuple[Lead, ...]:
    """Return the links in a text, each once, in order; respellings of dots and schemes are undone."""
    plain = _DEFANGED.sub(".", unicodedata.normalize("NFKC", text[:LONGEST_TEXT]))
    found: dict[str, Lead] = {}
    for match in _LINK.finditer(plain):
        url = _whole(match[0])
        if url and len(url) <= LONGEST_LINK:
            found.setdefault(url, Lead(_kind(url), url, where))
        if len(found) == MOST_LEADS:
            break
    return tuple(found.values())


def joined(leads: Iterable[Lead]) -> tuple[Lead, ...]:
    """Return leads, each address once: groups first, then files, then pages."""
    once: dict[str, Lead] = {}
    for lead in leads:
        once.setdefault(lead.url, lead)
    kinds = list(LeadKind)
    return tuple(sorted(once.values(), key=lambda lead: kinds.index(lead.kind))[:MOST_LEADS])


def watch_command(lead: Lead) -> str:
    """Return what to type to watch where a link leads, "" where no source fits."""
    host = urlsplit(lead.url).hostname or ""
    if lead.kind is not LeadKind.PAGE or host.endswith(".onion"):
        return ""
    name = _NOT_A_NAME.sub("-", host.removeprefix("www.")).strip("-")
    return f"jikimi watch add website {name} {shlex.quote('url=' + lead.url)} --by NAME"


def _whole(found: str) -> str:
    """Return a link with its scheme, without what belongs to the sentence around it; "" if it has no host."""
    while (
        found and found[-1] in _TAIL and found.count(found[-1]) > found.count(_OPENING.get(found[-1], "\0"))
    ):
        found = found[:-1]
    scheme, sign, rest = found.partition("://")
    if not sign:
        scheme, rest = ("http" if ".onion" in found.lower() else "https"), found
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    url = f"{scheme.lower().replace('xx', 'tt')}://{host.lower()}{rest[len(host) :]}"
    try:
        return url if urlsplit(url).hostname else ""
    except ValueError:
        return ""


def _kind(url: str) -> LeadKind:
    scheme, _, rest = url.partition("://")
    place = rest.lower().removeprefix("www.")
    if scheme == "tg" or _is_at(place, INVITES):
        return LeadKind.INVITE
    return LeadKind.FILES if _is_at(place, FILES) else LeadKind.PAGE


def _is_at(place: str, known: Iterable[str]) -> bool:
    """Tell whether an address is at one of these places, or on a host below one."""
    host, _, path = place.partition("/")
    for one in known:
        known_host, _, beginning = one.partition("/")
        if (host == known_host or host.endswith(f".{known_host}")) and path.startswith(beginning):
            return True
    return False
