"""What can go wrong, named by what to do about it.

    JikimiError
    ├── TryLater        the other side is busy or down; the same call may work after a while
    │   └── Busy        we ourselves are busy with others of the kind; the same call works in a moment
    ├── Gone            the post, file or record is no longer there; good news for a re-check
    ├── Blocked         we were refused (401, 403, a challenge, a bad address); a person decides
    │   └── Unauthorized    401: what we sign in with is not accepted
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

    def __init__(
        self, message: str, after: timedelta = timedelta(minutes=1), *, is_asked: bool = False
    ) -> None:
        """Say what happened and how long to wait at least; `is_asked`: it said so (Retry-After)."""
        super().__init__(message)
        self.after = after
        self.is_asked = is_asked


class Busy(TryLater):
    """We ourselves are busy with others of the kind. Nothing is wrong, and nothing is given up for it."""


class Gone(JikimiError):
    """The post, file or record is no longer there. For a re-check this is good news."""


class Blocked(JikimiError):
    """We were refused: 401, 403, a challenge, an address we may not visit. Never retried by itself."""


class Unauthorized(Blocked):
    """The other side does not accept what we sign in with (401), or wants us to sign in."""


class NeedsHuman(JikimiError):
    """A person must act before this can go on."""


class InDoubt(NeedsHuman):
    """The other side may or may not have taken it. Never repeated by itself."""


class BadMedia(JikimiError):
    """These bytes cannot be decoded safely. Never retried."""


class Misconfigured(JikimiError):
    """A setting is wrong. The message names the setting and what to type instead."""
