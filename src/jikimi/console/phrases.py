"""What enums, lengths of time and errors are called in the languages of the people who read them."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext

from jikimi.console import phrases_network, phrases_removal, phrases_said
from jikimi.console.phrases_said import SAID_WITH_FACTS
from jikimi.model.alert import Presence, Sent
from jikimi.model.case import Authority, Policy, Verdict
from jikimi.model.contact import Scope
from jikimi.model.errors import JikimiError
from jikimi.model.fingerprint import Kind, Tier
from jikimi.model.mail import Answer
from jikimi.model.policy import WaitsFor
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
    Sent.TAKEN_BACK: gettext_lazy("taken back before it went out"),
    Sent.TOO_LATE: gettext_lazy("taken back too late"),
    WaitsFor.CENTRE: gettext_lazy("the centre's pause to end"),
    WaitsFor.CASE: gettext_lazy("the case's pause to end"),
    WaitsFor.POLICE: gettext_lazy("the police"),
    WaitsFor.AUTHORITY: gettext_lazy("the authority to be renewed"),
    WaitsFor.STATEMENT: gettext_lazy("its statement to be approved"),
    WaitsFor.LAST_RESORT: gettext_lazy("a copyright notice to be allowed again"),
    WaitsFor.BRAKE: gettext_lazy("its turn: this recipient had enough requests for now"),
    Presence.LIVE: gettext_lazy("still there"),
    Presence.GONE: gettext_lazy("gone"),
    Presence.UNKNOWN: gettext_lazy("could not tell"),
    **phrases_removal.WORDS,
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

SCOPES: Mapping[Scope, Words] = {
    Scope.SITE: gettext_lazy("site"),
    Scope.HOST: gettext_lazy("host"),
    Scope.CDN: gettext_lazy("network in front (CDN)"),
    Scope.REGISTRAR: gettext_lazy("registrar of the name"),
    Scope.NETWORK: gettext_lazy("network"),
    Scope.SEARCH: gettext_lazy("search engine"),
    Scope.REGULATOR: gettext_lazy("public body"),
}
"""Apart from WORDS: there, equal words of different choices would be one."""

ANSWERS: Mapping[Answer, Words] = {
    Answer.ACKNOWLEDGED: gettext_lazy("received"),
    Answer.REMOVED: gettext_lazy("removed, they say"),
    Answer.PARTLY: gettext_lazy("partly removed, they say"),
    Answer.REFUSED: gettext_lazy("refused, they say"),
    Answer.NEEDS_FORM: gettext_lazy("they ask for a form or more facts"),
    Answer.BOUNCED: gettext_lazy("came back: not delivered"),
    Answer.DELAYED: gettext_lazy("delayed: their server still tries"),
    Answer.UNKNOWN: gettext_lazy("unclear"),
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
    "back": gettext_lazy("back again"),
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
    "stamp": gettext_lazy("have the evidence stamped"),
    "find_contacts": gettext_lazy("look for contacts"),
    "draft": gettext_lazy("write the request"),
    "send": gettext_lazy("check before sending"),
    "deliver": gettext_lazy("send the request"),
    "join": gettext_lazy("wait for other requests to the same contact"),
    "gather": gettext_lazy("put waiting requests into one mail"),
    "hand_in": gettext_lazy("send the mail"),
    "read_mail": gettext_lazy("read the mailbox for answers"),
    "recheck": gettext_lazy("look whether it is gone"),
    "read_writing": gettext_lazy("read what is written in a picture"),
    "search_archive": gettext_lazy("search what was seen before"),
    "expire": gettext_lazy("end an expired authority"),
}

SAID = (*phrases_said.SAID, *phrases_removal.SAID, *phrases_network.SAID)
"""What the rooms below say word for word; a test finds each of them in their sources."""

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
            facts = found.groupdict()
            return gettext(phrase) % (facts | {"why": in_words(facts["why"])} if "why" in facts else facts)
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
