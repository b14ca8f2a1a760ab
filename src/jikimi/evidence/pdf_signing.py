"""Signs a PDF as PAdES (ETSI EN 319 142-1, level B-B) with the centre's key, and checks such a signature."""

import io
import logging
import struct
import zlib

from jikimi.model.errors import BadMedia

FIELD = "Centre"
MOST_BYTES = 16 * 2**20  # a report is a few pages of text


def sign_pdf(pdf: bytes, key_der: bytes, certificate_der: bytes, *, reason: str) -> bytes:
    """Return the PDF with a signature over all of it. `key_der` is PKCS #8."""
    from asn1crypto import keys, x509  # noqa: PLC0415  # heavy for a command line
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415  # as above
    from pyhanko.sign import fields, signers  # noqa: PLC0415  # as above
    from pyhanko_certvalidator.registry import SimpleCertificateStore  # noqa: PLC0415  # as above

    certificate = x509.Certificate.load(certificate_der)
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # its own package has no type for it
    store.register(certificate)
    signer = signers.SimpleSigner(
        signing_cert=certificate, signing_key=keys.PrivateKeyInfo.load(key_der), cert_registry=store
    )
    facts = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        reason=reason,
    )
    signed = signers.PdfSigner(facts, signer).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)))
    return bytes(signed.getvalue())


def check_pdf(pdf: bytes, certificate_der: bytes) -> None:
    """Raise BadMedia unless the whole PDF is signed by the key of this certificate."""
    from asn1crypto import x509  # noqa: PLC0415  # as above
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415  # as above
    from pyhanko.sign.validation import validate_pdf_signature  # noqa: PLC0415  # as above
    from pyhanko.sign.validation.status import SignatureCoverageLevel  # noqa: PLC0415  # as above
    from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415  # as above

    if len(pdf) > MOST_BYTES:
        raise BadMedia(f"the report is larger than {MOST_BYTES} bytes")
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # what it finds is said by the error
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
    try:
        certificate = x509.Certificate.load(certificate_der)
        (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        trust = ValidationContext(trust_roots=[certificate], allow_fetching=False)
        status = validate_pdf_signature(signature, trust)
        is_ours = status.signing_cert.dump() == certificate_der
        is_all = signature.evaluate_signature_coverage() is SignatureCoverageLevel.ENTIRE_FILE
    except _what_parsers_raise() as error:
        raise BadMedia("the report's signature cannot be read") from error
    if not (status.intact and status.valid and is_ours and is_all):
        raise BadMedia("the report was changed after it was signed, or another signed it")


def _what_parsers_raise() -> tuple[type[Exception], ...]:
    """Return what pyHanko, its validator and asn1crypto raise on a file that was written to confuse them."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415  # as above
    from pyhanko.pdf_utils.misc import PdfError  # noqa: PLC0415  # as above
    from pyhanko_certvalidator import errors  # noqa: PLC0415  # as above

    own = (PdfError, errors.PathError, errors.ValidationError, InvalidSignature, UnsupportedAlgorithm)
    surprises = (ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, RuntimeError)
    return (*own, *surprises, TypeError, ValueError, struct.error, zlib.error)
