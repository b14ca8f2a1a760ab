"""One place, its page and its medium, and a centre that signs: what every test here seals."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

import pytest

from jikimi.evidence.bag import seal
from jikimi.evidence.signing import CmsSealer, create_identity
from jikimi.evidence.verify import unpack
from jikimi.model.alert import Evidence, Place
from jikimi.model.fingerprint import Fingerprint, How, Orientation, Tier
from jikimi.model.ports import Fetched

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
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
    return seal(place, page, medium, sealer=sealer, clock=lambda: NOW, tool="jikimi 0.1.0")


@pytest.fixture
def files(evidence: Evidence) -> dict[str, bytes]:
    return unpack(evidence.bag)


@pytest.fixture
def sealed(place: Place, sealer: CmsSealer) -> Callable[[Fetched | None, Fetched | None], dict[str, bytes]]:
    def sealed_files(page: Fetched | None, medium: Fetched | None) -> dict[str, bytes]:
        return unpack(seal(place, page, medium, sealer=sealer, clock=lambda: NOW, tool="jikimi 0.1.0").bag)

    return sealed_files
