"""Fetches what a site lists now: only what changed, some pages back, and sitemaps of sitemaps."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import blake2b
from http import HTTPStatus

from jikimi.model.errors import BadMedia
from jikimi.model.ports import Fetched, Limits, Web
from jikimi.model.post import Secret
from jikimi.sources.pages import content_type_of
from jikimi.sources.website_links import Hub, find_hub, next_page
from jikimi.sources.website_listing import MOST_ENTRIES, Entry, Form, guess_form, read_listing
from jikimi.sources.website_sitemap import GZIP, read_sitemap

LISTING = Limits(max_bytes=10 * 2**20, deadline=timedelta(seconds=30))
MOST_MAPS = 30  # sitemaps of one index; those that changed last
MOST_REACHED = 1000  # sitemaps of all indexes
DEEPEST = 3  # an index of indexes of sitemaps


@dataclass(frozen=True, slots=True)
class _Held:
    """One address as it was fetched last. Without a digest it was not fetched yet."""

    conditions: tuple[tuple[str, str], ...] = ()
    digest: bytes = b""
    entries: tuple[Entry, ...] = ()
    maps: tuple[tuple[str, str], ...] = ()
    onward: str = ""
    changed: str = ""  # what the index said of this sitemap


class Window:
    """The posts a site lists. What did not change is neither sent (ETag, Last-Modified) nor read again."""

    def __init__(self, url: str, form: Form, pages: int, web: Web) -> None:
        """`pages` is how many pages of the list are looked at while there are new posts on them."""
        self.hub: Hub | None = None
        self._url = url
        self._form = form
        self._pages = pages
        self._web = web
        self._held: dict[str, _Held] = {}

    async def look(self, is_known: Callable[[str], bool]) -> tuple[Entry, ...]:
        """Return all posts listed now, oldest first. Raises as `Fetcher` does, BadMedia for no list."""
        held = await self._fetch(self._url)
        reached = {self._url: held}
        if held.maps:
            entries = await self._follow(held.maps, reached)
        else:
            entries = await self._page_back(held, reached, is_known)
        self._held = reached
        return entries

    async def page(self) -> Fetched | None:
        """Return the watched page itself; None when it says that nothing changed."""
        held = self._held.get(self._url, _Held())
        fetched = await self._asked(self._url, held)
        if fetched is None or blake2b(fetched.body).digest() == held.digest:
            return None
        self._held[self._url] = _Held(_conditions(fetched), blake2b(fetched.body).digest())
        self.hub = find_hub(fetched)
        return fetched

    async def _page_back(
        self, first: _Held, reached: dict[str, _Held], is_known: Callable[[str], bool]
    ) -> tuple[Entry, ...]:
        """Read on while a page has what is not known.

        Every link of a page counts as a post, so there one new one is enough; a feed is read on only
        where none of its posts is known.
        """
        entries, held = list(first.entries), first
        is_page = self._form is Form.PAGE
        while held.onward and held.onward not in reached and len(reached) < self._pages:
            known = [is_known(entry.id) for entry in held.entries]
            if all(known) or (any(known) and not is_page):
                break
            here, held = held.onward, await self._fetch(held.onward)
            reached[here] = held
            entries[:0] = held.entries
        return _unique(entries)

    async def _follow(
        self, maps: tuple[tuple[str, str], ...], reached: dict[str, _Held], depth: int = 1
    ) -> tuple[Entry, ...]:
        """Read the sitemaps of an index, the one that changed last at the end."""
        if depth > DEEPEST:
            raise BadMedia("The index of sitemaps has no end: type the address of one that it lists.")
        entries: list[Entry] = []
        for url, changed in _newest(maps):
            held = self._held.get(url)
            if held is None or not changed or held.changed != changed:
                held = replace(await self._fetch(url), changed=changed)
            if url in reached:
                continue
            reached[url] = held
            if len(reached) > MOST_REACHED:
                raise BadMedia("The index of sitemaps has no end: type the address of one that it lists.")
            entries += await self._follow(held.maps, reached, depth + 1) if held.maps else held.entries
            _check_length(entries)
        return _unique(entries)

    async def _fetch(self, url: str) -> _Held:
        held = self._held.get(url, _Held())
        fetched = await self._asked(url, held)
        if fetched is None:
            return held
        if self._form is Form.AUTO:
            is_packed = fetched.body.startswith(GZIP)
            # once, so that no error page passes for a list later
            self._form = Form.SITEMAP if is_packed else guess_form(fetched.body)
        digest = blake2b(fetched.body).digest()
        if url == self._url:
            self.hub = find_hub(fetched)
        if digest != held.digest:
            held = await asyncio.to_thread(self._read, fetched)
        return replace(held, conditions=_conditions(fetched), digest=digest)

    async def _asked(self, url: str, held: _Held) -> Fetched | None:
        """Fetch an address, None when it answers that nothing changed."""
        headers = {name: Secret(value) for name, value in held.conditions}
        fetched = await self._web.fetch_async(url, LISTING, headers)
        return None if fetched.status == HTTPStatus.NOT_MODIFIED else fetched

    def _read(self, fetched: Fetched) -> _Held:
        if self._form is Form.SITEMAP:
            sitemap = read_sitemap(fetched.body, fetched.url)
            pages = reversed(sitemap.pages)  # most sites put their newest first
            return _Held(entries=tuple(Entry(page, page) for page in pages), maps=sitemap.maps)
        kind = content_type_of(fetched)
        entries = read_listing(fetched.body, fetched.url, self._form, kind)
        return _Held(entries=entries, onward=next_page(fetched, kind) if self._pages > 1 else "")


def _newest(maps: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Return the sitemaps worth reading, newest last; BadMedia where nothing tells which those are."""
    if len(maps) <= MOST_MAPS:
        return sorted(maps, key=lambda one: one[1])
    dated = sorted((one for one in maps if one[1]), key=lambda one: one[1])  # ISO 8601 sorts as text
    if not dated:
        raise BadMedia(
            f"The index lists {len(maps)} sitemaps and not which changed: type the address of one of them."
        )
    return dated[-MOST_MAPS:]


def _unique(entries: list[Entry]) -> tuple[Entry, ...]:
    _check_length(entries)
    return tuple({entry.id: entry for entry in entries}.values())


def _check_length(entries: list[Entry]) -> None:
    if len(entries) > MOST_ENTRIES:
        raise BadMedia(f"The list has more than {MOST_ENTRIES} posts: watch a shorter one of the same site.")


def _conditions(fetched: Fetched) -> tuple[tuple[str, str], ...]:
    """Return what to send along next time (RFC 9110, 13.1); an address that moved is asked anew."""
    told = dict(fetched.headers)
    named = (("If-None-Match", told.get("etag")), ("If-Modified-Since", told.get("last-modified")))
    return tuple((name, value) for name, value in named if value and value.isprintable())
