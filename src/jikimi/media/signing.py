"""Signs what we ask of sites, so that they can tell us from those who only claim to be us.

HTTP message signatures (RFC 9421) with Ed25519, in the shape that programmes for verified bots expect:
Web Bot Auth (draft-meunier-web-bot-auth-architecture, draft-meunier-http-message-signatures-directory).
"""

import hashlib
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from jikimi.media.addresses import WebAddress
from jikimi.model.errors import Misconfigured
from jikimi.model.ports import Clock

VALID = timedelta(minutes=1)  # a signature that is overheard is soon worth nothing; the draft allows a day
NONCE_BYTES = 64
LABEL = "sig1"
NAMES = frozenset({"signature", "signature-input", "signature-agent"})
DIRECTORY = "/.well-known/http-message-signatures-directory"
DIRECTORY_TYPE = "application/http-message-signatures-directory+json"


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs with `key` for the origin `agent` ("https://centre.example"), where the directory of keys stands.

    `random` returns as many random bytes as it is asked for.
    """

    key: Ed25519PrivateKey = field(repr=False)
    agent: str
    clock: Clock
    random: Callable[[int], bytes] = field(repr=False)

    def headers_for(self, address: WebAddress) -> dict[str, str]:
        """Return the three headers for one request to this address; every request needs its own."""
        created = self.clock()
        agent, parameters = f'"{self.agent}"', self._parameters(int(created.timestamp()))
        lines = (
            f'"@authority": {address.url.host_port_subcomponent}',  # byte for byte what goes out as Host
            f'"signature-agent": {agent}',
            f'"@signature-params": {parameters}',
        )
        signature = b64encode(self.key.sign("\n".join(lines).encode("ascii"))).decode()
        return {
            "Signature-Agent": agent,
            "Signature-Input": f"{LABEL}={parameters}",
            "Signature": f"{LABEL}=:{signature}:",
        }

    def _parameters(self, created: int) -> str:
        """Return what is signed and how (RFC 9421, 2.3)."""
        nonce = b64encode(self.random(NONCE_BYTES)).decode()
        return (
            f'("@authority" "signature-agent");created={created};expires={created + VALID.seconds}'
            f';keyid="{thumbprint(self.key.public_key())}";alg="ed25519";nonce="{nonce}";tag="web-bot-auth"'
        )


def signed(headers: dict[str, str], address: WebAddress, signer: Signer | None) -> dict[str, str]:
    """Return headers with ours. A source that signs for itself (any of the three names) is left alone."""
    if signer is None or not NAMES.isdisjoint(name.lower() for name in headers):
        return headers
    return headers | signer.headers_for(address)


def thumbprint(key: Ed25519PublicKey) -> str:
    """Return the key's name: the SHA-256 of its JWK (RFC 7638, RFC 8037 A.3), base64url."""
    text = json.dumps(_jwk(key), sort_keys=True, separators=(",", ":"))
    return _base64url(hashlib.sha256(text.encode("ascii")).digest())


def directory_of(key: Ed25519PublicKey) -> str:
    """Return the directory of keys as JSON (a JWK set, RFC 7517 section 5), to stand at `DIRECTORY`."""
    return json.dumps({"keys": [_jwk(key) | {"kid": thumbprint(key), "use": "sig"}]}, indent=2)


def new_key() -> bytes:
    """Make an Ed25519 key (PEM, PKCS 8, not encrypted)."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def parse_key(pem: bytes) -> Ed25519PrivateKey:
    """Read a key (PEM, PKCS 8); Misconfigured if it is none, encrypted, or of another kind."""
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Misconfigured("JIKIMI_SIGN_KEY: no key can be read. Type: jikimi signing key FILE") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Misconfigured("JIKIMI_SIGN_KEY: the key must be Ed25519. Type: jikimi signing key FILE")
    return key


def _jwk(key: Ed25519PublicKey) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": _base64url(key.public_bytes_raw())}


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
