"""A process that leases a job, says so, and waits to be killed."""

import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from jikimi.model.alert import Job
from jikimi.model.outcome import Outcome
from jikimi.model.post import Secret
from jikimi.settings import Settings
from jikimi.settings.for_django import start_django


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="jikimi-drill-") as folder:
        start_django(Settings(folder=Path(folder), database=Secret(os.environ["JIKIMI_TEST_DATABASE"])))
    from jikimi.store.keyring import Keyring
    from jikimi.store.lifeline import Lifeline
    from jikimi.store.store import Store

    name = f"serve-{os.getpid()}"
    store = Store(Keyring(b"k" * 32), lambda: datetime.now(UTC), lambda: None, holder=name)
    Lifeline(name, store.reclaim).start()
    store.apply(Outcome(next=(Job("look", "a"),)), by="drill")
    assert store.lease(1, datetime.now(UTC))
    os.write(1, b"leased\n")
    time.sleep(600)


if __name__ == "__main__":
    main()
