"""Checks a detached CMS signature, byte by byte: `cryptography` can write one but not verify it."""

import ssl

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from jikimi.model.errors import BadMedia

INTEGER, OCTETS, SEQUENCE, SET, CONTEXT_0 = 0x02, 0x04, 0x30, 0x31, 0xA0
NULL = bytes.fromhex("0500")
DATA = bytes.fromhex("06092a864886f70d010701")  # object identifiers of RFC 5652 and RFC 8017
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
RSA = bytes.fromhex("06092a864886f70d010101")
SHA256 = bytes.fromhex("0609608648016503040201")


def read_certificate(pem: bytes) -> bytes:
    """Return a certificate's DER bytes. Raises BadMedia unless `pem` is written the one usual way."""
    try:
        text = pem.decode("ascii")
        der = ssl.PEM_cert_to_DER_cert(text)
    except ValueError as error:
        raise BadMedia("signer.pem is not a certificate") from error
    if ssl.DER_cert_to_PEM_cert(der) != text:
        raise BadMedia("signer.pem is not written as a certificate is")
    return der


def check_signature(signature: bytes, content: bytes, der: bytes) -> None:
    """Raise BadMedia, with the reason, unless the key of certificate `der` signed `content`.

    It must be the one DER encoding of SignedData (RFC 5652 §5) with this certificate, SHA-256, RSA and no
    signed attributes. So a changed byte is found even where it would not matter, such as in a version
    number that other verifiers skip.
    """
    if der not in signature:
        raise BadMedia("signer.pem is not the certificate that signed")
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
        serial, issuer = certificate.serial_number, certificate.issuer.public_bytes()
    except (ValueError, x509.InvalidVersion, UnsupportedAlgorithm) as error:
        raise BadMedia("signer.pem holds a damaged certificate") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise BadMedia("signer.pem holds another kind of key than RSA")
    if serial < 0:
        raise BadMedia("signer.pem holds a certificate with a serial number below zero")
    value = signature[-key.key_size // 8 :]
    if signature != _signed_data(issuer, serial, der, value):
        raise BadMedia("the signature file is damaged")
    try:
        key.verify(value, content, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError, UnsupportedAlgorithm) as error:
        raise BadMedia("the signature does not fit the tag manifest") from error


def _signed_data(issuer: bytes, serial: int, der: bytes, value: bytes) -> bytes:
    version = _der(INTEGER, b"\x01")
    who = _der(
        SEQUENCE,
        issuer,
        _der(INTEGER, serial.to_bytes(serial.bit_length() // 8 + 1, "big")),
    )
    digest = _der(SEQUENCE, SHA256, NULL)
    signer = _der(SEQUENCE, version, who, digest, _der(SEQUENCE, RSA, NULL), _der(OCTETS, value))
    signed = _der(
        SEQUENCE,
        version,
        _der(SET, digest),
        _der(SEQUENCE, DATA),
        _der(CONTEXT_0, der),
        _der(SET, signer),
    )
    return _der(SEQUENCE, SIGNED_DATA, _der(CONTEXT_0, signed))


def _der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    if len(body) < 0x80:  # noqa: PLR2004  # X.690 §8.1.3.4: the short form of a length
        return bytes((tag, len(body))) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + body
