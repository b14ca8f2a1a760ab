"""Starts a real Nostr relay on loopback and makes signed events for it; for tests and measurements."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from nostr_sdk import EventBuilder, Keys, Kind, Tag, Timestamp
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from jikimi.cli.demo.operator import free_port

CONFIG = """
relay_name: specimen relay
storage:
  sqlalchemy.url: sqlite+aiosqlite:///{folder}/relay.sqlite3
  num_concurrent_reqs: 10
  num_concurrent_adds: 2
  validators:
    - nostr_relay.validators.is_not_too_large
    - nostr_relay.validators.is_signed
gunicorn:
  bind: 127.0.0.1:{port}
  workers: 1
  loglevel: warning
authentication:
  enabled: false
"""
KEYS = Keys.generate()


def host_of(relay: str) -> str:
    """Return a relay's host and port, as JIKIMI_ALLOW takes them."""
    return urlsplit(relay).netloc


@dataclass(frozen=True, slots=True)
class Relay:
    """A running relay. `url` is its ws:// address."""

    url: str
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End the relay and its worker processes at once; its database is thrown away anyway."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def start_relay(folder: Path, patience: float = 60.0) -> Relay:
    """Start `nostr-relay` with its database in `folder`; return once it answers.

    Raises RuntimeError with the relay's own words when it does not within `patience` seconds.
    """
    port = free_port()
    config, log = folder / "relay.yaml", folder / "relay.log"
    config.write_text(CONFIG.format(folder=folder, port=port))
    code = "from nostr_relay.cli import main; main()"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", code, "-c", str(config), "serve"],
            cwd=folder, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    relay = Relay(f"ws://127.0.0.1:{port}", process)
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with connect(relay.url, open_timeout=2, proxy=None):
                return relay
        except (OSError, WebSocketException):
            time.sleep(0.05)
    relay.stop()
    raise RuntimeError(f"The relay did not start: {log.read_text()[-2000:]}")


def signed_event(
    content: str,
    tags: Sequence[Sequence[str]] = (),
    created_at: int | None = None,
    *,
    kind: int = 1,
    keys: Keys = KEYS,
) -> str:
    """Return a signed event as JSON. `created_at` is a Unix time in seconds, now by default."""
    moment = Timestamp.from_secs(int(time.time()) if created_at is None else created_at)
    builder = EventBuilder(Kind(kind), content).tags([Tag.parse(list(tag)) for tag in tags])
    return str(builder.custom_created_at(moment).finalize(keys).as_json())


def publish(url: str, events: Sequence[str]) -> list[str]:
    """Send events to a relay, wait for its OK for each, and return their ids; RuntimeError if it refuses."""
    ids = []
    with connect(url, proxy=None) as relay:
        for event in events:
            relay.send(f'["EVENT",{event}]')
            answer = json.loads(relay.recv(timeout=10))
            if answer[0] != "OK" or not answer[2]:
                raise RuntimeError(f"The relay refused an event: {answer}")
            ids.append(str(json.loads(event)["id"]))
    return ids
