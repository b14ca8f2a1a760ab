"""Puts requests into one mail: text for people, a list of addresses for machines, no picture."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from jikimi.model.alert import Notice
from jikimi.removal.xarf import report_of

COLUMNS = ("request", "post", "file", "sha256", "seen_at")
LIST_NAME = "addresses.csv"
BETWEEN = "\n\n" + "-" * 72 + "\n\n"
PLUS = "+"


def write_mail(  # a mail is made of these things
    notices: Sequence[Notice],
    *,
    sender: Address,
    trace: str,
    reply_to: str,
    at: datetime,
    classification: str = "",
) -> EmailMessage:
    """Return the mail that holds these requests, whole and one after the other, all to one recipient.

    `trace` is its Message-ID, `reply_to` the address for answers ("" for the sender's). Each address also
    stands in an attached CSV file; requests about a minor also as a report in XARF, if the centre has set
    their `classification`.
    """
    # No Auto-Submitted header (RFC 3834): a person allowed this request, and a help desk that sees
    # the header may answer nothing, not even with a ticket number.
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = notices[0].recipient
    if reply_to:
        message["Reply-To"] = reply_to
    message["Subject"] = subject_of(notices)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = trace
    message.set_content(_text(notices), cte="quoted-printable")
    rows = _rows(notices)
    if rows:
        message.add_attachment(rows, subtype="csv", filename=LIST_NAME, cte="base64")
    for notice in notices:
        report = report_of(
            notice,
            sender=sender.addr_spec,
            organisation=sender.display_name,
            classification=classification,
        )
        if report is not None:
            content = json.dumps(report, ensure_ascii=False, indent=1).encode()
            name = f"xarf-{notice.key[:12]}.json"
            message.add_attachment(content, maintype="application", subtype="json", filename=name)
    return message


def subject_of(notices: Sequence[Notice]) -> str:
    """Return the first request's subject, with how many more there are; it needs no language."""
    more = len(notices) - 1
    return notices[0].subject + (f" (+{more})" if more else "")


def token_address(address: str, token: str) -> str:
    """Return the address under which one mail's answers arrive: `removal+TOKEN@centre.example`."""
    local, _, domain = address.rpartition("@")
    return f"{local}{PLUS}{token}@{domain}"


def _text(notices: Sequence[Notice]) -> str:
    if len(notices) == 1:
        return notices[0].body
    count = len(notices)
    parts = (f"[{n}/{count}] {notice.subject}\n\n{notice.body}" for n, notice in enumerate(notices, 1))
    return BETWEEN.join(parts)


def _rows(notices: Sequence[Notice]) -> str:
    """Return the list of addresses; "" where no request knows its own."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)  # RFC 4180
    known = [(notice, notice.about) for notice in notices if notice.about is not None]
    if not known:
        return ""
    writer.writerow(COLUMNS)
    for notice, about in known:
        seen = f"{about.seen_at:%Y-%m-%dT%H:%M:%SZ}"
        writer.writerow((notice.key[:12], _cell(about.post_url), _cell(about.media_url), about.sha256, seen))
    return out.getvalue()


def _cell(url: str) -> str:
    """Return an address that no spreadsheet takes for a formula."""
    return url if url.startswith(("http://", "https://", "at://")) else f"'{url}" if url else ""
