"""Signs outgoing mail for the centre's domain (DKIM, RFC 6376), and says what must stand in its DNS."""

import base64
import re
from hashlib import sha256

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from jikimi.model.errors import Misconfigured

BITS = 2048  # RFC 8301 §3.2; longer keys do not fit into one DNS answer everywhere
SIGNED = (b"from", b"reply-to", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type")
LONGEST_STRING = 255  # bytes of one string of a TXT record, RFC 1035 §3.3
WHAT_TO_TYPE = "Type: jikimi mail dkim"
_SPACES = re.compile(rb"[ \t]+")
_FOLD = re.compile(rb"\r\n(?=[ \t])")


class DkimSigner:
    """Holds the key of one domain and selector. Call it with a whole message (CRLF lines)."""

    def __init__(self, domain: str, selector: str, key: bytes) -> None:
        """`key` is an RSA private key (PEM); Misconfigured if it is none or too short."""
        self.domain = domain
        self.selector = selector
        self._key = _read_key(key)

    def __repr__(self) -> str:
        """Show whose key it is, not the key."""
        return f"DkimSigner({self.name})"

    def __call__(self, message: bytes) -> bytes:
        """Return the message with its signature on top.

        Canonicalization is relaxed for both halves: it survives what mail servers do to spaces and folds.
        """
        head, _, body = message.partition(b"\r\n\r\n")
        headers = [(name.lower(), value) for name, value in _headers(head) if name.lower() in SIGNED]
        names = b":".join(name for name, _ in headers)
        digest = base64.b64encode(sha256(relaxed_body(body)).digest())
        opening = b"v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s; s=%s; h=%s; bh=%s; b=" % (
            self.domain.encode(),
            self.selector.encode(),
            names,
            digest,
        )
        own = relaxed_header(b"dkim-signature", opening).removesuffix(b"\r\n")
        signed = b"".join(relaxed_header(name, value) for name, value in headers) + own
        signature = base64.b64encode(self._key.sign(signed, padding.PKCS1v15(), hashes.SHA256()))
        # Folded after semicolons and within the value: lines stay below 998 bytes (RFC 5322 §2.1.1).
        folded = opening.replace(b"; ", b";\r\n ") + _in_lines(signature)
        return b"DKIM-Signature: " + folded + b"\r\n" + message

    @property
    def name(self) -> str:
        """Return the name in DNS under which receivers look for the key."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """Return the text that must stand there."""
        public = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"

    @property
    def zone_line(self) -> str:
        """Return the record as a line of a zone file, in strings of at most 255 bytes."""
        text = self.record
        parts = [text[i : i + LONGEST_STRING] for i in range(0, len(text), LONGEST_STRING)]
        return f"{self.name}. IN TXT " + " ".join(f'"{part}"' for part in parts)


def new_key() -> bytes:
    """Return a new RSA private key (PEM, unencrypted)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def relaxed_header(name: bytes, value: bytes) -> bytes:
    """Return a header as "relaxed" has it (RFC 6376 §3.4.2): unfolded, one space, none at the ends."""
    flat = _SPACES.sub(b" ", _FOLD.sub(b"", value)).strip(b" \r\n")
    return name.lower().strip() + b":" + flat + b"\r\n"


def relaxed_body(body: bytes) -> bytes:
    """Return a body as "relaxed" has it (RFC 6376 §3.4.4): no spaces at line ends, no empty last lines."""
    lines = [_SPACES.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def _headers(head: bytes) -> list[tuple[bytes, bytes]]:
    found = []
    for line in re.split(rb"\r\n(?![ \t])", head):
        name, colon, value = line.partition(b":")
        if colon:
            found.append((name, value))
    return found


def _in_lines(signature: bytes) -> bytes:
    return b"\r\n ".join(signature[i : i + 72] for i in range(0, len(signature), 72))


def _read_key(key: bytes) -> rsa.RSAPrivateKey:
    try:
        private = serialization.load_pem_private_key(key, password=None)
    except (ValueError, TypeError) as error:
        raise Misconfigured(f"JIKIMI_DKIM: the key cannot be read. {WHAT_TO_TYPE}") from error
    if not isinstance(private, rsa.RSAPrivateKey) or private.key_size < BITS:
        raise Misconfigured(f"JIKIMI_DKIM: the key must be RSA of {BITS} bits or more. {WHAT_TO_TYPE}")
    return private
