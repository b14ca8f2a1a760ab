"""The first step, run for what a source read: keep new posts and queue their media to be looked at."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from jikimi.flow.words import places_in_words
from jikimi.model.alert import Job, Place
from jikimi.model.fingerprint import Kind
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.model.post import Position, Post
from jikimi.model.source import Gap
from jikimi.model.text import is_well_formed, names_a_case, well_formed

LOOK_RANK = 10
CLIP_RANK = 11
"""A clip takes thirty times as long as a picture: pictures that are due go first."""


def ingest(posts: Sequence[Post], position: Position, house: House, gaps: Sequence[Gap] = ()) -> Outcome:
    """Return what to keep of a batch, its position, and gaps. Posts that are known already are left alone.

    What posts say is searched here, at once; their media are queued.
    """
    posts = [_readable(post) for post in posts]
    new: list[Post] = []
    jobs: list[Job] = []
    known = _known(posts, house)
    for post in posts:
        if post.is_deleted:
            jobs += _recheck_places(post, house)
        elif post.key not in known:
            new.append(post)
            jobs += [
                Job("look", post.key, part, rank=LOOK_RANK if medium.kind is Kind.IMAGE else CLIP_RANK)
                for part, medium in enumerate(post.media)
                if medium.kind is not Kind.TEXT
            ]
    said = house.words.scan([post.text for post in new])
    new = [replace(post, is_named=names_a_case(hits)) for post, hits in zip(new, said, strict=True)]
    places = places_in_words(new, said, house)
    return Outcome(records=(*new, *places.records, *gaps), next=(*places.next, *jobs), position=position)


def _readable(post: Post) -> Post:
    """Return a post without halves of characters, which JSON may bring and no database takes."""
    media = tuple(
        medium if is_well_formed(medium.url) else replace(medium, url=well_formed(medium.url))
        for medium in post.media
    )
    told = (post.id, post.url, post.author, post.text)
    if media == post.media and all(is_well_formed(text) for text in told):
        return post
    named, url, author, text = (well_formed(text) for text in told)
    return replace(post, id=named, url=url, author=author, text=text, media=media)


def _known(posts: Sequence[Post], house: House) -> frozenset[str]:
    """Return the keys of those posts that came before; asked for all at once, for a firehose has many."""
    keys = tuple(post.key for post in posts)
    if not keys:
        return frozenset()
    kept = {post.key for post in house.records.find(Post, key=keys)}
    return frozenset(kept | {place.post for place in house.records.find(Place, post=keys)})


def _recheck_places(post: Post, house: House) -> list[Job]:
    places = house.records.find(Place, post=post.key)
    due = house.clock() + timedelta(seconds=1)
    return [Job("recheck", place.key, due=due) for place in places]
