"""Checks a sealed bundle: that nothing is missing, added or changed, and that the signature fits."""

import io
import re
import tarfile
import zlib
from dataclasses import dataclass
from hashlib import sha256

from jikimi.evidence.bag import DECLARATION, MANIFEST, SIGNATURE, SIGNER, TAG_MANIFEST
from jikimi.evidence.cms import check_signature, read_certificate
from jikimi.model.errors import BadMedia

MOST_BYTES = 64 * 2**20  # twice the largest page we fetch
MOST_FILES = 32
REQUIRED = ("bagit.txt", "bag-info.txt", MANIFEST, TAG_MANIFEST, SIGNATURE, SIGNER)
UNLISTED = (TAG_MANIFEST, SIGNATURE, SIGNER)  # a signature is made after what it signs
_LINE = re.compile(r"([0-9a-f]{64})  (\S+)")


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a bundle is as it was sealed. `findings` says what is wrong; it is empty when all is well.

    `signer` is the SHA-256 fingerprint of signer.pem's certificate as hex ("" if it cannot be read): who
    signed is only known by comparing it with the centre's own certificate.
    """

    is_whole: bool
    findings: tuple[str, ...]
    signer: str = ""


def verify(bag: bytes) -> Verification:
    """Check a bundle as `seal` made it (tar.gz). Nothing is written to disk; hostile input is safe."""
    try:
        files = unpack(bag)
    except BadMedia as error:
        return Verification(is_whole=False, findings=(str(error),))
    return verify_files(files)


def verify_files(files: dict[str, bytes]) -> Verification:
    """Check the files of an unpacked bundle, by path from the folder that contains `data`."""
    findings = [f"{path} is missing" for path in REQUIRED if path not in files]
    if findings:
        return Verification(is_whole=False, findings=tuple(findings))
    if files["bagit.txt"] != DECLARATION:
        findings.append("bagit.txt is not that of a bundle we can read")
    payload = {path: body for path, body in files.items() if path.startswith("data/")}
    tags = {path: body for path, body in files.items() if path not in payload and path not in UNLISTED}
    findings += _compare(files[MANIFEST], payload, MANIFEST)
    findings += _compare(files[TAG_MANIFEST], tags, TAG_MANIFEST)
    signer = ""
    try:
        certificate = read_certificate(files[SIGNER])
        signer = sha256(certificate).hexdigest()
        check_signature(files[SIGNATURE], files[TAG_MANIFEST], certificate)
    except BadMedia as error:
        findings.append(str(error))
    return Verification(not findings, tuple(findings), signer)


def unpack(bag: bytes) -> dict[str, bytes]:
    """Return a tar.gz bundle's files by path inside its one folder, without writing any to disk.

    Raises BadMedia, with a reason, for anything but plain files in one folder, within size limits.
    """
    inflate = zlib.decompressobj(wbits=31)  # 31: gzip, header and check sum required
    try:
        plain = inflate.decompress(bag, MOST_BYTES)
    except zlib.error as error:
        raise BadMedia("the bundle is damaged: its compression is broken") from error
    if inflate.unconsumed_tail:
        raise BadMedia(f"the bundle is larger than {MOST_BYTES} bytes when unpacked")
    if not inflate.eof or inflate.unused_data:
        raise BadMedia("the bundle is cut off or something was added at its end")
    files: dict[str, bytes] = {}
    folders: set[str] = set()
    try:
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as tar:
            for entry in tar:
                folder, path = _path(entry)
                folders.add(folder)
                body = tar.extractfile(entry)
                if body is None or path in files or len(files) >= MOST_FILES or len(folders) > 1:
                    raise BadMedia("the bundle holds a path twice, too many files, or two folders")
                files[path] = body.read()
    except tarfile.TarError as error:
        raise BadMedia("the bundle is damaged: it is not a tar archive") from error
    return files


def _path(entry: tarfile.TarInfo) -> tuple[str, str]:
    folder, _, path = entry.name.partition("/")
    steps = (folder, *path.split("/"))
    is_plain = entry.isreg() and not entry.issparse()  # a sparse file may claim any size
    if not is_plain or any(step in {"", ".", ".."} for step in steps) or "\\" in entry.name:
        raise BadMedia("the bundle holds something other than plain files in one folder")
    return folder, path


def _compare(manifest: bytes, files: dict[str, bytes], name: str) -> list[str]:
    listed: dict[str, str] = {}
    findings: list[str] = []
    for line in manifest.decode("utf-8", "replace").splitlines():
        match = _LINE.fullmatch(line)
        if match is None or match[2] in listed:
            findings.append(f"{name} has a line that is damaged or there twice")
        else:
            listed[match[2]] = match[1]
    findings += [f"{path} is listed in {name} but missing" for path in listed if path not in files]
    findings += [f"{path} is not listed in {name}" for path in sorted(files) if path not in listed]
    findings += [
        f"{path} was changed: its SHA-256 is not the one in {name}"
        for path, body in sorted(files.items())
        if path in listed and sha256(body).hexdigest() != listed[path]
    ]
    return findings
