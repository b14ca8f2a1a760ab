"""Signs evidence as the centre: makes the centre's key and certificate, and signs with them."""

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7

from jikimi.evidence.pdf_signing import sign_pdf
from jikimi.model.errors import Misconfigured
from jikimi.model.ports import Clock, Seal

KEY_BITS = 3072  # 128-bit strength, fit beyond 2030 (NIST SP 800-57 part 1, tables 2 and 4)
LIFETIME = timedelta(days=3653)  # ten years
LONGEST_NAME = 64  # characters of an organisation's name in a certificate (RFC 5280, ub-organization-name)
WHAT_TO_DO = "Run the set-up again to make a new signing identity, or put the old files back."


def create_identity(centre: str, clock: Clock) -> tuple[bytes, bytes]:
    """Make a signing key (PEM, PKCS #8, not encrypted: guard it) and a self-signed certificate (PEM).

    RSA, because its signature over the same bytes is the same each time, so that sealing twice gives one
    bundle. Raises Misconfigured when the centre's name is empty or longer than a certificate allows.
    """
    if not 0 < len(centre) <= LONGEST_NAME:
        raise Misconfigured(
            f"The centre's name must have 1 to {LONGEST_NAME} characters. Type a shorter one."
        )
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, centre),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, "Evidence seal"),
        ]
    )
    now = clock()
    certificate = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_sign_only(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return key_pem, certificate.public_bytes(serialization.Encoding.PEM)


def _sign_only() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


class CmsSealer:
    """Signs with a key and certificate that `create_identity` made. Implements the port Sealer."""

    def __init__(self, key_pem: bytes, cert_pem: bytes) -> None:
        """Read both; raise Misconfigured when one cannot be read or they do not belong together."""
        try:
            key = serialization.load_pem_private_key(key_pem, password=None)
            certificate = x509.load_pem_x509_certificate(cert_pem)
        except (ValueError, TypeError) as error:
            raise Misconfigured(f"The signing key or certificate cannot be read. {WHAT_TO_DO}") from error
        if not isinstance(key, rsa.RSAPrivateKey) or key.public_key() != certificate.public_key():
            raise Misconfigured(f"The signing key and certificate are not an RSA pair. {WHAT_TO_DO}")
        self._key = key
        self._certificate = certificate

    def check_ready(self) -> None:
        """Do nothing: a key that was read can sign."""

    def sign(self, manifest: bytes) -> Seal:
        """Return a detached CMS signature (RFC 5652, DER) over these bytes, and the certificate (PEM).

        It has no signed attributes: the time of signing stands in the bundle, which the signature covers,
        and the same bytes are signed the same way each time.
        """
        options = pkcs7.PKCS7Options
        signature = (
            pkcs7.PKCS7SignatureBuilder()
            .set_data(manifest)
            .add_signer(self._certificate, self._key, hashes.SHA256())
            .sign(
                serialization.Encoding.DER,
                [options.DetachedSignature, options.Binary, options.NoAttributes],
            )
        )
        return Seal(signature, self._certificate.public_bytes(serialization.Encoding.PEM))

    def sign_document(self, pdf: bytes, reason: str) -> bytes:
        """Return a PDF with a signature of its own inside (PAdES); it holds the time, so each differs."""
        der = serialization.Encoding.DER
        key = self._key.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return sign_pdf(pdf, key, self._certificate.public_bytes(der), reason=reason)
