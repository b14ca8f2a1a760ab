"""One conversation with a mail server (RFC 5321): hands one message in, and says what every answer means."""

import re
import smtplib
import ssl
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from jikimi.model.errors import Blocked, InDoubt, JikimiError, Misconfigured, TryLater
from jikimi.model.ports import Clock
from jikimi.removal.mail_server import WHAT_TO_TYPE, MailServer, tls_context

GREYLIST = timedelta(minutes=5)  # a greylisting server takes mail after one minute to a day (RFC 6647 §2.1)
LONGEST_ANSWER = 200
_ADDRESS = re.compile(r"\S*(?:://|\.[^\s/]*/)\S*")
_LINE_DOT = re.compile(rb"(?m)^\.")

METHODS = {"CRAM-MD5", "PLAIN", "LOGIN"}
YES, LATER, NO = 2, 4, 5  # the first digit of an answer, RFC 5321 §4.2.1
GO_AHEAD = 354

Reply = tuple[int, bytes]
Refused = type[Blocked] | type[Misconfigured]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait: for each answer, for all until the text is sent, and for the answer to the text.

    The last two together must stay below the lease of a job, or a second worker would meet the first.
    """

    answer: timedelta = timedelta(seconds=30)
    talk: timedelta = timedelta(minutes=2)
    last_answer: timedelta = timedelta(minutes=2)  # RFC 5321 §4.5.3.2.6 says ten; longer than a lease


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends one message to whom. `trace` is its Message-ID."""

    sender: str
    recipient: str
    trace: str


@dataclass(frozen=True, slots=True)
class _Talk:
    """A conversation under way: reads answers as yes, later or no, and gives up on a server that dawdles."""

    smtp: smtplib.SMTP
    host: str
    clock: Clock
    until: datetime

    def expect(self, step: str, reply: Reply, refused: Refused) -> None:
        """Go on after a yes; after a no raise TryLater or, for a final one, `refused`."""
        code = reply[0]
        if self.clock() > self.until:
            raise TryLater(f"The mail server {self.host} is too slow.", after=GREYLIST)
        if not (code == GO_AHEAD if step == "DATA" else code // 100 == YES):
            raise _refusal(self.host, step, reply, refused)


def hand_in(server: MailServer, envelope: Envelope, message: bytes, patience: Patience, clock: Clock) -> str:
    """Hand one message (CRLF lines) in and return the server's last answer in one line.

    Raises TryLater while the server has certainly not taken it, InDoubt when it has the
    whole text but gives no answer, Blocked for a final no, Misconfigured when it will not let us in.
    """
    until = clock() + patience.talk
    try:
        with closing(_connect(server, envelope, patience)) as smtp:
            talk = _Talk(smtp, server.host, clock, until)
            _encrypt(talk, server)
            _sign_in(talk, server)
            talk.expect("MAIL", smtp.mail(envelope.sender), Misconfigured)
            talk.expect("RCPT", smtp.rcpt(envelope.recipient), Blocked)
            talk.expect("DATA", smtp.docmd("DATA"), Blocked)
            smtp.send(_LINE_DOT.sub(b"..", message))  # RFC 5321 §4.5.2
            smtp.send(b".\r\n")  # without this line no server may take a message: until here no doubt
            return _last_answer(talk, envelope, patience)
    except ssl.SSLCertVerificationError as error:
        raise Misconfigured(
            f"The certificate of the mail server {server.host} is not trusted. Use the name that stands in "
            "the certificate, or have it renewed."
        ) from error
    except OSError as error:  # smtplib's own errors are OSErrors too
        raise TryLater(f"The mail server {server.host} cannot be reached or broke off.") from error


def _connect(server: MailServer, envelope: Envelope, patience: Patience) -> smtplib.SMTP:
    domain = envelope.sender.rpartition("@")[2]  # said in EHLO: the machine's own name is nobody's business
    seconds = patience.answer.total_seconds()
    try:
        if server.is_tls:
            context = tls_context(server)
            return smtplib.SMTP_SSL(server.host, server.port, domain, timeout=seconds, context=context)
        return smtplib.SMTP(server.host, server.port, domain, timeout=seconds)
    except smtplib.SMTPConnectError as error:
        raise _refusal(server.host, "the connection", _reply(error), Misconfigured) from error


def _encrypt(talk: _Talk, server: MailServer) -> None:
    talk.expect("EHLO", talk.smtp.ehlo(), Misconfigured)
    if server.is_tls:
        return
    if talk.smtp.has_extn("starttls"):
        try:
            talk.smtp.starttls(context=tls_context(server))
        except smtplib.SMTPResponseException as error:
            raise _refusal(server.host, "STARTTLS", _reply(error), Misconfigured) from error
        talk.expect("EHLO", talk.smtp.ehlo(), Misconfigured)
    elif not server.is_loopback:
        raise Misconfigured(
            f"The mail server {server.host} offers no encryption. Type smtps:// instead, or ask its operator."
        )


def _sign_in(talk: _Talk, server: MailServer) -> None:
    user, password = server.user.reveal(), server.password.reveal()
    if not user:
        return
    if not METHODS & set(talk.smtp.esmtp_features.get("auth", "").split()):
        raise Misconfigured(f"The mail server {server.host} takes no password on this port. {WHAT_TO_TYPE}")
    try:
        talk.smtp.login(user, password)
    except smtplib.SMTPAuthenticationError as error:
        raise _refusal(server.host, "the sign-in", _reply(error), Misconfigured) from error


def _last_answer(talk: _Talk, envelope: Envelope, patience: Patience) -> str:
    doubt = (
        f"In doubt: the mail server {talk.host} has the whole request but did not say that it took it. "
        f"Look in its log for {envelope.trace} before the request is sent again."
    )
    try:
        if talk.smtp.sock is not None:
            talk.smtp.sock.settimeout(patience.last_answer.total_seconds())
        code, text = talk.smtp.getreply()
    except OSError as error:
        raise InDoubt(doubt) from error
    if code // 100 in {LATER, NO}:
        raise _refusal(talk.host, "the text", (code, text), Blocked)
    if code // 100 != YES:
        raise InDoubt(doubt)
    with suppress(OSError):  # it has said yes; how it says goodbye does not matter
        talk.smtp.quit()
    return f"{code} {_words(text)}".strip()


def _reply(error: smtplib.SMTPResponseException) -> Reply:
    text = error.smtp_error
    return error.smtp_code, text if isinstance(text, bytes) else text.encode()


def _refusal(host: str, step: str, reply: Reply, refused: Refused) -> JikimiError:
    code, text = reply
    said = f"The mail server {host} answered {step} with {code} {_words(text)}".strip()
    if code // 100 != NO:
        return TryLater(f"{said}.", after=GREYLIST)
    advice = WHAT_TO_TYPE if refused is Misconfigured else "Confirm another address for this site."
    return refused(f"{said}. {advice}")


def _words(text: bytes) -> str:
    """Make a server's words fit for a file: one line, bounded, no web addresses (they may be the post's)."""
    words = _ADDRESS.sub("(address)", text.decode("utf-8", "replace")).split()
    line = "".join(c for c in " ".join(words) if c.isprintable())
    return line[:LONGEST_ANSWER]
