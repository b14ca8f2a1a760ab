"""`jikimi selfcheck`: is everything in place? Each line says what to do if not."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from jikimi.cli.opening import opened
from jikimi.model.errors import JikimiError
from jikimi.model.fingerprint import Effort

if TYPE_CHECKING:
    from jikimi.app.service import Service

LEAST_FREE_BYTES = 2 * 2**30


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check: fine, a warning, or a fault that stops the work."""

    mark: str  # "ok", "warn" or "FAIL"
    line: str


def selfcheck() -> None:
    """Check settings, keys, database, sandbox, and matching with our own specimen; status 1 on a fault."""
    has_failed = False
    with opened() as service:
        for check in (
            _data,
            _database,
            _sandbox,
            _specimen,
            _evidence,
            _browser,
            _stamps,
            _mail,
            _letters,
            _tools,
        ):
            for finding in _guarded(check, service):
                has_failed = has_failed or finding.mark == "FAIL"
                typer.echo(f"{finding.mark:5}{finding.line}")
    if has_failed:
        raise typer.Exit(1)


def _guarded(check: Callable[["Service"], Iterator[Finding]], service: "Service") -> Iterator[Finding]:
    try:
        yield from check(service)
    except JikimiError as error:
        yield Finding("FAIL", str(error))


def _data(service: "Service") -> Iterator[Finding]:
    settings = service.settings
    free = shutil.disk_usage(settings.folder).free
    mark = "ok" if free > LEAST_FREE_BYTES else "warn"
    yield Finding(mark, f"data folder: {settings.folder}, {free / 2**30:.0f} GiB free")
    yield Finding("ok", "master key: there and private. Keep a copy of it apart from the database's backup.")


def _database(service: "Service") -> Iterator[Finding]:
    from jikimi.store import audit  # only once Django is configured

    chain = audit.walk()
    if chain.problem:
        yield Finding("FAIL", f"audit chain: {chain.problem}. Keep the disk and call for help.")
    else:
        yield Finding("ok", f"audit chain: {chain.links} links hold")
    kind = "PostgreSQL" if service.settings.database else "SQLite"
    yield Finding("ok", f"database: {kind} answers and its tables are up to date")


def _sandbox(_service: "Service") -> Iterator[Finding]:
    from jikimi.media.sandbox import sandbox_posture  # heavy

    posture = sandbox_posture()
    for name, is_there, remedy in (
        ("resource limits", posture.rlimits, "run on Linux"),
        ("Landlock (no files)", posture.landlock, "use a kernel from 5.13 on with Landlock enabled"),
        ("seccomp (no system calls)", posture.seccomp, "install libseccomp2"),
    ):
        if is_there:
            yield Finding("ok", f"sandbox: {name}")
        else:
            yield Finding(
                "warn",
                f"sandbox: {name} is missing; pictures are read with less protection. To mend: {remedy}.",
            )


def _specimen(service: "Service") -> Iterator[Finding]:
    """Send our own harmless drawing through fingerprint and search, as a post would go."""
    from jikimi.media.edits import EDITS  # heavy
    from jikimi.media.partial_edits import PARTIAL_EDITS  # as above
    from jikimi.media.specimen import draw, encode_jpeg  # as above

    house = service.house
    original, stranger = draw(1), draw(2)
    reference = house.sandbox.inspect(encode_jpeg(original), Effort.REFERENCE).fingerprints
    for name, edit in {**EDITS, **PARTIAL_EDITS}.items():
        seen = house.sandbox.inspect(edit(original), Effort.SECOND)
        found = house.vault.compare(seen.fingerprints, reference)
        mark, word = (
            ("FAIL", "NOT found") if found is None else ("ok", f"found ({found.tier}, {found.how.edit})")
        )
        yield Finding(mark, f"specimen, {name}: {word}")
    wrong = house.vault.compare(house.sandbox.inspect(encode_jpeg(stranger)).fingerprints, reference)
    yield Finding("ok" if wrong is None else "FAIL", "specimen: another drawing is not taken for it")


def _evidence(service: "Service") -> Iterator[Finding]:
    seal = service.house.sealer.sign(b"selfcheck")
    yield Finding("ok", f"evidence: signs as the centre ({len(seal.signature)} bytes)")


