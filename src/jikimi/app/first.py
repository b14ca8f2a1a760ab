"""What must be there before anything else: the data folder and the master key."""

import os

from jikimi.model.errors import Misconfigured
from jikimi.settings import Settings
from jikimi.store.keyring import create_master


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
    is_new = not settings.database and not (settings.folder / "jikimi.sqlite3").exists()
    key = settings.master_key_file
    if not key.exists() and (is_new or settings.database):
        create_master(key)
