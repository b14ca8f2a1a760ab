"""What public Telegram channels and their messages are called."""

import re
from collections.abc import Sequence

from jikimi.model.errors import Misconfigured

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
LINK = re.compile(r"(?:https?://)?(?:t\.me|telegram\.me)/(?:s/)?([A-Za-z0-9_]+)/?", re.IGNORECASE)
MOST_CHANNELS = 100


def channels_of(typed: Sequence[str]) -> tuple[str, ...]:
    """Return the names of channels, typed as name, @name or t.me address, in lower case as names are equal.

    Raises Misconfigured for what is no public name: an invitation is joined by a person or not at all.
    """
    names = []
    for text in typed:
        link = LINK.fullmatch(text)
        name = link[1] if link else text.removeprefix("@")
        if not NAME.fullmatch(name):
            raise Misconfigured(
                "Option channels: type public names with commas between, such as @channel; no invitations"
            )
        names.append(name.lower())
    if len(names) > MOST_CHANNELS:
        raise Misconfigured(f"Option channels: type at most {MOST_CHANNELS} names")
    return tuple(dict.fromkeys(names))


def id_of(channel: str, message: int) -> str:
    """Return the name of a message, the same whichever way it was read."""
    return f"{channel}/{message}"


def address_of(channel: str, message: int) -> str:
    """Return the public address of a message."""
    return f"https://t.me/{channel}/{message}"
