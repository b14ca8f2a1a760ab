"""Says what one answer shows: the post, that it is gone, a block, a sign-in, a challenge. Pure rules."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from jikimi.model.errors import Gone, JikimiError
from jikimi.model.ports import Fetched
from jikimi.removal.page_text import PageText, read_page
from jikimi.removal.phrases import Says, said, says


class Sight(StrEnum):
    """What one address shows."""

    SHOWN = "shown"
    GONE = "gone"
    BLOCKED = "blocked"  # by country or order, perhaps only from here
    LOGIN = "login"
    UNCLEAR = "unclear"
    EMPTY = "empty"  # built by scripts we do not run: it shows nothing to us


@dataclass(frozen=True, slots=True)
class Seen:
    """What an answer shows, and why in words that may be kept and shown."""

    sight: Sight
    why: str


BLOCKING_HOSTS: Final = (
    "warning.or.kr",
)  # where Korean carriers send a reader of what the regulator blocked
NOT_THERE, FORBIDDEN, UNAUTHORISED, LEGAL = {404, 410}, 403, 401, 451
MUCH_ALIKE: Final = 0.92  # share of words, in order, that two pages of one host have in common
FEW_LINKS: Final = 5  # a page that stands for a whole site that is closed has hardly any
FEW_LETTERS: Final = 20  # visible ones, of a page that scripts have yet to fill
A_WORD_IN_PASSING: Final = 700  # letters: a longer text only speaks of removal
MOST_WORDS: Final = 4_000  # compared, of each page

_LOGIN_PATH = re.compile(
    r"log-?in|sign-?in|signin|passport|oauth|auth(?:enticate|orize)?(?:/|$)|memberlogin", re.IGNORECASE
)
_HOME_PATH = re.compile(r"/?(?:(?:index|main|home|default)(?:\.\w+)?)?/?", re.IGNORECASE)
_EXPIRED = re.compile(
    r"(?:request|signature|url|link|token) (?:has )?expired|expired(?:token| url)",
    re.IGNORECASE,
)


def sight_of(answer: Fetched | JikimiError, canary: Fetched | JikimiError | None = None) -> Seen:
    """Return what a page shows. `canary` is what its host answers to an address that never was, if asked.

    A 429, a 5xx, silence, a challenge, maintenance or a page that scripts have yet to fill never is "gone".
    """
    if isinstance(answer, Gone):
        return Seen(Sight.GONE, "not there")
    if isinstance(answer, JikimiError):
        return Seen(Sight.UNCLEAR, "no clear answer")
    refused = _by_status(answer)
    if refused is not None:
        return refused
    page = read_page(answer)
    own = _own_words(page, canary)
    closed = _by_words(answer, page, own)
    if closed is not None:
        return closed
    return _by_status_and_place(answer, page, own, canary)


def _by_status(answer: Fetched) -> Seen | None:
    """Return what status, headers and host alone decide."""
    headers = dict(answer.headers)
    if headers.get("cf-mitigated") == "challenge" or "x-amzn-waf-action" in headers:
        return Seen(Sight.UNCLEAR, "a challenge")
    if answer.status == LEGAL or any((urlsplit(hop).hostname or "") in BLOCKING_HOSTS for hop in answer.hops):
        return Seen(Sight.BLOCKED, "blocked for legal reasons or by the network")
    if answer.status in {408, 425, 429}:
        return Seen(Sight.UNCLEAR, "too many requests")
    return None


def _by_words(answer: Fetched, page: PageText, own: str) -> Seen | None:
    """Return what the page's words decide before its status is believed."""
    is_there = answer.status not in NOT_THERE
    is_short = len(own) <= A_WORD_IN_PASSING
    if is_short and says(own, Says.CHALLENGE):
        return Seen(Sight.UNCLEAR, "a challenge")
    if is_short and says(own, Says.NOT_HERE):
        return Seen(Sight.BLOCKED, "not shown in this country")
    if answer.status // 100 == 5:  # noqa: PLR2004  # any 5xx
        return Seen(Sight.UNCLEAR, "the site has trouble")
    if is_short and is_there and says(own, Says.CLOSED):
        return Seen(Sight.UNCLEAR, "the whole site is closed for now")
    if _leads_to_sign_in(answer, page) or (is_there and is_short and said(own) is Says.LOGIN):
        return Seen(Sight.LOGIN, "it asks to sign in")
    return None


