"""Plugs signed requests together: the key's file, and the origin that vouches for it."""

from pathlib import Path
from secrets import token_bytes

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jikimi.media.signing import Signer, parse_key
from jikimi.model.errors import Misconfigured
from jikimi.model.ports import Clock
from jikimi.settings import Settings


def open_request_signer(settings: Settings, clock: Clock) -> Signer | None:
    """Return what signs requests to sites, None if the centre has not set it up."""
    if settings.sign_key is None:
        return None
    return Signer(read_sign_key(settings.sign_key), settings.sign_agent, clock, token_bytes)


def read_sign_key(path: Path) -> Ed25519PrivateKey:
    """Read the key; Misconfigured if it is missing, readable by others, or no Ed25519 key."""
    try:
        mode, pem = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise Misconfigured(
            f"JIKIMI_SIGN_KEY: cannot read {path} ({error.strerror}). Type: jikimi signing key {path}"
        ) from error
    if mode & 0o077:
        raise Misconfigured(f"JIKIMI_SIGN_KEY: others may read {path}. Type: chmod 600 {path}")
    return parse_key(pem)
