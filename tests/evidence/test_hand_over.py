"""A hand-over opens with age or gpg only for its receiver, and the tools of others accept what is in it."""

import io
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from random import Random

import pyrage
import pytest
from pyhanko.pdf_utils.generic import pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from jikimi.evidence.cms import read_certificate
from jikimi.evidence.encrypting import Receivers, encrypt, names_of
from jikimi.evidence.export import bundle_with
from jikimi.evidence.hand_over import COMMANDS as OUTER_COMMANDS
from jikimi.evidence.hand_over import Sealed, assemble
from jikimi.evidence.pdf_signing import MOST_BYTES, check_pdf
from jikimi.evidence.readme import COMMANDS, STAMP_COMMANDS
from jikimi.evidence.report import Custody
from jikimi.evidence.sheet import Text, set_pages
from jikimi.evidence.signing import CmsSealer, create_identity
from jikimi.evidence.unpacking import MOST_BYTES as MOST_BUNDLE
from jikimi.evidence.unpacking import MOST_HANDED, unpack
from jikimi.evidence.verify import verify, verify_files, verify_hand_over
from jikimi.flow.reading import CLIP
from jikimi.model.alert import Evidence, Place
from jikimi.model.custody import Link, Stamp
from jikimi.model.errors import BadMedia, Misconfigured, NeedsHuman
from jikimi.model.ports import Fetched

FLIPS = 1000
LINK = Link(7, "2026-11-22T13:00:00+00:00", "ada", "Decision", "d" * 32, "a" * 64, "b" * 64, "c" * 64)

pytestmark = pytest.mark.server


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} not installed")


@pytest.fixture
def bundle(captured: Evidence, stamped_capture: Stamp, sealer: CmsSealer) -> bytes:
    return bundle_with(captured, stamped_capture, sealer)


@pytest.fixture
def custody(place: Place) -> Custody:
    return Custody((LINK, replace(LINK, number=8)), replace(LINK, number=9), "시험 지원센터", "ada", place.at)


@pytest.fixture
def archive(
    place: Place, captured: Evidence, stamped_capture: Stamp, custody: Custody, sealer: CmsSealer
) -> bytes:
    return assemble(Sealed(place, captured, stamped_capture), custody, sealer)


def unpacked(packed: bytes, folder: Path) -> Path:
    (folder / "x.tar.gz").write_bytes(packed)
    subprocess.run(["tar", "-xzf", "x.tar.gz"], cwd=folder, check=True)
    (found,) = (path for path in folder.iterdir() if path.is_dir())
    return found


def succeeds(script: str, folder: Path) -> bool:
    return subprocess.run(["sh", "-ec", script], cwd=folder, capture_output=True, check=False).returncode == 0


def test_a_stamped_bundle_is_whole_and_tells_when_it_existed(bundle: bytes, stamped_capture: Stamp) -> None:
    found = verify(bundle)
    assert (found.is_whole, found.findings) == (True, ())
    assert found.stamped_at == stamped_capture.said_at
    assert len(found.authority) == 64


def test_without_a_stamp_the_bundle_is_as_it_was_sealed(captured: Evidence, sealer: CmsSealer) -> None:
    assert bundle_with(captured, None, sealer) == captured.bag
    assert verify(captured.bag).stamped_at is None