def _by_status_and_place(  # noqa: PLR0911  # a table of cases, one line each
    answer: Fetched, page: PageText, own: str, canary: Fetched | JikimiError | None
) -> Seen:
    if answer.status in NOT_THERE:
        return Seen(Sight.GONE, "not there")
    if answer.status == UNAUTHORISED:
        return Seen(Sight.LOGIN, "it asks to sign in")
    if answer.status // 100 != 2 or not answer.body.strip():  # noqa: PLR2004  # 2xx
        return Seen(Sight.UNCLEAR, "refused" if answer.status == FORBIDDEN else "no clear answer")
    if len(own) <= A_WORD_IN_PASSING and says(own, Says.GONE):
        return Seen(Sight.GONE, "the page says so")
    where = _sent_away(answer, page, canary)
    if where is not None:
        return where
    if len(page.text) < FEW_LETTERS and page.scripts:
        return Seen(Sight.EMPTY, "built by scripts")
    if isinstance(canary, Fetched) and canary.status // 100 == 2 and _are_alike(page, read_page(canary)):  # noqa: PLR2004  # 2xx
        if page.links < FEW_LINKS:
            return Seen(Sight.EMPTY, "the same page for every address")
        return Seen(Sight.GONE, "the page is what the site shows for missing ones")
    return Seen(Sight.SHOWN, "")


def _sent_away(answer: Fetched, page: PageText, canary: Fetched | JikimiError | None) -> Seen | None:
    """Return GONE for a way home, or the way that missing pages go; None for a page that stays."""
    asked = urlsplit(answer.hops[0])
    is_redirect = len(answer.hops) > 1 and answer.url.rstrip("/") != answer.hops[0].rstrip("/")
    if is_redirect and isinstance(canary, Fetched) and len(canary.hops) > 1 and canary.url == answer.url:
        return Seen(Sight.GONE, "it leads where missing pages lead")
    target = answer.url if is_redirect else page.jump if len(page.text) < FEW_LETTERS else ""
    if not target:
        return None
    if _is_home(target) and not _is_home(asked.geturl()):
        return Seen(Sight.GONE, "it leads to the front page")
    return None if is_redirect else Seen(Sight.UNCLEAR, "it leads on by script")


def _is_home(address: str) -> bool:
    parts = urlsplit(address)
    return _HOME_PATH.fullmatch(parts.path) is not None and not re.search(r"\d", parts.query)


def _leads_to_sign_in(answer: Fetched, page: PageText) -> bool:
    jump = page.jump if len(page.text) < FEW_LETTERS else ""
    targets = [*answer.hops[1:], *([jump] if jump else [])]
    is_sent = any(
        _LOGIN_PATH.search(f"{(p := urlsplit(one)).path}?{p.query.partition('=')[2]}") for one in targets
    )
    return is_sent or (page.asks_password and len(page.text) <= A_WORD_IN_PASSING and _has_login_words(page))


def _has_login_words(page: PageText) -> bool:
    return said(page.text) is Says.LOGIN


def _own_words(page: PageText, canary: Fetched | JikimiError | None) -> str:
    """Return what the page says beyond its frame: without the texts that its host's missing pages have, too.

    Where nothing is left, the page is all frame, and all of it counts.
    """
    if not isinstance(canary, Fetched) or not canary.body:
        return page.text
    frame = set(read_page(canary).words)
    own = [one for one in page.words if one not in frame]
    return " ".join((*own, page.spoken)).strip() or page.text


def _are_alike(page: PageText, other: PageText) -> bool:
    one, two = page.text.split()[:MOST_WORDS], other.text.split()[:MOST_WORDS]
    return SequenceMatcher(None, one, two, autojunk=False).ratio() >= MUCH_ALIKE


def is_expired(answer: Fetched) -> bool:
    """Tell a file store's "this signed address has run out" from other refusals."""
    return answer.status in {400, 401, FORBIDDEN, 410} and bool(
        _EXPIRED.search(answer.body[:4096].decode("utf-8", "replace"))
    )