def _browser(service: "Service") -> Iterator[Finding]:
    """Look at one of our own pages with the browser, as evidence is captured."""
    from jikimi.cli.own_page import try_camera  # heavy
    from jikimi.media.camera import HOW_TO_INSTALL  # as above

    if service.settings.capture == "plain":
        yield Finding("warn", "browser: not wanted (JIKIMI_CAPTURE=plain), so evidence holds no screenshot")
        return
    if service.house.camera is None:
        yield Finding(
            "warn",
            f"browser: none, so evidence holds the plain page only, no screenshot. To mend: {HOW_TO_INSTALL}",
        )
        return
    yield from (Finding(mark, line) for mark, line in try_camera(service.house.camera))


def _stamps(service: "Service") -> Iterator[Finding]:
    """Have the time authority stamp a few bytes of ours, and check its word."""
    from jikimi.evidence.stamper import PROBE  # heavy

    stamper = service.house.stamper
    if stamper is None:
        yield Finding("warn", "time stamps: no authority is set. Set JIKIMI_TSA and JIKIMI_TSA_CERTIFICATE.")
        return
    try:
        stamped = stamper.stamp(PROBE)
    except JikimiError as error:
        yield Finding("warn", f"time stamps: {error} Evidence waits for its stamp; letters do not.")
        return
    yield Finding("ok", f"time stamps: {stamper.name}, checked by {stamped.checked_by}")


def _mail(service: "Service") -> Iterator[Finding]:
    from jikimi.flow.reading import is_sending_on  # heavy

    if not service.house.channels:
        yield Finding(
            "warn", "mail: no server set; notices can only be rehearsed. Set JIKIMI_SMTP and JIKIMI_SENDER."
        )
    elif not is_sending_on(service.house):
        yield Finding(
            "warn", "mail: sending is off, notices are rehearsed. Type: jikimi removal sending on --by NAME"
        )
    else:
        yield Finding("ok", "mail: sending is on")
    yield from _answers(service)
    if not service.settings.centre:
        yield Finding("warn", "centre: notices carry no name. Set JIKIMI_CENTRE and JIKIMI_CONTACT.")


def _answers(service: "Service") -> Iterator[Finding]:
    """Say whether mail is signed and answers are read; look into the mailbox once."""
    settings, inbox = service.settings, service.house.inbox
    if settings.smtp and not settings.dkim:
        yield Finding("warn", "mail: not signed by us. Unless your server signs: jikimi mail dkim")
    if inbox is None:
        if settings.smtp:
            yield Finding("warn", "answers: not read. Set JIKIMI_IMAP and JIKIMI_REPLY.")
        return
    inbox.read("", 1)
    yield Finding("ok", "answers: the mailbox opens")


def _letters(service: "Service") -> Iterator[Finding]:
    """Have our own drawing of a word read, as a picture that was found would be."""
    from jikimi.media.specimen import SIGN, draw_sign  # heavy
    from jikimi.media.tesseract import PACKAGES, WANTED, installed_scribe  # as above

    scribe = installed_scribe()
    if service.house.scribe is None or scribe is None:
        yield Finding(
            "warn", f"letters in pictures: not read, only QR codes. To mend: apt-get install {PACKAGES}"
        )
        return
    missing = [language for language in WANTED if language not in scribe.languages]
    is_read = bool(scribe.languages) and SIGN in scribe.read(draw_sign())
    if is_read and not missing:
        yield Finding("ok", f"letters in pictures: read ({', '.join(scribe.languages)})")
    elif is_read:
        lacking = ", ".join(missing)
        yield Finding("warn", f"letters in pictures: {lacking} missing. To mend: apt-get install {PACKAGES}")
    else:
        yield Finding("warn", f"letters in pictures: Tesseract fails. To mend: apt-get install {PACKAGES}")


def _tools(_service: "Service") -> Iterator[Finding]:
    for tool, use in (
        ("openssl", "outside checks of evidence signatures"),
        ("sha256sum", "outside checks of digests"),
    ):
        if shutil.which(tool):
            yield Finding("ok", f"tool: {tool}")
        else:
            yield Finding("warn", f"tool: {tool} is missing (for {use}). Install it from your distribution.")
