"""A reader captured by a hostile file gets nowhere, and costs that file only."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import numpy as np
import pytest
from drawn import png
from hostile import DEADLY, TRIED, Hostile, marked

from jikimi.media.sandbox import SandboxPool, sandbox_posture
from jikimi.model.errors import BadMedia

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module", autouse=True)
def _locks(pool: SandboxPool) -> None:
    posture = pool.posture()
    if not (posture.landlock and posture.seccomp):
        pytest.skip(f"this kernel lacks locks: {posture.detail}")


@pytest.fixture
def impatient() -> Iterator[SandboxPool]:
    with SandboxPool((Hostile(),), size=1, timeout=timedelta(seconds=4)) as opened:
        yield opened


def test_the_posture_is_what_a_locked_reader_found() -> None:
    posture = sandbox_posture()
    assert (posture.landlock, posture.seccomp, posture.rlimits) == (True, True, True)
    assert posture.detail == "all locks hold"


@pytest.mark.parametrize("attack", TRIED)
def test_a_captured_reader_is_refused_everything(pool: SandboxPool, jpeg: bytes, attack: str) -> None:
    (answer,) = pool.inspect(marked(jpeg, attack)).fingerprints
    assert answer.value in {b"PermissionError", b"OSError", b"RuntimeError", b"ValueError"}


def test_a_reader_knows_no_secrets_and_holds_one_line(jpeg: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIKIMI_SECRET", "never to be seen")
    with SandboxPool((Hostile(),), size=1) as pool:
        (answer,) = pool.inspect(marked(jpeg, "describe")).fingerprints
    environment, _, doors = answer.value.decode().split(";")
    assert "JIKIMI_SECRET" not in environment
    assert doors == "0,1,2,3"


REASONS = {
    "segfault": r"crashed on this file \(SIGSEGV\)",
    "abort": r"crashed on this file \(SIGABRT\)",
    "exit": r"crashed on this file \(exit 7\)",
    "take 8 GiB": "more memory than one file may take",
    "fail": r"the reader failed on this file \(KeyError in hostile.py:\d+\)",
    "babble": "no sensible answer",
    "flood": "no sensible answer",
    "slander": "no sensible answer",
    "forge": "no sensible answer",
}


@pytest.mark.parametrize("attack", REASONS)
def test_a_file_that_ends_its_reader_is_bad_media_and_the_next_is_read(
    pool: SandboxPool, jpeg: bytes, attack: str
) -> None:
    with pytest.raises(BadMedia, match=REASONS[attack]):
        pool.inspect(marked(jpeg, attack))
    for _ in range(3):
        assert pool.inspect(jpeg).format == "JPEG"


def test_a_file_that_never_ends_is_given_up_and_the_next_is_read(impatient: SandboxPool, jpeg: bytes) -> None:
    assert "loop" in DEADLY
    with pytest.raises(BadMedia, match="took longer than 4 s to read"):
        impatient.inspect(marked(jpeg, "loop"))
    assert impatient.inspect(jpeg).format == "JPEG"


def test_a_picture_that_needs_too_much_memory_is_bad_media(jpeg: bytes) -> None:
    wide = png(8000, 8000, bytes(8001 * 8000))
    with SandboxPool((), size=1, memory_bytes=48 * 2**20) as pool:
        with pytest.raises(BadMedia, match="more memory than one file may take"):
            pool.inspect(wide)
        assert pool.inspect(jpeg).format == "JPEG"


def test_of_sixty_files_only_the_one_that_crashes_fails(pool: SandboxPool, jpeg: bytes) -> None:
    bodies = [jpeg] * 60
    bodies[23] = marked(jpeg, "segfault")

    def outcome(body: bytes) -> str:
        try:
            return pool.inspect(body).format
        except BadMedia:
            return "bad"

    with ThreadPoolExecutor(6) as threads:
        outcomes = list(threads.map(outcome, bodies))
    assert outcomes == ["JPEG"] * 23 + ["bad"] + ["JPEG"] * 36


def test_a_rendering_holds_pixels_and_nothing_else(pool: SandboxPool) -> None:
    rows = np.zeros((40, 61), np.uint8)
    rows[:, 20:] = 200
    copy = pool.render(png(60, 40, rows.tobytes()), 30)
    assert copy.startswith(b"\xff\xd8\xff")
    assert b"Exif" not in copy


def test_a_crash_between_two_files_costs_neither(pool: SandboxPool, jpeg: bytes) -> None:
    (answer,) = pool.inspect(marked(jpeg, "describe")).fingerprints
    os.kill(int(answer.value.decode().split(";")[1]), signal.SIGKILL)
    assert [pool.inspect(jpeg).format for _ in range(4)] == ["JPEG"] * 4
