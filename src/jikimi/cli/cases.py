"""`jikimi case`: open, approve, renew, close and list cases."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from jikimi.cli.opening import By, Force, known_user, opened, perform, show_table
from jikimi.cli.stating import print_statements
from jikimi.model.case import Authority, Case, Consent, Policy, Reference
from jikimi.model.errors import NeedsHuman
from jikimi.model.keys import key_of

if TYPE_CHECKING:
    from jikimi.app.service import Service

app = typer.Typer(help="Cases: whom we protect, by whose authority, until when.", no_args_is_help=True)
Number = Annotated[str, typer.Argument(help="The centre's file number, such as 2026-014.")]
Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]
Purpose = Annotated[str, typer.Option(help="What the person asked the centre to do.")]


class Answer(StrEnum):
    """What a person answers."""

    YES = "yes"
    NO = "no"


def find_case(service: "Service", number: str) -> Case:
    """Return the case with this file number."""
    for case in service.house.records.find(Case, case=key_of("case", number)):
        return case
    raise NeedsHuman(f"There is no case {number}. Type: jikimi case list")


@app.command("open")
def open_case(  # what a case needs
    number: Number,
    by: By,
    title: Annotated[str, typer.Option(help="A pseudonym; never the person's name.")],
    purpose: Purpose,
    authority: Authority = Authority.VICTIM,
    signed: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of signature; today.")
    ] = None,
    expires: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day; a year later.")
    ] = None,
    policy: Policy = Policy.ASK,
    minor: Annotated[
        bool, typer.Option("--minor", help="The person is a minor: pictures are never shown.")
    ] = False,
) -> None:
    """Propose a case. A second person approves it before anything is searched for."""
    from jikimi.flow import acts  # heavy

    with opened() as service:
        now = service.house.clock()
        begins = (signed or now).date()
        ends = expires.date() if expires else begins + timedelta(days=365)
        consent = Consent(authority, purpose, begins, ends)
        case = Case(number, title, consent, policy, is_minor=minor, by=known_user(by), at=now)
        perform(service, acts.open_case(service.house, case), by)
    typer.echo(
        f"Case {number} is proposed. A second person types: jikimi case approve {quote(number)} --by NAME"
    )


@app.command()
def approve(number: Number, by: By) -> None:
    """Approve a case as the second person: its references are searched for from now on.

    What letters will state for it in good faith is approved with it, and printed.
    """
    from jikimi.flow import acts  # heavy

    with opened() as service:
        case = find_case(service, number)
        perform(service, acts.approve_case(service.house, case.key, by=known_user(by)), by)
        print_statements(service.house.rules.language)
    typer.echo(f"Case {number} is live.")


@app.command()
def renew(
    number: Number, by: By, expires: Day, purpose: Purpose, authority: Authority = Authority.VICTIM
) -> None:
    """Record a new authority for a case that ran out or soon will."""
    from jikimi.flow import acts  # heavy

    with opened() as service:
        case = find_case(service, number)
        consent = Consent(authority, purpose, datetime.now(UTC).date(), expires.date())
        perform(service, acts.renew_case(service.house, case.key, consent, by=known_user(by)), by)
    typer.echo(f"Case {number} lives until {expires.date()}.")


@app.command()
def close(
    number: Number,
    by: By,
    reason: Annotated[str, typer.Option(help="Why, in one line; it stays when the case is gone.")],
    yes: Force = False,
) -> None:
    """Close a case: its key is destroyed and nothing of it can ever be read again."""
    from jikimi.flow import acts  # heavy

    if not yes:
        typer.confirm(f"Destroy the key of case {number}? Nothing of it can be read afterwards", abort=True)
    with opened() as service:
        case = find_case(service, number)
        perform(service, acts.close_case(service.house, case.key, reason=reason, by=known_user(by)), by)
    typer.echo(f"Case {number} is closed and its key destroyed.")


@app.command()
def search(
    number: Number,
    answer: Annotated[Answer, typer.Argument(help="yes: the person agreed; no: ask no more.")],
    by: By,
) -> None:
    """Let search engines be asked for words of a case, or forbid it again.

    The words then leave the house, each query written down before. No picture ever does.
    """
    from jikimi.flow.searching import allow_search, words_to_ask  # heavy

    is_allowed = answer is Answer.YES
    with opened() as service:
        case = find_case(service, number)
        act = allow_search(service.house, case.key, is_allowed=is_allowed, by=known_user(by))
        perform(service, act, by)
        queries = words_to_ask(case.key, service.house) if is_allowed else ()
    if not is_allowed:
        typer.echo(f"Nothing of case {number} is asked of search engines any more.")
        return
    typer.echo(f"Case {number} allows it. These words leave the house, to the engines that are watched:")
    for query in queries:
        typer.echo(f"  {query}")
    if not queries:
        typer.echo(f"  none yet. Type: jikimi identifier add {quote(number)} handle NAME --by {by}")


@app.command()
def queries(number: Number) -> None:
    """List what left the house for a case: when, to which engine, by which watch, which words."""
    from jikimi.flow.searching import queries_of  # heavy

    with opened() as service:
        case = find_case(service, number)
        rows = [
            (f"{query.at:%Y-%m-%d %H:%M:%S}", query.engine, query.watch, query.words)
            for query in queries_of(case.key, service.house)
        ]
        show_table(("when", "engine", "watch", "words"), rows)


@app.command("list")
def list_cases() -> None:
    """List cases by file number, state and last day."""
    with opened() as service:
        from jikimi.store.models import CaseRow  # only once Django is configured

        rows = []
        for row in CaseRow.objects.order_by("number"):
            references = len(service.house.records.find(Reference, case=row.key))
            rows.append((row.number, row.state, str(row.expires_on), str(references)))
        show_table(("number", "state", "until", "references"), rows)
