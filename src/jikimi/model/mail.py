"""Mail in both directions: requests that go out together, and what came back to them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from jikimi.model.keys import key_of


@dataclass(frozen=True, slots=True)
class About:
    """What one request is about, for machines: the addresses, the file's SHA-256 (hex), when it was seen."""

    post_url: str = field(repr=False)
    media_url: str = field(repr=False)
    sha256: str
    seen_at: datetime
    is_minor: bool = False


@dataclass(frozen=True, slots=True)
class Queued:
    """A request that passed its last check and waits to go out with others to the same contact.

    `group` names case, channel, recipient and language: what may stand in one mail.
    """

    case: str
    notice: str
    group: str
    at: datetime

    @property
    def key(self) -> str:
        """A request waits once."""
        return key_of("queued", self.notice)


@dataclass(frozen=True, slots=True)
class Mailing:
    """Requests that go out in one mail. Written before a byte is sent: a request stands in one mailing only.

    Its key is the mail's Message-ID and the token of its reply address. `number` counts the mailings of a
    group, from 0.
    """

    case: str
    group: str
    notices: tuple[str, ...]
    at: datetime
    number: int = 0

    @property
    def key(self) -> str:
        """Named by the requests in it and by which mailing of the group it is."""
        return key_of("mailing", self.group, str(self.number), *sorted(self.notices))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A request that a mailing went without: a person held it or took it back. It may join another."""

    case: str
    group: str
    mailing: str
    notice: str
    at: datetime

    @property
    def key(self) -> str:
        """A mailing goes without a request once."""
        return key_of("left out", self.mailing, self.notice)


class Answer(StrEnum):
    """What a reply says. None of it proves anything: only a look at the place does."""

    ACKNOWLEDGED = "acknowledged"  # it was received, perhaps with a ticket number
    REMOVED = "removed"  # they say that it is gone: look at once
    PARTLY = "partly removed"  # they say that some of it is gone
    REFUSED = "refused"
    NEEDS_FORM = "needs form"  # they ask for a form, a page or more facts
    BOUNCED = "bounced"  # a mail server could not deliver it
    DELAYED = "delayed"  # a mail server still tries
    UNKNOWN = "unknown"  # a person reads it


@dataclass(frozen=True, slots=True)
class Reply:
    """Something that came back by mail to one or several requests of one case. Sealed by the case's key.

    `about` is the key of the mailing or notice it answers. `is_sure` is false where a person should read
    it; `reason` is the sentence or the server's words the reading rests on. `digest` is the SHA-256 (hex)
    of the whole message.
    """

    case: str
    about: str
    notices: tuple[str, ...]
    answer: Answer
    is_sure: bool
    reason: str = field(repr=False)
    sender: str = field(repr=False)
    text: str = field(repr=False)
    digest: str
    at: datetime

    @property
    def key(self) -> str:
        """One reply a message and what it answers, however often it is read."""
        return key_of("reply", self.about, self.digest)


@dataclass(frozen=True, slots=True)
class Reading:
    """A person read a reply and says what it means. The newest stands. `notices` are those of the reply."""

    case: str
    reply: str
    answer: Answer
    by: str
    at: datetime
    notices: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Every reading is its own record."""
        return key_of("reading", self.reply, self.answer, self.by, self.at.isoformat())


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message as it lies in the mailbox: its position there and its bytes, cut at the reader's limit."""

    cursor: str
    body: bytes = field(repr=False)
