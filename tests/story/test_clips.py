"""Clips, their stills and their sound meet in one search, through the locked-down readers."""

import io
from collections.abc import Iterator

import av
import numpy as np
import pytest

from jikimi.app.engine import empty_vault, open_sandbox
from jikimi.flow.keeping import kept_of
from jikimi.media.moving_specimen import draw_clip
from jikimi.media.sandbox import SandboxPool
from jikimi.media.specimen import encode_jpeg
from jikimi.model.fingerprint import Effort, Kind, Tier
from jikimi.model.ports import IndexEntry, Vault


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxPool]:
    with open_sandbox(1) as pool:
        yield pool


@pytest.fixture(scope="module")
def clip() -> bytes:
    return draw_clip(3, seconds=16)


@pytest.fixture(scope="module")
def vault(sandbox: SandboxPool, clip: bytes) -> Vault:
    bank = empty_vault()
    bodies = {"ours": clip, "other": draw_clip(4, seconds=16)}
    bank.apply(
        [
            IndexEntry(
                number, name, f"case {name}", kept_of(sandbox.inspect(body, Effort.REFERENCE).fingerprints)
            )
            for number, (name, body) in enumerate(bodies.items(), start=1)
        ]
    )
    return bank


def still_of(clip: bytes, number: int) -> bytes:
    with av.open(io.BytesIO(clip)) as opened:
        for place, frame in enumerate(opened.decode(video=0)):
            if place == number:
                return encode_jpeg(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
    raise AssertionError("the clip is shorter")


def test_a_clip_made_anew_is_found_with_its_seconds(sandbox: SandboxPool, vault: Vault) -> None:
    seen = sandbox.inspect(draw_clip(3, seconds=16, width=320, height=214))
    assert seen.kind is Kind.VIDEO
    assert seen.seconds == pytest.approx(16, abs=0.5)
    first, *_ = vault.search(seen.fingerprints)
    assert first.reference == "ours"
    assert first.tier is not Tier.POSSIBLE
    begin, end = first.how.reference_span
    assert 0 <= begin < end <= 17


def test_a_still_of_a_clip_is_found_as_a_picture(sandbox: SandboxPool, vault: Vault, clip: bytes) -> None:
    found = vault.search(sandbox.inspect(still_of(clip, 125)).fingerprints)
    assert [one.reference for one in found][:1] == ["ours"]


def test_an_unknown_clip_finds_nothing(sandbox: SandboxPool, vault: Vault) -> None:
    assert vault.search(sandbox.inspect(draw_clip(9, seconds=16)).fingerprints) == []
