"""Reports a post to a moderation service of Bluesky's network (com.atproto.moderation.createReport)."""

import re
from urllib.parse import quote, unquote, urlencode

import msgspec

from jikimi.model.alert import Evidence, Notice
from jikimi.model.errors import BadMedia, Blocked, Gone, InDoubt, Misconfigured, NeedsHuman, TryLater
from jikimi.model.ports import Fetcher, Handed, Submitter
from jikimi.model.post import Secret
from jikimi.removal.api_answer import LIMITS, Json, about_of, before_sending, send_json

NCII = "tools.ozone.report.defs#reasonSexualNCII"
CHILD = "tools.ozone.report.defs#reasonChildSafetyCSAM"
LONGEST_REASON = 2000  # graphemes, by the lexicon; letters are never fewer than graphemes
SETTING = "bluesky in JIKIMI_CHANNELS"
_POST = re.compile(
    r"https://[^/]+/profile/([^/?#]+)/post/([^/?#]+)|at://([^/?#]+)/app\.bsky\.feed\.post/([^/?#]+)"
)
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,200}")


class BlueskyChannel:
    """Implements the port Channel as "bluesky". A recipient is the DID of a labeler."""

    def __init__(
        self, fetcher: Fetcher, submitter: Submitter, *, service: str, identifier: str, password: Secret
    ) -> None:
        """`service` is the centre's own server (https://bsky.social), `password` an app password."""
        self._fetcher = fetcher
        self._submitter = submitter
        self._service = service.rstrip("/")
        self._identifier = identifier
        self._password = password

    def __repr__(self) -> str:
        """Show the server, not how to sign in."""
        return f"BlueskyChannel({self._service})"

    @property
    def name(self) -> str:
        """Return "bluesky"."""
        return "bluesky"

    def deliver(self, notice: Notice, evidence: Evidence) -> Handed:
        """Report one post, by its address and the digest of its record."""
        about = about_of(notice, evidence)
        if not _DID.fullmatch(notice.recipient):
            raise NeedsHuman("The recipient is no moderation service (did:…). Confirm another contact.")
        repository, record = _read_post(about.post_url)
        token = self._sign_in()
        subject = self._subject(repository, record)
        report = {
            "reasonType": CHILD if about.is_minor else NCII,
            "reason": notice.body[:LONGEST_REASON],
            "subject": {"$type": "com.atproto.repo.strongRef", **subject},
        }
        answer = send_json(
            self._submitter,
            f"{self._service}/xrpc/com.atproto.moderation.createReport",
            report,
            SETTING,
            Authorization=token,
            atproto_proxy=Secret(f"{notice.recipient}#atproto_labeler"),
        )
        return Handed(f"bluesky:{notice.key}", f"report {answer.get('id', 'without a number')}"[:100])

    def _sign_in(self) -> Secret:
        value = {"identifier": self._identifier, "password": self._password.reveal()}
        url = f"{self._service}/xrpc/com.atproto.server.createSession"
        try:
            token = send_json(self._submitter, url, value, SETTING).get("accessJwt")
        except InDoubt as error:
            raise before_sending(error) from error
        except Blocked as error:
            raise Misconfigured(f"{error} Enter identifier and password again: {SETTING}.") from error
        if not isinstance(token, str):
            raise TryLater("Bluesky's server gave no session.")
        return Secret(f"Bearer {token}")

    def _subject(self, repository: str, record: str) -> dict[str, str]:
        did = (
            repository
            if repository.startswith("did:")
            else self._ask("com.atproto.identity.resolveHandle", handle=repository).get("did")
        )
        found = self._ask(
            "com.atproto.repo.getRecord", repo=did, collection="app.bsky.feed.post", rkey=record
        )
        uri, cid = found.get("uri"), found.get("cid")
        if not isinstance(uri, str) or not isinstance(cid, str):
            raise TryLater("Bluesky's server does not say which version of the post there is.")
        return {"uri": uri, "cid": cid}

    def _ask(self, method: str, **parameters: object) -> Json:
        url = f"{self._service}/xrpc/{method}?{urlencode(parameters, quote_via=quote)}"
        try:
            value = msgspec.json.decode(self._fetcher.fetch(url, LIMITS).body)
        except (msgspec.DecodeError, BadMedia) as error:
            raise TryLater("Bluesky's server gave an answer that is no JSON.") from error
        except Gone as error:  # nobody was asked yet: a job that is over would lose the request
            raise NeedsHuman(f"{error} Is this Bluesky's server? Enter its address: {SETTING}.") from error
        return value if isinstance(value, dict) else {}


def _read_post(url: str) -> tuple[str, str]:
    match = _POST.match(url)
    if match is None:
        raise NeedsHuman("This is no address of a post on Bluesky. Confirm another contact for this place.")
    return unquote(match[1] or match[3]), unquote(match[2] or match[4])
