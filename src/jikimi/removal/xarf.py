"""Writes a request as a report in XARF v4, for hosts that sort such reports by machine."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from jikimi.model.alert import Notice

VERSION = "4.2.0"
TYPE = "csam"
CLASSES = ("baseline", "A1", "A2", "B1", "B2")
"""What the format can call such material. Which holds is a legal question, so the centre answers it."""


def report_of(
    notice: Notice, *, sender: str, organisation: str = "", classification: str = ""
) -> dict[str, Any] | None:
    """Return the report as JSON values, None where the format has no word for it.

    XARF 4.2 knows material of minors and no intimate pictures of adults; a report under a false name would
    be worse than none. It asks for one of CLASSES; without one there is no report. Evidence is a digest,
    never a file. `sender` is the centre's address.
    """
    about = notice.about
    if about is None or not about.is_minor or classification not in CLASSES:
        return None
    host = urlsplit(about.media_url or about.post_url).hostname or ""
    contact = {
        "org": organisation or sender.rpartition("@")[2],
        "contact": sender,
        "domain": sender.rpartition("@")[2],
    }
    return {
        "xarf_version": VERSION,
        "report_id": _uuid(notice.key),
        "timestamp": _moment(notice.at),
        "reporter": contact,
        "sender": contact,
        "source_identifier": host,
        "category": "content",
        "type": TYPE,
        "url": about.media_url or about.post_url,
        "classification": classification,
        "detection_method": "hash_match",
        "hash_values": {"sha256": about.sha256},
        "verified_at": _moment(about.seen_at),
        "description": f"Found on {about.post_url}",
    }


def _uuid(key: str) -> str:
    """Return a UUID (version 8, RFC 9562: of our own making) that is the same for the same request."""
    text = f"{key[:12]}8{key[13:16]}a{key[17:32]}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:32]))


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
