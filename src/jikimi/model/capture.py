"""What a page showed and how it came: exchanges, servers, text and veiled pictures of one capture."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class CaptureKind(StrEnum):
    """Who looked at the page."""

    BROWSER = "browser"  # Chromium, through the guarded proxy
    HTTP = "HTTP only"  # one plain request; no script ran and nothing was drawn


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. Header names are lower case.

    `body` is as decoded by who fetched it; None where it was left out, as every picture, sound and clip is.
    `size` and `sha256` (hex) are of the whole body even then; -1 and "" where it was not read. `status` is 0
    when no answer came; `failure` says why.
    """

    method: str
    url: str
    kind: str  # "document", "image", "script" …, as the browser calls it
    request_headers: tuple[tuple[str, str], ...]
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None = field(repr=False)
    size: int
    sha256: str
    server: str  # IP address that answered, "" if unknown
    at: datetime
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """One connection that the guarded proxy opened or refused: the name server's answer and what was used.

    `refusal` is "" when `address` was connected to.
    """

    host: str
    port: int
    answers: tuple[str, ...]
    address: str
    refusal: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """What an encrypted connection told about its server, as the browser checked it."""

    host: str
    protocol: str
    issuer: str
    subject: str
    valid_from: datetime
    valid_to: datetime
    certificate_sha256: str  # hex, of the DER certificate; "" where the browser did not give it


@dataclass(frozen=True, slots=True)
class Done:
    """One line of the log of steps: when, and what was done or noticed."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Collector:
    """Who collects, in facts a court asks for: program and version, clock and its source, way to the network.

    `by` is the pseudonym of the person on whose word something is collected, "" where nobody was asked.
    """

    tool: str
    clock: str
    network: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Capture:
    """A page as it was at one moment. Holds no picture, sound or clip in clear.

    `hops` are the addresses from what was asked to what answered. `screenshot` (PNG) and `pdf` are b"" where
    none was made; media boxes are blurred or black in the first and empty in the second. `notes` say, in
    whole sentences, what is missing and how to read the rest.
    """

    kind: CaptureKind
    tool: str
    url: str
    hops: tuple[str, ...]
    title: str
    text: str
    exchanges: tuple[Exchange, ...]
    visits: tuple[Visit, ...]
    tls: tuple[TlsFacts, ...]
    steps: tuple[Done, ...]
    notes: tuple[str, ...]
    screenshot: bytes = field(default=b"", repr=False)
    pdf: bytes = field(default=b"", repr=False)
