"""Notes every request a browser makes and its answer; bodies of pictures, sounds and clips only by digest."""

import asyncio
from base64 import b64decode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlsplit

from playwright.async_api import CDPSession, Error, Page, Request, Response

from jikimi.media.addresses import read_address
from jikimi.model.capture import Exchange, TlsFacts, Visit
from jikimi.model.errors import Blocked
from jikimi.model.ports import Clock

MOST_EXCHANGES = 500
PIECE_SECONDS = 5.0  # the browser answers in milliseconds, or not at all
KEPT_TYPES = ("text/", "application/json", "application/javascript", "application/xhtml", "application/xml")
UNREAD_KINDS = {"media", "websocket", "eventsource"}
MOST_HOSTS = 40

Headers = tuple[tuple[str, str], ...]


class Recorder:
    """Gathers exchanges while a page loads. Hand `finished` and `failed` to the browser's events."""

    def __init__(self, clock: Clock, mark: str, most_body: int) -> None:
        """`mark` tells our proxy's refusals from a site's answers; bodies over `most_body` are left out."""
        self.exchanges: list[Exchange] = []
        self.requests: set[asyncio.Task[None]] = set()
        self._clock = clock
        self._mark = mark
        self._most_body = most_body
        self._tls: dict[str, dict[str, object]] = {}
        self._left = 4 * most_body  # bytes of bodies that are kept in all

    def finished(self, request: Request) -> None:
        """Note a request that was answered."""
        self._begin(request, "")

    def failed(self, request: Request) -> None:
        """Note a request that was not."""
        self._begin(request, request.failure or "failed")

    async def finish(self, seconds: float, visits: Sequence[Visit]) -> None:
        """Wait a little for what is under way; then say which server answered.

        The browser itself knows only the proxy; `visits` are what the proxy connected to.
        """
        if self.requests:
            await asyncio.wait(set(self.requests), timeout=seconds)
        for task in tuple(self.requests):
            task.cancel()
        await asyncio.gather(*self.requests, return_exceptions=True)
        servers = {(visit.host, visit.port): visit.address for visit in visits if visit.address}
        placed = (
            replace(one, server=servers.get(_door(one.url), "")) for one in self.exchanges if one.status
        )
        unanswered = (one for one in self.exchanges if not one.status)
        self.exchanges = sorted((*placed, *unanswered), key=lambda one: one.at)

    def _begin(self, request: Request, failure: str) -> None:
        if len(self.exchanges) + len(self.requests) >= MOST_EXCHANGES or not request.url.startswith("http"):
            return
        task = asyncio.create_task(self._note(request, failure, self._clock()))
        self.requests.add(task)
        task.add_done_callback(self.requests.discard)

    async def _note(self, request: Request, failure: str, at: datetime) -> None:
        sent: Headers = ()
        answer: Response | None = None
        with suppress(Error, TimeoutError):
            async with asyncio.timeout(PIECE_SECONDS):
                sent = _headers(await request.headers_array())
                answer = None if failure else await request.response()
        if answer is None:
            self.exchanges.append(self._unanswered(request, sent, failure or "no answer", at))
            return
        if answer.headers.get("x-jikimi-refused") == self._mark:
            self.exchanges.append(self._unanswered(request, sent, "not visited by us", at))
            return
        headers: Headers = ()
        with suppress(Error, TimeoutError):
            async with asyncio.timeout(PIECE_SECONDS):
                headers = _headers(await answer.headers_array())
                await self._note_tls(answer)
        body = await self._body_of(request, answer)
        self.exchanges.append(
            Exchange(
                method=request.method,
                url=request.url,
                kind=request.resource_type,
                request_headers=sent,
                status=answer.status,
                reason=answer.status_text,
                headers=headers,
                body=self._kept(body, answer, request.resource_type),
                size=-1 if body is None else len(body),
                sha256="" if body is None else sha256(body).hexdigest(),
                server="",
                at=at,
            )
        )

    def _unanswered(self, request: Request, sent: Headers, failure: str, at: datetime) -> Exchange:
        return Exchange(
            request.method, request.url, request.resource_type, sent, 0, "", (), None, -1, "", "", at, failure
        )

    async def _body_of(self, request: Request, answer: Response) -> bytes | None:
        """Return the body, None where it is not read: clips are fetched otherwise, redirects have none."""
        if request.resource_type in UNREAD_KINDS or 300 <= answer.status < 400:  # noqa: PLR2004  # redirects
            return None
        length = answer.headers.get("content-length", "0")
        if length.isdigit() and int(length) > self._most_body:
            return None
        with suppress(Error, TimeoutError):
            async with asyncio.timeout(PIECE_SECONDS):
                return await answer.body()
        return None

    def _kept(self, body: bytes | None, answer: Response, kind: str) -> bytes | None:
        """Return a body of text, None for anything a picture, sound or clip could be."""
        stated = answer.headers.get("content-type", "").strip().lower()
        is_text = stated.startswith(KEPT_TYPES) and kind not in {"image", "media", "font"}
        if body is None or not is_text or b"\x00" in body or len(body) > min(self._most_body, self._left):
            return None
        self._left -= len(body)
        return body

    async def _note_tls(self, answer: Response) -> None:
        host = urlsplit(answer.url).netloc
        if answer.url.startswith("https:") and host not in self._tls and len(self._tls) < MOST_HOSTS:
            self._tls[host] = dict(await answer.security_details() or {})

    async def tls_facts(self, session: CDPSession) -> tuple[TlsFacts, ...]:
        """Return what is known about the certificates of all hosts that were reached.

        `session` must come from `listen_for_certificates`, before the page was opened.
        """
        facts: list[TlsFacts] = []
        for host, details in sorted(self._tls.items()):
            facts.append(
                TlsFacts(
                    host=host,
                    protocol=str(details.get("protocol", "")),
                    issuer=str(details.get("issuer", "")),
                    subject=str(details.get("subjectName", "")),
                    valid_from=_moment(details.get("validFrom")),
                    valid_to=_moment(details.get("validTo")),
                    certificate_sha256=await _certificate(session, f"https://{host}"),
                )
            )
        return tuple(facts)


async def listen_for_certificates(page: Page) -> CDPSession:
    """Have the browser remember certificates: it only tells of those it met while it was listened to."""
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable", {"maxTotalBufferSize": 1, "maxResourceBufferSize": 1})
    return session


async def _certificate(session: CDPSession, origin: str) -> str:
    """Return the digest of the certificate that the browser got from an origin, "" if it does not say."""
    with suppress(Error):
        answer = await session.send("Network.getCertificate", {"origin": origin})
        chain = answer.get("tableNames", ())
        return sha256(b64decode(chain[0])).hexdigest() if chain else ""
    return ""


def _door(url: str) -> tuple[str, int]:
    """Return host and port of an address; ("", 0) for one that we would not visit."""
    try:
        address = read_address(url)
    except Blocked:
        return "", 0
    return address.host, address.port


def _moment(seconds: object) -> datetime:
    return datetime.fromtimestamp(float(seconds) if isinstance(seconds, int | float) else 0.0, UTC)


def _headers(listed: Sequence[object]) -> Headers:
    return tuple((str(one["name"]).lower(), str(one["value"])) for one in listed)  # type: ignore[index]  # dicts
