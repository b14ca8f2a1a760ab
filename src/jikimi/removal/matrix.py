"""Reports a message to the administrators of a Matrix homeserver (client-server API, room event reports)."""

import re
from urllib.parse import quote, unquote, urlsplit

from jikimi.model.alert import Evidence, Notice
from jikimi.model.errors import NeedsHuman
from jikimi.model.ports import Handed, Submitter
from jikimi.model.post import Secret
from jikimi.removal.api_answer import about_of, send_json

SETTING = "matrix in JIKIMI_CHANNELS"
WORST = -100  # "most offensive", as the specification says
LONGEST_REASON = 2000
_LINK = re.compile(r"https://matrix\.to/#/(!?[^/?#]+)/(\$[^/?#]+)", re.IGNORECASE)


class MatrixChannel:
    """Implements the port Channel as "matrix". A recipient is the homeserver's address."""

    def __init__(self, submitter: Submitter, *, homeserver: str, token: Secret) -> None:
        """`homeserver` is where the centre has its account; a report reaches this server's administrators."""
        self._submitter = submitter
        self._homeserver = homeserver.rstrip("/")
        self._token = token

    def __repr__(self) -> str:
        """Show the server, not how to sign in."""
        return f"MatrixChannel({self._homeserver})"

    @property
    def name(self) -> str:
        """Return "matrix"."""
        return "matrix"

    def deliver(self, notice: Notice, evidence: Evidence) -> Handed:
        """Report one message by its room and event."""
        about = about_of(notice, evidence)
        if urlsplit(notice.recipient).hostname != urlsplit(self._homeserver).hostname:
            raise NeedsHuman("The centre has no account on this homeserver. Confirm another contact.")
        link = _LINK.match(unquote(about.post_url))
        if link is None or not link[1].startswith("!"):
            raise NeedsHuman("This is no address of a message in a room (matrix.to). Report it by hand.")
        room, event = quote(link[1], safe=""), quote(link[2], safe="")
        send_json(
            self._submitter,
            f"{self._homeserver}/_matrix/client/v3/rooms/{room}/report/{event}",
            {"reason": notice.body[:LONGEST_REASON], "score": WORST},
            SETTING,
            Authorization=Secret(f"Bearer {self._token.reveal()}"),
        )
        return Handed(f"matrix:{notice.key}", "the homeserver has the report")
