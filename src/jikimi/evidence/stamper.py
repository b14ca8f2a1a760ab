"""Asks a time authority (RFC 3161) over HTTP for a stamp and believes nothing it cannot check."""

import base64
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from urllib.parse import unquote, urlsplit, urlunsplit

from jikimi.evidence.tsr import BUSY, GRANTED, Reply, check_reply, read_reply
from jikimi.model.errors import BadMedia, Blocked, Gone, TryLater
from jikimi.model.ports import Limits, Poster, Stamped
from jikimi.model.post import Secret

QUERY = "application/timestamp-query"
LIMITS = Limits(max_bytes=2**18, deadline=timedelta(seconds=20), minimum_rate=64, max_redirects=0)
PROBE = b"jikimi selfcheck"


@dataclass(frozen=True, slots=True)
class HttpStamper:
    """The port `Stamper`. `address` may hold user:password for basic sign-in; `token` is a bearer's.

    `roots` are the certificates (PEM) of the authority that this centre trusts.
    """

    address: Secret
    token: Secret
    roots: bytes
    poster: Poster

    @property
    def name(self) -> str:
        """Return the authority's host."""
        return urlsplit(self.address.reveal()).hostname or ""

    def stamp(self, content: bytes) -> Stamped:
        """Return a checked stamp over the SHA-256 of these bytes; see the port."""
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder  # noqa: PLC0415  # heavy

        request = (
            TimestampRequestBuilder()
            .data(content)
            .hash_algorithm(HashAlgorithm.SHA256)
            .cert_request(cert_request=True)
            .nonce(nonce=True)
            .build()
        )
        raw = self._ask(request.as_bytes())
        try:
            reply = read_reply(raw)
            self._check_answer(reply, content, request.nonce)
            checked_by = check_reply(raw, content, self.roots)
        except BadMedia as error:
            raise TryLater(f"{self.name}: {error}", timedelta(minutes=10)) from error
        if reply.said_at is None:
            raise TryLater(f"{self.name}: the stamp holds no time.", timedelta(minutes=10))
        return Stamped(raw, reply.said_at, checked_by, self.roots)

    def _ask(self, request: bytes) -> bytes:
        """Return the reply's bytes. An authority that moved is no reason to forget the stamp."""
        try:
            return self.poster.post(self._url(), request, LIMITS, self._headers()).body
        except Gone as error:
            raise Blocked(f"{error} Check the address in JIKIMI_TSA, then try the job again.") from error

    def _check_answer(self, reply: Reply, content: bytes, nonce: int | None) -> None:
        """Look at the status first: a refusal has nothing else in it."""
        if reply.status not in GRANTED:
            if reply.status == "waiting" or any(word in reply.reason for word in BUSY):
                raise TryLater(f"{self.name} cannot stamp now: {reply.status} {reply.reason}".strip())
            raise Blocked(
                f"{self.name} refuses to stamp: {reply.status} {reply.reason}. "
                "Ask the authority, then try the job again."
            )
        if reply.nonce != nonce:
            raise BadMedia("the reply answers another question (its nonce is wrong)")
        if reply.imprint != sha256(content).digest():
            raise BadMedia("the reply is about something else")

    def _url(self) -> str:
        parts = urlsplit(self.address.reveal())
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))

    def _headers(self) -> dict[str, Secret]:
        parts = urlsplit(self.address.reveal())
        headers = {"Content-Type": Secret(QUERY)}
        if self.token:
            headers["Authorization"] = Secret(f"Bearer {self.token.reveal()}")
        elif parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
            headers["Authorization"] = Secret(f"Basic {base64.b64encode(pair).decode()}")
        return headers
