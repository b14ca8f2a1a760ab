"""Reads the mailbox in which answers arrive, over IMAP, and changes nothing in it (RFC 3501, EXAMINE)."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from jikimi.model.errors import Misconfigured, TryLater
from jikimi.model.mail import Incoming
from jikimi.model.ports import Clock
from jikimi.model.post import Secret
from jikimi.removal.mail_server import MailServer, parse_imap_url, tls_context

LONGEST_VISIT = timedelta(minutes=2)  # a job's lease is five
LONGEST_MESSAGE = 2**20  # bytes; an answer is text, the rest is not read
_VALIDITY = re.compile(r"([0-9]+):([0-9]+)")


class ImapInbox:
    """One folder of one mailbox. Implements the port Inbox; a cursor is `UIDVALIDITY:UID`."""

    def __init__(self, url: Secret, *, clock: Clock, timeout: timedelta = timedelta(seconds=30)) -> None:
        """`url` is imaps://user:password@imap.example/FOLDER; Misconfigured with what to type."""
        self._server, self._folder = parse_imap_url(url)
        self._clock = clock
        self._timeout = timeout.total_seconds()

    def __repr__(self) -> str:
        """Show the server, not how to sign in."""
        return f"ImapInbox({self._server.host}:{self._server.port})"

    def read(self, cursor: str, limit: int) -> tuple[Incoming, ...]:
        """Return up to `limit` messages behind the cursor, oldest first, each cut at 1 MiB.

        A slow server gives fewer: what was read in two minutes. A message that it cannot give while it
        gives others comes back empty, so that it holds up none behind it.
        A mailbox that was made anew (another UIDVALIDITY) is read from its beginning.
        """
        with self._opened() as imap:
            validity = self._examine(imap)
            known = _VALIDITY.fullmatch(cursor)
            last = int(known[2]) if known and int(known[1]) == validity else 0
            listed = self._ask(imap, "SEARCH", f"UID {last + 1}:*")
            numbers = sorted(int(n) for n in (listed[0] or b"").split())
            # `*` is the newest message even when it is older than the range begins (RFC 3501 §6.4.8).
            new = [number for number in numbers if number > last][:limit]
            until = self._clock() + LONGEST_VISIT
            found: list[Incoming | None] = []
            for number in new:
                if found and self._clock() > until:
                    break
                found.append(self._fetch(imap, validity, number))
            if found and not any(found):
                raise TryLater(f"The mailbox on {self._server.host} gives no message now.")
            return tuple(
                message or Incoming(f"{validity}:{number}", b"")
                for number, message in zip(new, found, strict=False)
            )

    @contextmanager
    def _opened(self) -> Iterator[imaplib.IMAP4]:
        host = self._server.host
        try:
            imap = _connect(self._server, self._timeout)
            try:
                self._sign_in(imap)
                yield imap
            finally:
                with suppress(OSError, imaplib.IMAP4.error):
                    imap.logout()
        except ssl.SSLCertVerificationError as error:
            raise Misconfigured(
                f"JIKIMI_IMAP: the certificate of {host} is not trusted. Use the name that stands in it."
            ) from error
        except (OSError, imaplib.IMAP4.abort) as error:
            raise TryLater(f"The mailbox on {host} cannot be reached or broke off.") from error
        except imaplib.IMAP4.error as error:
            raise TryLater(f"The mailbox on {host} gave an answer that is no IMAP.") from error

    def _sign_in(self, imap: imaplib.IMAP4) -> None:
        try:
            imap.login(self._server.user.reveal(), self._server.password.reveal())
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            if "[UNAVAILABLE]" in str(error).upper():  # RFC 5530: whoever checks passwords is down
                raise TryLater(f"The mailbox on {self._server.host} cannot check passwords now.") from None
            # The server's words are not passed on: some repeat what was typed.
            raise Misconfigured(
                f"JIKIMI_IMAP: {self._server.host} refused user or password. Type them again; write special "
                "characters as %XX."
            ) from None

    def _examine(self, imap: imaplib.IMAP4) -> int:
        status, _ = imap.select(f'"{self._folder}"', readonly=True)
        if status != "OK":
            raise Misconfigured(
                f"JIKIMI_IMAP: there is no folder {self._folder}. Type another behind the port."
            )
        validity = imap.response("UIDVALIDITY")[1][0]
        return int(validity or b"0")

    def _fetch(self, imap: imaplib.IMAP4, validity: int, number: int) -> Incoming | None:
        """Return one message; None where the server says that it cannot give it."""
        status, found = imap.uid("FETCH", str(number), f"(BODY.PEEK[]<0.{LONGEST_MESSAGE}>)")
        if status != "OK":
            return None
        bodies = [part[1] for part in found if isinstance(part, tuple)]
        return Incoming(f"{validity}:{number}", bodies[0] if bodies else b"")

    def _ask(self, imap: imaplib.IMAP4, command: str, *arguments: str) -> list[Any]:
        status, found = imap.uid(command, *arguments)
        if status != "OK":
            raise TryLater(f"The mailbox on {self._server.host} cannot be read now.")
        return found


def _connect(server: MailServer, timeout: float) -> imaplib.IMAP4:
    context = tls_context(server)
    if server.is_tls:
        return imaplib.IMAP4_SSL(server.host, server.port, ssl_context=context, timeout=timeout)
    imap = imaplib.IMAP4(server.host, server.port, timeout=timeout)
    if "STARTTLS" in imap.capabilities:
        imap.starttls(context)
    elif not server.is_loopback:
        imap.shutdown()
        raise Misconfigured(f"JIKIMI_IMAP: {server.host} offers no encryption. Type imaps:// instead.")
    return imap
