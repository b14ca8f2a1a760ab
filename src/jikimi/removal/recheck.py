"""Judges whether a copy is gone, and says when to look again. Pure rules; the table is in docs/removal.md."""

import html
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

from jikimi.model.alert import Place, Presence, Recheck
from jikimi.model.errors import BadMedia, Gone, JikimiError
from jikimi.model.fingerprint import Inspection
from jikimi.model.ports import Fetched, Rules

Judgement = tuple[Presence, str]
_BREAKS = re.compile(r"[\s\"'()<>]+")
_ATTRIBUTE = re.compile(r"^[a-z-]+=")  # an attribute without quotes: src=/a.jpg


def judge(
    page: Fetched | JikimiError,
    medium: Inspection | JikimiError,
    place: Place,
    is_same: Callable[[Inspection], bool],
) -> Judgement:
    """Say whether the copy is live, gone or unknown, and why in words that may be kept and shown.

    `page` and `medium` are what their addresses answered just now, or the error. The medium decides
    first: while it is served, nothing else matters. A 429, a 5xx, silence, a challenge or a part of a file
    that was cut off is never "gone".
    """
    if isinstance(medium, Inspection) and (is_same(medium) or not medium.missing):
        return _of_picture(page, is_same=is_same(medium))
    if isinstance(medium, Gone):
        return _of_missing_file(page, place)
    if isinstance(medium, BadMedia) and isinstance(page, Gone):
        return Presence.GONE, "the page is gone and the file's address serves no medium any more"
    if isinstance(medium, BadMedia):
        return Presence.UNKNOWN, "the file's address serves something that is no medium we read; look by hand"
    return Presence.UNKNOWN, "the file's address gave no clear answer"


def _of_picture(page: Fetched | JikimiError, *, is_same: bool) -> Judgement:
    if is_same:
        return Presence.LIVE, "the medium is still served"
    if isinstance(page, Fetched | Gone):
        return Presence.GONE, "replaced: the file's address serves another medium"
    return Presence.UNKNOWN, "the file's address serves another medium, but the page could not be seen"


def _of_missing_file(page: Fetched | JikimiError, place: Place) -> Judgement:
    if isinstance(page, Gone):
        return Presence.GONE, "page and file are gone"
    if not isinstance(page, Fetched):
        return Presence.UNKNOWN, "the file is gone, but the page could not be seen"
    asked = unquote(place.media_url)
    shown = {unquote(urljoin(page.url, one)) for one in _mentions(page.body, place.media_url)}
    if shown == {asked}:
        return Presence.GONE, "the file is gone; the page still points to it"
    if shown:
        return Presence.UNKNOWN, "the file is gone, but the page names it at another address"
    if urlsplit(place.media_url).query:
        return Presence.UNKNOWN, "the file's address may have expired; look at the page by hand"
    return Presence.GONE, "the file is gone and the page no longer names it"


def _mentions(body: bytes, url: str) -> list[str]:
    """Return the texts on a page, between quotes, brackets or spaces, that hold the file's name."""
    name = PurePosixPath(urlsplit(url).path).name
    text = html.unescape(body.decode("utf-8", "replace")).replace("\\/", "/")
    pieces = (piece.strip(",;") for piece in _BREAKS.split(text))
    return [_ATTRIBUTE.sub("", piece) for piece in pieces if name in piece or unquote(name) in piece]


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
        if look.presence is Presence.LIVE or (look.at == now and look.presence is not Presence.GONE):
            since = None
        elif look.presence is Presence.GONE:
            since = since or look.at
    return since is not None and now - since >= rules.gone_after
