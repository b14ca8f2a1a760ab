"""Keys: one master key in a file, one key a case wrapped by it, one key for what belongs to no case.

AES-256-GCM with a fresh 96-bit nonce in front of each sealed body (NIST SP 800-38D); the record's kind
and key are authenticated with it, so that a body moved to another record does not open.
"""

import base64
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from jikimi.model.errors import Misconfigured
from jikimi.model.post import Secret

KEY_BYTES = 32
NONCE_BYTES = 12
OWNER_ONLY = 0o600


def create_master(path: Path) -> None:
    """Write a new random master key, readable by its owner only. Fails if the file is there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(handle, "wb") as file:
        file.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read_master(path: Path) -> bytes:
    """Return the 32 bytes of the master key; Misconfigured if missing, readable by others, or broken."""
    try:
        mode = path.stat().st_mode & 0o777
        text = path.read_bytes()
    except OSError as error:
        raise Misconfigured(
            f"JIKIMI_MASTER_KEY: cannot read {path} ({error.strerror}). Restore it from your backup."
        ) from error
    if mode & 0o077:
        raise Misconfigured(f"JIKIMI_MASTER_KEY: others may read {path}. Type: chmod 600 {path}")
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError as error:
        raise Misconfigured(f"JIKIMI_MASTER_KEY: {path} is no key. Restore it from your backup.") from error
    if len(key) != KEY_BYTES:
        raise Misconfigured(f"JIKIMI_MASTER_KEY: {path} is no key. Restore it from your backup.")
    return key


class Keyring:
    """Seals and opens bodies, wraps and unwraps case keys."""

    def __init__(self, master: bytes) -> None:
        """Derive the wrapping key and the store's own key from the 32-byte master key (RFC 5869)."""
        self._wrapping = AESGCM(_derive(master, b"jikimi wrap v1"))
        self._store_key = _derive(master, b"jikimi store v1")
        self._push_key = _derive(master, b"jikimi push v1")

    def __repr__(self) -> str:
        """Show no key."""
        return "Keyring(…)"

    @property
    def store_key(self) -> bytes:
        """Return the key for what belongs to no case."""
        return self._store_key

    def push_token(self, watch: str) -> str:
        """Return the part of a watch's public address that nobody can guess: 43 letters of Base64."""
        token = hmac.digest(self._push_key, b"token:" + watch.encode(), "sha256")
        return base64.urlsafe_b64encode(token).decode().rstrip("=")

    def push_secret(self, watch: str) -> Secret:
        """Return what a hub signs its deliveries to this watch with."""
        return Secret(hmac.digest(self._push_key, b"secret:" + watch.encode(), "sha256").hex())

    def new_case_key(self, case: str) -> bytes:
        """Return a fresh case key, wrapped."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._wrapping.encrypt(nonce, os.urandom(KEY_BYTES), case.encode())

    def unwrap(self, case: str, wrapped: bytes) -> bytes:
        """Return the case's key; Misconfigured if this master key did not wrap it."""
        try:
            return self._wrapping.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], case.encode())
        except InvalidTag as error:
            raise Misconfigured(
                "JIKIMI_MASTER_KEY: this key does not open this database. Restore the one that does."
            ) from error


def seal(key: bytes, body: bytes, name: str) -> bytes:
    """Encrypt a body and bind it to its record's name."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, body, name.encode())


def unseal(key: bytes, sealed: bytes, name: str) -> bytes:
    """Decrypt a body; raises `cryptography.exceptions.InvalidTag` if it was changed or moved."""
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name.encode())


def _derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(master)
