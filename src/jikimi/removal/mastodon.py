"""Reports a post through the centre's account on a Mastodon server, which forwards it to the post's own."""

from urllib.parse import quote, urlencode

import msgspec

from jikimi.model.alert import Evidence, Notice
from jikimi.model.errors import BadMedia, Blocked, Gone, NeedsHuman, TryLater
from jikimi.model.ports import Fetcher, Handed, Submitter
from jikimi.model.post import Secret
from jikimi.removal.api_answer import LIMITS, about_of, send_json

SETTING = "mastodon in JIKIMI_CHANNELS"
LONGEST_COMMENT = 1000  # characters, by the server's rules


class MastodonChannel:
    """Implements the port Channel as "mastodon". A recipient is the address of the post's server."""

    def __init__(self, fetcher: Fetcher, submitter: Submitter, *, server: str, token: Secret) -> None:
        """`server` is where the centre has its account, `token` may search and write reports."""
        self._fetcher = fetcher
        self._submitter = submitter
        self._server = server.rstrip("/")
        self._token = token

    def __repr__(self) -> str:
        """Show the server, not how to sign in."""
        return f"MastodonChannel({self._server})"

    @property
    def name(self) -> str:
        """Return "mastodon"."""
        return "mastodon"

    def deliver(self, notice: Notice, evidence: Evidence) -> Handed:
        """Find the post as our server knows it, and report it."""
        about = about_of(notice, evidence)
        account, status = self._find(about.post_url)
        answer = send_json(
            self._submitter,
            f"{self._server}/api/v1/reports",
            {
                "account_id": account,
                "status_ids": [status],
                "comment": notice.body[:LONGEST_COMMENT],
                "category": "legal",
                "forward": True,
            },
            SETTING,
            Authorization=self._bearer,
        )
        return Handed(f"mastodon:{notice.key}", f"report {answer.get('id', 'without a number')}"[:100])

    @property
    def _bearer(self) -> Secret:
        return Secret(f"Bearer {self._token.reveal()}")

    def _find(self, url: str) -> tuple[str, str]:
        asked = urlencode({"q": url, "type": "statuses", "resolve": "true", "limit": 1}, quote_via=quote)
        try:
            answer = self._fetcher.fetch(
                f"{self._server}/api/v2/search?{asked}", LIMITS, {"Authorization": self._bearer}
            )
            value = msgspec.json.decode(answer.body)
        except (msgspec.DecodeError, BadMedia) as error:
            raise TryLater("The Mastodon server gave an answer that is no JSON.") from error
        except Blocked as error:
            raise NeedsHuman(f"{error} Enter another token, one that may search: {SETTING}.") from error
        except Gone as error:  # nobody was asked yet: a job that is over would lose the request
            raise NeedsHuman(f"{error} Is this a Mastodon server? Enter its address: {SETTING}.") from error
        try:
            status = value["statuses"][0]
            return str(status["account"]["id"]), str(status["id"])
        except (KeyError, IndexError, TypeError) as error:
            raise NeedsHuman("Our Mastodon server does not know this post. Report it by hand.") from error
