"""Looks at one place from every way out: its page, its file, and what it takes to understand the answers."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import quote, urlsplit

from jikimi.flow.reading import PAGE, limits_for, pass_of
from jikimi.model.alert import STILL_THERE, Place, Placeholder, Presence
from jikimi.model.case import Reference
from jikimi.model.errors import BadMedia, Gone, JikimiError, TryLater
from jikimi.model.fingerprint import Effort, Inspection, Kind
from jikimi.model.keys import key_of
from jikimi.model.ports import Fetched, Fetcher, House, Limits
from jikimi.model.post import Secret
from jikimi.removal.canary import canary_of, candidates
from jikimi.removal.recheck import (
    Answer,
    Around,
    Copy,
    Judgement,
    Medium,
    from_everywhere,
    is_named_removed,
    judge,
)

HERE: Final = "here"
PATIENCE: Final = timedelta(minutes=3)  # for one place, all ways out together: a lease lasts five minutes
SIDE_GLANCE: Final = Limits(max_bytes=20 * 2**20, deadline=timedelta(seconds=8), is_any_status=True)
"""For canaries and other addresses of a page: worth less patience than the copy itself."""
PLACES_TO_LEARN_FROM: Final = 3
MEDIA_KINDS: Final = ("image/", "video/", "audio/")


@dataclass(frozen=True, slots=True)
class Look:
    """What one look gave. `instead` is another medium that was served in the copy's place, if one was."""

    presence: Presence
    detail: str
    found_at: str = ""
    page_at: str = ""
    vantages: tuple[tuple[str, Presence], ...] = ()
    instead: Inspection | None = None


@dataclass(frozen=True, slots=True)
class _Visit:
    """One way out, and until when it may be used for this place."""

    fetcher: Fetcher
    house: House
    until: datetime

    def ask(self, url: str, limits: Limits, place: Place) -> Answer:
        if self.house.clock() >= self.until:
            return BadMedia("no time was left")
        try:
            return self.fetcher.fetch(url, replace(limits, is_any_status=True), self._headers(url, place))
        except JikimiError as error:
            return error

    def _headers(self, url: str, place: Place) -> dict[str, Secret]:
        """Return what to say when asking: for the medium itself, what it is served with, too."""
        return _referer(place) | (dict(pass_of(place, self.house)) if url == place.media_url else {})

    def open(self, url: str, limits: Limits, place: Place) -> Medium:
        """Fetch a file and fingerprint it; an answer that is no medium is returned as it came."""
        fetched = self.ask(url, limits, place)
        if not isinstance(fetched, Fetched):
            return fetched
        is_closely = place.look > 1 and place.kind is not Kind.IMAGE
        try:
            return self.house.sandbox.inspect(fetched.body, Effort.SECOND if is_closely else Effort.FIRST)
        except JikimiError as error:
            if sha256(fetched.body).digest() == place.sha256:
                return _as_found(place)  # that we cannot read it now does not make it gone
            kind = _kind_of(fetched)
            is_text = fetched.body.lstrip()[:1] in {b"<", b"{", b""} or fetched.status >= 300  # noqa: PLR2004  # no success
            if is_text or kind.startswith("text/"):
                return fetched
            # A medium by its own word may be the copy, coded anew or too much for us just now.
            return TryLater("the medium could not be read") if kind.startswith(MEDIA_KINDS) else error


def look_at(place: Place, house: House, known: Iterable[str] = ()) -> Look:
    """Look at a place from here and, unless it is still there, from every other way out.

    `known` are further addresses at which the medium was seen before.
    """
    until = house.clock() + PATIENCE
    looks = {HERE: _look_from(_Visit(house.fetcher, house, until), place, known)}
    if looks[HERE].presence not in STILL_THERE:
        for name, fetcher in house.vantages.items():
            looks[name] = _look_from(_Visit(fetcher, house, until), place, known)
    judgements: dict[str, Judgement] = {name: (one.presence, one.detail) for name, one in looks.items()}
    presence, detail = from_everywhere(judgements)
    told = next((one for one in looks.values() if one.presence in STILL_THERE), looks[HERE])
    seen = tuple((name, one.presence) for name, one in looks.items()) if len(looks) > 1 else ()
    return replace(told, presence=presence, detail=detail, vantages=seen)


def _look_from(visit: _Visit, place: Place, known: Iterable[str]) -> Look:
    is_same = _comparison(place, visit.house)
    medium = visit.open(place.media_url, limits_for(place.kind), place)
    if isinstance(medium, Inspection) and is_same(medium):
        presence, detail = judge(Gone("not asked"), medium, place, is_same)
        return Look(presence, detail)
    page = _page_of(place, medium, visit)
    canary = _page_canary(page, place, visit)
    around = Around(
        page_canary=canary,
        medium_canary=_medium_canary(medium, place, visit),
        is_known=_is_known(medium, place, visit.house),
    )
    around = _with_copies(around, page, medium, place, visit, known, is_same)
    presence, detail = judge(page, medium, place, is_same, around)
    best = max(around.copies, key=lambda one: one.longest_side, default=None)
    is_moved = isinstance(page, Fetched) and page.url != place.post_url
    return Look(
        presence,
        detail,
        found_at=best.address if best else "",
        page_at=page.url if best and is_moved and isinstance(page, Fetched) else "",
        instead=medium if isinstance(medium, Inspection) and not medium.missing else None,
    )


