"""A bundle is whole only if nothing is missing, added or changed; hostile archives do no harm."""

import gzip
import io
import ssl
import tarfile
from collections.abc import Callable
from hashlib import sha256
from random import Random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from jikimi.evidence.bag import write_manifest
from jikimi.evidence.cms import read_certificate
from jikimi.evidence.signing import CmsSealer, create_identity
from jikimi.evidence.unpacking import MOST_BYTES, MOST_HANDED, unpack
from jikimi.evidence.verify import verify, verify_files
from jikimi.model.alert import Evidence

FLIPS = 1000


def packed(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for entry, body in entries:
            entry.size = len(body)
            tar.addfile(entry, io.BytesIO(body))
    return gzip.compress(out.getvalue())


def test_a_fresh_bundle_is_whole_and_names_its_signer(
    evidence: Evidence, identity: tuple[bytes, bytes]
) -> None:
    verification = verify(evidence.bag)
    assert verification.is_whole
    assert verification.findings == ()
    certificate = x509.load_pem_x509_certificate(identity[1])
    assert verification.signer == certificate.fingerprint(hashes.SHA256()).hex()


def test_a_thousand_single_flipped_bits_are_all_found(files: dict[str, bytes]) -> None:
    random = Random(20261122)
    sizes = [len(body) for body in files.values()]
    for _ in range(FLIPS):
        path = random.choices(list(files), sizes)[0]
        changed = bytearray(files[path])
        bit = random.randrange(8 * len(changed))
        changed[bit // 8] ^= 1 << bit % 8
        verification = verify_files({**files, path: bytes(changed)})
        assert not verification.is_whole, (path, bit)
        assert verification.findings


def test_every_flipped_bit_of_signature_and_certificate_is_found(files: dict[str, bytes]) -> None:
    for path in ("tagmanifest-sha256.txt.p7s", "signer.pem"):
        for bit in range(8 * len(files[path])):
            changed = bytearray(files[path])
            changed[bit // 8] ^= 1 << bit % 8
            assert not verify_files({**files, path: bytes(changed)}).is_whole, (path, bit)


def test_a_flipped_bit_of_the_archive_is_found_or_changes_no_file(
    evidence: Evidence, files: dict[str, bytes]
) -> None:
    random = Random(5)
    for _ in range(200):
        changed = bytearray(evidence.bag)
        bit = random.randrange(8 * len(changed))
        changed[bit // 8] ^= 1 << bit % 8
        # gzip's own date and the unused bits behind the last block may change without changing a file.
        assert not verify(bytes(changed)).is_whole or unpack(bytes(changed)) == files, bit


@pytest.mark.parametrize("path", ["data/record.json", "bag-info.txt", "signer.pem", "manifest-sha256.txt"])
def test_a_missing_file_is_named(files: dict[str, bytes], path: str) -> None:
    verification = verify_files({name: body for name, body in files.items() if name != path})
    assert not verification.is_whole
    assert any(path in finding for finding in verification.findings)


@pytest.mark.parametrize("path", ["data/extra.txt", "extra.txt"])
def test_an_added_file_is_named(files: dict[str, bytes], path: str) -> None:
    verification = verify_files({**files, path: b"planted"})
    assert not verification.is_whole
    assert any(path in finding for finding in verification.findings)


def test_changing_a_file_and_all_manifests_still_breaks_the_signature(files: dict[str, bytes]) -> None:
    forged = {**files, "data/page.html": b"<p>forged</p>"}
    payload = {path: body for path, body in forged.items() if path.startswith("data/")}
    forged["manifest-sha256.txt"] = write_manifest(payload)
    tags = {path: forged[path] for path in ("bagit.txt", "bag-info.txt", "manifest-sha256.txt")}
    forged["tagmanifest-sha256.txt"] = write_manifest(tags)
    assert verify_files(forged).findings == ("the signature does not fit the tag manifest",)


def test_a_bundle_signed_by_another_is_whole_but_names_another_signer(
    files: dict[str, bytes], evidence: Evidence
) -> None:
    other = CmsSealer(*create_identity("다른 센터", lambda: evidence.at))
    seal = other.sign(files["tagmanifest-sha256.txt"])
    signed = {**files, "tagmanifest-sha256.txt.p7s": seal.signature, "signer.pem": seal.certificate}
    verification = verify_files(signed)
    assert verification.is_whole
    assert verification.signer != verify(evidence.bag).signer


def test_a_line_listed_twice_is_a_finding(files: dict[str, bytes]) -> None:
    doubled = files["manifest-sha256.txt"] + files["manifest-sha256.txt"].splitlines(keepends=True)[0]
    verification = verify_files({**files, "manifest-sha256.txt": doubled})
    assert any("there twice" in finding for finding in verification.findings)


def link() -> bytes:
    entry = tarfile.TarInfo("evidence/data/page.html")
    entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return packed((entry, b""))


def endless(name: str = "") -> bytes:
    most = MOST_HANDED if name else MOST_BYTES
    return gzip.compress(name.encode() + bytes(most + 1), compresslevel=1)


def sparse() -> bytes:
    entry = tarfile.TarInfo("evidence/data/page.html")
    entry.pax_headers = {"GNU.sparse.map": "0,0", "GNU.sparse.size": str(2**50)}
    return packed((entry, b""))


def odd_sparse() -> bytes:
    entry = tarfile.TarInfo("evidence/data/page.html")
    entry.pax_headers = {"GNU.sparse.map": "a,b", "GNU.sparse.size": "1"}
    return packed((entry, b""))


def chained_names() -> bytes:
    """Thousands of long-name headers, each of which waits for the next one's."""
    entry = tarfile.TarInfo("././@LongLink")
    entry.type = tarfile.GNUTYPE_LONGNAME
    return packed(*[(entry, b"x")] * 5000)


@pytest.mark.parametrize(
    ("make", "finding"),
    [
        (lambda: b"", "cut off"),
        (lambda: b"not an archive", "compression is broken"),
        (lambda: gzip.compress(b"not a tar archive"), "not a tar archive"),
        (lambda: packed((tarfile.TarInfo("/etc/passwd"), b"x")), "other than plain files"),
        (lambda: packed((tarfile.TarInfo("evidence/../../x"), b"x")), "other than plain files"),
        (lambda: packed((tarfile.TarInfo("loose.txt"), b"x")), "other than plain files"),
        (lambda: packed((tarfile.TarInfo("a/x"), b""), (tarfile.TarInfo("b/y"), b"")), "two folders"),
        (lambda: packed((tarfile.TarInfo("a/x"), b""), (tarfile.TarInfo("a/x"), b"")), "twice"),
        (lambda: packed(*((tarfile.TarInfo(f"a/{n}"), b"") for n in range(99))), "too many"),
        (link, "other than plain files"),
        (sparse, "other than plain files"),
        (odd_sparse, "not a tar archive"),
        (chained_names, "not a tar archive"),
        (lambda: packed((tarfile.TarInfo("a/\udcff"), b"x")), "other than plain files"),
        (lambda: packed((tarfile.TarInfo("a/\x1b[2J"), b"x")), "other than plain files"),
        (endless, "larger than"),
        (lambda: endless("hand-over-1/x"), "larger than"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_hostile_archive_is_refused_with_a_reason(make: Callable[[], bytes], finding: str) -> None:
    verification = verify(make())
    assert not verification.is_whole
    assert finding in verification.findings[0]


def changed_certificate(der: bytes, part: str) -> bytes:
    version, rsa = bytes.fromhex("a003020102"), bytes.fromhex("06092a864886f70d010101")
    if part == "version":
        return der.replace(version, version[:-1] + b"\x07", 1)
    if part == "kind of key":
        return der.replace(rsa, rsa[:-1] + b"\x7f", 1)
    at = der.index(version) + len(version) + 2  # the serial number's first byte
    return der[:at] + bytes([der[at] | 0x80]) + der[at + 1 :]


@pytest.mark.filterwarnings("ignore:.*serial number:Warning")
@pytest.mark.parametrize("part", ["version", "kind of key", "serial"])
def test_an_odd_certificate_is_a_finding(files: dict[str, bytes], part: str) -> None:
    der = read_certificate(files["signer.pem"])
    odd = changed_certificate(der, part)
    assert odd != der
    signature = files["tagmanifest-sha256.txt.p7s"].replace(der, odd)
    signed = {
        **files,
        "signer.pem": ssl.DER_cert_to_PEM_cert(odd).encode(),
        "tagmanifest-sha256.txt.p7s": signature,
    }
    (finding,) = verify_files(signed).findings
    assert "signer.pem holds" in finding


def test_a_cut_off_bundle_is_refused(evidence: Evidence) -> None:
    for end in (0, 10, len(evidence.bag) // 2, len(evidence.bag) - 1):
        assert not verify(evidence.bag[:end]).is_whole


def test_bytes_after_the_end_are_refused(evidence: Evidence) -> None:
    assert not verify(evidence.bag + b"x").is_whole


def test_what_the_manifest_names_is_what_is_there(files: dict[str, bytes]) -> None:
    line = files["manifest-sha256.txt"].decode().splitlines()[0]
    digest, path = line.split("  ")
    assert sha256(files[path]).hexdigest() == digest
