"""The pool keeps serving: readers are recycled, replaced, and die with the house."""

import hashlib
import io
import os
import select
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from drawn import KINDS
from hostile import Hostile, marked
from PIL import Image

from jikimi.media import nursery
from jikimi.media.sandbox import SandboxPool
from jikimi.model.errors import BadMedia, Misconfigured, TryLater
from jikimi.model.ports import Sandbox

SHARED = Path(__file__).parents[4] / "shared" / "testdata" / "pdq" / "misc-images" / "modes"


def pid_of_reader(pool: SandboxPool, jpeg: bytes) -> int:
    (answer,) = pool.inspect(marked(jpeg, "describe")).fingerprints
    return int(answer.value.decode().split(";")[1])


@pytest.mark.parametrize("name", KINDS)
def test_each_format_is_read_behind_the_locks(pool: SandboxPool, name: str) -> None:
    body = KINDS[name]()
    seen = pool.inspect(body)
    assert (seen.format, seen.width, seen.height, seen.frames) == (name, 240, 160, 1)
    assert seen.sha256 == hashlib.sha256(body).digest()
    assert [fingerprint.algorithm for fingerprint in seen.fingerprints] == ["hostile"]
    assert seen.cpu_seconds > 0
    preview = Image.open(io.BytesIO(seen.preview))
    assert (preview.format, preview.mode, preview.size) == ("JPEG", "L", (64, 42))


@pytest.mark.parametrize("name", KINDS)
def test_each_format_is_rendered_behind_the_locks(pool: SandboxPool, name: str) -> None:
    copy = Image.open(io.BytesIO(pool.render(KINDS[name](), 120)))
    assert (copy.format, copy.mode, copy.size) == ("JPEG", "RGB", (120, 80))
    assert len(copy.getexif()) == 0


def test_the_pool_is_a_sandbox(pool: SandboxPool, jpeg: bytes) -> None:
    port: Sandbox = pool
    assert port.inspect(jpeg).format == "JPEG"


def test_the_colour_modes_of_others_are_read_alike(pool: SandboxPool) -> None:
    if not SHARED.is_dir():
        pytest.skip("the shared colour-mode pictures are not here")
    files = sorted(path for path in SHARED.iterdir() if path.suffix in {".jpg", ".png", ".webp"})
    sizes = {(seen.width, seen.height) for seen in (pool.inspect(path.read_bytes()) for path in files)}
    assert len(files) >= 12
    assert len(sizes) == 1


def test_many_threads_share_few_readers(pool: SandboxPool) -> None:
    bodies = [KINDS[name]() for name in KINDS] * 5
    with ThreadPoolExecutor(8) as threads:
        formats = [seen.format for seen in threads.map(pool.inspect, bodies)]
    assert formats == list(KINDS) * 5


def test_a_reader_retires_after_its_share_of_files(jpeg: bytes) -> None:
    with SandboxPool((Hostile(),), size=1, recycle_after=3) as pool:
        pids = [pid_of_reader(pool, jpeg) for _ in range(7)]
    assert pids[0] == pids[1] == pids[2] != pids[3]
    assert pids[3] == pids[4] == pids[5] != pids[6]


def test_a_zygote_that_dies_is_started_again_and_no_file_notices(jpeg: bytes) -> None:
    with SandboxPool((Hostile(),), size=2) as pool:
        old = pool._zygote.pid
        os.kill(old, signal.SIGKILL)
        os.waitid(os.P_PID, old, os.WEXITED | os.WNOWAIT)  # until then its readers may still answer
        assert [pool.inspect(jpeg).format for _ in range(4)] == ["JPEG"] * 4
        assert pool._zygote.pid != old


def test_a_closed_pool_asks_to_come_back_later(jpeg: bytes) -> None:
    with SandboxPool((), size=1) as pool:
        assert pool.inspect(jpeg).fingerprints == ()
    with pytest.raises(TryLater, match="shutting down"):
        pool.inspect(jpeg)


