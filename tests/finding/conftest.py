"""A little internet on this machine: a site, a registry that speaks RDAP, and a name server."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, socket
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from jikimi.media.addresses import AddressPolicy
from jikimi.media.fetch import GuardedFetcher
from jikimi.media.names import DnsNames
from jikimi.removal.finding import ContactFinder
from jikimi.removal.rdap import Rdap
from jikimi.removal.rdap_registries import RdapRegistries

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Web:
    """Answers by host and path; keeps what was asked, with the Accept header."""

    port: int = 0
    pages: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def put(self, address: str, body: str | dict[str, Any], status: int = 200, **headers: str) -> None:
        content = body if isinstance(body, str) else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[address] = (status, named, content.encode())


class Zone:
    """A name server's mind: records by name and type; silent when told so."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        self.is_silent = False
        self._door = socket(AF_INET, SOCK_DGRAM)
        self._door.bind(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def put(self, name: str, kind: str, *values: str) -> None:
        self.records[name.rstrip(".").lower(), kind] = list(values)

    def stop(self) -> None:
        with socket(AF_INET, SOCK_DGRAM) as door:
            door.sendto(b"stop", ("127.0.0.1", self.port))
        self._thread.join(10)
        self._door.close()

    def _serve(self) -> None:
        while True:
            data, client = self._door.recvfrom(4096)
            if data == b"stop":
                return
            if not self.is_silent:
                self._door.sendto(self._answer(dns.message.from_wire(data)), client)

    def _answer(self, query: dns.message.Message) -> bytes:
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        question = query.question[0]
        name = str(question.name).rstrip(".").lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        values = self.records.get((name, kind), [])
        if values:
            answer.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, values))
        elif not any(known == name for known, _ in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer.to_wire()


@pytest.fixture
def web() -> Iterator[Web]:
    pages = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = (self.headers["Host"] or "").partition(":")[0]
            pages.asked.append((host + self.path, self.headers["Accept"] or ""))
            status, headers, body = pages.pages.get(host + self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    pages.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield pages
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def zone() -> Iterator[Zone]:
    running = Zone()
    yield running
    running.stop()


@pytest.fixture
def fetcher(web: Web) -> Iterator[GuardedFetcher]:
    async def here(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    policy = AddressPolicy(frozenset({("127.0.0.1", web.port)}))
    with GuardedFetcher(policy, user_agent="test", clock=lambda: NOW, resolve=here) as opened:
        yield opened


@pytest.fixture
def names(zone: Zone) -> DnsNames:
    return DnsNames(f"127.0.0.1:{zone.port}")


@pytest.fixture
def registries(web: Web, fetcher: GuardedFetcher, tmp_path: Path) -> RdapRegistries:
    source = f"http://iana.example:{web.port}"
    return RdapRegistries(fetcher, tmp_path / "rdap", lambda: NOW, source=source)


@pytest.fixture
def finder(fetcher: GuardedFetcher, names: DnsNames, registries: RdapRegistries) -> ContactFinder:
    return ContactFinder(fetcher, names, Rdap(fetcher, registries), lambda: NOW, home="KR")
