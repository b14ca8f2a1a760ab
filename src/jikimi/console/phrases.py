"""What enums, lengths of time and errors are called in the languages of the people who read them."""

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, gettext_noop, ngettext

from jikimi.model.alert import Presence, Sent
from jikimi.model.case import Authority, Policy, Verdict
from jikimi.model.errors import JikimiError
from jikimi.model.fingerprint import Kind, Tier
from jikimi.model.post import Priority
from jikimi.model.text import IdentifierKind
from jikimi.model.writing import LeadKind, Where
from jikimi.review.findable import Findable

Words = str | Promise

WORDS: Mapping[StrEnum, Words] = {
    Tier.CERTAIN: gettext_lazy("certain"),
    Tier.LIKELY: gettext_lazy("likely"),
    Tier.POSSIBLE: gettext_lazy("possible"),
    Authority.VICTIM: gettext_lazy("the person concerned"),
    Authority.SPOUSE: gettext_lazy("spouse"),
    Authority.LINEAL_KIN: gettext_lazy("parent, child or other lineal kin"),
    Authority.SIBLING: gettext_lazy("brother or sister"),
    Authority.AGENT: gettext_lazy("agent with a mandate"),
    Authority.EX_OFFICIO: gettext_lazy("ex officio (material of a child, or at the demand of the police)"),
    Policy.ASK: gettext_lazy("a person confirms each alert"),
    Policy.PRE_APPROVED: gettext_lazy("certain matches go out by themselves to confirmed addresses"),
    Verdict.CONFIRMED: gettext_lazy("confirmed"),
    Verdict.REJECTED: gettext_lazy("rejected"),
    Verdict.REOPENED: gettext_lazy("taken back"),
    Sent.SENT: gettext_lazy("sent"),
    Sent.REHEARSED: gettext_lazy("rehearsed, not sent"),
    Sent.REFUSED: gettext_lazy("refused by the recipient"),
    Sent.IN_DOUBT: gettext_lazy("in doubt: it may or may not have gone out"),
    Sent.NOT_NEEDED: gettext_lazy("not needed: already gone"),
    Presence.LIVE: gettext_lazy("still there"),
    Presence.GONE: gettext_lazy("gone"),
    Presence.UNKNOWN: gettext_lazy("could not tell"),
    Priority.HIGH: gettext_lazy("high"),
    Priority.NORMAL: gettext_lazy("normal"),
    Priority.LOW: gettext_lazy("low"),
    IdentifierKind.NAME: gettext_lazy("name"),
    IdentifierKind.NICKNAME: gettext_lazy("nickname"),
    IdentifierKind.HANDLE: gettext_lazy("account name"),
    IdentifierKind.PHONE: gettext_lazy("telephone number"),
    IdentifierKind.SCHOOL: gettext_lazy("school or workplace"),
    IdentifierKind.TITLE: gettext_lazy("title under which the material travels"),
    IdentifierKind.CAPTION: gettext_lazy("caption"),
    IdentifierKind.URL: gettext_lazy("web address"),
    Where.POST: gettext_lazy("in the post's text"),
    Where.CODE: gettext_lazy("in a QR code"),
    Where.LETTERS: gettext_lazy("in letters read by machine"),
    LeadKind.INVITE: gettext_lazy("group or channel"),
    LeadKind.FILES: gettext_lazy("place for files"),
    LeadKind.PAGE: gettext_lazy("web page"),
    Findable.WELL: gettext_lazy("can be found whole, changed, cropped or pasted in"),
    Findable.BY_HASH: gettext_lazy(
        "can be found by its hash only: cropped or pasted-in copies will be missed"
    ),
    Findable.BY_POINTS: gettext_lazy(
        "can be found by its points only: never as certain, and not in what was seen earlier"
    ),
    Findable.BY_BYTES: gettext_lazy("cannot be matched beyond identical bytes"),
}

MEDIA: Mapping[Kind, Words] = {
    Kind.IMAGE: gettext_lazy("picture"),
    Kind.VIDEO: gettext_lazy("video"),
    Kind.AUDIO: gettext_lazy("sound"),
    Kind.TEXT: gettext_lazy("text"),
}

LOOKS: Mapping[int, Words] = {1: gettext_lazy("first look"), 2: gettext_lazy("second look")}

