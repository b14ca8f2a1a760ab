"""Puts bundle, signed report, custody log and digests of a hand-over into one archive, and checks one."""

from dataclasses import dataclass
from hashlib import sha256

from jikimi.evidence.bag import SIGNER, pack, write_manifest
from jikimi.evidence.cms import check_signature, read_certificate
from jikimi.evidence.export import bundle_with
from jikimi.evidence.pdf_signing import check_pdf
from jikimi.evidence.report import Custody, custody_log, write_report
from jikimi.evidence.unpacking import unpack
from jikimi.model.alert import Evidence, Place
from jikimi.model.custody import Stamp
from jikimi.model.errors import BadMedia
from jikimi.model.ports import Sealer

FOLDER = "hand-over-"
BUNDLE, REPORT, LOG, READ_ME = "bundle.tar.gz", "report.pdf", "custody.json", "README.txt"
MEDIUM = "medium.bin"
SUMS, SUMS_SIGNATURE = "SHA256SUMS", "SHA256SUMS.p7s"
REASON = "채증 보고서 / report of evidence"

COMMANDS = """\
    sha256sum --strict -c SHA256SUMS
    openssl cms -verify -binary -inform DER -in SHA256SUMS.p7s -content SHA256SUMS -CAfile signer.pem \\
        -signer ../signed-by.pem -out /dev/null
    cmp ../signed-by.pem signer.pem
    pdfsig -nocert report.pdf"""

ABOUT = f"""\
지킴이 증거 인계 묶음 / Hand-over of evidence from Jikimi

bundle.tar.gz  봉인된 증거 묶음(BagIt). data/README.txt에 검증 방법이 있습니다.
               the sealed bundle (BagIt); how to check it stands in its data/README.txt
report.pdf     서명된 보고서와 확인서(인쇄하여 서명) / signed report, with a sheet to print and sign
custody.json   보관 이력과 감사 사슬의 끝 / custody log and the audit chain's newest link
medium.bin     (있는 경우) 매체 원본 / the medium itself, only if it was asked for

{COMMANDS}
"""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is handed over of a place: its evidence, its stamp if there is one, its medium if wanted."""

    place: Place
    evidence: Evidence
    stamp: Stamp | None
    medium: bytes = b""


def assemble(sealed: Sealed, custody: Custody, sealer: Sealer) -> bytes:
    """Return the archive (tar.gz), not yet encrypted."""
    bundle = bundle_with(sealed.evidence, sealed.stamp, sealer)
    report = write_report(sealed.place, sealed.evidence, sealed.stamp, unpack(bundle), custody)
    files = {
        BUNDLE: bundle,
        REPORT: sealer.sign_document(report, REASON),
        LOG: custody_log(custody),
        READ_ME: ABOUT.encode(),
        **({MEDIUM: sealed.medium} if sealed.medium else {}),
    }
    sums = write_manifest(files)
    proof = sealer.sign(sums)
    signed = {SUMS: sums, SUMS_SIGNATURE: proof.signature, SIGNER: proof.certificate}
    return pack(f"{FOLDER}{sealed.place.key[:12]}", {**files, **signed}, custody.at)


def check_hand_over(files: dict[str, bytes]) -> list[str]:
    """Return what is wrong with the outer files of an unpacked hand-over; the bundle is checked by itself."""
    required = (BUNDLE, REPORT, LOG, READ_ME, SUMS, SUMS_SIGNATURE, SIGNER)
    missing = [f"{path} is missing" for path in required if path not in files]
    if missing:
        return missing
    listed = {path: body for path, body in files.items() if path not in {SUMS, SUMS_SIGNATURE, SIGNER}}
    findings = []
    if write_manifest(listed) != files[SUMS]:
        lines = set(files[SUMS].decode("utf-8", "replace").splitlines())
        changed = [p for p, body in listed.items() if f"{sha256(body).hexdigest()}  {p}" not in lines]
        findings += [f"{path} was changed or is not listed in {SUMS}" for path in changed]
        findings += [] if changed else [f"{SUMS} does not list what is there"]
    try:
        certificate = read_certificate(files[SIGNER])
        check_signature(files[SUMS_SIGNATURE], files[SUMS], certificate)
        if not findings:
            check_pdf(files[REPORT], certificate)
    except BadMedia as error:
        findings.append(str(error))
    return findings
