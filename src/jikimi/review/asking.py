"""Which words of a case a search engine may be asked for, and how urgently: only what is telling."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from typing import Final

from jikimi.model.source import SearchLeave
from jikimi.model.text import Identifier, IdentifierKind

MOST_QUERIES: Final = 12  # of one case: each is one more disclosure
LONGEST_PHRASE: Final = 60  # characters of a caption; engines take 100 to 400 for a whole query
TELLING_HANDLE: Final = 5  # letters; shorter account names are ordinary words, too (docs/text.md)

KINDS: Final = (
    IdentifierKind.HANDLE,
    IdentifierKind.TITLE,
    IdentifierKind.CAPTION,
    IdentifierKind.NICKNAME,
    IdentifierKind.NAME,
)
"""What may be asked for, the most telling first.

Telephone numbers are never asked for. Nor are schools and workplaces: with a name they say who she is
and find her ordinary life. Nor web addresses: what is known by its address is watched there.
"""

NUMBER = re.compile(r"(?:[0-9][-.\s()/+]*){7,}")  # resident registration, passport, telephone, account
SPOKEN_NUMBER = re.compile(r"(?:[공영일이삼사오육륙칠팔구][-.\s]*){7,}")
MAIL = re.compile(r"[^\s@]@[^\s@]+\.[^\s@]")
STREET = re.compile(
    r"[가-힣0-9](?:로|길)\s?[0-9]+(?:-[0-9]+)?|[가-힣](?:동|리|가)\s?[0-9]+(?:-[0-9]+|번지)|[0-9]+\s?동\s?[0-9]+\s?호"
    r"|\b[0-9]{1,5}\s+[^\W\d_]+(?:\s[^\W\d_]+)?\s(?:street|st|road|rd|avenue|ave|lane|drive|boulevard)\b",
    re.IGNORECASE,
)
"""Postal addresses, Korean (도로명주소법) and English; better one phrase too many refused than one sent."""

NEW_CASE = timedelta(days=14)
YOUNG_CASE = timedelta(days=90)
NEW_ALERT = timedelta(days=7)
RECENT_ALERT = timedelta(days=30)


def askable(known: Iterable[Identifier]) -> tuple[str, ...]:
    """Return the queries of one case, the most telling first, at most 12; () when nothing is telling enough.

    An account name is asked for alone, everything else only together with something of another kind: a
    single name finds other people and gives hers away for nothing. Phrases stand in quotation marks.
    """
    fit = sorted((one for one in known if _may_leave(one)), key=lambda one: KINDS.index(one.kind))
    return tuple(dict.fromkeys(_queries(fit)))[:MOST_QUERIES]


def is_allowed(leaves: Sequence[SearchLeave]) -> bool:
    """Tell whether a case allows it: the newest answer stands; no until somebody said yes."""
    return bool(leaves) and leaves[-1].is_allowed


def urgency(*, is_minor: bool, approved_at: datetime, newest_alert_at: datetime | None, now: datetime) -> int:
    """Return a case's share of a day's queries, 1 to 10: a child, copies found of late, and a new case first.

    None is 0, so that no case is ever left out.
    """
    share = 1 + 4 * is_minor
    if newest_alert_at is not None:
        share += 3 * (now - newest_alert_at < NEW_ALERT) or 1 * (now - newest_alert_at < RECENT_ALERT)
    age = now - approved_at
    return share + (2 * (age < NEW_CASE) or 1 * (age < YOUNG_CASE))


def is_private(text: str) -> bool:
    """Tell whether a text holds what must never leave, whatever kind it was entered as.

    That is a number of seven digits or more, written or spoken, a mail address, or a postal address.
    """
    plain = unicodedata.normalize("NFKC", text)
    digits = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in plain)
    return any(pattern.search(digits) for pattern in (NUMBER, SPOKEN_NUMBER, MAIL, STREET))


def _may_leave(one: Identifier) -> bool:
    return one.kind in KINDS and bool(_phrase(one)) and not is_private(one.text)


def _queries(fit: Sequence[Identifier]) -> Iterator[str]:
    for one in fit:
        if one.kind is IdentifierKind.HANDLE and len(_phrase(one)) >= TELLING_HANDLE:
            yield f'"{_phrase(one)}"'
    for first, second in combinations(fit, 2):
        if first.kind is not second.kind:
            yield f'"{_phrase(first)}" "{_phrase(second)}"'


def _phrase(one: Identifier) -> str:
    """Return an identifier as it is asked for: without quotation marks and signs, cut at a word."""
    text = " ".join(re.sub(r"[\"“”„«»\x00-\x1f]", " ", one.text).split())
    if one.kind is IdentifierKind.HANDLE:
        text = text.lstrip("@")
    if len(text) <= LONGEST_PHRASE:
        return text
    cut = text[:LONGEST_PHRASE]
    return cut.rpartition(" ")[0] or cut
