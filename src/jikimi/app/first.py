"""What must be there before anything else: the data folder and the master key."""

import os
from contextlib import suppress
from pathlib import Path

from jikimi.model.errors import Misconfigured
from jikimi.settings import Settings
from jikimi.store.keyring import create_master

OWNER_ONLY, OTHERS = 0o600, 0o077
BESIDE = ("-wal", "-shm", "-journal")


def prepare(settings: Settings) -> None:
    """Make the data folder and the keys where there are none. A database that exists never gets new keys."""
    try:
        settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Misconfigured(
            f"JIKIMI_DATA: {settings.folder} cannot be made ({error.strerror}). Choose a folder of your own."
        ) from error
    if not os.access(settings.folder, os.W_OK):
        raise Misconfigured(f"JIKIMI_DATA: {settings.folder} cannot be written. Choose a folder of your own.")
    database = settings.folder / "jikimi.sqlite3"
    is_new = not settings.database and not database.exists()
    key = settings.master_key_file
    if not key.exists() and (is_new or settings.database):
        create_master(key)
    if not settings.database:
        keep_to_owner(database)


def keep_to_owner(database: Path) -> None:
    """Let only its owner read and write a SQLite file: made empty where there is none, corrected where it is.

    SQLite gives what it lays beside it (-wal, -shm) the rights of the file itself.
    """
    try:
        os.close(os.open(database, os.O_RDWR | os.O_CREAT, OWNER_ONLY))
        for file in (database, *(database.with_name(database.name + end) for end in BESIDE)):
            with suppress(FileNotFoundError):
                if file.stat().st_mode & OTHERS:
                    file.chmod(OWNER_ONLY)
    except OSError as error:
        raise Misconfigured(
            f"JIKIMI_DATA: {database} cannot be kept to its owner ({error.strerror}). See that it is yours."
        ) from error
