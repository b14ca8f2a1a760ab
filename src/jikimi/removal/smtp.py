"""Sends removal requests by mail through the centre's own mail server."""

from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses

from jikimi.model.alert import Evidence, Notice
from jikimi.model.errors import Misconfigured, NeedsHuman
from jikimi.model.ports import Clock, Handed
from jikimi.model.post import Secret
from jikimi.removal.mail_server import is_address, parse_smtp_url
from jikimi.removal.mail_session import Envelope, Patience, hand_in


class SmtpChannel:
    """Hands requests in at a mail server. Implements the port Channel as "email"."""

    def __init__(
        self,
        url: Secret,
        sender: str,
        *,
        timeout: timedelta = timedelta(seconds=30),
        last_answer: timedelta = timedelta(minutes=2),
        clock: Clock,
    ) -> None:
        """`url` as for `parse_smtp_url`; `sender` an address, also as `Name <address>`.

        `timeout` bounds each answer, `last_answer` the one to the whole text. Raises Misconfigured with
        what to type.
        """
        self._server = parse_smtp_url(url)
        self._sender = _sender(sender)
        self._patience = Patience(answer=timeout, last_answer=last_answer)
        self._clock = clock

    def __repr__(self) -> str:
        """Show the server, not how to sign in."""
        return f"SmtpChannel({self._server.host}:{self._server.port})"

    @property
    def name(self) -> str:
        """Return "email"."""
        return "email"

    def deliver(self, notice: Notice, evidence: Evidence) -> Handed:
        """Hand one request in. The same notice always has the same Message-ID; no picture is attached.

        Raises TryLater while the server has certainly not taken it; NeedsHuman "in doubt" if the whole
        text was sent and no answer came; Blocked with the server's words for a final no.
        """
        if notice.evidence != evidence.key:
            raise NeedsHuman("The evidence is not that of this request. Let the request be written again.")
        if not is_address(notice.recipient):
            raise NeedsHuman("The recipient is not one plain mail address. Confirm another for this site.")
        if not notice.subject.isprintable():
            raise NeedsHuman("The subject has more than one line. Let the request be written again.")
        trace = f"<{notice.key}@{self._sender.domain}>"
        envelope = Envelope(self._sender.addr_spec, notice.recipient, trace)
        message = self._message(notice, trace).as_bytes()
        return Handed(trace, hand_in(self._server, envelope, message, self._patience, self._clock))

    def _message(self, notice: Notice, trace: str) -> EmailMessage:
        # No Auto-Submitted header (RFC 3834): a person allowed this request, and a help desk that sees
        # the header may answer nothing, not even with a ticket number.
        message = EmailMessage(policy=SMTP)
        message["From"] = self._sender
        message["To"] = notice.recipient
        message["Subject"] = notice.subject
        message["Date"] = format_datetime(self._clock())
        message["Message-ID"] = trace
        message.set_content(notice.body, cte="quoted-printable")
        return message


def _sender(text: str) -> Address:
    found = getaddresses([text])
    if len(found) != 1 or not text.isprintable() or not is_address(found[0][1]):
        raise Misconfigured("The sender is not a mail address. Type JIKIMI_SENDER=notices@centre.example")
    return Address(found[0][0], addr_spec=found[0][1])
