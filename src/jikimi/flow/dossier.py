"""Gathers what one host did about requests, and records in which country it stands."""

import re
from collections.abc import Iterable

from jikimi.flow.course import course_of, receipts_of
from jikimi.model.alert import Place, Recheck, Sent
from jikimi.model.errors import Gone, NeedsHuman
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.model.spell import Dossier, Hosting
from jikimi.model.standing import Standing
from jikimi.removal.dossier import Line, Request

COMPLIED = frozenset({Standing.GONE, Standing.SEEMS_GONE})
ASKED = frozenset({Sent.SENT, Sent.IN_DOUBT, Sent.REFUSED})
_COUNTRY = re.compile(r"[A-Z]{2}")
_HOST = re.compile(r"[a-z0-9.-]{1,254}")


def dossier_of(
    house: House, host: str, places: Iterable[str], *, with_addresses: bool, by: str
) -> tuple[Outcome, tuple[Line, ...]]:
    """Return the record of the hand-over, and one line for each place asked for that is still there.

    `places` are the keys of the places on that host. A line names no case, no person and, unless asked, no
    address. Raises NeedsHuman when there is nothing to tell.
    """
    lines = [line for key in places if (line := _line_of(key, house, with_addresses=with_addresses))]
    if not lines:
        raise NeedsHuman(f"Nothing that was asked of {host} is still there. Look at the statistics first.")
    record = Dossier(host, with_addresses, by, house.clock())
    return Outcome(records=(record,), answer=record.key), tuple(lines)


def _line_of(key: str, house: House, *, with_addresses: bool) -> Line | None:
    try:
        place = house.records.get(Place, key)
    except Gone:  # its case was closed
        return None
    looks = house.records.find(Recheck, parent=key)
    course = course_of(place, house)
    requests = tuple(
        Request(
            at=receipts[-1].at, channel=notice.channel, regime=notice.regime,
            language=notice.language, number=notice.number, state=receipts[-1].state,
        )
        for notice, receipts in receipts_of(place, house)
        if receipts
    )  # fmt: skip
    if course.standing in COMPLIED or not any(one.state in ASKED for one in requests):
        return None
    return Line(
        standing=course.standing,
        since=course.since,
        requests=requests,
        looks=len(looks),
        seen_at=looks[-1].at if looks else None,
        address=place.post_url if with_addresses else "",
    )


def set_country(house: House, host: str, country: str, *, by: str) -> Outcome:
    """Record in which country a host's servers stand: two capital letters (ISO 3166), such as KR."""
    if not _HOST.fullmatch(host) or not _COUNTRY.fullmatch(country):
        raise NeedsHuman(
            "A host and two capital letters are needed. Type: jikimi host country site.example KR"
        )
    record = Hosting(host, country, by, house.clock())
    return Outcome(records=(record,), answer=record.key)
