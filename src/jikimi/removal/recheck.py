"""Judges whether a copy is gone, and when to look again. Rules; the table: docs/removal/follow-through.md."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import unquote, urlsplit

from jikimi.model.alert import STILL_THERE, Place, Presence, Recheck
from jikimi.model.errors import BadMedia, JikimiError
from jikimi.model.fingerprint import Inspection
from jikimi.model.ports import Fetched, Rules
from jikimi.removal.page_text import mentions
from jikimi.removal.sights import NOT_THERE, Seen, Sight, is_expired, sight_of

Judgement = tuple[Presence, str]
Answer = Fetched | JikimiError
Medium = Inspection | Fetched | JikimiError
"""What a file's address gave: a medium, an answer that is none, or the error."""

SMALL_SIDE: Final = 400  # pixels of the longer side; what is smaller is called a thumbnail
SPACER_SIDE: Final = 8  # a picture of so few pixels a side stands for none
_THUMBNAIL = re.compile(r"thumb|small|preview|_[stm]\.|/[stm]\d{2,3}\b|resize|R\d+x", re.IGNORECASE)
_SIGNED = re.compile(
    r"(?:^|&)(?:expires?|exp|e|st|se|sig|sign|signature|token|hash|hmac|policy|key-pair-id|oe|oh|x-amz-[\w-]+|md5|auth\w*)=",
    re.IGNORECASE,
)
_REMOVED_NAME = re.compile(
    r"/(?:[\w-]*(?:removed|deleted|no[-_]?image|image[-_]?not[-_]?found|not[-_]?found|unavailable|placeholder|blank|spacer)[\w-]*)"
    r"\.(?:png|gif|jpe?g|webp)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Copy:
    """The same medium, served at another address. `longest_side` is in pixels, 0 for a sound."""

    address: str
    longest_side: int

    @property
    def is_thumbnail(self) -> bool:
        """Tell a small copy, which a site makes by itself, from one that somebody uploaded."""
        return (
            0 < self.longest_side <= SMALL_SIDE or _THUMBNAIL.search(urlsplit(self.address).path) is not None
        )


@dataclass(frozen=True, slots=True)
class Around:
    """What else was asked of the site to understand its answers.

    `page_canary` and `medium_canary` are what it gives for addresses that never were. `copies` are the same
    medium at other addresses. `others` are the SHA-256 of other pictures that the page shows. `is_known`
    tells that the picture now served is the one this site shows for removed ones.
    """

    page_canary: Answer | None = None
    medium_canary: Medium | None = None
    copies: tuple[Copy, ...] = ()
    others: frozenset[bytes] = frozenset()
    is_known: bool = False


NOTHING_ASKED: Final = Around()


def judge(
    page: Answer,
    medium: Medium,
    place: Place,
    is_same: Callable[[Inspection], bool],
    around: Around = NOTHING_ASKED,
) -> Judgement:
    """Say what became of the copy, as seen from one place, and why in words that may be kept and shown.

    `page` and `medium` are what their addresses answered just now, or the error. The medium decides first:
    while it is served anywhere, nothing else matters. A 429, a 5xx, silence, a challenge, a block, a sign-in
    or a part of a file that was cut off is never "gone".
    """
    if isinstance(medium, Inspection) and is_same(medium):
        return Presence.LIVE, "the medium is still served"
    if around.copies:
        return _of_copies(around.copies, page, place)
    if isinstance(medium, Inspection):
        file = _of_other_picture(medium, around)
    else:
        file = _of_no_medium(medium, around)
    return _together(sight_of(page, around.page_canary), file, page, medium, place, is_known=around.is_known)


def _of_copies(copies: Sequence[Copy], page: Answer, place: Place) -> Judgement:
    """The largest copy counts: who asks for it asks for the smaller ones, too."""
    best = max(copies, key=lambda one: one.longest_side)
    if _named(best.address) == _named(place.media_url):
        return Presence.LIVE, "the medium is still served, at its address with another signature"
    if best.is_thumbnail:
        return Presence.LIVE, "a smaller copy is still served"
    if isinstance(page, Fetched) and _named(page.url) != _named(place.post_url):
        return Presence.MOVED, "the post has moved and still shows the medium"
    return Presence.MOVED, "the medium is served at another address"


def _of_other_picture(medium: Inspection, around: Around) -> Seen:
    if medium.missing:
        return Seen(Sight.UNCLEAR, "cut off")
    if medium.sha256 in around.others:
        return Seen(Sight.UNCLEAR, "one for all")
    return Seen(Sight.SHOWN, "another medium")


def _of_no_medium(medium: Fetched | JikimiError, around: Around) -> Seen:
    if isinstance(medium, BadMedia):
        return Seen(Sight.EMPTY, "no medium")
    canary = around.medium_canary if isinstance(around.medium_canary, Fetched) else None
    if isinstance(medium, Fetched) and is_expired(medium):
        return Seen(Sight.UNCLEAR, "expired")
    seen = sight_of(medium, canary)
    if seen.sight is not Sight.SHOWN:
        return seen
    # Where the host knows how to say "missing", a page in place of the file says something else.
    is_told_apart = isinstance(canary, Fetched) and canary.status in NOT_THERE
    return Seen(Sight.UNCLEAR, "a page") if is_told_apart else Seen(Sight.EMPTY, "no medium")


def _together(  # noqa: PLR0911  # a table of cases, one line each
    page: Seen, file: Seen, answer: Answer, medium: Medium, place: Place, *, is_known: bool
) -> Judgement:
    """Read page and file together: the least certain of them decides, and a block or sign-in names itself."""
    sights = {page.sight, file.sight}
    if Sight.BLOCKED in sights:
        return Presence.BLOCKED, "blocked here, by country, order or network; this is not gone"
    if page.sight is Sight.LOGIN or (file.sight is Sight.LOGIN and page.sight is not Sight.GONE):
        return Presence.LOGIN, "it asks to sign in; look by hand"
    if file.why == "another medium":
        return _of_replaced(page, medium, is_known=is_known)
    if file.sight is Sight.GONE:
        return _of_missing_file(page, answer, place)
    if file.why == "no medium" and page.sight is Sight.GONE:
        return Presence.GONE, "the page is gone and the file's address serves no medium any more"
    if file.why in {"no medium", "a page"}:
        return Presence.UNKNOWN, "the file's address serves something that is no medium we read; look by hand"
    if file.why == "one for all":
        return Presence.UNKNOWN, "the site shows us one picture in place of all; look by hand"
    if file.why == "expired":
        return Presence.UNKNOWN, "the file's address may have expired; look at the page by hand"
    return Presence.UNKNOWN, "the file's address gave no clear answer"


def _of_replaced(page: Seen, medium: Medium, *, is_known: bool) -> Judgement:
    if page.sight not in {Sight.SHOWN, Sight.GONE}:
        return Presence.UNKNOWN, "the file's address serves another medium, but the page could not be seen"
    if is_known or (isinstance(medium, Inspection) and is_spacer(medium)):
        return Presence.GONE, "replaced: the site shows its picture for removed ones"
    return Presence.GONE, "replaced: the file's address serves another medium"


def _of_missing_file(page: Seen, answer: Answer, place: Place) -> Judgement:  # noqa: PLR0911  # as above
    if page.sight is Sight.GONE:
        return Presence.GONE, "page and file are gone"
    if page.sight is Sight.EMPTY:
        return Presence.UNKNOWN, "the file is gone, but the page shows nothing without scripts; look by hand"
    if page.sight is not Sight.SHOWN or not isinstance(answer, Fetched):
        return Presence.UNKNOWN, "the file is gone, but the page could not be seen"
    shown = mentions(answer, place.media_url)
    if shown == {unquote(place.media_url)}:
        return Presence.GONE, "the file is gone; the page still points to it"
    if shown:
        return Presence.UNKNOWN, "the file is gone, but the page names it at another address"
    if is_signed(place.media_url):
        return Presence.UNKNOWN, "the file's address may have expired; look at the page by hand"
    return Presence.GONE, "the file is gone and the page no longer names it"


def is_signed(url: str) -> bool:
    """Tell an address that carries a signature or a last moment, and so may end before the file does."""
    return _SIGNED.search(urlsplit(url).query) is not None


def is_spacer(medium: Inspection) -> bool:
    """Tell a picture of hardly any pixels, which stands for none."""
    return 0 < max(medium.width, medium.height) <= SPACER_SIDE


def is_named_removed(answer: Fetched) -> bool:
    """Tell whether a file's address led to a picture whose name says that it was removed."""
    return len(answer.hops) > 1 and _REMOVED_NAME.search(urlsplit(answer.url).path) is not None


def _named(url: str) -> tuple[str, ...]:
    """Return what of an address names the file or post: all but the signature, which comes anew each time."""
    parts = urlsplit(url)
    query = sorted(pair for pair in parts.query.split("&") if pair and not _SIGNED.match(pair))
    return parts.netloc.lower(), unquote(parts.path).rstrip("/"), *query


def from_everywhere(judgements: Mapping[str, Judgement]) -> Judgement:
    """Join what was seen from every vantage point; the first is the house's own.

    Gone needs all of them. What is gone or blocked from here and there from elsewhere is blocked here only.
    """
    seen = list(judgements.values())
    home, others = seen[0], seen[1:]
    elsewhere = [one for one in others if one[0] in STILL_THERE]
    if home[0] in STILL_THERE:
        return home
    if elsewhere and home[0] in {Presence.GONE, Presence.BLOCKED}:
        return Presence.BLOCKED, "gone or blocked from here, but still served elsewhere"
    if elsewhere:
        return elsewhere[0]
    unsure = [one for one in seen if one[0] is not Presence.GONE]
    if unsure and home[0] is Presence.GONE:
        return unsure[0][0], "gone from here, but another vantage point could not confirm it"
    return home


def next_rung(rung: int, presence: Presence, is_verified: bool, rules: Rules) -> timedelta:  # noqa: FBT001  # as the story has it
    """Return the pause after the look on `rung` (0 is the first look after the request).

    The ladder's pauses follow each other and the last repeats. A copy that seems gone is looked at again
    no later than `gone_after`; one that is verified gone at the last, slowest pace, in case it comes back.
    """
    if is_verified:
        return rules.ladder[-1]
    pause = rules.ladder[min(rung + 1, len(rules.ladder) - 1)]
    return min(pause, rules.gone_after) if presence is Presence.GONE else pause


def is_verified_gone(rechecks: Sequence[Recheck], now: datetime, rules: Rules) -> bool:
    """Tell whether a copy that is gone at `now` was gone at least `gone_after` before, and not live since.

    `rechecks` are the looks so far, with or without the one at `now`. A look without a clear answer in
    between neither helps nor harms.
    """
    since: datetime | None = None
    for look in sorted(rechecks, key=lambda one: one.at):
        if look.is_still_there or (look.at == now and look.presence is not Presence.GONE):
            since = None
        elif look.presence is Presence.GONE:
            since = since or look.at
    return since is not None and now - since >= rules.gone_after
