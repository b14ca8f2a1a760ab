"""Checks a sealed bundle: that nothing is missing, added or changed, and that the signature fits."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from jikimi.evidence.bag import DECLARATION, MANIFEST, SIGNATURE, SIGNER, TAG_MANIFEST
from jikimi.evidence.cms import check_signature, read_certificate
from jikimi.evidence.export import ADDED, ADDITIONS, ADDITIONS_SIGNATURE, STAMP, STAMP_ROOTS
from jikimi.evidence.hand_over import BUNDLE, FOLDER, check_hand_over
from jikimi.evidence.tsr import check_reply, read_reply
from jikimi.evidence.unpacking import MOST_BYTES, MOST_HANDED, first_name, unpack, unpack_named
from jikimi.model.errors import BadMedia, Misconfigured

ENCRYPTED = b"age-encryption.org/"
STILL_CLOSED = "the file is still encrypted: open it with age -d first"
REQUIRED = ("bagit.txt", "bag-info.txt", MANIFEST, TAG_MANIFEST, SIGNATURE, SIGNER)
UNLISTED = (TAG_MANIFEST, SIGNATURE, SIGNER, *ADDED)  # a signature is made after what it signs
_LINE = re.compile(r"([0-9a-f]{64})  (\S+)")


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a bundle is as it was sealed. `findings` says what is wrong; it is empty when all is well.

    `signer` is the SHA-256 fingerprint of signer.pem's certificate as hex ("" if it cannot be read): who
    signed is only known by comparing it with the centre's own certificate. `stamped_at` is what a time
    authority said, None without a stamp; `authority` is the SHA-256 of the certificates (tsa.pem) it was
    checked against, to be compared with the authority's own.
    """

    is_whole: bool
    findings: tuple[str, ...]
    signer: str = ""
    stamped_at: datetime | None = None
    authority: str = ""


def verify(bag: bytes) -> Verification:
    """Check a bundle or a decrypted hand-over (tar.gz). Nothing is written to disk; hostile input is safe."""
    if bag.startswith(ENCRYPTED):
        return Verification(is_whole=False, findings=(STILL_CLOSED,))
    most = MOST_HANDED if first_name(bag).startswith(FOLDER) else MOST_BYTES
    try:
        folder, files = unpack_named(bag, most)
    except BadMedia as error:
        return Verification(is_whole=False, findings=(str(error),))
    return verify_hand_over(files) if folder.startswith(FOLDER) else verify_files(files)


def verify_hand_over(files: dict[str, bytes]) -> Verification:
    """Check the files of an unpacked hand-over: digests, signatures, the report, and the bundle in it."""
    findings = check_hand_over(files)
    if findings:
        return Verification(is_whole=False, findings=tuple(findings))
    try:
        inner = verify_files(unpack(files[BUNDLE]))
    except BadMedia as error:
        return Verification(is_whole=False, findings=(f"{BUNDLE}: {error}",))
    outer = sha256(read_certificate(files[SIGNER])).hexdigest()
    if inner.is_whole and inner.signer != outer:
        return replace(inner, is_whole=False, findings=("bundle and hand-over are signed by two keys",))
    return inner


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
    if not any(path in files for path in ADDED):
        return Verification(not findings, tuple(findings), signer)
    findings += _check_additions(files)
    if findings:
        return Verification(is_whole=False, findings=tuple(findings), signer=signer)
    said_at = read_reply(files[STAMP]).said_at
    authority = sha256(files[STAMP_ROOTS]).hexdigest()
    return Verification(True, (), signer, said_at, authority)


def _check_additions(files: dict[str, bytes]) -> list[str]:
    """Check the time stamp: listed, signed by the same centre, and believed."""
    missing = [f"{path} is missing" for path in ADDED if path not in files]
    if missing:
        return missing
    findings = _compare(files[ADDITIONS], {path: files[path] for path in (STAMP, STAMP_ROOTS)}, ADDITIONS)
    try:
        check_signature(files[ADDITIONS_SIGNATURE], files[ADDITIONS], read_certificate(files[SIGNER]))
    except BadMedia as error:
        findings.append(f"{ADDITIONS}: {error}")
    if not findings:
        try:
            check_reply(files[STAMP], files[TAG_MANIFEST], files[STAMP_ROOTS])
        except (BadMedia, Misconfigured) as error:
            findings.append(str(error))
    return findings


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
