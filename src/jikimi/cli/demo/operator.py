"""The street's operator: a real local mail server that takes removal requests and obeys them."""

import re
import socket
from asyncio import Transport
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from secrets import SystemRandom

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

LOOPBACK = "127.0.0.1"
PORTS = range(10_000, 32_768)


class MailController(Controller):
    """aiosmtpd's controller on loopback, which leaves no connection open when it stops."""

    def __init__(self, handler: object, port: int) -> None:
        super().__init__(handler, hostname=LOOPBACK, port=port, ready_timeout=10)
        self._opened: list[SMTP] = []

    def factory(self) -> SMTP:
        """Remember each session."""
        self._opened.append(super().factory())  # type: ignore[no-untyped-call]  # aiosmtpd has no types
        return self._opened[-1]

    def cancel_tasks(self, stop_loop: bool = True) -> None:  # noqa: FBT001  # aiosmtpd's own signature
        """Reset what is still open; then as before."""
        for session in self._opened:
            if isinstance(session.transport, Transport):
                session.transport.abort()
        super().cancel_tasks(stop_loop)


class Operator:
    """Receives mail on loopback; every address of the street named in a request is taken down."""

    def __init__(self, take_down: Callable[[str], bool]) -> None:
        self._take_down = take_down
        self.mails: list[EmailMessage] = []
        self.port = free_port()
        self._controller = MailController(self, self.port)

    def start(self) -> None:
        """Listen."""
        self._controller.start()

    def stop(self) -> None:
        """Close the mail server."""
        self._controller.stop()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        """Keep the mail, take down what it names, and accept it."""
        mail = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        self.mails.append(mail)
        body = mail.get_body(("plain",))
        for url in set(re.findall(r"https?://[^\s<>\"]+/post/[0-9]+", body.get_content() if body else "")):
            self._take_down(url)
        return "250 Message accepted"


def free_port(wanted: int = 0) -> int:
    """Return a port that is free on loopback now: the wanted one if it is, else any.

    None of those that systems give to connections (from 32,768 on): those may be taken a moment later.
    """
    for port in (*([wanted] if wanted else []), *SystemRandom().sample(PORTS, 100)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise OSError(f"No port of {LOOPBACK} is free.")
