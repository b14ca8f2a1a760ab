"""`jikimi identifier`: what a case is known by in words, searched for in the text of every post."""

from typing import Annotated

import typer

from jikimi.cli.cases import Number, find_case
from jikimi.cli.opening import By, by_beginning, known_user, opened, perform, show_table
from jikimi.model.case import Withdrawal
from jikimi.model.text import IdentifierKind, KnownAs

app = typer.Typer(
    help="Identifiers: names, accounts, numbers, titles and captions a case is known by.",
    no_args_is_help=True,
)


@app.command()
def add(
    number: Number,
    kind: IdentifierKind,
    texts: Annotated[list[str], typer.Argument(help="As people write it; one argument each.")],
    by: By,
) -> None:
    """Search the text of every post for these from now on, however they are spelled.

    A name, nickname or school alone never raises an alert. Standard error warns of ordinary words.
    """
    from jikimi.app.text import expected_false_alarms
    from jikimi.flow import acts  # heavy

    with opened() as service:
        case = find_case(service, number)
        known_user(by)
        for text in texts:
            outcome = acts.add_words(service.house, case.key, kind, text, by=by)
            perform(service, outcome, by)
            typer.echo(outcome.answer)
            alarms = expected_false_alarms(service.house.records.get(KnownAs, outcome.answer).identifier)
            if alarms:
                typer.echo(
                    f"{text}: an ordinary word; about {alarms:,.0f} of 100,000 posts mean another.",
                    err=True,
                )


@app.command("list")
def list_identifiers(number: Number) -> None:
    """List what a case is known by."""
    with opened() as service:
        case = find_case(service, number)
        gone = {withdrawal.reference for withdrawal in service.house.records.find(Withdrawal, case=case.key)}
        rows = [
            (one.key[:12], one.kind, one.text, "withdrawn" if one.key in gone else "searched for")
            for one in service.house.records.find(KnownAs, case=case.key)
        ]
        show_table(("key", "kind", "text", "state"), rows)


@app.command()
def withdraw(
    number: Number, key: Annotated[str, typer.Argument(help="The beginning of its key.")], by: By
) -> None:
    """Search for it no more, everywhere, within a second."""
    from jikimi.flow import acts  # heavy

    with opened() as service:
        case = find_case(service, number)
        known = by_beginning(service.house.records.find(KnownAs, case=case.key), key, "identifier")
        perform(service, acts.withdraw_words(service.house, known.key, by=known_user(by)), by)
    typer.echo(f"Identifier {known.key[:12]} is withdrawn.")