STATES: Mapping[str, Words] = {
    "proposed": gettext_lazy("waits for approval"),
    "live": gettext_lazy("live"),
    "expired": gettext_lazy("expired"),
    "closed": gettext_lazy("closed"),
    "open": gettext_lazy("open"),
    "confirmed": gettext_lazy("confirmed"),
    "rejected": gettext_lazy("rejected"),
    "counsellor": gettext_lazy("counsellor"),
    "investigator": gettext_lazy("investigator"),
    "administrator": gettext_lazy("administrator"),
}
"""States of cases and alerts, and roles, by their names in the tables."""

STEPS: Mapping[str, Words] = {
    "look": gettext_lazy("look at a post"),
    "look_again": gettext_lazy("look at a post again, more closely"),
    "pursue": gettext_lazy("decide what to do about a place"),
    "pursue_alert": gettext_lazy("go on with a confirmed alert"),
    "seal": gettext_lazy("seal the evidence"),
    "draft": gettext_lazy("write the request"),
    "send": gettext_lazy("check before sending"),
    "deliver": gettext_lazy("send the request"),
    "recheck": gettext_lazy("look whether it is gone"),
    "read_writing": gettext_lazy("read what is written in a picture"),
    "search_archive": gettext_lazy("search what was seen before"),
    "expire": gettext_lazy("end an expired authority"),
}

SAID = (
    gettext_noop("A case needs a file number and a pseudonym. Fill in both."),
    gettext_noop("The authority needs a purpose. Write what the person asked the centre to do."),
    gettext_noop("The authority is signed in the future. Check the day of signature."),
    gettext_noop("The authority has run out. Ask for a new one and enter its last day."),
    gettext_noop("An authority lasts a year at most; after that it is renewed. Enter an earlier last day."),
    gettext_noop("A second person must approve this case. Ask a colleague to sign in and approve it."),
    gettext_noop("Pictures of children are never shown here. Decide on the facts, or ask the police."),
    gettext_noop("There is no sealed evidence for this place yet. Confirm its alert first."),
    gettext_noop("This name is taken or is not a name. Use letters, digits and . - _ only."),
    gettext_noop("This account is switched off. Switch it on first."),
    gettext_noop("the file is empty"),
    gettext_noop("the file is cut off: only part of the picture is there"),
    gettext_noop("the picture needs more memory than one file may take"),
    gettext_noop("the file declares a picture without pixels"),
    gettext_noop("the file holds more pixels than it declares; the limit is 100 megapixels"),
    gettext_noop("this is a video (MP4 or QuickTime), not a picture"),
    gettext_noop("this is HTML, not a picture"),
    gettext_noop("this is an SVG drawing, which is not read"),
    gettext_noop("this is text, not a picture"),
    gettext_noop("this is not a kind of file we know, so not a picture"),
    gettext_noop("the medium is still served"),
    gettext_noop("replaced: the file's address serves another medium"),
    gettext_noop("the file's address serves another medium, but the page could not be seen"),
    gettext_noop("page and file are gone"),
    gettext_noop("the page is gone and the file's address serves no medium any more"),
    gettext_noop("the file's address serves something that is no medium we read; look by hand"),
    gettext_noop("the file's address gave no clear answer"),
    gettext_noop("the file is gone, but the page could not be seen"),
    gettext_noop("the file is gone; the page still points to it"),
    gettext_noop("the file is gone, but the page names it at another address"),
    gettext_noop("the file's address may have expired; look at the page by hand"),
    gettext_noop("the file is gone and the page no longer names it"),
    gettext_noop("printed only; sending is off"),
    gettext_noop("the service was stopped while sending; ask the recipient, or request again"),
    gettext_noop("The recipient is not one plain mail address. Confirm another for this site."),
    gettext_noop("The removal request lacks its authority. Record in whose name you act."),
    gettext_noop("letters were not read: no program for that is installed"),
    gettext_noop("the program that reads letters does not work; run `jikimi selfcheck`"),
    gettext_noop("the program that reads letters cannot be started"),
    gettext_noop("The watched folder cannot be read. Check its path and rights."),
)
"""What the rooms below say word for word; a test finds each of them in their sources."""