def test_closing_while_files_are_read_frees_every_thread(jpeg: bytes) -> None:
    with ThreadPoolExecutor(3) as threads:
        with SandboxPool((Hostile(),), size=1, timeout=timedelta(seconds=60)) as pool:
            assert pool.inspect(jpeg).format == "JPEG"
            waiting = [threads.submit(pool.inspect, marked(jpeg, "loop")) for _ in range(3)]
        for file in waiting:
            assert isinstance(file.exception(30), TryLater)


def test_a_file_larger_than_the_limit_is_not_even_sent(pool: SandboxPool) -> None:
    with pytest.raises(BadMedia, match="larger than 64 MB"):
        pool.inspect(bytes(64 * 2**20 + 1))


class Unwelcome(Hostile):
    """Cannot be loaded again: pickles into a call that fails."""

    def __reduce__(self) -> tuple[type[int], tuple[str]]:
        return int, ("not a number",)


def test_a_zygote_that_cannot_start_says_why() -> None:
    with pytest.raises(Misconfigured, match="the sandbox did not start: ValueError"):
        SandboxPool((Unwelcome(),), size=1)


def test_a_zygote_whose_python_cannot_be_run_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(Misconfigured, match="Python cannot be run"):
        SandboxPool((), size=1)


def killed_at_its_start(descriptor: int) -> "subprocess.Popen[bytes]":
    del descriptor
    return subprocess.Popen(["/bin/sh", "-c", "kill -9 $$"], stderr=subprocess.PIPE)


def test_a_zygote_that_is_killed_while_it_starts_is_started_again(
    monkeypatch: pytest.MonkeyPatch, jpeg: bytes
) -> None:
    launches = [killed_at_its_start, nursery._launch, killed_at_its_start, nursery._launch]

    def launch(descriptor: int) -> "subprocess.Popen[bytes]":
        return launches.pop(0)(descriptor)

    monkeypatch.setattr(nursery, "_launch", launch)
    with SandboxPool((), size=1) as pool:
        assert len(launches) == 2
        os.kill(pool._zygote.pid, signal.SIGKILL)
        os.waitid(os.P_PID, pool._zygote.pid, os.WEXITED | os.WNOWAIT)  # until then its reader may answer
        assert pool.inspect(jpeg).format == "JPEG"
    assert not launches


def test_what_kills_every_zygote_lays_no_file_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nursery, "_launch", killed_at_its_start)
    with pytest.raises(TryLater, match="SIGKILL"):
        SandboxPool((), size=1)


def test_the_zygote_has_one_thread_or_forking_would_be_unsafe(pool: SandboxPool) -> None:
    status = Path(f"/proc/{pool._zygote.pid}/status").read_text(encoding="ascii")
    assert "Threads:\t1\n" in status


BARE = """
from jikimi.media.lockdown import Allowance, lock_down
posture = lock_down(Allowance(2**30, 60), None, None)
print(posture.landlock, posture.seccomp, posture.rlimits, posture.detail, flush=True)
"""


def test_a_machine_without_locks_is_reported_with_what_to_install() -> None:
    said = subprocess.run([sys.executable, "-c", BARE], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert said.startswith("False False True Landlock is not there")
    assert "install libseccomp" in said


HOUSE = """
import sys
from jikimi.media.sandbox import SandboxPool
pool = SandboxPool((), size=2)
children = open(f"/proc/{pool._zygote.pid}/task/{pool._zygote.pid}/children").read()
print(pool._zygote.pid, children, flush=True)
sys.stdin.read()
"""


def test_all_readers_die_with_the_house_even_when_it_is_killed() -> None:
    house = subprocess.Popen(
        [sys.executable, "-c", HOUSE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with house:
        assert house.stdout is not None
        pids = [int(word) for word in house.stdout.readline().split()]
        assert len(pids) == 3
        doors = [os.pidfd_open(pid) for pid in pids]
        house.kill()
        for door in doors:
            assert select.select([door], [], [], 30)[0] == [door]
            os.close(door)
