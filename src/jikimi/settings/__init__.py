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
    tsa: Secret = NOTHING  # a time authority's address (RFC 3161); may hold user:password
    tsa_token: Secret = NOTHING  # or a bearer's token
    tsa_certificate: Path | None = None  # PEM of the authority that is trusted
    capture: str = "browser"  # or "plain": no browser is ever started
    browser: Path | None = None  # the Chromium to capture with; None: the one that is found
    vantage: str = ""  # where in the network this machine stands, in the centre's own words
    reply: str = ""  # where answers come back, with a token behind a plus sign
    gather: timedelta = timedelta()  # least time between two mails to one contact; 0: one mail a request
    dkim: str = ""  # the selector under which the domain's key is published
    dkim_key: Path | None = None
    imap: Secret = NOTHING
    xarf: str = ""  # what reports in XARF call material of minors
    country: str = "KR"  # the centre's own: its public bodies are always named
    sign_key: Path | None = None  # an Ed25519 key (PEM) that signs requests to sites; None: unsigned
    sign_agent: str = ""  # the https origin on which its public half is found
    names: str = ""  # the name server that is asked for contacts, "" for the system's
    channels: Path | None = None  # a file that sets platforms' own interfaces and web forms up
    workers: int = 8
    sandboxes: int = 2
    network: Path | None = None  # an ONNX file that proposes references in the second look
    allow: str = ""  # exact address:port pairs that may be visited though they are not public
    ladder: tuple[timedelta, ...] = field(default=LADDER, repr=False)
    gone_after: timedelta = DAY
    vantages: tuple[tuple[str, Secret], ...] = ()  # further ways out, by name: a re-check asks from each
    keep: timedelta = 90 * DAY  # how long fingerprints of what matched nothing are kept
    is_secure: bool = False  # behind HTTPS: cookies only there
    centre_abroad: str = ""
    designation: str = ""  # of the centre, under 전기통신사업법 시행령 §30조의5
    most_an_hour: int = 100  # requests to one recipient
    most_a_day: int = 1_000

    @property
    def master_key_file(self) -> Path:
        """Return where the master key is kept."""
        return self.master_key or self.folder / "keys" / "master.key"

    @property
    def dkim_key_file(self) -> Path:
        """Return where the key that signs mail is kept."""
        return self.dkim_key or self.folder / "keys" / "dkim.key"

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
        tsa=read("JIKIMI_TSA", "", reading.tsa),
        tsa_token=read("JIKIMI_TSA_TOKEN", "", reading.secret),
        tsa_certificate=read("JIKIMI_TSA_CERTIFICATE", "", reading.existing_file),
        capture=read("JIKIMI_CAPTURE", "browser", reading.one_of("browser", "plain")),
        browser=read("JIKIMI_BROWSER", "", reading.existing_file),
        vantage=read("JIKIMI_VANTAGE", "", reading.line),
        reply=read("JIKIMI_REPLY", "", reading.mailbox),
        gather=read("JIKIMI_GATHER", "1h", reading.duration),
        dkim=read("JIKIMI_DKIM", "", reading.label),
        dkim_key=read("JIKIMI_DKIM_KEY", "", reading.existing_file),
        imap=read("JIKIMI_IMAP", "", reading.imap),
        xarf=read("JIKIMI_XARF", "", reading.one_of("", "baseline", "A1", "A2", "B1", "B2")),
        country=read("JIKIMI_COUNTRY", "KR", reading.country),
        sign_key=read("JIKIMI_SIGN_KEY", "", reading.existing_file),
        sign_agent=read("JIKIMI_SIGN_AGENT", "", reading.https_origin),
        names=read("JIKIMI_NAMES", "", reading.ip_and_port),
        channels=read("JIKIMI_CHANNELS", "", reading.existing_file),
        workers=read("JIKIMI_WORKERS", "8", reading.whole(1, 64)),
        sandboxes=read("JIKIMI_SANDBOXES", "2", reading.whole(1, 64)),
        network=read("JIKIMI_NETWORK", "", reading.existing_file),
        allow=read("JIKIMI_ALLOW", "", reading.line),
        ladder=read("JIKIMI_LADDER", "", reading.durations) or LADDER,
        gone_after=read("JIKIMI_GONE_AFTER", "24h", reading.duration),
        vantages=read("JIKIMI_VANTAGES", "", reading.vantages),
        keep=read("JIKIMI_KEEP", "90d", reading.duration),
        is_secure=read("JIKIMI_SECURE", "no", reading.one_of("yes", "no")) == "yes",
        centre_abroad=read("JIKIMI_CENTRE_ABROAD", "", reading.line),
        designation=read("JIKIMI_DESIGNATION", "", reading.line),
        most_an_hour=read("JIKIMI_MOST_AN_HOUR", "100", reading.whole(1, 100_000)),
        most_a_day=read("JIKIMI_MOST_A_DAY", "1000", reading.whole(1, 1_000_000)),
    )
    read.refuse_halves(JIKIMI_SIGN_KEY="/etc/jikimi/sign.pem", JIKIMI_SIGN_AGENT="https://centre.example")
    read.refuse_unknown()
    return settings