SAID_WITH_FACTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"File number (?P<number>.+) is taken\. Choose another\."),
        gettext_noop("File number %(number)s is taken. Choose another."),
    ),
    (
        re.compile(r"This cannot be searched for: longer than (?P<most>\d+) characters; .*"),
        gettext_noop("This is longer than %(most)s characters. Enter the part that tells it apart."),
    ),
    (
        re.compile(r"This cannot be searched for: has (?P<count>\d+) digits; .*"),
        gettext_noop("%(count)s digits are no telephone number. Enter it with its area code."),
    ),
    (
        re.compile(r"This cannot be searched for: has (?P<count>\d+) letters; .*"),
        gettext_noop("%(count)s letters are too few: it would be found everywhere. Enter more."),
    ),
    (
        re.compile(r"This cannot be searched for: .*"),
        gettext_noop("This cannot be searched for. Enter what people would type."),
    ),
    (
        re.compile(r"No removal address is known for watch (?P<watch>\S+)\. .*"),
        gettext_noop("No removal address is known for watch %(watch)s. Enter it on the page Watches."),
    ),
    (
        re.compile(r"The channel (?P<channel>\S+) is not set up\. .*"),
        gettext_noop("The channel %(channel)s is not set up. Set JIKIMI_SMTP and JIKIMI_SENDER."),
    ),
    (
        re.compile(r"the file begins like (?P<kind>\w+) but is damaged"),
        gettext_noop("the file begins like %(kind)s but is damaged"),
    ),
    (
        re.compile(r"the file declares (?P<size>\d+×\d+) pixels; the limit is 100 megapixels"),
        gettext_noop("the file declares %(size)s pixels; the limit is 100 megapixels"),
    ),
    (
        re.compile(r"this is (?P<kind>.+), not a picture(?: we read)?"),
        gettext_noop("this is %(kind)s, not a picture we read"),
    ),
    (
        re.compile(r"the file took longer than (?P<seconds>\S+) s to read"),
        gettext_noop("the file took longer than %(seconds)s seconds to read"),
    ),
    (
        re.compile(r"reading letters took longer than (?P<seconds>\S+) s"),
        gettext_noop("reading letters took longer than %(seconds)s seconds"),
    ),
    (
        re.compile(r"the program that reads letters failed \(status (?P<status>-?\d+)\)"),
        gettext_noop("the program that reads letters failed (status %(status)s)"),
    ),
    (
        re.compile(r"the reader (?:crashed|gave no sensible answer) on this file(?P<how>.*)"),
        gettext_noop("the reader gave up on this file%(how)s"),
    ),
)

PREFIXES: Mapping[str, Words] = {
    "unreadable": gettext_lazy("unreadable"),
    "refused": gettext_lazy("refused"),
    "a person must act": gettext_lazy("a person must act"),
    "a setting is wrong": gettext_lazy("a setting is wrong"),
}
"""How the worker begins the reason why it laid a job aside."""

UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def in_words(said: JikimiError | str) -> str:
    """Return what an error or a reason says, in the reader's language where the console knows it."""
    text = str(said)
    prefix, colon, rest = text.partition(": ")
    if colon and prefix in PREFIXES:
        return f"{PREFIXES[prefix]}: {in_words(rest)}"
    if text in SAID:
        return gettext(text)
    for pattern, phrase in SAID_WITH_FACTS:
        found = pattern.fullmatch(text)
        if found:
            return gettext(phrase) % found.groupdict()
    return text


def span(length: timedelta) -> str:
    """Return a length of time as a person says it: its two largest units; "less than a second" below one."""
    seconds = int(length.total_seconds())
    if seconds < 1:
        return gettext("less than a second")
    parts: list[str] = []
    for size, unit in UNITS:
        count, seconds = divmod(seconds, size)
        if count or parts:
            parts.append(_counted(count, unit) if count else "")
        if len(parts) == 2:  # noqa: PLR2004  # two units are enough for a person
            break
    return " ".join(part for part in parts if part)


def _counted(count: int, unit: str) -> str:
    match unit:
        case "d":
            return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}
        case "h":
            return gettext("%(count)d h") % {"count": count}
        case "min":
            return gettext("%(count)d min") % {"count": count}
        case _:
            return gettext("%(count)d s") % {"count": count}
