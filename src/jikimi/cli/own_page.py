"""Serves one harmless page of our own on loopback, for a moment, so that the browser can be tried."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from jikimi.media.addresses import AddressPolicy
from jikimi.media.camera import ChromiumCamera
from jikimi.model.errors import JikimiError
from jikimi.model.ports import Camera

PAGE = b"<!doctype html><title>own page</title><p>a harmless page</p>"


class _Page(BaseHTTPRequestHandler):
    """Answers everything with the page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def try_camera(camera: Camera) -> Iterator[tuple[str, str]]:
    """Capture the page; yields (mark, line) pairs for the check."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        if isinstance(camera, ChromiumCamera):
            camera = replace(camera, policy=AddressPolicy(frozenset({("127.0.0.1", server.server_port)})))
        capture = camera.capture(f"http://127.0.0.1:{server.server_port}/", is_covered=False)
    except JikimiError as error:
        yield "warn", f"browser: {error} Evidence holds the plain page only. Run Chromium by hand to see why."
        return
    finally:
        server.shutdown()
        server.server_close()
    yield "ok", f"browser: {capture.tool.partition(',')[0]} captures pages"
    if isinstance(camera, ChromiumCamera) and not camera.is_boxed:
        yield (
            "warn",
            "browser: runs with --no-sandbox, because this is root. Run the service as a user of its own.",
        )
