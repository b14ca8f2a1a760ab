"""What partners hand in: who they are, what they may, and what becomes of a post with files in hand."""

import hmac
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Final

from jikimi.flow.acts import add_watch, end_watch
from jikimi.flow.ingest import ingest
from jikimi.flow.look import first_look, second_look_at
from jikimi.model.alert import Job
from jikimi.model.errors import NeedsHuman
from jikimi.model.outcome import Outcome
from jikimi.model.partner import HandIn, Partner, PartnerEnd, Scope
from jikimi.model.ports import House
from jikimi.model.post import Position, Post, Watch

SOURCE: Final = "upload"
LOOKS: Final = ("look", "look_again")
TOKEN_BEGINS: Final = "jikimi_"  # noqa: S105  # so that scanners for lost secrets know one when they see it
LONGEST_NAME: Final = 64


def standing_partners(house: House) -> dict[str, Partner]:
    """Return the partners whose tokens are valid, by name."""
    standing = {partner.name: partner for partner in house.records.find(Partner)}
    for end in house.records.find(PartnerEnd):
        if end.partner in standing and standing[end.partner].at <= end.at:
            del standing[end.partner]
    return standing


def digest_of(token: str) -> str:
    """Return what is kept of a token. It is random and long, so a plain digest cannot be tried out."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def partner_of(token: str, house: House) -> Partner | None:
    """Return whose token this is, None if nobody's; compared with every one, in a time that tells nothing."""
    digest, found = digest_of(token), None
    for partner in standing_partners(house).values():
        if hmac.compare_digest(partner.digest, digest):
            found = partner
    return found


def add_partner(house: House, name: str, token: str, scopes: tuple[Scope, ...], *, by: str) -> Outcome:
    """Let somebody hand in posts, and set up the watch of the same name. A partner's older token is void."""
    is_name = name.isprintable() and name == name.strip() and 0 < len(name) <= LONGEST_NAME
    if not is_name or "/" in name or not scopes:
        raise NeedsHuman("A partner needs a short name without slashes, and at least one scope.")
    watches = house.records.find(Watch, parent=name)
    if watches and watches[-1].source != SOURCE:
        raise NeedsHuman(f"There is a watch named {name} already. Choose another name for the partner.")
    now = house.clock()
    partner = Partner(name, digest_of(token), scopes, by, now)
    contact = watches[-1].contact if watches else ""
    watched = add_watch(house, Watch(name, SOURCE, {}, contact, by, now))
    return Outcome(records=(partner, *watched.records), position=watched.position, answer=name)


def end_partner(house: House, name: str, *, by: str) -> Outcome:
    """Make a partner's token void, and end the watch. What was handed in stays."""
    if name not in standing_partners(house):
        raise NeedsHuman(f"There is no partner {name}. Type: jikimi partner list")
    ended = end_watch(house, name, by=by)
    return Outcome(records=(PartnerEnd(name, by, house.clock()), *ended.records), answer=name)


def note(partner: Partner, post: str, media: int, files: int, refusal: str, house: House) -> Outcome:
    """Return the record of one call."""
    return Outcome(records=(HandIn(partner.name, post, media, files, refusal, house.clock()),))


def look_at_files(post: Post, files: Mapping[int, bytes], house: House) -> Outcome:
    """Look at a post whose media are in hand, by their number; what has no file is fetched as usual.

    Each file gets both looks whatever the first one finds: how long it takes must not tell. Nothing of
    them is kept but the outcome. BadMedia if one cannot be read. Doing it twice writes it once.
    """
    waiting = Position(post.watch, "", house.clock())
    taken = replace(ingest((post,), waiting, house), position=None)
    outcomes = [taken]
    for part, body in files.items():
        job = Job("look", post.key, part)
        outcomes += [first_look(job, post, body, house), second_look_at(job, post, body, house)]
    return Outcome(
        records=tuple(record for outcome in outcomes for record in outcome.records),
        next=tuple(
            job
            for outcome in outcomes
            for job in outcome.next
            if not (job.step in LOOKS and job.key == post.key and job.part in files)
        ),
    )
