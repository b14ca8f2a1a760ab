"""A real browser looks at pages on loopback: what is noted, what is hidden, what happens when it hangs."""

import base64
import io
import os
import select
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import BoundedSemaphore, Event, Thread

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from PIL import Image
from playwright.sync_api import sync_playwright

from jikimi.media.addresses import AddressPolicy
from jikimi.media.camera import ChromiumCamera, find_chromium, scrap_folder
from jikimi.media.family import descendants
from jikimi.model.capture import Capture, CaptureKind
from jikimi.model.errors import BadMedia, Blocked, Busy, TryLater

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
]

SHARP = np.kron(np.indices((12, 16)).sum(axis=0) % 2, np.ones((20, 20), np.uint8)).astype(np.uint8) * 255
"""Red and white squares: sharp edges and a colour that nothing else on the pages has."""


def squares(form: str = "PNG") -> bytes:
    rgb = np.stack([np.full_like(SHARP, 255), SHARP, SHARP], axis=2)
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, form, quality=95)
    return out.getvalue()


POLL = 0.02  # seconds until a server hears that it shall end; half a second otherwise
PICTURE = squares()
JPEG = squares("JPEG")


@dataclass
class Site:
    """A site on loopback: path → (type, body) or a function that talks for itself."""

    pages: dict[str, tuple[str, bytes] | Callable[[BaseHTTPRequestHandler], None]] = field(
        default_factory=dict
    )
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site({"/p.png": ("image/png", PICTURE), "/p.jpg": ("image/jpeg", JPEG)})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            page = site.pages.get(self.path)
            if callable(page):
                page(self)
                return
            kind, body = page or ("text/plain", b"nothing")
            self.send_response(200 if page else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    site.port = server.server_port
    thread = Thread(target=server.serve_forever, args=(POLL,))
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def camera(site: Site) -> Callable[..., ChromiumCamera]:
    def build(**wishes: object) -> ChromiumCamera:
        assert CHROMIUM is not None
        policy = AddressPolicy(frozenset({("127.0.0.1", site.port)}))
        options = {"deadline": timedelta(seconds=60), "is_boxed": os.geteuid() != 0} | wishes
        return ChromiumCamera(CHROMIUM, policy, "jikimi-test", **options)  # type: ignore[arg-type]  # wishes

    return build


def html(body: str, head: str = "") -> tuple[str, bytes]:
    return "text/html; charset=utf-8", f"<!doctype html><title>t</title>{head}{body}".encode()


def red_pixels(png: bytes) -> int:
    """Return how many pixels have the picture's colour: 0 when every box is grey or black."""
    rgb = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
    return int(((rgb[:, :, 0] - rgb[:, :, 1]) > 24).sum())


def pictures_in(pdf: bytes) -> int:
    return pdf.count(b"/Subtype /Image") + pdf.count(b"/Subtype/Image")


def test_a_page_is_noted_with_its_exchanges_and_holds_no_picture(
    site: Site, camera: Callable[..., ChromiumCamera]
) -> None:
    site.pages["/"] = html("<h1>글</h1><p>본문 hello</p><img src=/p.png><script>fetch('/x.json')</script>")
    site.pages["/x.json"] = ("application/json", b'{"a": 1}')
    capture = camera().capture(site.url("/"), is_covered=False)
    assert capture.kind is CaptureKind.BROWSER
    assert capture.tool.startswith("Chromium ")
    assert "본문 hello" in capture.text
    kinds = {exchange.url.rpartition("/")[2]: exchange for exchange in capture.exchanges}
    assert kinds["x.json"].body == b'{"a": 1}'
    picture = kinds["p.png"]
    assert (picture.body, picture.size, picture.sha256) == (
        None,
        len(PICTURE),
        sha256(PICTURE).hexdigest(),
    )
    assert all(exchange.server == "127.0.0.1" for exchange in capture.exchanges if exchange.status)
    assert dict(kinds[""].headers)["content-type"] == "text/html; charset=utf-8"
    assert dict(kinds[""].request_headers)["user-agent"].endswith("jikimi-test")
    assert any("decoded" in note for note in capture.notes)
    assert any("--no-sandbox" in note for note in capture.notes) is (os.geteuid() == 0)
    assert PICTURE not in b"".join(exchange.body or b"" for exchange in capture.exchanges)
    assert capture.screenshot.startswith(b"\x89PNG")
    assert capture.pdf.startswith(b"%PDF")


CLOSED = "<div id=a></div><script>a.attachShadow({mode:'closed'}).innerHTML='<img src=/p.png>'</script>"
FEED = "<svg width=0 height=0><filter id=f x=0 y=0 width=1 height=1><feImage href=/p.png /></filter></svg>"
HIDING: dict[str, str] = {
    "img": "<img src=/p.png>",
    "picture": "<picture><source srcset=/p.png><img src=/p.jpg></picture>",
    "srcset": "<img srcset='/p.png 1x, /p.jpg 2x'>",
    "poster": "<video poster=/p.png width=320 height=240></video>",
    "canvas": "<canvas id=c width=320 height=240></canvas><script>const i=new Image();"
    "i.onload=()=>c.getContext('2d').drawImage(i,0,0);i.src='/p.png'</script>",
    "svg image": "<svg width=320 height=240><image href=/p.png width=320 height=240 /></svg>",
    "svg pattern": "<svg width=320 height=240><defs><pattern id=x width=320 height=240 "
    "patternUnits=userSpaceOnUse><image href=/p.png width=320 height=240 /></pattern></defs>"
    "<rect width=320 height=240 fill='url(#x)'/></svg>",
    "background": "<div style='width:320px;height:240px;background:url(/p.png)'>words</div>",
    "background important": "<style>#d{background:url(/p.png)!important}</style>"
    "<div id=d style='width:320px;height:240px'></div>",
    "layer important": "<style>@layer a{#d{background:url(/p.png)!important}}</style>"
    "<div id=d style='width:320px;height:240px'></div>",
    "before": "<style>#d::before{content:url(/p.png)}</style><div id=d>x</div>",
    "before background": "<style>#d::before{content:'';display:block;width:320px;height:240px;"
    "background:url(/p.png)!important}</style><div id=d></div>",
    "before important": "<style>#d::before{content:url(/p.png)!important}</style><div id=d>x</div>",
    "paper only": "<style>@media print{#d{width:320px;height:240px;background:url(/p.png)!important}"
    "#d::after{content:url(/p.png)!important}}</style><div id=d>x</div>",
    "animated background": "<style>@keyframes k{0%,10%{background:none}11%,100%{background:url(/p.png)}}"
    "#d{width:320px;height:240px;animation:k 2s infinite}</style><div id=d></div>",
    "content": "<style>#d{content:url(/p.png)}</style><div id=d></div>",
    "border": "<div style='width:200px;height:200px;border:60px solid;border-image:url(/p.png) 60'></div>",
    "list": "<ul style='list-style-image:url(/p.png);font-size:90px;margin:0 0 0 400px'><li>x</ul>",
    "object": "<object data=/p.png width=320 height=240></object>",
    "embed": "<embed src=/p.png width=320 height=240>",
    "input": "<form><input type=image src=/p.png></form>",
    "frame of a picture": "<iframe src=/p.png width=400 height=300></iframe>",
    "frame": "<iframe srcdoc=\"<img src='/p.png'>\" width=400 height=300></iframe>",
    "frame in a frame": "<iframe srcdoc=\"<iframe srcdoc='&lt;img src=/p.png&gt;' width=380 height=280>"
    '</iframe>" width=400 height=300></iframe>',
    "data address": "<img id=i><script>fetch('/p.png').then(r=>r.blob()).then(b=>{const f=new FileReader();"
    "f.onload=()=>i.src=f.result;f.readAsDataURL(b)})</script>",
    "blob": "<img id=i><script>fetch('/p.png').then(r=>r.blob()).then(b=>i.src=URL.createObjectURL(b))"
    "</script>",
    "open shadow": CLOSED.replace("closed", "open"),
    "closed shadow": CLOSED,
    "declared closed shadow": "<div><template shadowrootmode=closed><img src=/p.png></template></div>",
    "stubborn script": "<img id=i src=/p.png><script>setInterval(()=>i.style.setProperty('filter','none',"
    "'important'),1)</script>",
    "animation": "<style>@keyframes k{from,to{filter:none;opacity:1}}img{animation:k 1s infinite}</style>"
    "<img src=/p.png>",
    "replaced functions": "<img src=/p.png>"
    "<div style='width:320px;height:240px;background:url(/p.png)'></div>"
    "<script>Element.prototype.matches=()=>false;CSSStyleDeclaration.prototype.setProperty=()=>{};"
    "CSSStyleSheet.prototype.replaceSync=()=>{};document.querySelectorAll=()=>[];"
    "Element.prototype.querySelectorAll=()=>[];window.getComputedStyle=()=>({getPropertyValue:()=>''})</script>",
    "replaced functions in a frame": "<iframe srcdoc=\"<img src='/p.png'><script>Element.prototype.matches="
    '()=>false;CSSStyleDeclaration.prototype.setProperty=()=>{}</script>" width=400 height=300></iframe>',
    "replaced functions over a closed shadow": "<div><template shadowrootmode=closed>"
    "<img src=/p.png></template></div>"
    "<iframe srcdoc=\"<div><template shadowrootmode=closed><img src='/p.png'></template></div>"
    '<script>CSSStyleDeclaration.prototype.setProperty=()=>{}</script>" width=400 height=300></iframe>'
    "<script>CSSStyleDeclaration.prototype.setProperty=()=>{}</script>",
    "important filter": "<style>#i{filter:none!important}</style><img id=i src=/p.png>",
    "first letter": "<style>p::first-letter{font-size:200px;background:url(/p.png)}</style><p>W words</p>",
    "filter": FEED + "<div style='width:320px;height:240px;filter:url(#f)'>x</div>",
    "filter important": FEED + "<style>#d{filter:url(#f)!important}</style>"
    "<div id=d style='width:320px;height:240px'>x</div>",
    "filter behind": FEED + "<div style='width:320px;height:240px;backdrop-filter:url(#f)'>x</div>",
    "filter before": FEED + "<style>#d::before{content:'';display:block;width:320px;height:240px;"
    "filter:url(#f)!important}</style><div id=d></div>",
    "marker": "<style>li::marker{content:url(/p.png)!important}</style>"
    "<ul style='margin-left:400px'><li>x</ul>",
    "slider": "<style>input{-webkit-appearance:none;width:320px;height:240px}"
    "input::-webkit-slider-runnable-track{height:240px;background:url(/p.png)!important}"
    "</style><input type=range>",
    "slider thumb": "<style>"
    "input,input::-webkit-slider-thumb{-webkit-appearance:none;width:320px;height:240px}"
    "input::-webkit-slider-thumb{background:url(/p.png)!important}</style><input type=range>",
    "progress": "<style>progress{-webkit-appearance:none;width:320px;height:240px}"
    "progress::-webkit-progress-bar,progress::-webkit-progress-value{background:url(/p.png)!important}"
    "</style><progress value=.5></progress>",
    "meter": "<style>meter{-webkit-appearance:none;width:320px;height:240px}"
    "meter::-webkit-meter-bar,meter::-webkit-meter-optimum-value{background:url(/p.png)!important}"
    "</style><meter value=.5></meter>",
    "details": "<style>details::details-content{height:240px;background:url(/p.png)!important}</style>"
    "<details open><summary>s</summary>x</details>",
    "scrollbar": "<style>#d{width:320px;height:240px;overflow:scroll}#d::-webkit-scrollbar{width:200px}"
    "#d::-webkit-scrollbar-track{background:url(/p.png)!important}</style>"
    "<div id=d><p style='height:900px'>x</div>",
    "page margin": "<style>@page{margin:200px;@top-left{content:url(/p.png)}"
    "@bottom-center{content:'x';background:url(/p.png)}}</style><p>x",
    "page margin in a medium": "<style>@media print{@page{margin:200px;@top-left{content:url(/p.png)}}}"
    "</style><p>x",
    "mask and reflection": "<img src=/p.png style='-webkit-box-reflect:below 1px'>",
}


@pytest.mark.slow
def test_every_way_to_show_a_picture_is_hidden_in_the_screenshot_and_absent_from_the_pdf(
    site: Site, camera: Callable[..., ChromiumCamera]
) -> None:
    seen: dict[str, Capture] = {}
    for number, (name, body) in enumerate(HIDING.items()):
        site.pages[f"/{number}"] = html(body)
        seen[name] = camera().capture(site.url(f"/{number}"), is_covered=False)
    assert [name for name, one in seen.items() if not one.screenshot] == []
    assert {
        name: red_pixels(one.screenshot) for name, one in seen.items() if red_pixels(one.screenshot)
    } == {}
    assert [name for name, one in seen.items() if pictures_in(one.pdf)] == []


SCALED: dict[str, str] = {
    "as it is": "<img src=/p.png>",
    "parent made small": "<div style='transform:scale(.1);transform-origin:0 0'>"
    "<img src=/p.png width=3200 height=2400></div>",
    "zoom": "<div style='zoom:.1'><img src=/p.png width=3200 height=2400></div>",
    "scale": "<img src=/p.png width=3200 height=2400 style='scale:.1;transform-origin:0 0'>",
    "very large": "<div style='transform:scale(.02);transform-origin:0 0'>"
    "<img src=/p.png width=16000 height=12000></div>",
    "drawing": "<div style='transform:scale(.1);transform-origin:0 0'><svg width=3200 height=2400>"
    "<image href=/p.png width=3200 height=2400 /></svg></div>",
    "box without size": "<img src=/p.png style='width:0;height:0;object-fit:none;overflow:visible'>",
}


@pytest.mark.parametrize("body", SCALED.values(), ids=SCALED)
def test_a_scaled_picture_is_blurred_as_much_as_any_other(
    site: Site, camera: Callable[..., ChromiumCamera], body: str
) -> None:
    site.pages["/"] = html(f"<style>body{{margin:0;overflow:hidden}}</style>{body}")
    shown = Image.open(io.BytesIO(camera().capture(site.url("/"), is_covered=False).screenshot))
    middle = np.asarray(shown.convert("L")).astype(int)[80:160, 100:220]
    assert np.ptp(middle) < 16


def test_the_measures_see_a_picture_that_is_not_hidden() -> None:
    assert red_pixels(PICTURE) > 20_000
    shown = base64.b64encode(JPEG).decode()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        page = browser.new_page()
        page.set_content(f"<img src='data:image/jpeg;base64,{shown}'>")
        assert pictures_in(page.pdf()) == 1
        assert red_pixels(page.screenshot()) > 20_000
        browser.close()


def test_the_black_cover_leaves_no_shade(site: Site, camera: Callable[..., ChromiumCamera]) -> None:
    site.pages["/"] = html("<style>body{margin:0}</style><img src=/p.png>")
    png = camera().capture(site.url("/"), is_covered=True).screenshot
    box = np.asarray(Image.open(io.BytesIO(png)).convert("L"))[:240, :320]
    assert box.max() == 0


def test_the_blur_keeps_no_edge(site: Site, camera: Callable[..., ChromiumCamera]) -> None:
    site.pages["/"] = html("<style>body{margin:0}</style><img src=/p.png>")
    png = camera().capture(site.url("/"), is_covered=False).screenshot
    box = np.asarray(Image.open(io.BytesIO(png)).convert("L")).astype(int)[20:220, 20:300]
    assert np.abs(np.diff(box, axis=1)).max() <= 4  # of 255; the squares' edges are about 180


def test_an_address_that_answers_with_the_picture_itself_is_not_drawn(
    site: Site, camera: Callable[..., ChromiumCamera]
) -> None:
    capture = camera().capture(site.url("/p.png"), is_covered=False)
    assert (capture.screenshot, capture.pdf) == (b"", b"")
    assert any("other than a page" in note for note in capture.notes)
    assert capture.exchanges[0].body is None


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "chrome://version", "ftp://a.example/", "data:text/html,x"]
)
def test_only_web_addresses_are_opened(camera: Callable[..., ChromiumCamera], url: str) -> None:
    with pytest.raises(Blocked):
        camera().capture(url, is_covered=False)


