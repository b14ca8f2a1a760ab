"""Plugs mail together: the channel that sends, the key that signs, the mailbox that is read."""

import os

from jikimi.model.errors import Misconfigured
from jikimi.model.ports import Clock
from jikimi.removal.dkim import DkimSigner, new_key
from jikimi.removal.inbox import ImapInbox
from jikimi.removal.smtp import SmtpChannel
from jikimi.settings import Settings

SELECTOR = "jikimi"
OWNER_ONLY = 0o600


def open_mail(settings: Settings, clock: Clock) -> SmtpChannel | None:
    """Return the channel "email", None without a mail server."""
    if not settings.smtp:
        return None
    if not settings.sender:
        raise Misconfigured("JIKIMI_SENDER: the mail address that sends requests is missing. Set it.")
    return SmtpChannel(
        settings.smtp,
        settings.sender,
        reply_to=settings.reply,
        sign=open_signer(settings) if settings.dkim else None,
        classification=settings.xarf,
        clock=clock,
    )


def open_inbox(settings: Settings, clock: Clock) -> ImapInbox | None:
    """Return the mailbox for answers, None if none is set up."""
    return ImapInbox(settings.imap, clock=clock) if settings.imap else None


def open_signer(settings: Settings) -> DkimSigner:
    """Return the centre's DKIM key; one is made at first use unless the centre brings its own."""
    if not settings.sender:
        raise Misconfigured("JIKIMI_SENDER: mail is signed for its sender's domain. Set it.")
    file = settings.dkim_key_file
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(handle, "wb") as out:
            out.write(new_key())
    domain = settings.sender.rpartition("@")[2].lower()
    return DkimSigner(domain, settings.dkim or SELECTOR, file.read_bytes())
