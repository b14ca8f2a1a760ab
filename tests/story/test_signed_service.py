"""A service that was given a key signs on every way out; one that was not signs on none."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from jikimi.app.service import Service, build
from jikimi.media.signing import new_key
from jikimi.model.ports import Limits
from jikimi.model.post import Secret
from jikimi.settings import Settings
from jikimi.store.keyring import create_master

LIMITS = Limits(max_bytes=1000, deadline=timedelta(seconds=20))
OURS = ("Signature", "Signature-Input", "Signature-Agent")


class Site(HTTPServer):
    """Says hello, and keeps which of our three headers each request had."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Hello)
        self.seen: list[list[str | None]] = []


class Hello(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.seen.append([self.headers[name] for name in OURS])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET  # noqa: N815  # the name that the standard library asks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def asked_by_every_way_out(service: Service, site: Site) -> None:
    url = f"http://127.0.0.1:{site.server_port}/"
    service.house.fetcher.fetch(url, LIMITS)
    service.house.vantages["abroad"].fetch(url, LIMITS)
    asyncio.run(service.make_source.web.post_async(url, b"", LIMITS, {}))


@pytest.mark.parametrize("is_signed", [True, False])
def test_every_way_out_is_signed_if_a_key_is_set_and_none_if_not(
    *, is_signed: bool, fresh_tables: Settings, site: Site, tmp_path: Path
) -> None:
    if not fresh_tables.master_key_file.exists():
        create_master(fresh_tables.master_key_file)
    port = f"127.0.0.1:{site.server_port}"
    proxies = (("abroad", Secret(f"http://{port}")),)
    settings = replace(fresh_tables, sandboxes=1, allow=port, vantages=proxies)
    if is_signed:
        key = tmp_path / "sign.pem"
        key.touch(mode=0o600)
        key.write_bytes(new_key())
        settings = replace(settings, sign_key=key, sign_agent="https://centre.example")
    service = build(settings)
    try:
        asked_by_every_way_out(service, site)
    finally:
        service.close()
    assert len(site.seen) == 3
    if is_signed:
        assert [agent for _, _, agent in site.seen] == ['"https://centre.example"'] * 3
        assert len({signature for signature, _, _ in site.seen}) == 3
    else:
        assert site.seen == [[None] * 3] * 3
