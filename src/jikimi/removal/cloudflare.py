"""Reports a site to Cloudflare, which passes it on: to the host with our words, to the owner never."""

from urllib.parse import urlsplit

from jikimi.model.alert import Evidence, Notice
from jikimi.model.ports import Handed, Submitter
from jikimi.model.post import Secret
from jikimi.removal.api_answer import about_of, send_json

API = "https://api.cloudflare.com/client/v4"
SETTING = "cloudflare in JIKIMI_CHANNELS"
LONGEST_COMMENT = 2000
NCII, CHILD = "abuse_ncsei", "abuse_children"


class CloudflareChannel:
    """Implements the port Channel as "cloudflare" (abuse reports API, types NCSEI and children)."""

    def __init__(  # each is one thing the operator enters
        self, submitter: Submitter, *, account: str, token: Secret, centre: str, mail: str, api: str = API
    ) -> None:
        """`centre` and `mail` sign the report; the account needs the right to report by interface."""
        self._submitter = submitter
        self._account = account
        self._token = token
        self._centre = centre
        self._mail = mail
        self._api = api.rstrip("/")

    def __repr__(self) -> str:
        """Show where it reports, not how to sign in."""
        return f"CloudflareChannel({self._api})"

    @property
    def name(self) -> str:
        """Return "cloudflare"."""
        return "cloudflare"

    def deliver(self, notice: Notice, evidence: Evidence) -> Handed:
        """Report the addresses of one place. The owner is not told: that may be who posted it."""
        about = about_of(notice, evidence)
        kind = CHILD if about.is_minor else NCII
        report: dict[str, object] = {
            "act": kind,
            "email": self._mail,
            "email2": self._mail,
            "name": self._centre,
            "company": self._centre[:100],
            "urls": "\n".join(_of_one_host(about.post_url, about.media_url)),
            "host_notification": "send-anon",
            "owner_notification": "none",
        }
        if about.is_minor:
            report |= {"justification": notice.body[:LONGEST_COMMENT], "ncmec_notification": "send-anon"}
        else:  # the centre is not the person in the pictures; who that is stays with us
            report |= {"comments": notice.body[:LONGEST_COMMENT], "ncsei_subject_representation": False}
        answer = send_json(
            self._submitter,
            f"{self._api}/accounts/{self._account}/abuse-reports/{kind}",
            report,
            SETTING,
            Authorization=Secret(f"Bearer {self._token.reveal()}"),
        )
        number = answer.get("abuse_rand") or answer.get("result") or "without a number"
        return Handed(f"cloudflare:{notice.key}", f"report {number}"[:100])


def _of_one_host(post: str, media: str) -> tuple[str, ...]:
    """Return what may stand in one report: all its addresses must have one host name."""
    if not _host(post):  # a page whose address cannot be read
        return (media,)
    if _host(media) == _host(post):
        return tuple(dict.fromkeys((post, media)))
    return (post,)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
