"""Real mail servers on free ports of this machine: SMTP that answers as told, and IMAP (Dovecot)."""

import asyncio
import grp
import imaplib
import os
import pwd
import shutil
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection, socket
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from jikimi.cli.demo.operator import free_port
from jikimi.model.post import Secret

PROGRAM = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
USER, PASSWORD = "removal", "p@ss/word"

SETTINGS = """
protocols = imap
listen = 127.0.0.1
base_dir = {sockets}
state_dir = {folder}/state
log_path = {folder}/log
ssl = {ssl}
{certificate}
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {secure}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


def hang_up(server: SMTP) -> None:
    """Reset the connection of one session."""
    if isinstance(server.transport, asyncio.Transport):
        server.transport.abort()


@contextmanager
def serving(handler: Any, *, encrypted: ssl.SSLContext | None = None, **options: Any) -> Iterator[int]:
    """Run an SMTP server whose mind is `handler`; give its port.

    `encrypted` encrypts from the first byte; `options` are aiosmtpd's own, such as `tls_context`.
    """
    door = socket()
    door.bind(("127.0.0.1", 0))
    sessions: list[SMTP] = []
    loop = asyncio.new_event_loop()

    def session() -> SMTP:
        sessions.append(SMTP(handler, hostname="mail.test", loop=loop, **options))
        return sessions[-1]

    listener = loop.run_until_complete(loop.create_server(session, sock=door, ssl=encrypted))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield door.getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_stop(listener, sessions), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _stop(listener: asyncio.Server, sessions: list[SMTP]) -> None:
    """Leave no connection behind, not even one that was accepted a moment ago."""
    listener.close()
    await asyncio.sleep(0)
    for session in sessions:
        hang_up(session)
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)


@dataclass(frozen=True)
class Dovecot:
    """Where it listens, and how a test puts a message into it."""

    port: int
    secure: int

    @property
    def url(self) -> Secret:
        return Secret(f"imap://{USER}:p%40ss%2Fword@127.0.0.1:{self.port}/INBOX")

    def put(self, message: bytes, folder: str = "INBOX") -> None:
        imap = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        imap.login(USER, PASSWORD)
        imap.create(folder)
        status, _ = imap.append(folder, "", None, message)  # type: ignore[arg-type]
        imap.logout()
        assert status == "OK"

    def flags(self) -> list[bytes]:
        imap = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        imap.login(USER, PASSWORD)
        imap.select("INBOX", readonly=True)
        _, found = imap.fetch("1:*", "(FLAGS)")
        imap.logout()
        return [line for line in found if isinstance(line, bytes)]


@contextmanager
def dovecot(folder: Path, certificate: Path | None = None) -> Iterator[Dovecot]:
    """Run Dovecot with one mailbox; skip by name where it is not installed."""
    if PROGRAM is None:
        pytest.skip("dovecot is not installed: apt-get install dovecot-imapd")
    with (
        tempfile.TemporaryDirectory(prefix="dovecot-") as sockets,  # the kernel takes 107 bytes of a path
        _dovecot(folder, Path(sockets), certificate) as opened,
    ):
        yield opened


@contextmanager
def _dovecot(folder: Path, sockets: Path, certificate: Path | None) -> Iterator[Dovecot]:
    assert PROGRAM is not None
    uid = os.getuid() or pwd.getpwnam("nobody").pw_uid  # it refuses to open mail as root
    gid = pwd.getpwuid(uid).pw_gid
    port, secure = free_port(), free_port()
    for name in ("state", "mail"):
        (folder / name).mkdir(parents=True)
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    secured = f"ssl_cert = <{certificate}\nssl_key = <{certificate}" if certificate else ""
    (folder / "conf").write_text(
        SETTINGS.format(
            folder=folder,
            sockets=sockets,
            ssl="yes" if certificate else "no",
            certificate=secured,
            user=pwd.getpwuid(uid).pw_name,
            group=grp.getgrgid(gid).gr_name,
            uid=uid,
            gid=gid,
            port=port,
            secure=secure,
        )
    )
    if os.getuid() == 0:
        _open_to(folder, uid, gid)
        _open_to(sockets, uid, gid)
    process = subprocess.Popen([PROGRAM, "-F", "-c", str(folder / "conf")], stderr=subprocess.PIPE)
    try:
        _await(port, process, folder)
        yield Dovecot(port, secure)
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _open_to(folder: Path, uid: int, gid: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, gid)
    for parent in folder.parents:
        if parent.owner() == pwd.getpwuid(os.getuid()).pw_name and parent.stat().st_mode & 0o777 == 0o700:
            parent.chmod(0o711)


def _await(port: int, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with create_connection(("127.0.0.1", port), 1) as door:
                if door.recv(4).startswith(b"* OK"):
                    return
        except OSError:
            time.sleep(0.05)
    log = folder / "log"
    pytest.fail(f"dovecot did not start: {log.read_text()[-2000:] if log.exists() else process.stderr}")
