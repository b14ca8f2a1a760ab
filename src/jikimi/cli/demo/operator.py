"""The street's operator: a real local mail server that takes removal requests and obeys them."""

import re
from asyncio import Server
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from jikimi.model.errors import TryLater

LOOPBACK = "127.0.0.1"


class Operator:
    """Receives mail on loopback; every address of the street named in a request is taken down."""

    def __init__(self, take_down: Callable[[str], bool]) -> None:
        self._take_down = take_down
        self.mails: list[EmailMessage] = []
        self._controller = Controller(self, hostname=LOOPBACK, port=0, ready_timeout=10)

    def start(self) -> None:
        """Listen on a free port."""
        self._controller.start()

    def stop(self) -> None:
        """Close the mail server."""
        self._controller.stop()

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        server = self._controller.server
        if not isinstance(server, Server):
            raise TryLater("The demo's mail server is not listening. Start the demo again.")
        return int(server.sockets[0].getsockname()[1])

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        """Keep the mail, take down what it names, and accept it."""
        mail = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        self.mails.append(mail)
        body = mail.get_body(("plain",))
        for url in set(re.findall(r"https?://[^\s<>\"]+/post/[0-9]+", body.get_content() if body else "")):
            self._take_down(url)
        return "250 Message accepted"