def _page_of(place: Place, medium: Medium, visit: _Visit) -> Answer:
    if place.post_url.startswith(("http://", "https://")):
        return visit.ask(place.post_url, PAGE, place)
    # A post without a page of its own, such as an event on a relay: its medium decides.
    return Gone("the post has no page") if isinstance(medium, Inspection) else medium


def _page_canary(page: Answer, place: Place, visit: _Visit) -> Answer | None:
    """Ask for a page that never was; not where the page's own status says all."""
    if not isinstance(page, Fetched) or page.status // 100 != 2 or not place.post_url.startswith("http"):  # noqa: PLR2004  # 2xx
        return None
    return visit.ask(canary_of(place.post_url, _token(place, visit)), SIDE_GLANCE, place)


def _medium_canary(medium: Medium, place: Place, visit: _Visit) -> Medium | None:
    is_odd = isinstance(medium, Inspection) or (isinstance(medium, Fetched) and medium.status // 100 == 2)  # noqa: PLR2004  # 2xx
    if not is_odd or not place.media_url.startswith("http"):
        return None
    return visit.open(canary_of(place.media_url, _token(place, visit)), SIDE_GLANCE, place)


def _with_copies(  # all of these are what was seen so far
    around: Around, page: Answer, medium: Medium, place: Place, visit: _Visit,
    known: Iterable[str], is_same: Callable[[Inspection], bool],
) -> Around:  # fmt: skip
    """Open what else the page shows, and where the medium was seen before, until a whole copy is found."""
    pages = [one for one in (page, medium) if isinstance(one, Fetched) and b"<" in one.body]
    canary = around.page_canary if isinstance(around.page_canary, Fetched) else None
    before = [one for one in dict.fromkeys(known) if one != place.media_url]
    asked = [*before, *candidates(pages, canary, place.media_url, (place.media_url, *before))]
    copies: list[Copy] = []
    others: set[bytes] = set()
    for address, seen in _opened(asked, place, visit):
        if is_same(seen):
            copies.append(Copy(address, max(seen.width, seen.height)))
            if not copies[-1].is_thumbnail:
                break
        else:
            others.add(seen.sha256)
    return replace(around, copies=tuple(copies), others=frozenset(others))


def _opened(addresses: Iterable[str], place: Place, visit: _Visit) -> Iterator[tuple[str, Inspection]]:
    limits = replace(SIDE_GLANCE, max_bytes=limits_for(place.kind).max_bytes)
    for address in addresses:
        seen = visit.open(address, limits, place)
        if isinstance(seen, Inspection):
            yield address, seen


def _comparison(place: Place, house: House) -> Callable[[Inspection], bool]:
    """A copy is the same while it is like what was found or like the reference.

    Of a clip only the reference is kept in enough detail.
    """

    def is_same(seen: Inspection) -> bool:
        reference = house.records.get(Reference, place.reference)
        return seen.sha256 == place.sha256 or any(
            house.vault.compare(seen.fingerprints, known) is not None
            for known in (place.fingerprints, reference.fingerprints)
        )

    return is_same


def _is_known(medium: Medium, place: Place, house: House) -> bool:
    """Tell whether this site was seen to serve this picture in place of several copies."""
    if isinstance(medium, Fetched):
        return is_named_removed(medium)
    if not isinstance(medium, Inspection):
        return False
    alike = {
        one.place
        for one in house.records.find(Placeholder, parent=key_of("site", host_of(place.media_url)))
        if one.place != place.key
        and (
            one.sha256 == medium.sha256
            or house.vault.compare(medium.fingerprints, one.fingerprints) is not None
        )
    }
    return len(alike) + 1 >= PLACES_TO_LEARN_FROM


def host_of(url: str) -> str:
    """Return an address's host, "" where it has none."""
    return (urlsplit(url).hostname or "").lower()


def _as_found(place: Place) -> Inspection:
    """Return what is known of the very file that was found, without reading it again."""
    return Inspection(place.sha256, "", 0, 0, 1, place.fingerprints, b"", kind=place.kind)


def _referer(place: Place) -> dict[str, Secret]:
    """Return what a browser says when a page shows a file: without it some sites serve another picture."""
    if not place.post_url.startswith(("http://", "https://")):
        return {}
    return {"Referer": Secret(quote(place.post_url, safe="!#$%&'()*+,/:;=?@[]~"))}


def _token(place: Place, visit: _Visit) -> str:
    return key_of("canary", place.key, visit.house.clock().isoformat())


def _kind_of(answer: Fetched) -> str:
    return dict(answer.headers).get("content-type", "").lower()
