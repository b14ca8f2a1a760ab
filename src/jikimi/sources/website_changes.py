"""Watches one page that is changed in place: each medium that was not on it before is a new post."""

from collections.abc import Iterator

from jikimi.model.keys import key_of
from jikimi.model.ports import Clock, Fetched
from jikimi.model.post import Post
from jikimi.sources.pages import content_type_of
from jikimi.sources.website_page import Page, read_page


def read_changed(fetched: Fetched) -> Page:
    """Return what the page shows now."""
    return read_page(fetched.body, fetched.url, content_type_of(fetched))


def changed_posts(page: Page, fresh: list[str], url: str, watch: str, clock: Clock) -> Iterator[Post]:
    """Yield a post for each medium at the `fresh` addresses, named by page and address.

    Only addresses count, not words: galleries, profiles and "latest pictures" show the hour, a counter or
    another advertisement each time. Each is a post of its own, so that its name does not depend on what else
    came between two looks. What is taken off the page is no post, and what is put back is none, too.
    """
    wanted = set(fresh)
    for ref in page.media:
        if ref.url in wanted:
            yield Post(
                watch=watch,
                id=key_of("page", url, ref.url),
                url=url,
                author="",
                text=f"{page.title}\n{page.text}".strip(),
                published_at=None,
                seen_at=clock(),
                media=(ref,),
            )
