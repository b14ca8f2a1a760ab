"""What can go wrong, named by what to do about it.

    JikimiError
    ├── TryLater        the other side is busy or down; the same call may work after a while
    ├── Gone            the post, file or record is no longer there; good news for a re-check
    ├── Blocked         we were refused (401, 403, a challenge, a bad address); a person decides
    ├── NeedsHuman      a person must act first: approve, fill in, sign in, repair
    │   └── InDoubt     it may or may not have been taken; a person finds out, nothing is repeated
    ├── BadMedia        these bytes cannot be read safely; never retried
    └── Misconfigured   a setting is wrong; the message says which one and what to type

Messages name keys and hosts, never people, tokens, media or full addresses of posts.
"""

from datetime import timedelta


class JikimiError(Exception):
    """Root of every error that is raised on purpose."""


class TryLater(JikimiError):
    """The other side is busy or down; the same call may work later."""

    def __init__(self, message: str, after: timedelta = timedelta(minutes=1)) -> None:
        """Say what happened and how long to wait at least (a server's Retry-After)."""
        super().__init__(message)
        self.after = after


class Gone(JikimiError):
    """The post, file or record is no longer there. For a re-check this is good news."""


class Blocked(JikimiError):
    """We were refused: 401, 403, a challenge, an address we may not visit. Never retried by itself."""


class NeedsHuman(JikimiError):
    """A person must act before this can go on."""


class InDoubt(NeedsHuman):
    """The other side may or may not have taken it. Never repeated by itself."""


class BadMedia(JikimiError):
    """These bytes cannot be decoded safely. Never retried."""


class Misconfigured(JikimiError):
    """A setting is wrong. The message names the setting and what to type instead."""
