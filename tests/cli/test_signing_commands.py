"""The commands that make the key for signed requests, and print what sites need to check it."""

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jikimi.app.signing import open_request_signer
from jikimi.media.signing import directory_of
from jikimi.model.errors import Misconfigured
from jikimi.settings import Settings

Run = Callable[..., subprocess.CompletedProcess[str]]
AGENT = "https://centre.example"


@pytest.fixture
def key(jikimi: Run, tmp_path: Path) -> Path:
    """A key that the command made."""
    file = tmp_path / "sign.pem"
    done = jikimi("signing", "key", str(file))
    assert done.returncode == 0, done.stderr
    assert f"JIKIMI_SIGN_KEY={file}" in done.stdout
    assert "PRIVATE" not in done.stdout + done.stderr
    return file


def settings_with(key: Path | None) -> Settings:
    return Settings(Path("data"), sign_key=key, sign_agent=AGENT if key else "")


def test_a_key_is_for_its_owner_only_and_is_never_overwritten(key: Path, jikimi: Run) -> None:
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_bytes()
    done = jikimi("signing", "key", str(key))
    assert (done.returncode, done.stdout) == (2, "")
    assert "is there already" in done.stderr
    assert key.read_bytes() == before
    assert "cannot be written" in jikimi("signing", "key", str(key.parent / "nowhere" / "sign.pem")).stderr


def test_the_directory_holds_the_public_half_of_the_key_that_signs(key: Path, jikimi: Run) -> None:
    done = jikimi("signing", "directory", JIKIMI_SIGN_KEY=str(key), JIKIMI_SIGN_AGENT=AGENT)
    assert done.returncode == 0, done.stderr
    signer = open_request_signer(settings_with(key), lambda: datetime.now(UTC))
    assert signer is not None
    assert signer.agent == AGENT
    assert done.stdout == directory_of(signer.key.public_key()) + "\n"
    (entry,) = json.loads(done.stdout)["keys"]
    assert entry.keys() == {"kty", "crv", "x", "kid", "use"}  # and so not "d", the private half
    assert f"{AGENT}/.well-known/http-message-signatures-directory" in done.stderr


def test_without_a_key_nothing_signs_and_the_directory_says_what_to_type(jikimi: Run) -> None:
    assert open_request_signer(settings_with(None), lambda: datetime.now(UTC)) is None
    done = jikimi("signing", "directory")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Type: jikimi signing key FILE" in done.stderr


def test_a_key_that_others_may_read_is_refused(key: Path) -> None:
    key.chmod(0o640)
    with pytest.raises(Misconfigured, match=r"Type: chmod 600"):
        open_request_signer(settings_with(key), lambda: datetime.now(UTC))
    key.unlink()
    with pytest.raises(Misconfigured, match=r"cannot read"):
        open_request_signer(settings_with(key), lambda: datetime.now(UTC))
