"""A real browser fills in a real form on this machine, and stops wherever a person is wanted."""

import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from jikimi.media.addresses import AddressPolicy, parse_allowed
from jikimi.media.forms import BrowserForms
from jikimi.media.way_out import way_out
from jikimi.model.errors import Blocked, InDoubt, JikimiError, NeedsHuman, TryLater
from jikimi.model.ports import FilledForm

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
]

FORM = """<!doctype html><meta charset="utf-8"><title>신고</title>
<form method="post" action="/send">{extra}
<label>주소 <input id="url" name="url" required></label>
<label>내용 <textarea name="body" required></textarea></label>
<label>종류 <select name="kind"><option>선택</option><option>불법촬영물</option></select></label>
<label><input type="checkbox" id="agree" name="agree" required> 동의</label>
<input type="hidden" name="csrf" value="t0k3n"><button id="send">보내기</button></form>"""
OPEN = "<!doctype html><meta charset='utf-8'><p>{}</p>"


@dataclass
class Site:
    """A site with a report form; keeps what was sent to it."""

    extra: str = ""
    answer: str = "신고가 접수되었습니다. 번호 17"
    status: int = 200
    leads_to: str = ""
    port: int = 0
    sent: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if found.leads_to and not self.headers["Host"].startswith("localhost"):
                self.send_response(302)
                self.send_header("Location", found.leads_to)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self._say(FORM.format(extra=found.extra), found.status)

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found.sent.append({name: values[0] for name, values in parse_qs(raw).items()})
            self._say(OPEN.format(found.answer), 200)

        def _say(self, page: str, status: int) -> None:
            body = page.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield found
    server.shutdown()
    thread.join(10)
    server.server_close()


def described(site: Site) -> FilledForm:
    return FilledForm(
        url=f"http://127.0.0.1:{site.port}/report",
        fields=(
            ("#url", "https://board.example/게시판/1"),
            ("textarea[name=body]", "삭제를 요청합니다.\n줄 둘"),
        ),
        choices=(("select[name=kind]", "불법촬영물"),),
        ticks=("#agree",),
        button="#send",
        done="접수되었습니다",
        refused="거절되었습니다",
    )


def browser(site: Site, seconds: float = 20.0) -> BrowserForms:
    """Return the real thing, which may visit this site and nothing else."""
    program = Path(str(CHROMIUM))
    patience = timedelta(seconds=seconds)
    policy = AddressPolicy(parse_allowed(f"127.0.0.1:{site.port}"))
    out = partial(way_out, policy, lambda: datetime.now(UTC))
    return BrowserForms(out, program, patience=patience, is_sandboxed=os.getuid() != 0)


def test_a_described_form_is_filled_in_and_sent_once(site: Site) -> None:
    said = browser(site).fill(described(site))
    assert said == "신고가 접수되었습니다. 번호 17"
    (sent,) = site.sent
    assert sent["url"] == "https://board.example/게시판/1"
    assert sent["body"].replace("\r\n", "\n") == "삭제를 요청합니다.\n줄 둘"
    assert (sent["kind"], sent["agree"], sent["csrf"]) == ("불법촬영물", "on", "t0k3n")


@pytest.mark.parametrize(
    ("extra", "why"),
    [
        ('<div class="g-recaptcha"></div>', "asks whether you are human"),
        ('<img src="/captcha.png"><input name="captcha_code">', "asks whether you are human"),
        ('<label>비밀번호 <input type="password" name="p"></label>', "asks for a sign-in"),
        (
            '<label>신분증 번호 <input name="id" required></label>',
            "asks for what nobody described: 신분증 번호",
        ),
        ('<label>파일 <input type="file" name="f" aria-required="true"></label>', "nobody described: 파일"),
    ],
)
def test_whatever_needs_a_person_is_left_to_one_and_nothing_is_sent(site: Site, extra: str, why: str) -> None:
    site.extra = extra
    with pytest.raises(NeedsHuman, match=why):
        browser(site).fill(described(site))
    assert site.sent == []


def test_a_field_that_is_gone_asks_for_a_new_description(site: Site) -> None:
    form = replace(described(site), fields=(("#address", "x"),))
    with pytest.raises(NeedsHuman, match="has no #address any more"):
        browser(site).fill(form)
    assert site.sent == []


def test_a_page_that_says_no_is_a_refusal_and_one_that_says_nothing_is_in_doubt(site: Site) -> None:
    site.answer = "신고가 거절되었습니다."
    with pytest.raises(Blocked, match="거절되었습니다"):
        browser(site).fill(described(site))
    site.answer = "..."
    with pytest.raises(InDoubt, match="was sent, but the page did not say"):
        browser(site, 2.0).fill(described(site))
    assert len(site.sent) == 2


@pytest.mark.parametrize(("status", "expected"), [(404, NeedsHuman), (503, TryLater), (403, NeedsHuman)])
def test_a_form_that_does_not_open_sends_nothing(
    site: Site, status: int, expected: type[JikimiError]
) -> None:
    site.status = status
    with pytest.raises(expected):
        browser(site).fill(described(site))
    assert site.sent == []


def test_a_closed_door_is_tried_later_and_other_schemes_are_refused(site: Site) -> None:
    with pytest.raises(TryLater):
        browser(site).fill(replace(described(site), url="http://127.0.0.1:9/"))
    with pytest.raises(Blocked):
        browser(site).fill(replace(described(site), url="file:///etc/hostname"))


def test_the_browser_reaches_nothing_that_the_guarded_way_out_refuses(site: Site) -> None:
    nothing_allowed = partial(way_out, AddressPolicy(), lambda: datetime.now(UTC))
    forms = BrowserForms(nothing_allowed, Path(str(CHROMIUM)), is_sandboxed=os.getuid() != 0)
    with pytest.raises(NeedsHuman, match="does not open for us"):
        forms.fill(described(site))
    assert site.sent == []


def test_a_form_that_leads_to_another_site_is_left_to_a_person(site: Site) -> None:
    site.leads_to = f"http://localhost:{site.port}/report"
    with pytest.raises(NeedsHuman, match="leads to localhost"):
        browser(site).fill(described(site))
    assert site.sent == []
