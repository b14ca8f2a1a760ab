"""Makes a capture of what a plain request brought, for where there is no browser; it says so."""

from hashlib import sha256
from urllib.parse import urlsplit

from jikimi.evidence.page import TEXT_TYPES
from jikimi.model.capture import Capture, CaptureKind, Done, Exchange, Visit
from jikimi.model.ports import Fetched

WHAT_IT_IS = (
    "Captured with one plain HTTP request: no script of the page ran, and nothing was drawn. There is no "
    "screenshot. Bodies are byte for byte as received, with content encodings undone."
)


def capture_plainly(page: Fetched, tool: str, why: str) -> Capture:
    """Return a page that was fetched as a capture without text and pictures. `why` is a sentence of it."""
    parts = urlsplit(page.url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return Capture(
        kind=CaptureKind.HTTP,
        tool=tool,
        url=page.hops[0],
        hops=page.hops,
        title="",
        text="",
        exchanges=(exchange_of(page, "document", is_kept=_is_text(page)),),
        visits=(Visit(parts.hostname or "", port, (), page.address, "", page.at),),
        tls=(),
        steps=(Done(page.at, f"answer {page.status}"),),
        notes=(WHAT_IT_IS, why) if why else (WHAT_IT_IS,),
    )


def exchange_of(fetched: Fetched, kind: str, *, is_kept: bool) -> Exchange:
    """Return one request and answer; the body only if it is to be kept."""
    return Exchange(
        method="GET",
        url=fetched.url,
        kind=kind,
        request_headers=(),
        status=fetched.status,
        reason="",
        headers=fetched.headers,
        body=fetched.body if is_kept else None,
        size=len(fetched.body),
        sha256=sha256(fetched.body).hexdigest(),
        server=fetched.address,
        at=fetched.at,
    )


def _is_text(page: Fetched) -> bool:
    stated = dict(page.headers).get("content-type", "text/html").strip().lower()
    return stated.startswith(TEXT_TYPES) and b"\x00" not in page.body
