"""Runs `jikimi …` in processes of their own, forked from one that has the heavy libraries loaded already."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]

HEAVY = (
    "jikimi.cli", "jikimi.app.channels", "jikimi.app.collecting", "jikimi.app.engine", "jikimi.app.mail",
    "jikimi.app.text", "jikimi.flow", "jikimi.removal.finding", "jikimi.removal.rdap_registries",
    "jikimi.settings.for_django", "jikimi.sources.website", "jikimi.sources.nostr", "jikimi.store.keyring",
    "jikimi.worker.jobs", "django.core.management", "django.db.models", "django.urls", "rich.console",
)  # fmt: skip
"""What each command would load first; not Django's tables, which need settings."""

WARM = """
import importlib, json, os, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if child:
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        continue
    for number, name in enumerate((os.devnull, order["out"], order["err"])):
        os.dup2(os.open(name, os.O_RDWR), number)
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["jikimi", *order["words"]]
    from jikimi.cli import main
    main()
    sys.exit()
"""


@pytest.fixture(scope="session")
def warm() -> Iterator[subprocess.Popen[str]]:
    """Start the process that commands are forked from. It has no house, no settings and no threads."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("JIKIMI_")}
    with subprocess.Popen(
        [sys.executable, "-c", WARM, *HEAVY],
        env=clean, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        yield process
        process.terminate()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("JIKIMI_")}
    return {**clean, "JIKIMI_DATA": str(tmp_path / "data"), "JIKIMI_LANGUAGE": "en", "COLUMNS": "200"}


@pytest.fixture
def jikimi(warm: subprocess.Popen[str], environment: dict[str, str], tmp_path: Path) -> Run:
    out, err = tmp_path / "said", tmp_path / "complained"

    def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        assert warm.stdin is not None
        assert warm.stdout is not None
        out.write_bytes(b"")
        err.write_bytes(b"")
        order = {"words": words, "environment": environment | settings, "out": str(out), "err": str(err)}
        warm.stdin.write(json.dumps(order) + "\n")
        warm.stdin.flush()
        status = int(warm.stdout.readline())
        return subprocess.CompletedProcess(words, status, out.read_text(), err.read_text())

    return run
