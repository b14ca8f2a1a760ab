"""What a step or a person's act decided: everything the store writes in one transaction."""

from dataclasses import dataclass

from jikimi.model.alert import Alert, Evidence, IndexChange, Job, Notice, Place, Placeholder, Receipt, Recheck
from jikimi.model.case import (
    Approval,
    Case,
    Closure,
    Decision,
    Export,
    Exposure,
    Lapse,
    Reference,
    Renewal,
    Switch,
    Withdrawal,
)
from jikimi.model.contact import Confirmation, Contact, Disuse, Lookup
from jikimi.model.custody import Captured, HandOver, Stamp
from jikimi.model.mail import LeftOut, Mailing, Queued, Reading, Reply
from jikimi.model.partner import HandIn, Partner, PartnerEnd
from jikimi.model.policy import Choice, Hold, LastResort, Leave, Statement
from jikimi.model.post import Position, Post, Sighting, Watch, WatchEnd
from jikimi.model.source import Gap, Query, SearchLeave
from jikimi.model.spell import Dossier, Hosting
from jikimi.model.text import KnownAs
from jikimi.model.writing import Writing

CaseRecord = (
    Case | Approval | Lapse | Renewal | Closure | Reference | Withdrawal | Alert | Place | Decision
    | Exposure | Evidence | Export | Notice | Receipt | Recheck | KnownAs | Writing
    | Captured | Stamp | HandOver
    | Hold | Statement | LastResort | Choice
    | Lookup | Queued | Mailing | LeftOut | Reply | Reading
    | Query | SearchLeave
)  # fmt: skip
HouseRecord = (
    Watch
    | WatchEnd
    | Switch
    | Leave
    | Contact
    | Confirmation
    | Disuse
    | Placeholder
    | Hosting
    | Dossier
    | Gap
    | Partner
    | PartnerEnd
    | HandIn
)
Record = CaseRecord | HouseRecord | Post | Sighting


@dataclass(frozen=True, slots=True)
class Outcome:
    """Records to keep, jobs to do next, references entering or leaving the search, a watch's position.

    Writing it twice has the effect of writing it once.
    """

    records: tuple[Record, ...] = ()
    next: tuple[Job, ...] = ()
    index: tuple[IndexChange, ...] = ()
    position: Position | None = None
    answer: str = ""  # for a person's act: one line to show, such as the new record's key
