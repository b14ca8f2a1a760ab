"""Starts a real Matrix homeserver (Synapse) on loopback and speaks to it; for tests and measurements.

Synapse is AGPL: it stays a separate program in an environment of its own. JIKIMI_TEST_SYNAPSE_PYTHON names
that environment's Python, made with `pip install --require-hashes -r tests/matrix/requirements.txt`.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import quote

from jikimi.cli.demo.operator import free_port

PYTHON = "JIKIMI_TEST_SYNAPSE_PYTHON"
CONFIG = """
server_name: localhost
pid_file: {folder}/homeserver.pid
listeners:
  - {{port: {port}, type: http, tls: false, bind_addresses: ["127.0.0.1"], resources: [{{names: [client]}}]}}
database: {{name: sqlite3, args: {{database: {folder}/homeserver.db}}}}
log_config: {folder}/log.yaml
media_store_path: {folder}/media
signing_key_path: {folder}/signing.key
registration_shared_secret: specimen
macaroon_secret_key: specimen
form_secret: specimen
report_stats: false
trusted_key_servers: []
enable_registration: true
enable_registration_without_verification: true
suppress_key_server_warning: true
url_preview_enabled: false
presence: {{enabled: false}}
rc_message: {{per_second: 10000, burst_count: 10000}}
rc_registration: {{per_second: 10000, burst_count: 10000}}
rc_admin_redaction: {{per_second: 10000, burst_count: 10000}}
rc_joins:
  local: {{per_second: 10000, burst_count: 10000}}
rc_room_creation: {{per_second: 10000, burst_count: 10000}}
rc_media_create: {{per_second: 10000, burst_count: 10000}}
"""
LOGS = """
version: 1
handlers: {{file: {{class: logging.FileHandler, filename: {folder}/synapse.log}}}}
root: {{level: WARNING, handlers: [file]}}
"""


def synapse_python() -> str:
    """Return the Python that has Synapse, "" where there is none."""
    return os.environ.get(PYTHON, "")


@dataclass(frozen=True, slots=True)
class Account:
    """Someone who is signed in."""

    user: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Homeserver:
    """A running homeserver. `url` is its http:// address."""

    url: str
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End the server at once; its database is thrown away anyway."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def register(self) -> Account:
        """Make an account with a name of its own."""
        asked = {"username": f"u{token_hex(6)}", "password": token_hex(8), "auth": {"type": "m.login.dummy"}}
        made = self.ask("POST", "/_matrix/client/v3/register", None, asked)
        return Account(made["user_id"], made["access_token"])

    def open_room(self, owner: Account, *members: Account, alias: str = "") -> str:
        """Make a public room and let these people in; return its id."""
        asked = {"preset": "public_chat"} | ({"room_alias_name": alias} if alias else {})
        room = str(self.ask("POST", "/_matrix/client/v3/createRoom", owner, asked)["room_id"])
        for member in members:
            self.ask("POST", f"/_matrix/client/v3/join/{quote(room, safe='')}", member, {})
        return room

    def send(self, room: str, by: Account, content: Mapping[str, Any], kind: str = "m.room.message") -> str:
        """Put something into a room; return its event id."""
        path = f"/_matrix/client/v3/rooms/{quote(room, safe='')}/send/{kind}/{token_hex(8)}"
        return str(self.ask("PUT", path, by, content)["event_id"])

    def redact(self, room: str, by: Account, event: str) -> None:
        """Take a message down."""
        path = (
            f"/_matrix/client/v3/rooms/{quote(room, safe='')}/redact/{quote(event, safe='')}/{token_hex(8)}"
        )
        self.ask("PUT", path, by, {})

    def upload(self, by: Account, body: bytes, mime: str = "image/jpeg") -> str:
        """Store a file; return its mxc:// address."""
        return str(self.ask("POST", "/_matrix/media/v3/upload", by, body, mime)["content_uri"])

    def ask(
        self, method: str, path: str, by: Account | None, body: Any, mime: str = "application/json"
    ) -> dict[str, Any]:
        """Ask the client-server API; RuntimeError with its words when it refuses."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": mime} | ({"Authorization": f"Bearer {by.token}"} if by else {})
        connection = HTTPConnection(self.url.removeprefix("http://"), timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, sent, headers)
            answer = connection.getresponse()
            text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"The homeserver answers {answer.status}: {text[:500]!r}")
        return dict(json.loads(text))


def image(mxc: str, body: str = "specimen.jpg") -> dict[str, Any]:
    """Return what a message with a picture says."""
    return {"msgtype": "m.image", "body": body, "url": mxc, "info": {"mimetype": "image/jpeg"}}


def start_homeserver(folder: Path, patience: float = 90.0) -> Homeserver:
    """Start Synapse with its database in `folder`; return once it answers.

    Raises RuntimeError with its own words when it does not within `patience` seconds.
    """
    port = free_port()
    (folder / "log.yaml").write_text(LOGS.format(folder=folder))
    (folder / "homeserver.yaml").write_text(CONFIG.format(folder=folder, port=port))
    program = [synapse_python(), "-m", "synapse.app.homeserver", "-c", str(folder / "homeserver.yaml")]
    with (folder / "output.log").open("wb") as output:
        subprocess.run([*program, "--generate-keys"], cwd=folder, stdout=output, stderr=output, check=True)
        process = subprocess.Popen(program, cwd=folder, stdout=output, stderr=output, start_new_session=True)
    server = Homeserver(f"http://127.0.0.1:{port}", process)
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, RuntimeError):
            server.ask("GET", "/_matrix/client/versions", None, {})
            return server
        time.sleep(0.05)
    server.stop()
    raise RuntimeError(f"The homeserver did not start: {(folder / 'output.log').read_text()[-2000:]}")
