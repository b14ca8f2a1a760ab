"""Typed settings; the only reader of the environment. Django's settings derive from them.

Every setting is a variable `JIKIMI_…`; all have a default that is right for one centre on one machine.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from jikimi.model.post import Secret
from jikimi.settings import reading

NOTHING = Secret("")
DAY = timedelta(days=1)
LADDER = (timedelta(hours=1), timedelta(hours=6), DAY, 2 * DAY, *([DAY] * 14), *([7 * DAY] * 12), 30 * DAY)
LANGUAGES = ("ko", "en")


@dataclass(frozen=True, slots=True)
class Settings:
    """How this centre's Jikimi runs. `folder` holds the database, the keys and nothing in clear."""

    folder: Path
    database: Secret = NOTHING  # "" is SQLite in the folder; else postgresql://…
    master_key: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    address: str = ""  # the console's public address, "" for http://host:port
    language: str = "ko"
    centre: str = ""
    contact: str = ""
    sender: str = ""
    smtp: Secret = NOTHING
    workers: int = 8
    sandboxes: int = 2
    network: Path | None = None  # an ONNX file that proposes references in the second look
    allow: str = ""  # exact address:port pairs that may be visited though they are not public
    ladder: tuple[timedelta, ...] = field(default=LADDER, repr=False)
    gone_after: timedelta = DAY
    keep: timedelta = 90 * DAY  # how long fingerprints of what matched nothing are kept
    is_secure: bool = False  # behind HTTPS: cookies only there

    @property
    def master_key_file(self) -> Path:
        """Return where the master key is kept."""
        return self.master_key or self.folder / "keys" / "master.key"

    @property
    def origin(self) -> str:
        """Return the address people type to reach the console."""
        return self.address.rstrip("/") or f"http://{self.host}:{self.port}"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings in force; Misconfigured names the first one that is wrong and what to type."""
    read = reading.Reader(os.environ if environment is None else environment)
    settings = Settings(
        folder=read("JIKIMI_DATA", "data", reading.folder),
        database=read("JIKIMI_DATABASE", "", reading.database),
        master_key=read("JIKIMI_MASTER_KEY", "", reading.file),
        host=read("JIKIMI_HOST", "127.0.0.1", reading.line),
        port=read("JIKIMI_PORT", "8000", reading.whole(1, 65535)),
        address=read("JIKIMI_ADDRESS", "", reading.web_address),
        language=read("JIKIMI_LANGUAGE", "ko", reading.one_of(*LANGUAGES)),
        centre=read("JIKIMI_CENTRE", "", reading.line),
        contact=read("JIKIMI_CONTACT", "", reading.line),
        sender=read("JIKIMI_SENDER", "", reading.mailbox),
        smtp=read("JIKIMI_SMTP", "", reading.smtp),
        workers=read("JIKIMI_WORKERS", "8", reading.whole(1, 64)),
        sandboxes=read("JIKIMI_SANDBOXES", "2", reading.whole(1, 64)),
        network=read("JIKIMI_NETWORK", "", reading.existing_file),
        allow=read("JIKIMI_ALLOW", "", reading.line),
        ladder=read("JIKIMI_LADDER", "", reading.durations) or LADDER,
        gone_after=read("JIKIMI_GONE_AFTER", "24h", reading.duration),
        keep=read("JIKIMI_KEEP", "90d", reading.duration),
        is_secure=read("JIKIMI_SECURE", "no", reading.one_of("yes", "no")) == "yes",
    )
    read.refuse_unknown()
    return settings
