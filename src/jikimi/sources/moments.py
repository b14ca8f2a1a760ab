"""Reads moments as platforms write them: what is no moment, or none that a clock can show, is left out."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def read_moment(text: str) -> datetime | None:
    """Read ISO 8601 as UTC, which it is where it names no zone; None for anything else."""
    try:
        return in_utc(datetime.fromisoformat(text.strip()))
    except ValueError:
        return None


def read_mail_date(text: str) -> datetime | None:
    """Read a date as mail and HTTP write it (RFC 5322, RFC 9110) as UTC; None for anything else."""
    try:
        return in_utc(parsedate_to_datetime(text))
    except (ValueError, OverflowError):
        return None


def in_utc(moment: datetime | None) -> datetime | None:
    """Return a moment in UTC; None where that would lie before the year 1 or after 9999.

    "0001-01-01T00:00+09:00" is well-formed, and no time in UTC: whoever may write a date can write that.
    """
    try:
        return moment and moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
