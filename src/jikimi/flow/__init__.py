"""The story, in order, as a table: which step runs for which job."""

from collections.abc import Callable, Mapping

from jikimi.flow.contacts import find_contacts
from jikimi.flow.evidence import stamp
from jikimi.flow.look import look, look_again, search_archive
from jikimi.flow.mailing import gather, hand_in, join
from jikimi.flow.pursue import expire, pursue, pursue_alert, seal
from jikimi.flow.recheck import recheck
from jikimi.flow.replies import read_mail
from jikimi.flow.request import deliver, draft, send
from jikimi.flow.writing import read_writing
from jikimi.model.alert import Job
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House

Step = Callable[[Job, House], Outcome]

STEPS: Mapping[str, Step] = {
    "look": look,  # a medium of a post: fetch, fingerprint, search
    "look_again": look_again,  # a medium that matched nothing: once more, with the costly views
    "read_writing": read_writing,  # a place: what is written in its picture?
    "search_archive": search_archive,  # a new reference: was it seen before?
    "pursue": pursue,  # a place: may we act on it?
    "pursue_alert": pursue_alert,  # an alert was confirmed: act on all its places
    "seal": seal,  # a place: capture the page, seal the evidence
    "stamp": stamp,  # an evidence: have a time authority say when it existed
    "find_contacts": find_contacts,  # a place: whom to ask, where nobody is known yet
    "draft": draft,  # an evidence: write the notice
    "send": send,  # a notice: is it still there, and may we send?
    "deliver": deliver,  # a notice: hand it over, at most once
    "join": join,  # a notice that waits for others: is it in a mailing by now?
    "gather": gather,  # a group of waiting notices: put them into one mailing
    "hand_in": hand_in,  # a mailing: hand it over, at most once
    "read_mail": read_mail,  # the mailbox: what came back?
    "recheck": recheck,  # a place: is it gone?
    "expire": expire,  # a case: has its authority run out?
}
