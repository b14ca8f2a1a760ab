"""Reads one listed post: fetches its page, and puts together what the list and the page say of it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import chain

from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Kind
from jikimi.model.ports import Clock, Fetched, Limits, Players, Web
from jikimi.model.post import MediaRef, Post
from jikimi.sources.kinds import kind_of_mime, kind_of_name
from jikimi.sources.website_listing import Entry
from jikimi.sources.website_page import MOST_TEXT, read_page, unique

PAGE = Limits(max_bytes=3 * 2**20, deadline=timedelta(seconds=20))


async def read_post(
    entry: Entry, web: Web, watch: str, clock: Clock, listed_at: str = "", *, players: Players | None = None
) -> Post | None:
    """Return the post of one entry; None when the list gives neither a page nor a medium of it.

    `listed_at` is the list's own address, for a post without one. `players` are asked for the film behind
    a page that embeds a player and shows no film itself. Raises as `Fetcher` does; BadMedia when the
    address holds no page and by its name no medium.
    """
    if not entry.url:
        if not entry.media and not entry.html:
            return None
        return await asyncio.to_thread(post_of, entry, None, watch, clock, listed_at)
    try:
        fetched = await web.fetch_async(entry.url, PAGE)
    except BadMedia:
        kind = kind_of_name(entry.url)
        if kind is None:
            raise
        return _direct(entry, MediaRef(kind, entry.url), watch, clock)  # too large for a page, as films are
    kind = kind_of_mime(content_type_of(fetched))
    if kind is not None:
        return _direct(entry, MediaRef(kind, fetched.url), watch, clock)
    post = await asyncio.to_thread(post_of, entry, fetched, watch, clock, listed_at)
    return post if players is None else await _with_films(post, fetched, players)


async def _with_films(post: Post, fetched: Fetched, players: Players) -> Post:
    """Add the films behind a page's embedded players, where it shows none itself."""
    if any(ref.kind is Kind.VIDEO for ref in post.media):
        return post
    page = await asyncio.to_thread(read_page, fetched.body, fetched.url, content_type_of(fetched))
    if not page.players:
        return post
    return replace(post, media=unique(chain(post.media, await players.resolve(fetched.url))))


def post_of(entry: Entry, fetched: Fetched | None, watch: str, clock: Clock, listed_at: str = "") -> Post:
    """Put together what the list and the page say."""
    address = entry.url or listed_at
    listed = read_page(entry.html.encode(), address, "text/html; charset=utf-8")
    page = read_page(fetched.body, fetched.url, content_type_of(fetched)) if fetched else listed
    title = entry.title or page.title
    return Post(
        watch=watch,
        id=entry.id,
        url=address,
        author=entry.author,
        text=f"{title}\n{page.text}".strip()[:MOST_TEXT],
        published_at=entry.published_at or page.published_at,
        seen_at=clock(),
        media=unique(chain(entry.media, listed.media, page.media)),
    )


def content_type_of(fetched: Fetched) -> str:
    """Return what the server says an answer is, "" when it says nothing."""
    return dict(fetched.headers).get("content-type", "")


def _direct(entry: Entry, ref: MediaRef, watch: str, clock: Clock) -> Post:
    """Return the post of a list that links to media themselves."""
    media = unique(chain(entry.media, (ref,)))
    return Post(watch, entry.id, entry.url, entry.author, entry.title, entry.published_at, clock(), media)
