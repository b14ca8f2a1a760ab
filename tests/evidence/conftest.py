"""One place, its page and its medium, and a centre that signs: what every test here seals."""

import importlib.util
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest

from jikimi.evidence.bag import seal
from jikimi.evidence.export import stamped_content
from jikimi.evidence.signing import CmsSealer, create_identity
from jikimi.evidence.stamper import HttpStamper
from jikimi.evidence.unpacking import unpack
from jikimi.media.addresses import AddressPolicy
from jikimi.media.post import GuardedPoster
from jikimi.model.alert import Evidence, Place
from jikimi.model.capture import Capture, CaptureKind, Collector, Done, Exchange, TlsFacts, Visit
from jikimi.model.custody import Stamp
from jikimi.model.fingerprint import Fingerprint, How, Orientation, Tier
from jikimi.model.ports import Fetched
from jikimi.model.post import Secret

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
COLLECTOR = Collector("jikimi 0.1.0", "system clock; not compared", "a line of the tests")
MEDIUM = b"\xff\xd8\xff\xe0" + Random(7).randbytes(40_000)
PAGE = "<html><body><p>게시글</p><img src='https://img.example/a.jpg'></body></html>".encode()


@pytest.fixture(scope="session")
def identity() -> tuple[bytes, bytes]:
    # From today: openssl looks at the machine's own clock.
    return create_identity("시험 지원센터", lambda: datetime.now(UTC))


@pytest.fixture(scope="session")
def sealer(identity: tuple[bytes, bytes]) -> CmsSealer:
    return CmsSealer(*identity)


@pytest.fixture
def collector() -> Collector:
    return COLLECTOR


@pytest.fixture
def medium() -> Fetched:
    url = "https://img.example/a.jpg"
    headers = (("content-type", "image/jpeg"), ("etag", '"5"'))
    return Fetched(url, (url,), "192.0.2.7", 200, headers, MEDIUM, NOW)


@pytest.fixture
def page() -> Fetched:
    hops = ("https://board.example/go/1", "https://board.example/1")
    headers = (("content-type", "text/html; charset=utf-8"), ("server", "board"))
    return Fetched(hops[-1], hops, "192.0.2.8", 200, headers, PAGE, NOW)


@pytest.fixture
def place() -> Place:
    return Place(
        case="c" * 32,
        alert="a" * 32,
        reference="f" * 32,
        watch="board",
        post="e" * 32,
        part=0,
        post_url="https://board.example/go/1",
        media_url="https://img.example/a.jpg",
        author="poster-9",
        text="본문 \udc80",
        sha256=bytes(range(32)),
        fingerprints=(
            Fingerprint("pdq", b"\x0f" * 32, 88, orientation=Orientation.MIRRORED),
            Fingerprint("sha256", bytes(range(32))),
        ),
        tier=Tier.LIKELY,
        score=0.93,
        how=How("pdq", 18, 31, "mirrored"),
        visible_at=NOW,
        seen_at=NOW,
        at=NOW,
        preview=b"preview-bytes",
    )


@pytest.fixture
def evidence(place: Place, page: Fetched, medium: Fetched, sealer: CmsSealer) -> Evidence:
    return seal(place, page, medium, sealer=sealer, clock=lambda: NOW, collector=COLLECTOR)


@pytest.fixture
def files(evidence: Evidence) -> dict[str, bytes]:
    return unpack(evidence.bag)


@pytest.fixture
def sealed(place: Place, sealer: CmsSealer) -> Callable[[Fetched | None, Fetched | None], dict[str, bytes]]:
    def sealed_files(page: Fetched | None, medium: Fetched | None) -> dict[str, bytes]:
        return unpack(seal(place, page, medium, sealer=sealer, clock=lambda: NOW, collector=COLLECTOR).bag)

    return sealed_files


def _authority_module() -> ModuleType:
    """Load the file beside this one; tests are no package."""
    spec = importlib.util.spec_from_file_location("authority", Path(__file__).with_name("authority.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["authority"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def authority_kit() -> ModuleType:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    return _authority_module()


@pytest.fixture(scope="session")
def authority_folder(authority_kit: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tsa")
    authority_kit.prepare(folder)
    return folder


@pytest.fixture
def authority(authority_kit: ModuleType, authority_folder: Path) -> Iterator[Any]:
    with authority_kit.serving(authority_kit.Authority(authority_folder)) as opened:
        yield opened


@pytest.fixture
def stamper(authority: Any) -> Callable[..., HttpStamper]:
    def build(address: str = "", token: str = "", roots: bytes = b"") -> HttpStamper:
        policy = AddressPolicy(frozenset({("127.0.0.1", authority.port)}))
        poster = GuardedPoster(policy, "jikimi-test", lambda: NOW)
        return HttpStamper(Secret(address or authority.url), Secret(token), roots or authority.roots, poster)

    return build


@pytest.fixture
def capture(page: Fetched) -> Capture:
    """What a browser saw of the page: text, a script, a picture by its digest."""
    at = NOW + timedelta(seconds=1)
    picture = sha256(MEDIUM).hexdigest()
    json_text = b'{"a": "' + b"Qk0" * 700 + b'"}'
    json_headers = (("content-type", "application/json"),)
    picture_headers = (("content-type", "image/jpeg"),)
    ask = (("host", "board.example"), ("accept", "*/*"))
    one, two, three = page.url, "https://board.example:8443/x.json?b=1&a=2", "https://img.example/a.jpg"
    whole = sha256(page.body).hexdigest()
    exchanges = (
        Exchange("GET", one, "document", ask, 200, "OK", page.headers, page.body, len(page.body), whole,
                 "192.0.2.8", at),
        Exchange("GET", two, "fetch", ask, 200, "OK", json_headers, json_text, len(json_text),
                 sha256(json_text).hexdigest(), "192.0.2.8", at),
        Exchange("GET", three, "image", ask, 200, "", picture_headers, None, len(MEDIUM), picture,
                 "192.0.2.7", at),
        Exchange("GET", "https://inside.example/", "image", ask, 0, "", (), None, -1, "", "", at, "refused"),
    )  # fmt: skip
    tls = TlsFacts("board.example", "TLS 1.3", "Test CA", "board.example", NOW, at, "ab" * 32)
    visit = Visit("board.example", 443, ("192.0.2.8", "192.0.2.9"), "192.0.2.8", "", NOW)
    return Capture(
        kind=CaptureKind.BROWSER,
        tool="Chromium 156",
        url=page.hops[0],
        hops=page.hops,
        title="제목",
        text="본문 words",
        exchanges=exchanges,
        visits=(visit,),
        tls=(tls,),
        steps=(Done(NOW, "answer 200"),),
        notes=("Bodies are as decoded.",),
        screenshot=b"\x89PNG blurred",
        pdf=b"%PDF-1.4 empty",
    )


@pytest.fixture
def captured(
    place: Place, page: Fetched, medium: Fetched, capture: Capture, sealer: CmsSealer, collector: Collector
) -> Evidence:
    """Evidence with everything in it."""
    return seal(place, page, medium, capture=capture, collector=collector, sealer=sealer, clock=lambda: NOW)


@pytest.fixture
def stamped_capture(captured: Evidence, stamper: Callable[..., HttpStamper]) -> Stamp:
    """A real stamp over that evidence."""
    said = stamper().stamp(stamped_content(captured))
    return Stamp(
        case=captured.case,
        place=captured.place,
        evidence=captured.key,
        authority="127.0.0.1",
        reply=said.reply,
        roots=said.roots,
        said_at=said.said_at,
        checked_by=said.checked_by,
        at=NOW,
    )
