"""Reports a copy on Amazon's machines through the AWS Abuse Signal API, in XARF; minors only."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

import msgspec

from jikimi.model.alert import Evidence, Notice
from jikimi.model.errors import InDoubt, NeedsHuman, TryLater
from jikimi.model.ports import Clock, Handed, Submitter
from jikimi.model.post import Secret
from jikimi.removal.api_answer import LIMITS, about_of, read_json
from jikimi.removal.xarf import report_of

SETTING = "aws in JIKIMI_CHANNELS"
SERVICE, PATH = "abuse", "/v1/abuse"
ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class AwsAccess:
    """An IAM identity that may call abuse:CreateAbuseReport, and the region that is asked."""

    region: str
    key_id: str
    secret: Secret = field(repr=False)


class AwsChannel:
    """Implements the port Channel as "aws". A notice's key is its token: once more is no new report."""

    def __init__(  # each is one thing the operator enters
        self,
        submitter: Submitter,
        access: AwsAccess,
        *,
        sender: str,
        classification: str,
        clock: Clock,
        endpoint: str = "",
    ) -> None:
        """`sender` signs the report; `classification` is one of `xarf.CLASSES`, "" for none."""
        self._submitter = submitter
        self._access = access
        self._sender = sender
        self._classification = classification
        self._clock = clock
        self._endpoint = endpoint.rstrip("/") or f"https://abuse.{access.region}.amazonaws.com"

    def __repr__(self) -> str:
        """Show where it reports, not how to sign in."""
        return f"AwsChannel({self._endpoint})"

    @property
    def name(self) -> str:
        """Return "aws"."""
        return "aws"

    def deliver(self, notice: Notice, evidence: Evidence) -> Handed:
        """Submit one report. Within a day the same token is the same report, so a doubt is tried again."""
        about_of(notice, evidence)
        report = report_of(notice, sender=self._sender, classification=self._classification)
        if report is None:
            raise NeedsHuman(
                "AWS takes reports in XARF, which has a word for material of minors only, and asks for its "
                "class (JIKIMI_XARF). Confirm a mail address of this host instead."
            )
        value = {"clientToken": notice.key, "correlationId": notice.key, "report": {"xarf": report}}
        body = msgspec.json.encode(value)
        headers = sign_v4(self._endpoint + PATH, body, self._access, self._clock())
        host = urlsplit(self._endpoint).hostname or ""
        try:
            answer = read_json(
                self._submitter.submit(self._endpoint + PATH, body, LIMITS, headers), host, SETTING
            )
        except InDoubt as error:
            raise TryLater(str(error).removeprefix("In doubt: ")) from error
        number = answer.get("reportId") or "without a number"
        return Handed(f"aws:{notice.key}", f"report {number}, queued"[:100])


def sign_v4(  # what the published test vectors vary
    url: str,
    body: bytes,
    access: AwsAccess,
    at: datetime,
    *,
    service: str = SERVICE,
    content_type: str = "application/json",
) -> Mapping[str, Secret]:
    """Return the headers of a POST without a query, signed as AWS asks (Signature Version 4)."""
    parts = urlsplit(url)
    stamp, day = f"{at:%Y%m%dT%H%M%SZ}", f"{at:%Y%m%d}"
    signed = {"content-type": content_type, "host": parts.netloc, "x-amz-date": stamp}
    names = ";".join(signed)
    lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
    request = "\n".join(("POST", parts.path or "/", "", lines, names, sha256(body).hexdigest()))
    scope = f"{day}/{access.region}/{service}/aws4_request"
    text = "\n".join((ALGORITHM, stamp, scope, sha256(request.encode()).hexdigest()))
    key = f"AWS4{access.secret.reveal()}".encode()
    for part in (day, access.region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = (
        f"{ALGORITHM} Credential={access.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return {
        "Content-Type": Secret(content_type),
        "X-Amz-Date": Secret(stamp),
        "Authorization": Secret(credential),
    }
