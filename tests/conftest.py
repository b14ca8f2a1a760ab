"""What every test may ask for: Django on a fresh database, a store, a clock, a house of real parts."""

import os
import select
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from jikimi.model.post import Secret
from jikimi.settings import Settings
from jikimi.settings.for_django import start_django

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class TurnableClock:
    """A clock that a test turns by hand."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def turn(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


FOLDER = Path(tempfile.mkdtemp(prefix="jikimi-tests-"))
SETTINGS = Settings(
    folder=FOLDER,
    database=Secret(os.environ.get("JIKIMI_TEST_DATABASE", "")),
    language="en",
    centre="Specimen Centre",
    contact="desk@centre.invalid",
    sender="notices@centre.invalid",
)


start_django(SETTINGS)  # before any test file imports tables


def pytest_unconfigure() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several processes, files with a slow test begin first, so that none of them is last and alone."""
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in slow)


BROWSERS = (b"jikimi-browser-", b"playwright_chromiumdev_profile-", b"jikimi.media.browser_process")
GOING_SECONDS = 10
SOURCE = Path(__file__).parents[1] / "src"


def _is_browser(command: bytes) -> bool:
    return any(mark in command for mark in BROWSERS)


def _told(pid: int, what: str = "cmdline") -> bytes:
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes()
    except OSError:  # it has just ended
        return b""


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _stray_browsers() -> set[int]:
    """Return browsers that are ours, or nobody's: who started them from this checkout ended without them."""
    found = set()
    pids = [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]
    for browser in (pid for pid in pids if _is_browser(_told(pid))):
        line = [browser]
        while line[-1] > 1:
            line.append(_parent(line[-1]))
        above = [_told(pid) for pid in line]
        is_held = any(b"python" in one.partition(b"\0")[0] and not _is_browser(one) for one in above)
        is_of_this_checkout = os.fsencode(SOURCE) in _told(browser, "environ")
        if os.getpid() in line or (is_of_this_checkout and not is_held):
            found.add(browser)
    return found


@pytest.fixture(scope="session", autouse=True)
def _no_priority_is_taken() -> Iterator[None]:
    """A library that makes this process a real-time one slows down all other tests, and is found out here."""
    before = os.sched_getscheduler(0)
    yield
    assert os.sched_getscheduler(0) == before


@pytest.fixture(scope="session", autouse=True)
def _no_browser_is_left() -> Iterator[None]:
    """At the end of the run no browser of ours may be left, whatever was killed on the way."""
    before = _stray_browsers()
    yield
    for pid in _stray_browsers() - before:
        with suppress(ProcessLookupError):
            door = os.pidfd_open(pid)
            ended, _, _ = select.select([door], [], [], GOING_SECONDS)
            os.close(door)
            assert ended, f"a test left a browser behind: {_told(pid)[:200]!r}"


@pytest.fixture(scope="session")
def settings() -> Settings:
    return SETTINGS


@pytest.fixture(scope="session")
def django_ready(settings: Settings) -> Settings:
    """Create the tables, once."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return settings


@pytest.fixture
def fresh_tables(django_ready: Settings) -> Iterator[Settings]:
    """Empty every table before the test, and close this thread's connection after it."""
    from django.apps import apps
    from django.db import connection, transaction

    tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            quoted = ", ".join(f'"{table}"' for table in tables)
            cursor.execute(f"TRUNCATE {quoted} RESTART IDENTITY CASCADE")
        else:
            cursor.execute("PRAGMA foreign_keys=OFF")
            with transaction.atomic():  # one wait for the disk, not one a table
                for table in tables:
                    cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608  # our own table names
            cursor.execute("PRAGMA foreign_keys=ON")
    yield django_ready
    connection.close()


@pytest.fixture
def store(fresh_tables: Settings, clock: TurnableClock) -> Iterator[object]:
    """A store on empty tables; its clock is the test's."""
    del fresh_tables  # asked for only to be there
    from jikimi.store.keyring import Keyring
    from jikimi.store.store import Store

    opened = Store(Keyring(b"k" * 32), clock, lambda: None)
    yield opened
    opened.close()


def _field(number: int, value: int | bytes | str) -> bytes:
    """Write one field of a Protocol Buffers message."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(raw)) + raw


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    return bytes([*written, value])


def _node(operator: str, inputs: Sequence[str], output: str, *attributes: tuple[str, Sequence[int]]) -> bytes:
    parts = [_field(1, one) for one in inputs] + [_field(2, output), _field(4, operator)]
    for name, numbers in attributes:
        values = b"".join(_field(8, one) for one in numbers)
        parts.append(_field(5, _field(1, name) + values + _field(20, 7)))
    return _field(1, b"".join(parts))


def _tensor_type(name: str, shape: Sequence[int]) -> bytes:
    axes = b"".join(_field(1, _field(1, length)) for length in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, 1) + _field(2, axes)))


def written_network(
    shape: Sequence[int] = (1, 1, 64, 64), numbers: int = 96, notes: Mapping[str, str] | None = None
) -> bytes:
    """Write an ONNX file: one convolution with weights from a die, laid in sixteen places, and no more."""
    step, channels = max(1, shape[-1] // 4), shape[1] if len(shape) > 1 else 1
    weights = np.random.default_rng(5).normal(0, 1 / step, (numbers, channels, step, step)).astype("<f4")
    dims = b"".join(_field(1, length) for length in weights.shape)
    graph = b"".join(
        (
            _node("Conv", ("x", "w"), "a", ("kernel_shape", (step, step)), ("strides", (step, step))),
            _node("Relu", ("a",), "b"),
            _node("GlobalAveragePool", ("b",), "c"),
            _node("Flatten", ("c",), "y"),
            _field(2, "tiny"),
            _field(5, dims + _field(2, 1) + _field(8, "w") + _field(9, weights.tobytes())),
            _field(11, _tensor_type("x", shape)),
            _field(12, _tensor_type("y", (1, numbers))),
        )
    )
    kept = [_field(14, _field(1, key) + _field(2, value)) for key, value in (notes or {}).items()]
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 13)) + b"".join(kept)


@pytest.fixture(scope="session")
def network_file() -> Callable[..., bytes]:
    """Write a tiny network as an ONNX file; see `written_network`."""
    return written_network


def shared_folder() -> Path:
    """Where ordinary pictures of others lie, beside the checkout; tests skip by name without it."""
    return Path(__file__).parents[2] / "shared" / "testdata"
