"""What every test may ask for: Django on a fresh database, a store, a clock, a house of real parts."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

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
    from django.db import connection

    tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            quoted = ", ".join(f'"{table}"' for table in tables)
            cursor.execute(f"TRUNCATE {quoted} RESTART IDENTITY CASCADE")
        else:
            cursor.execute("PRAGMA foreign_keys=OFF")
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


def shared_folder() -> Path:
    """Where ordinary pictures of others lie, beside the checkout; tests skip by name without it."""
    return Path(__file__).parents[2] / "shared" / "testdata"
