"""Starts a real MediaWiki on loopback and puts pictures up there; for tests and measurements.

Debian's packages `mediawiki`, `php-cli`, `php-sqlite3`, `php-mbstring`, `php-xml` and `php-intl`; SQLite, and
PHP's own web server.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from jikimi.cli.demo.operator import free_port

PROGRAM = Path("/usr/share/mediawiki")
WORKERS = 4
SETTINGS = """
$wgEnableUploads = true;
$wgUploadDirectory = '{folder}/images';
$wgUploadPath = '/images';
$wgStrictFileExtensions = false;
$wgGroupPermissions['*']['upload'] = true;
$wgGroupPermissions['*']['reupload'] = true;
$wgRateLimits = [];
$wgMainCacheType = CACHE_NONE;
$wgParserCacheType = CACHE_NONE;
$wgFeedCacheTimeout = 0;
$wgJobRunRate = 0;
$wgUseImageMagick = false;
$wgPingback = false;
$wgSQLiteDataDir = '{folder}/db';
"""
ROUTER = """<?php
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (str_starts_with($path, '/images/')) {{
    $file = realpath('{folder}' . urldecode($path));
    if ($file && str_starts_with($file, '{folder}/images/') && is_file($file)) {{
        header('Content-Type: ' . mime_content_type($file));
        readfile($file);
    }} else {{
        http_response_code(404);
    }}
    return true;
}}
return false;
"""


def is_installed() -> bool:
    """Tell whether MediaWiki and PHP are there."""
    return (PROGRAM / "maintenance" / "install.php").exists() and shutil.which("php") is not None


@dataclass(frozen=True, slots=True)
class Wiki:
    """A running wiki. `url` is its root, `feed` what is listed as new there."""

    url: str
    process: subprocess.Popen[bytes]

    @property
    def feed(self) -> str:
        """Return the Atom feed of recent changes."""
        return f"{self.url}/index.php?title=Special:RecentChanges&feed=atom&limit=100&days=1"

    def upload(self, name: str, picture: bytes, words: str = "A specimen.") -> str:
        """Put up a JPEG as `File:<name>` with a page of its own; return the picture's address."""
        answer = self.ask(
            {"action": "upload", "filename": name, "text": words, "comment": words, "ignorewarnings": "1"},
            picture,
        )
        return str(answer["upload"]["imageinfo"]["url"])

    def edit(self, title: str, words: str) -> None:
        """Write a page."""
        self.ask({"action": "edit", "title": title, "text": words})

    def ask(self, fields: dict[str, str], file: bytes = b"") -> dict[str, dict[str, dict[str, str]]]:
        """Ask the wiki's own interface; RuntimeError with its words if it refuses."""
        boundary = token_hex(16)
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in {**fields, "format": "json", "token": "+\\"}.items()
        ]
        if file:
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n'
            parts.append(head.encode() + b"Content-Type: image/jpeg\r\n\r\n" + file + b"\r\n")
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{self.url}/api.php",
            b"".join(parts) + f"--{boundary}--\r\n".encode(),
            {"Content-Type": f"multipart/form-data; boundary={boundary}"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
            told = json.load(answer)
        if "error" in told:
            raise RuntimeError(f"The wiki refuses: {told['error']}")
        return dict(told)

    def stop(self) -> None:
        """End the wiki and its workers at once; its database is thrown away anyway."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def start_wiki(folder: Path, patience: float = 60.0) -> Wiki:
    """Set up a wiki in an empty `folder` and start it; return once it answers.

    Raises RuntimeError with its own words when it does not within `patience` seconds.
    """
    url = f"http://127.0.0.1:{free_port()}"
    folder = folder.resolve()
    (folder / "images").mkdir(parents=True)
    made = subprocess.run(
        [
            "php", PROGRAM / "maintenance" / "install.php", "--dbtype", "sqlite", "--dbpath", folder / "db",
            "--dbname", "wiki", "--scriptpath", "", "--server", url, "--confpath", folder,
            "--pass", token_hex(16), "Specimen", "admin",
        ],
        capture_output=True, check=False, timeout=patience,
    )  # fmt: skip
    settings, log = folder / "LocalSettings.php", folder / "wiki.log"
    if made.returncode or not settings.exists():
        raise RuntimeError(f"The wiki could not be set up: {made.stdout[-2000:].decode(errors='replace')}")
    settings.write_text(settings.read_text() + SETTINGS.format(folder=folder))
    (folder / "router.php").write_text(ROUTER.format(folder=folder))
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["php", "-S", url.removeprefix("http://"), "-t", PROGRAM, folder / "router.php"],
            env={**os.environ, "MW_CONFIG_FILE": str(settings), "PHP_CLI_SERVER_WORKERS": str(WORKERS)},
            stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    wiki = Wiki(url, process)
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(wiki.feed, timeout=20) as answer:  # noqa: S310 - as above
                answer.read()
            return wiki
        except OSError:
            time.sleep(0.05)
    wiki.stop()
    raise RuntimeError(f"The wiki did not start: {log.read_text(errors='replace')[-2000:]}")
