"""Measures alert confirmed → evidence sealed and notice ready: `./run bench evidence [--pages 60]`.

A local website shows pages of different weight, each with one copy; every alert is confirmed by itself, and
the house works as it does for a centre, with the browser of this machine. All shares this machine's cores.
"""

import argparse
import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

import cv2

from jikimi.app.engine import utc_now
from jikimi.cli.opening import set_up
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.case import Policy, Verdict
from jikimi.model.fingerprint import Kind
from jikimi.model.post import MediaRef, Position, Post
from jikimi.settings import Settings
from whole_house import open_case, watch

WIDTH, HEIGHT = 866, 577  # 0.5 megapixel
WORDS = ("a", "harmless", "page", "of", "words", "that", "somebody", "wrote", "about", "the", "weather")

PARTS = (("WACZ", "capture.wacz"), ("screenshot", "screenshot.png"), ("PDF", "page.pdf"))


@dataclass
class Site:
    """Pages by path. `weight` of a page: how many pictures, scripts and paragraphs stand around the copy."""

    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    port: int = 0

    def url(self, path: str) -> str:
        """Return the whole address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def add(self, number: int, copy: bytes, dice: Random) -> str:
        """Put up one page with a copy; returns its address."""
        weight = (1, 4, 12, 30)[number % 4]
        self.files[f"/{number}/copy.jpg"] = ("image/jpeg", copy)
        around = []
        for part in range(weight):
            self.files[f"/{number}/{part}.jpg"] = (
                "image/jpeg",
                encode_jpeg(draw(5000 + 31 * number + part, 320, 200), 80),
            )
            self.files[f"/{number}/{part}.js"] = ("text/javascript", script(part))
            around.append(
                f"<p>{' '.join(dice.choices(WORDS, k=80))}</p><img src='/{number}/{part}.jpg'>"
                f"<script src='/{number}/{part}.js'></script>"
            )
        page = (
            f"<!doctype html><meta charset=utf-8><title>{number}</title><h1>글 {number}</h1>"
            f"<img src='/{number}/copy.jpg' width=866>{''.join(around)}"
        )
        self.files[f"/{number}/"] = ("text/html; charset=utf-8", page.encode())
        return self.url(f"/{number}/")


def script(part: int) -> bytes:
    """Return a script that asks for one more thing and changes the page."""
    return (
        f"fetch('more.json?part={part}').catch(() => 0);"
        f"document.body.append(document.createElement('hr'), 'script {part}');" + "// words\n" * 400
    ).encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    site = Site()
    server = serve(site)
    try:
        with tempfile.TemporaryDirectory(prefix="jikimi-bench-") as name:
            figures = measure(Path(name), site, arguments.pages)
    finally:
        server.shutdown()
        server.server_close()
    for label, value in figures.items():
        print(f"{label:32}{value}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2))


def serve(site: Site) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = site.files.get(self.path, ("application/json", b"{}"))
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def measure(folder: Path, site: Site, pages: int) -> dict[str, Any]:
    """Confirm one alert after the other and return the figures."""
    settings = Settings(folder=folder / "data", language="en", centre="Bench", sender="notices@bench.invalid",
                        allow=f"127.0.0.1:{site.port}")  # fmt: skip
    set_up(settings)
    from jikimi.app.service import build  # only once Django is configured

    service = build(settings)
    try:
        if service.house.camera is None:
            raise SystemExit("No Chromium is installed, so there is nothing to measure.")
        house = replace(service.house, scribe=None)  # letters in pictures are read before anybody confirms
        prepare(house, site, pages)
        waits, captures, sizes, load = confirm_all(house)
    finally:
        service.close()
    return {
        "pages": len(waits),
        "captured by a browser": sum(captures.values()),
        "confirmed to ready, p50 s": round(statistics.median(waits), 2),
        "confirmed to ready, p95 s": round(share(waits, 0.95), 2),
        "confirmed to ready, max s": round(max(waits), 2),
        **{f"{name}, p50 kB": round(statistics.median(seen) / 1000, 1) for name, seen in sizes.items()},
        **{f"{name}, max kB": round(max(seen) / 1000, 1) for name, seen in sizes.items()},
        "load average, mean": round(statistics.mean(load), 1),
        "cores": os.cpu_count(),
    }


def prepare(house: Any, site: Site, pages: int) -> None:
    """Open a case with one reference a page, and let the house find each copy."""
    from jikimi.flow import acts  # only once Django is configured
    from jikimi.flow.ingest import ingest  # as above
    from jikimi.worker.jobs import catch_up, work_through  # as above

    case, dice = open_case(house, Policy.ASK), Random(7)
    watch(house, "website", {"url": site.url("/")}, sending=False)
    for number in range(pages):
        drawing = draw(number, WIDTH, HEIGHT)
        house.records.apply(
            acts.add_reference(house, case.key, encode_jpeg(drawing), label=str(number), by="ada"), by="ada"
        )
        url = site.add(number, encode_jpeg(cv2.flip(drawing, 1), 75), dice)
        now = utc_now()
        media = (MediaRef(Kind.IMAGE, f"{url}copy.jpg"),)
        post = Post("bench", str(number), url, "somebody", "words", now, now, media)
        catch_up(house)
        house.records.apply(ingest([post], Position("bench", str(number), now), house), by="watch bench")
    work_through(house)


def confirm_all(house: Any) -> tuple[list[float], dict[str, bool], dict[str, list[int]], list[float]]:
    from jikimi.evidence.unpacking import unpack
    from jikimi.flow import acts
    from jikimi.model.alert import Alert, Evidence, Notice, Place
    from jikimi.worker.jobs import work_through

    waits: list[float] = []
    captures: dict[str, bool] = {}
    sizes: dict[str, list[int]] = {"bundle": [], "WACZ": [], "screenshot": [], "PDF": []}
    load = []
    for alert in house.records.find(Alert):
        started = time.perf_counter()
        house.records.apply(acts.decide(house, alert.key, Verdict.CONFIRMED, by="bora"), by="bora")
        places = house.records.find(Place, parent=alert.key)
        while not all(house.records.find(Notice, parent=place.key) for place in places):
            work_through(house)  # more than once where the browser was too slow and is tried again
            time.sleep(0.05)
        waits.append(time.perf_counter() - started)
        load.append(os.getloadavg()[0])
        print(f"{len(waits):4} {waits[-1]:7.2f} s   load {load[-1]:.1f}", flush=True)
        for place in places:
            (evidence,) = house.records.find(Evidence, parent=place.key)
            captures[place.key] = evidence.capture == "browser"
            files = unpack(evidence.bag)
            sizes["bundle"].append(len(evidence.bag))
            for name, path in PARTS:
                sizes[name].append(len(files.get(f"data/{path}", b"")))
    return waits, captures, sizes, load


def share(values: Sequence[float], part: float) -> float:
    """Return the smallest value that this share of all does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


if __name__ == "__main__":
    main()
