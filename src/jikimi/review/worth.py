"""How much a second look at a post is worth: what is likelier to be found goes first; nothing is dropped."""

from jikimi.model.post import Post

SECOND_LOOK_RANK = 20  # behind every first look
MANY_MEDIA = 4


def rank_of_second_look(post: Post) -> int:
    """Return the rank of a second look at one medium of a post; lower goes first.

    A post of few pictures goes before a gallery: its one picture is what it is about.
    """
    return SECOND_LOOK_RANK + (len(post.media) > MANY_MEDIA)
