"""Sends removal requests by mail through the centre's own mail server."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from email.headerregistry import Address
from email.utils import getaddresses

from jikimi.model.alert import Evidence, Notice
from jikimi.model.errors import Misconfigured, NeedsHuman
from jikimi.model.mail import Mailing
from jikimi.model.ports import Clock, Handed
from jikimi.model.post import Secret
from jikimi.removal.mail_server import is_address, parse_smtp_url
from jikimi.removal.mail_session import Envelope, Patience, hand_in
from jikimi.removal.mail_text import token_address, write_mail

Sign = Callable[[bytes], bytes]


class SmtpChannel:
    """Hands requests in at a mail server. Implements the ports Channel and Gathering as "email"."""

    def __init__(  # each is one thing the operator may set
        self,
        url: Secret,
        sender: str,
        *,
        timeout: timedelta = timedelta(seconds=30),
        last_answer: timedelta = timedelta(minutes=2),
        reply_to: str = "",
        sign: Sign | None = None,
        classification: str = "",
        clock: Clock,
    ) -> None:
        """`url` as for `parse_smtp_url`; `sender` an address, also as `Name <address>`.

        `timeout` bounds each answer, `last_answer` the one to the whole text. `reply_to` is an address
        whose server takes `local+anything@`: then answers and bounces come back under a token of their
        own. `sign` puts a signature on a whole message. `classification` is what reports in XARF call
        material of minors ("" for none). Raises Misconfigured with what to type.
        """
        self._server = parse_smtp_url(url)
        self._sender = _sender(sender)
        self._reply_to = _sender(reply_to).addr_spec if reply_to else ""
        self._sign = sign
        self._classification = classification
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
        return self._post(notice.key, (notice,))

    def deliver_together(self, mailing: Mailing, notices: Sequence[Notice]) -> Handed:
        """Hand several requests to one recipient in as one mail; raises as `deliver` does, for all."""
        if not notices or not {notice.key for notice in notices} <= set(mailing.notices):
            raise NeedsHuman("These are not the requests of this mail. Let them be written again.")
        if len({notice.recipient for notice in notices}) != 1:
            raise NeedsHuman("The requests of one mail have different recipients. Send them one by one.")
        return self._post(mailing.key, notices)

    def _post(self, token: str, notices: Sequence[Notice]) -> Handed:
        for notice in notices:
            _check(notice)
        trace = f"<{token}@{self._sender.domain}>"
        answers_to = token_address(self._reply_to, token) if self._reply_to else ""
        message = write_mail(
            notices,
            sender=self._sender,
            trace=trace,
            reply_to=answers_to,
            at=self._clock(),
            classification=self._classification,
        ).as_bytes()
        signed = message if self._sign is None else self._sign(message)
        # A bounce goes to the envelope's sender (RFC 5321 §6.1): the token tells which mail it was.
        envelope = Envelope(answers_to or self._sender.addr_spec, notices[0].recipient, trace)
        return Handed(trace, hand_in(self._server, envelope, signed, self._patience, self._clock))


def _check(notice: Notice) -> None:
    if not is_address(notice.recipient):
        raise NeedsHuman("The recipient is not one plain mail address. Confirm another for this site.")
    if not notice.subject.isprintable():
        raise NeedsHuman("The subject has more than one line. Let the request be written again.")


def _sender(text: str) -> Address:
    found = getaddresses([text])
    if len(found) != 1 or not text.isprintable() or not is_address(found[0][1]):
        raise Misconfigured("The sender is not a mail address. Type JIKIMI_SENDER=notices@centre.example")
    return Address(found[0][0], addr_spec=found[0][1])