def redirect(to: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


@pytest.mark.parametrize(
    "to", ["file:///etc/passwd", "http://127.0.0.1:9/", "http://169.254.169.254/", "http://127.0.0.2/"]
)
def test_a_redirect_to_a_file_or_inside_is_refused(
    site: Site, camera: Callable[..., ChromiumCamera], to: str
) -> None:
    site.pages["/"] = redirect(to)
    with pytest.raises(Blocked):
        camera().capture(site.url("/"), is_covered=False)


def test_redirects_are_hops(site: Site, camera: Callable[..., ChromiumCamera]) -> None:
    site.pages["/go"], site.pages["/"] = redirect("/"), html("here")
    capture = camera().capture(site.url("/go"), is_covered=False)
    assert capture.hops == (site.url("/go"), site.url("/"))
    assert [exchange.status for exchange in capture.exchanges][:2] == [302, 200]


def test_what_a_page_asks_of_inside_addresses_never_arrives(
    site: Site, camera: Callable[..., ChromiumCamera]
) -> None:
    inner = Site({"/": ("text/plain", b"secret")})
    with pytest.MonkeyPatch.context():
        server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
        thread = Thread(target=server.serve_forever, args=(POLL,))
        thread.start()
        inner.port = server.server_port
        site.pages["/"] = html(
            f"<img src='{inner.url('/a')}'><script>fetch('{inner.url('/b')}').catch(()=>0);"
            f"new WebSocket('ws://127.0.0.1:{inner.port}/');navigator.sendBeacon('{inner.url('/c')}');"
            "document.title = typeof RTCPeerConnection + typeof navigator.serviceWorker</script>"
        )
        capture = camera().capture(site.url("/"), is_covered=False)
        server.shutdown()
        thread.join()
        server.server_close()
    refused = [visit for visit in capture.visits if visit.port == inner.port]
    assert refused
    assert all(visit.refusal and not visit.address for visit in refused)
    assert capture.title.startswith("undefined")
    failed = [one for one in capture.exchanges if one.url.startswith(inner.url("/"))]
    assert failed
    assert all(one.status == 0 and one.failure for one in failed)


def test_a_download_is_no_page(site: Site, camera: Callable[..., ChromiumCamera]) -> None:
    def file(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/zip")
        handler.send_header("Content-Disposition", "attachment; filename=a.zip")
        handler.send_header("Content-Length", "3")
        handler.end_headers()
        handler.wfile.write(b"PK!")

    site.pages["/"] = file
    with pytest.raises(BadMedia, match="a file or nothing"):
        camera().capture(site.url("/"), is_covered=False)


def test_dialogs_and_new_windows_do_not_stop_it(site: Site, camera: Callable[..., ChromiumCamera]) -> None:
    site.pages["/"] = html(
        "<p>after</p><script>alert('a');confirm('b');prompt('c');window.open('/x');"
        "window.onbeforeunload=()=>'stay';document.body.append('done')</script>"
    )
    capture = camera().capture(site.url("/"), is_covered=False)
    assert "done" in capture.text
    assert any("dialog" in step.what for step in capture.steps)


def test_a_page_that_never_ends_is_taken_as_it_is(site: Site, camera: Callable[..., ChromiumCamera]) -> None:
    over = Event()

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        handler.wfile.write(b"<!doctype html><p>beginning</p>" + b" " * 2000)
        handler.wfile.flush()
        over.wait(120)

    site.pages["/"] = endless
    try:
        capture = camera(deadline=timedelta(seconds=90)).capture(site.url("/"), is_covered=False)
    finally:
        over.set()
    assert "beginning" in capture.text
    assert any("did not reach" in step.what for step in capture.steps)


def test_a_huge_page_is_cut_off_and_says_so(site: Site, camera: Callable[..., ChromiumCamera]) -> None:
    site.pages["/"] = html("<p>words</p><img src=/large>")
    site.pages["/large"] = ("image/png", b"\x89PNG" + bytes(3_000_000))
    capture = camera(most_bytes=1_000_000).capture(site.url("/"), is_covered=False)
    assert any("cut off" in note for note in capture.notes)
    assert "words" in capture.text


def test_a_tall_page_gives_a_screenshot_of_bounded_height(
    site: Site, camera: Callable[..., ChromiumCamera]
) -> None:
    site.pages["/"] = html("<div style='height:200000px'>tall</div>")
    capture = camera().capture(site.url("/"), is_covered=False)
    assert Image.open(io.BytesIO(capture.screenshot)).size == (1280, 12_000)


@dataclass(frozen=True)
class Traces:
    """What the browsers of one test leave: processes and files. Those of others are not looked at."""

    folder: Path
    others: frozenset[int]

    def processes(self) -> set[int]:
        """Return what descends from us since the test began, and what names the folder, whoever holds it."""
        mark = os.fsencode(self.folder)
        naming = {
            int(one.name)
            for one in Path("/proc").iterdir()
            if one.name.isdigit() and any(mark in said(one / what) for what in ("cmdline", "environ"))
        }
        return naming | set(descendants(os.getpid())) - self.others

    def left(self) -> tuple[set[int], list[Path]]:
        return self.processes(), list(self.folder.iterdir())


def said(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # it has just ended
        return b""


NOTHING: tuple[set[int], list[Path]] = (set(), [])


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> Iterator[Traces]:
    with tempfile.TemporaryDirectory(prefix="jikimi-camera-", dir=scrap_folder()) as folder:
        monkeypatch.setattr("jikimi.media.camera.scrap_folder", lambda: Path(folder))
        yield Traces(Path(folder), frozenset(descendants(os.getpid())))


def test_a_browser_that_hangs_is_ended_with_everything_it_started(
    site: Site, camera: Callable[..., ChromiumCamera], traces: Traces
) -> None:
    over = Event()
    site.pages["/"] = lambda _handler: over.wait(120)  # type: ignore[assignment,return-value]  # says nothing
    try:
        with pytest.raises(TryLater):
            camera(deadline=timedelta(seconds=4)).capture(site.url("/"), is_covered=False)
    finally:
        over.set()
    assert traces.left() == NOTHING


def test_a_script_that_spins_for_ever_is_ended_too(
    site: Site, camera: Callable[..., ChromiumCamera], traces: Traces
) -> None:
    site.pages["/"] = html("<p>x</p><script>for(;;);</script>")
    with pytest.raises(TryLater):
        camera(deadline=timedelta(seconds=8)).capture(site.url("/"), is_covered=False)
    assert traces.left() == NOTHING


def test_a_program_that_is_no_browser_is_said_to_fail(site: Site, tmp_path: Path) -> None:
    script = tmp_path / "chromium"
    script.write_text("#!/bin/sh\nexit 7\n")
    script.chmod(0o755)
    camera = ChromiumCamera(script, AddressPolicy(), "jikimi-test", deadline=timedelta(seconds=30))
    with pytest.raises(TryLater, match="browser failed"):
        camera.capture(site.url("/"), is_covered=False)


def test_a_stopped_browser_process_is_ended_from_outside(
    site: Site, camera: Callable[..., ChromiumCamera], monkeypatch: pytest.MonkeyPatch, traces: Traces
) -> None:
    """Not even its own clock runs: the process is frozen as a whole."""
    real = subprocess.Popen

    class Frozen(real):  # type: ignore[type-arg,misc,valid-type]
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options)  # type: ignore[call-overload]
            os.kill(self.pid, 19)

    monkeypatch.setattr(subprocess, "Popen", Frozen)
    monkeypatch.setattr("jikimi.media.camera.GRACE", 1.0)
    with pytest.raises(TryLater, match="hung"):
        camera(deadline=timedelta(seconds=1)).capture(site.url("/"), is_covered=False)
    assert traces.left() == NOTHING


@pytest.mark.parametrize("part", ["--type=renderer", "--remote-debugging-pipe"])
def test_a_browser_that_crashes_is_collected_and_tried_later(
    site: Site, camera: Callable[..., ChromiumCamera], part: str, traces: Traces
) -> None:
    """The renderer, or the browser itself, is killed while the page loads."""

    def kill(handler: BaseHTTPRequestHandler) -> None:
        for pid in traces.processes():
            with suppress(OSError):
                if part.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, 9)
        handler.send_response(204)
        handler.end_headers()

    site.pages["/"] = html("<p>words</p><script src=/kill></script><p>more</p>")
    site.pages["/kill"] = kill
    with pytest.raises(TryLater) as raised:
        camera().capture(site.url("/"), is_covered=False)
    assert "longer than it may" not in str(raised.value)  # it is not waited for until the deadline
    assert traces.left() == NOTHING


HOUSE = """
import os, subprocess, sys
from datetime import timedelta
from pathlib import Path
from jikimi.media import camera
from jikimi.media.addresses import AddressPolicy

real = subprocess.Popen

class Told(real):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        print(self.pid, flush=True)

subprocess.Popen = Told
folder, port = Path(sys.argv[1]), int(sys.argv[2])
camera.scrap_folder = lambda: folder
opened = camera.ChromiumCamera(
    camera.find_chromium(),
    AddressPolicy(frozenset({("127.0.0.1", port)})),
    "jikimi-test",
    deadline=timedelta(seconds=100),
    is_boxed=os.geteuid() != 0,
)
opened.capture(f"http://127.0.0.1:{port}/", is_covered=False)
"""


@pytest.mark.parametrize("moment", ["as the browser's process starts", "as the page loads"])
def test_a_house_that_is_killed_takes_its_browser_and_its_files_along(
    site: Site, traces: Traces, moment: str
) -> None:
    asked, over = Event(), Event()

    def hang(_handler: BaseHTTPRequestHandler) -> None:
        asked.set()
        over.wait(120)

    site.pages["/"] = hang
    command = [sys.executable, "-c", HOUSE, str(traces.folder), str(site.port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as house:
        assert house.stdout is not None
        started = int(house.stdout.readline())
        if moment == "as the page loads":
            assert asked.wait(60)
        doors = {pid: os.pidfd_open(pid) for pid in {started, *descendants(house.pid)}}
        house.kill()
    try:
        for pid, door in doors.items():
            assert (pid, select.select([door], [], [], 30)[0]) == (pid, [door])
        assert traces.left() == NOTHING
    finally:
        over.set()
        for door in doors.values():
            os.close(door)


def test_more_pages_than_cores_wait_for_their_turn_and_are_not_given_up(
    site: Site, camera: Callable[..., ChromiumCamera], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jikimi.media.camera.TURN_SECONDS", 0.01)
    monkeypatch.setattr("jikimi.media.camera._turns", BoundedSemaphore(1))
    from jikimi.media import camera as module

    with module._turns, pytest.raises(Busy):
        camera().capture(site.url("/"), is_covered=False)
    site.pages["/"] = html("now")
    assert "now" in camera().capture(site.url("/"), is_covered=False).text


def test_without_room_for_its_files_the_browser_is_tried_later(
    site: Site, camera: Callable[..., ChromiumCamera], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("jikimi.media.camera.scrap_folder", lambda: tmp_path / "full")
    with pytest.raises(TryLater, match="Check disk"):
        camera().capture(site.url("/"), is_covered=False)


def test_an_encrypted_page_tells_its_servers_certificate(certificate: Path) -> None:
    assert CHROMIUM is not None
    parsed = x509.load_pem_x509_certificate(certificate.read_bytes())
    spki = parsed.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pinned = base64.b64encode(sha256(spki).digest()).decode()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<p>encrypted</p>")

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, args=(POLL,))
    thread.start()
    policy = AddressPolicy(frozenset({("127.0.0.1", server.server_port)}))
    camera = ChromiumCamera(CHROMIUM, policy, "jikimi-test", is_boxed=os.geteuid() != 0)
    url = f"https://127.0.0.1:{server.server_port}/"
    try:
        with pytest.raises(Blocked, match="certificate"):
            camera.capture(url, is_covered=False)
        trusting = replace(camera, switches=(f"--ignore-certificate-errors-spki-list={pinned}",))
        capture = trusting.capture(url, is_covered=False)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert "encrypted" in capture.text
    (facts,) = capture.tls
    assert facts.host == f"127.0.0.1:{server.server_port}"
    assert facts.protocol.startswith("TLS")
    assert facts.certificate_sha256 == parsed.fingerprint(SHA256()).hex()
    assert facts.valid_to == parsed.not_valid_after_utc
    assert capture.exchanges[0].server == "127.0.0.1"
