"""Reads and checks a time authority's reply (RFC 3161), leniently to read and strictly to believe."""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from jikimi.model.errors import BadMedia, Misconfigured

GRANTED = {"granted", "granted_with_mods"}
BUSY = {"time_not_available", "system_failure", "add_info_not_available"}
OPENSSL_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Reply:
    """What a reply says; nothing of it is checked yet. A refused one has only `status` and `reason`."""

    status: str
    reason: str
    said_at: datetime | None = None
    imprint: bytes = b""
    nonce: int | None = None


def read_reply(raw: bytes) -> Reply:
    """Return what a reply says. Raises BadMedia when it is none.

    Read with a lenient DER reader: some authorities do not sort their sets, and a refusal has no token.
    """
    from asn1crypto import parser, tsp  # noqa: PLC0415  # heavy for a command line

    try:
        outer = parser.parse(raw, strict=True)[4]
        info = tsp.PKIStatusInfo.load(outer)  # a refusal has nothing behind it
        status = str(info["status"].native)
        failure = ", ".join(sorted(info["fail_info"].native or ()))
        reason = " ".join([*map(str, info["status_string"].native or ()), failure]).strip()
        if status not in GRANTED:
            return Reply(status, reason)
        content = tsp.TimeStampResp.load(raw, strict=True)["time_stamp_token"]["content"][
            "encap_content_info"
        ]["content"].parsed
        imprint = content["message_imprint"]["hashed_message"].native
        return Reply(status, reason, content["gen_time"].native, imprint, content["nonce"].native)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadMedia("the time authority's reply is not one") from error


def check_reply(raw: bytes, content: bytes, roots_pem: bytes) -> str:
    """Return the name of the program that believes a reply about `content`; BadMedia with why none does.

    `roots_pem` are the certificates one trusts. rfc3161-client goes first; it refuses some well-formed
    replies that are not strict DER, so `openssl ts -verify` is asked where it does.
    """
    if read_reply(raw).imprint != sha256(content).digest():
        raise BadMedia("the time stamp is about something else")
    why = _ask_library(raw, content, roots_pem)
    if not why:
        return "rfc3161-client"
    said = _ask_openssl(raw, content, roots_pem)
    if said:
        raise BadMedia(f"the time stamp cannot be believed: {why}; {said}")
    return "openssl ts"


def _ask_library(raw: bytes, content: bytes, roots_pem: bytes) -> str:
    """Return "" if rfc3161-client believes it, else why not."""
    from cryptography import x509  # noqa: PLC0415  # as above
    from rfc3161_client import (  # noqa: PLC0415  # as above
        VerificationError,
        VerifierBuilder,
        decode_timestamp_response,
    )

    try:
        certificates = x509.load_pem_x509_certificates(roots_pem)
    except ValueError as error:
        raise Misconfigured(
            "JIKIMI_TSA_CERTIFICATE: the file holds no certificate in PEM. Put the authority's own there."
        ) from error
    roots = [one for one in certificates if one.issuer == one.subject] or certificates
    others = [one for one in certificates if one not in roots]
    try:
        verifier = VerifierBuilder(roots=roots, intermediates=others).build()
        is_good = verifier.verify_message(decode_timestamp_response(raw), content)
    except (VerificationError, ValueError) as error:
        return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return "" if is_good else "it does not fit"


def _ask_openssl(raw: bytes, content: bytes, roots_pem: bytes) -> str:
    """Return "" if openssl believes it, else why not."""
    program = shutil.which("openssl")
    if program is None:
        return "openssl is not installed"
    command = [program, "ts", "-verify", "-in", "reply.tsr", "-data", "content", "-CAfile", "roots.pem"]
    try:
        with tempfile.TemporaryDirectory(prefix="jikimi-stamp-") as name:
            folder = Path(name)
            for file, body in (("reply.tsr", raw), ("content", content), ("roots.pem", roots_pem)):
                (folder / file).write_bytes(body)
            done = subprocess.run(  # noqa: S603  # a program of the machine's own
                command, cwd=folder, capture_output=True, timeout=OPENSSL_SECONDS, check=False
            )
    except subprocess.TimeoutExpired:
        return "openssl takes too long"
    except OSError:
        return "openssl cannot be run; check disk and memory"
    return "" if done.returncode == 0 else "openssl does not believe it either"
