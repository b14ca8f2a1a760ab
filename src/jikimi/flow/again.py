"""Queues second looks in the order of their worth; the rest of a post that held a copy goes first."""

from collections.abc import Sequence

from jikimi.flow.reading import priority_of
from jikimi.model.alert import Job, Place
from jikimi.model.errors import Gone
from jikimi.model.fingerprint import Kind
from jikimi.model.keys import key_of
from jikimi.model.ports import House
from jikimi.model.post import Post, Sighting
from jikimi.review.worth import CLIPS_RANK, LATELY, MOST_PLACES, SECOND_LOOK_RANK, due_of_second_look


def second_look(post: Post, part: int, house: House) -> Job:
    """Return the job that looks again at one medium of a post."""
    return _second_looks(post, [part], (), house)[0]


def second_looks_beside(place: Place, post: Post, house: House) -> tuple[Job, ...]:
    """Return the jobs that look again at what else is in a post, once something was found in it.

    Those that wait already move forward. What was looked at twice is looked at once more: the reference may
    have come later. Nothing to do where an earlier find in the post has done it.
    """
    others = [
        part for part in range(len(post.media)) if part != place.part and _is_unmatched(post, part, house)
    ]
    if not others or house.records.find(Place, post=post.key):
        return ()
    return _second_looks(post, others, (place,), house)


def _second_looks(post: Post, parts: Sequence[int], new: tuple[Place, ...], house: House) -> tuple[Job, ...]:
    now = house.clock()
    places = house.records.latest_places(post.watch, now - LATELY, MOST_PLACES)
    due = due_of_second_look(
        post,
        now,
        priority=priority_of(post.watch, house),
        places=(*new, *places),
        is_named=post.is_named,
    )
    return tuple(Job("look_again", post.key, part, due=due, rank=_rank_of(post, part)) for part in parts)


def _rank_of(post: Post, part: int) -> int:
    return SECOND_LOOK_RANK if post.media[part].kind is Kind.IMAGE else CLIPS_RANK


def _is_unmatched(post: Post, part: int, house: House) -> bool:
    try:
        house.records.get(Sighting, key_of("sighting", post.key, str(part)))
    except Gone:
        return False
    return True
