"""Opens Telethon, Telegram's client library, for whoever installed it, and names its errors by what to do."""

import importlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any

from jikimi.model.errors import Blocked, Gone, JikimiError, Misconfigured, TryLater, Unauthorized
from jikimi.model.ports import Allowance
from jikimi.model.post import Secret
from jikimi.model.source import Options

NOT_OPEN = (
    "ChannelPrivateError",
    "ChannelInvalidError",
    "ChannelPublicGroupNaError",
    "UsernameInvalidError",
    "UsernameNotOccupiedError",
)

LONGEST_REST = timedelta(hours=1)

Library = Any
"""The module telethon, or what stands in for it in tests. It ships no types."""


@dataclass(frozen=True, slots=True)
class Account:
    """How the centre signs in: the application's number and hash, and a session, all secret."""

    session: Secret = field(repr=False)
    api_id: Secret = field(repr=False)
    api_hash: Secret = field(repr=False)

    @property
    def door(self) -> str:
        """Return the name under which calls with this account take turns: Telegram counts by account."""
        return f"telegram {sha256(self.session.reveal().encode()).hexdigest()}"


def account_of(options: Options) -> Account:
    """Return the account that was typed; Misconfigured if the application's number is none."""
    account = Account(options.secret("session"), options.secret("api_id"), options.secret("api_hash"))
    if not account.api_id.reveal().isdecimal():
        raise Misconfigured("Option api_id: type the number that my.telegram.org gave to the application")
    return account


def installed_library() -> Library:
    """Return Telethon; Misconfigured where it is not installed."""
    try:
        return importlib.import_module("telethon")
    except ImportError as error:
        raise Misconfigured("Source telegram needs Telethon. Type: pip install 'jikimi[telegram]'") from error


@asynccontextmanager
async def signed_in(
    account: Account,
    library: Library,
    allowance: Allowance,
    *,
    listens: bool,
    each: Callable[[], Awaitable[None]] | None = None,
) -> AsyncIterator[Any]:
    """Connect and yield the client, in the loop that asks. It never signs up, and never joins anything.

    Connecting takes a turn, and so does every call after it unless `each` says otherwise: whatever the
    library asks, its own calls for updates, too. Pings, that keep a connection open, and the library's own
    second try after an error of Telegram's are no calls of ours and are not seen here.

    Raises Unauthorized where the session is no longer accepted, TryLater where Telegram cannot be reached.
    """
    turn = partial(allowance.turn, account.door)
    with named(library):
        await turn()
        sessions = importlib.import_module("telethon.sessions") if library.__name__ == "telethon" else library
        client = library.TelegramClient(
            _session(sessions, account),
            int(account.api_id.reveal()),
            account.api_hash.reveal(),
            flood_sleep_threshold=0,  # the runner waits, not the library
            request_retries=2,  # the second is for an account that moved to another server of Telegram's
            receive_updates=listens,
        )
        _count(client, library, each or turn, partial(allowance.rest, account.door))
        await client.connect()
        try:
            if not await client.is_user_authorized():
                raise Unauthorized("Telegram ended the session. Sign in again and type the new one.")
            yield client
        finally:
            await client.disconnect()


def _count(
    client: Any, library: Library, each: Callable[[], Awaitable[None]], rest: Callable[[timedelta], None]
) -> None:
    """Let `each` come before every call of a client. All of them, high and low, go through its `_call`."""
    plain = client._call  # noqa: SLF001 - Telethon has no other place that all calls pass

    async def counted(*given: Any, **named: Any) -> Any:
        await each()
        try:
            return await plain(*given, **named)
        except library.errors.FloodWaitError as error:
            rest(min(timedelta(seconds=error.seconds), LONGEST_REST))
            raise

    client._call = counted  # noqa: SLF001 - as above


def _session(sessions: Any, account: Account) -> Any:
    try:
        return sessions.StringSession(account.session.reveal())
    except ValueError as error:
        raise Misconfigured("Option session: type the text that signing in gave you, whole") from error


@contextmanager
def named(library: Library) -> Iterator[None]:
    """Turn the library's errors into ours; messages name neither channels nor accounts."""
    errors = library.errors
    not_open = tuple(getattr(errors, name) for name in NOT_OPEN)
    try:
        yield
    except JikimiError:
        raise
    except errors.FloodWaitError as error:
        raise TryLater("Telegram asks us to slow down.", timedelta(seconds=error.seconds)) from error
    except not_open as error:
        raise Gone("A channel is private, or there is none of that name.") from error
    except (errors.UnauthorizedError, errors.AuthKeyError) as error:
        raise Unauthorized("Telegram ended the session. Sign in again and type the new one.") from error
    except errors.ForbiddenError as error:
        raise Blocked("Telegram forbids this to the account. Look at the account by hand.") from error
    except (errors.RPCError, OSError) as error:  # OSError: ConnectionError and TimeoutError, too
        raise TryLater("Telegram cannot be reached, or did not understand us.") from error


@contextmanager
def taken_names() -> Iterator[None]:
    """Turn the library's own word for a name that nobody bears into ours: it is no error of Telegram's."""
    try:
        yield
    except ValueError as error:
        raise Gone("A channel is private, or there is none of that name.") from error


@dataclass(frozen=True, slots=True)
class TelegramFiles:
    """Files of messages, piece by piece, for the door that opens telegram:// addresses.

    A file takes one turn; its message and its pieces are counted, and wait for none.
    """

    account: Account
    allowance: Allowance
    library: Library | None = None

    async def pieces(self, channel: str, message: int) -> AsyncIterator[bytes]:
        """Yield a message's file; Gone where message or file are no longer there."""
        library = self.library or installed_library()
        opening = signed_in(self.account, library, self.allowance, listens=False, each=self.allowance.part)
        async with opening as client:
            with named(library):
                with taken_names():
                    found = await client.get_messages(channel, ids=message)
                if found is None or found.media is None:
                    raise Gone("The message is no longer there, or has no file.")
                async for piece in client.iter_download(found.media):
                    yield bytes(piece)
