"""How much a second look is worth: what is likelier to find something goes first, nothing waits for ever.

Second looks at pictures share one rank, those at clips another; of each, the one that is due first is done
first. Worth is a head start: a look worth six hours is due as if it had waited for six hours already. The
longest head start is a day, so that whatever is queued a day later never goes first: however little a look is
worth, it waits for those who stood there before it and for one day of newcomers, and then it is done. The
hours below are a judgement, not a measurement; only their order and their sum matter.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from jikimi.model.alert import Place
from jikimi.model.post import Post, Priority

SECOND_LOOK_RANK: Final = 20
"""Behind every first look."""

CLIPS_RANK: Final = 21
"""A second look at a clip takes seconds of a reader: it goes beside those at pictures, one at a time."""

LETTERS_RANK: Final = 22
"""Reading letters takes seconds, in a program of its own: it waits for second looks, and holds none up."""

KIN: Final = timedelta(hours=12)
"""The same post or author holds a copy already, and copies come in groups. More than all else together."""

MORE_KIN: Final = timedelta(minutes=30)
MOST_MORE_KIN: Final = 2

WORDS: Final = timedelta(hours=4)
"""The post names what the case is known by."""

PRIORITIES: Final[Mapping[Priority, timedelta]] = {
    Priority.HIGH: timedelta(hours=4),
    Priority.NORMAL: timedelta(hours=2),
    Priority.LOW: timedelta(0),
}

NEIGHBOUR: Final = timedelta(minutes=20)
"""For each copy that was found on the same watch lately."""

MOST_NEIGHBOURS: Final = 6

FEW_MEDIA: Final = timedelta(hours=1)
"""A post of few pictures is about them; a gallery is about none of its pictures in particular."""

MANY_MEDIA: Final = 4

LONGEST_HEAD_START: Final = timedelta(days=1)
"""What all of the above comes to at most; a test adds it up."""

LATELY: Final = timedelta(days=30)
"""Copies found longer ago say nothing about today."""

MOST_PLACES: Final = 50
"""So many of the newest places of a watch are enough to know its neighbours and most of the kin."""


def due_of_second_look(
    post: Post,
    now: datetime,
    *,
    priority: Priority,
    places: Sequence[Place],
    is_named: bool = False,
) -> datetime:
    """Return when a second look at a medium of a post is due: now, less its head start; see `head_start`."""
    return now - head_start(post, priority=priority, places=places, is_named=is_named)


def head_start(
    post: Post, *, priority: Priority, places: Sequence[Place], is_named: bool = False
) -> timedelta:
    """Return how much longer a second look counts as having waited, from nothing to `LONGEST_HEAD_START`.

    `places` are those found on the post's watch lately whose alert was not rejected; `is_named` tells
    that its text says what a case is known by. A nameless author is nobody's kin.
    """
    kin = sum(
        place.post == post.key or (post.author != "" and place.author == post.author) for place in places
    )
    earned = PRIORITIES[priority] + NEIGHBOUR * min(len(places), MOST_NEIGHBOURS)
    if kin:
        earned += KIN + MORE_KIN * min(kin - 1, MOST_MORE_KIN)
    if is_named:
        earned += WORDS
    if len(post.media) <= MANY_MEDIA:
        earned += FEW_MEDIA
    return earned