def test_a_thousand_flipped_bits_of_a_stamped_bundle_are_all_found(bundle: bytes) -> None:
    files, random = unpack(bundle), Random(20261130)
    weights = [1 + len(body) for body in files.values()]
    for number in range(FLIPS):
        # Half of the flips fall anywhere, half into a file drawn at random, so that small ones are met too.
        path = random.choices(list(files), weights)[0] if number % 2 else random.choice(list(files))
        changed = bytearray(files[path])
        bit = random.randrange(8 * len(changed))
        changed[bit // 8] ^= 1 << bit % 8
        assert not verify_files({**files, path: bytes(changed)}).is_whole, (path, bit)


def test_each_bit_of_the_stamp_and_of_its_listing_counts(bundle: bytes) -> None:
    files = unpack(bundle)
    for path in ("tagmanifest-sha256.txt.tsr", "additions-sha256.txt", "additions-sha256.txt.p7s"):
        for bit in range(8 * len(files[path])):
            changed = bytearray(files[path])
            changed[bit // 8] ^= 1 << bit % 8
            assert not verify_files({**files, path: bytes(changed)}).is_whole, (path, bit)


@pytest.mark.parametrize("path", ["tagmanifest-sha256.txt.tsr", "tsa.pem", "additions-sha256.txt.p7s"])
def test_a_missing_part_of_the_stamp_is_named(bundle: bytes, path: str) -> None:
    files = unpack(bundle)
    del files[path]
    assert verify_files(files).findings == (f"{path} is missing",)


def test_the_stamp_of_another_bundle_is_found_out(
    captured: Evidence, evidence: Evidence, stamped_capture: Stamp, sealer: CmsSealer
) -> None:
    assert captured.manifest_sha256 != evidence.manifest_sha256
    assert (
        "the time stamp is about something else"
        in verify(bundle_with(evidence, stamped_capture, sealer)).findings
    )


def test_a_replaced_signing_key_is_said_at_once(captured: Evidence, stamped_capture: Stamp) -> None:
    other = CmsSealer(*create_identity("다른 센터", lambda: captured.at))
    with pytest.raises(Misconfigured, match="signing key was replaced"):
        bundle_with(captured, stamped_capture, other)


@needs("openssl", "sha256sum")
def test_the_readmes_commands_accept_a_stamped_bundle_and_refuse_a_changed_stamp(
    bundle: bytes, tmp_path: Path
) -> None:
    folder = unpacked(bundle, tmp_path)
    assert succeeds(COMMANDS, folder)
    assert succeeds(STAMP_COMMANDS, folder)
    stamp = folder / "tagmanifest-sha256.txt.tsr"
    stamp.write_bytes(stamp.read_bytes()[:-1] + b"x")
    assert not succeeds(STAMP_COMMANDS, folder)


def test_a_hand_over_is_whole(archive: bytes, stamped_capture: Stamp) -> None:
    found = verify(archive)
    assert (found.is_whole, found.findings) == (True, ())
    assert found.stamped_at == stamped_capture.said_at


def test_flipped_bits_of_a_hand_over_are_all_found(archive: bytes) -> None:
    files, random = unpack(archive), Random(3)
    for _ in range(300):
        path = random.choice(list(files))
        changed = bytearray(files[path])
        bit = random.randrange(8 * len(changed))
        changed[bit // 8] ^= 1 << bit % 8
        assert not verify_hand_over({**files, path: bytes(changed)}).is_whole, (path, bit)


def test_a_report_of_another_signer_is_found_out(
    archive: bytes, captured: Evidence, sealer: CmsSealer
) -> None:
    from jikimi.evidence.bag import write_manifest

    files = unpack(archive)
    other = CmsSealer(*create_identity("다른 센터", lambda: captured.at))
    files["report.pdf"] = other.sign_document(set_pages([Text("another")], "foot"), "another")
    outer = {"SHA256SUMS", "SHA256SUMS.p7s", "signer.pem"}
    files["SHA256SUMS"] = write_manifest({p: b for p, b in files.items() if p not in outer})
    files["SHA256SUMS.p7s"] = sealer.sign(files["SHA256SUMS"]).signature
    assert not verify_hand_over(files).is_whole


def test_a_hand_over_holds_no_medium_unless_it_is_asked_for(
    archive: bytes, place: Place, captured: Evidence, custody: Custody, sealer: CmsSealer, medium: Fetched
) -> None:
    assert "medium.bin" not in unpack(archive)
    assert medium.body[:64] not in b"".join(unpack(archive).values())
    with_it = unpack(assemble(Sealed(place, captured, None, medium.body), custody, sealer))
    assert with_it["medium.bin"] == medium.body
    assert verify_hand_over(with_it).is_whole


def test_a_hand_over_with_the_largest_clip_that_is_fetched_is_whole(
    place: Place, captured: Evidence, custody: Custody, sealer: CmsSealer
) -> None:
    clip = bytes(CLIP.max_bytes)
    assert len(clip) + MOST_BUNDLE < MOST_HANDED
    assert verify(assemble(Sealed(place, captured, None, clip), custody, sealer)).findings == ()


@needs("openssl", "sha256sum", "pdfsig")
def test_the_outer_commands_accept_a_hand_over(archive: bytes, tmp_path: Path) -> None:
    folder = unpacked(archive, tmp_path)
    assert succeeds(OUTER_COMMANDS, folder)
    (folder / "custody.json").write_text("{}")
    assert not succeeds(OUTER_COMMANDS, folder)


def test_the_custody_log_holds_links_and_anchor(archive: bytes) -> None:
    log = json.loads(unpack(archive)["custody.json"])
    assert [link["number"] for link in log["links"]] == [7, 8]
    assert log["anchor"]["link"] == "c" * 64


@needs("pdftotext", "pdfsig")
def test_the_report_is_read_and_its_signature_checked_by_poppler(
    archive: bytes, tmp_path: Path, place: Place, captured: Evidence
) -> None:
    (tmp_path / "report.pdf").write_bytes(unpack(archive)["report.pdf"])
    said = subprocess.run(
        ["pdftotext", "-layout", "report.pdf", "-"], cwd=tmp_path, capture_output=True, check=True
    )
    text = said.stdout.decode()
    for words in (
        "온라인 게시물 채증 보고서",
        "확인서",
        "Confirmation sheet",
        place.post_url,
        "시험 지원센터",
    ):
        assert words in text
    assert captured.manifest_sha256 in text.replace("\n", "")
    signed = subprocess.run(
        ["pdfsig", "-nocert", "report.pdf"], cwd=tmp_path, capture_output=True, check=False
    )
    assert b"Signature is Valid" in signed.stdout
    assert b"Total document signed" in signed.stdout


@needs("age", "age-keygen")
def test_age_opens_it_for_each_receiver_and_for_nobody_else(archive: bytes, tmp_path: Path) -> None:
    keys = []
    for name in ("police", "court", "stranger"):
        subprocess.run(["age-keygen", "-o", name], cwd=tmp_path, check=True, capture_output=True)
        asked = subprocess.run(
            ["age-keygen", "-y", name], cwd=tmp_path, check=True, capture_output=True, text=True
        )
        keys.append(asked.stdout.strip())
    (tmp_path / "x.age").write_bytes(encrypt(archive, Receivers(tuple(keys[:2]))))
    for name, opens in (("police", True), ("court", True), ("stranger", False)):
        done = subprocess.run(
            ["age", "-d", "-i", name, "-o", f"{name}.tar.gz", "x.age"],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        assert (done.returncode == 0) is opens
        if opens:
            assert (tmp_path / f"{name}.tar.gz").read_bytes() == archive


@needs("gpg")
def test_gpg_opens_what_was_encrypted_to_its_certificate(archive: bytes, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--pinentry-mode", "loopback", "--passphrase", ""]
    make = [*gpg, "--quick-gen-key", "police@office.invalid", "future-default", "default", "never"]
    subprocess.run(make, check=True, capture_output=True)
    exported = subprocess.run([*gpg, "--export"], check=True, capture_output=True).stdout
    receivers = Receivers(openpgp=(exported,))
    (name,) = names_of(receivers)
    assert len(name) == 40
    (tmp_path / "x.pgp").write_bytes(encrypt(archive, receivers))
    done = subprocess.run([*gpg, "-d", "x.pgp"], cwd=tmp_path, check=True, capture_output=True)
    assert done.stdout == archive
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)


def test_flipped_bits_of_an_encrypted_file_are_refused_by_age(archive: bytes) -> None:
    identity = pyrage.x25519.Identity.generate()
    closed = encrypt(archive, Receivers((str(identity.to_public()),)))
    assert pyrage.decrypt(closed, [identity]) == archive
    assert verify(closed).findings == ("the file is still encrypted: open it with age -d first",)
    changed = bytearray(closed)
    changed[len(changed) // 2] ^= 1
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(bytes(changed), [identity])


@pytest.mark.parametrize(
    "receivers",
    [
        Receivers(),
        Receivers(("age1nothing",)),
        Receivers(openpgp=(b"no certificate",)),
        Receivers(("a",), (b"b",)),
    ],
)
def test_who_cannot_receive_is_refused_before_anything_is_written(receivers: Receivers) -> None:
    with pytest.raises(NeedsHuman, match="age1"):
        encrypt(b"x", receivers)


def test_the_command_checks_bundles_and_hand_overs(archive: bytes, bundle: bytes, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from jikimi.cli import app

    file = tmp_path / "x.tar.gz"
    for body in (archive, bundle):
        file.write_bytes(body)
        done = CliRunner().invoke(app, ["evidence", "verify", str(file)])
        assert done.exit_code == 0
        assert "stamped at " in done.stdout
        assert done.stdout.endswith("\nwhole\n")
        file.write_bytes(body[:-20])
        done = CliRunner().invoke(app, ["evidence", "verify", str(file)])
        assert done.exit_code == 1
        assert done.stdout.endswith("NOT whole\n")


def test_a_report_says_letters_it_cannot_set_in_another_way(
    place: Place, captured: Evidence, custody: Custody, sealer: CmsSealer
) -> None:
    odd = replace(place, author="\U0001f600 ( ) \\ \udc80 日本 ё", post_url="https://a.example/" + "x" * 500)
    archive = assemble(Sealed(odd, captured, None), custody, sealer)
    assert verify(archive).is_whole


def test_a_report_cannot_be_checked_where_there_is_none(identity: tuple[bytes, bytes]) -> None:
    for body in (b"", b"%PDF-1.4", b"nonsense"):
        with pytest.raises(BadMedia):
            check_pdf(body, read_certificate(identity[1]))


@pytest.fixture
def signed_report(sealer: CmsSealer) -> bytes:
    return sealer.sign_document(set_pages([Text("a report")], "foot"), "a report")


def test_a_report_with_something_added_after_its_signature_is_refused(
    signed_report: bytes, identity: tuple[bytes, bytes]
) -> None:
    certificate = read_certificate(identity[1])
    check_pdf(signed_report, certificate)
    later = IncrementalPdfFileWriter(io.BytesIO(signed_report))
    later.root["/Lang"] = pdf_string("ko")
    later.update_root()
    out = io.BytesIO()
    later.write(out)
    assert out.getvalue().startswith(signed_report)
    with pytest.raises(BadMedia, match="changed after"):
        check_pdf(out.getvalue(), certificate)


def test_a_damaged_or_huge_report_is_refused_and_never_a_crash(
    signed_report: bytes, identity: tuple[bytes, bytes]
) -> None:
    certificate, random = read_certificate(identity[1]), Random(11)
    with pytest.raises(BadMedia, match="larger than"):
        check_pdf(signed_report + bytes(MOST_BYTES), certificate)
    for _ in range(300):
        at, length = random.randrange(len(signed_report)), random.randrange(1, 40)
        damaged = signed_report[:at] + random.randbytes(length) + signed_report[at + length + 1 :]
        with pytest.raises(BadMedia):
            check_pdf(damaged, certificate)


def blocks() -> list[str]:
    page = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text()
    return [part.split("```")[0] for part in page.split("```sh\n")[1:]]


@needs("openssl", "sha256sum", "tar")
def test_the_documents_commands_accept_a_stamped_bundle(bundle: bytes, tmp_path: Path) -> None:
    (tmp_path / "bundle.tar.gz").write_bytes(bundle)
    assert succeeds(blocks()[1], tmp_path)


@needs("openssl", "tar", "unzip", "warcio", "wacz")
def test_the_documents_commands_accept_a_capture(bundle: bytes, tmp_path: Path) -> None:
    (tmp_path / "bundle.tar.gz").write_bytes(bundle)
    assert succeeds(blocks()[2], tmp_path)


@needs("openssl", "sha256sum", "age", "age-keygen", "pdfsig")
def test_the_documents_commands_open_and_accept_a_hand_over(archive: bytes, tmp_path: Path) -> None:
    subprocess.run(["age-keygen", "-o", "key.txt"], cwd=tmp_path, check=True, capture_output=True)
    asked = ["age-keygen", "-y", "key.txt"]
    key = subprocess.run(asked, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()
    (tmp_path / "hand-over.tar.gz.age").write_bytes(encrypt(archive, Receivers((key,))))
    assert succeeds(blocks()[3], tmp_path)
