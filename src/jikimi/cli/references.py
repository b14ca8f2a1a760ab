"""`jikimi reference`: add originals by fingerprint, list and withdraw them. The files are never kept."""

from pathlib import Path
from typing import Annotated

import typer

from jikimi.cli.cases import Number, find_case
from jikimi.cli.opening import By, Force, by_beginning, known_user, opened, perform, show_table
from jikimi.model.case import Reference, Withdrawal
from jikimi.model.errors import BadMedia
from jikimi.review.findable import findable

ADVICE = "Add a larger or sharper original if there is one."

app = typer.Typer(
    help="References: fingerprints of originals. The files are never kept.", no_args_is_help=True
)


@app.command()
def add(
    number: Number,
    files: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help="Pictures, videos or sounds.")
    ],
    by: By,
    label: Annotated[str, typer.Option(help="A short name of your own; default: numbered.")] = "",
) -> None:
    """Fingerprint originals in the sandbox and search for them from now on. The files stay as they are.

    A video takes about a tenth of its length. Standard error says of which some copies will be missed.
    """
    from jikimi.flow import acts  # heavy

    failures = 0
    with opened() as service:
        case = find_case(service, number)
        known_user(by)
        for path in files:
            held = service.house.records.find(Reference, case=case.key)
            name = label or f"original {len(held) + 1}"
            try:
                outcome = acts.add_reference(service.house, case.key, path.read_bytes(), label=name, by=by)
            except BadMedia as error:
                failures += 1
                typer.echo(f"{path}: {error}", err=True)
                continue
            perform(service, outcome, by)
            typer.echo(outcome.answer)
            sureness = findable(service.house.records.get(Reference, outcome.answer).fingerprints)
            if sureness.is_weak:
                typer.echo(f"{path}: can be found {sureness}. {ADVICE}", err=True)
    if failures:
        raise typer.Exit(1)


@app.command("list")
def list_references(number: Number) -> None:
    """List a case's references by key and label, and which copies of them can be found."""
    with opened() as service:
        case = find_case(service, number)
        gone = {withdrawal.reference for withdrawal in service.house.records.find(Withdrawal, case=case.key)}
        rows = [
            (
                reference.key[:12],
                reference.label,
                "withdrawn" if reference.key in gone else "searched for",
                findable(reference.fingerprints).value,
            )
            for reference in service.house.records.find(Reference, case=case.key)
        ]
        show_table(("key", "label", "state", "can be found"), rows)


@app.command()
def withdraw(
    number: Number,
    key: Annotated[str, typer.Argument(help="The beginning of the reference's key.")],
    by: By,
    yes: Force = False,
) -> None:
    """Take a reference out of the search, everywhere, within a second. Its file brings it back."""
    from jikimi.flow import acts  # heavy

    with opened() as service:
        case = find_case(service, number)
        reference = by_beginning(service.house.records.find(Reference, case=case.key), key, "reference")
        if not yes:
            typer.confirm(
                f"Search for {reference.label!r} no more? Only the file itself can bring it back", abort=True
            )
        perform(service, acts.withdraw_reference(service.house, reference.key, by=known_user(by)), by)
    typer.echo(f"Reference {reference.key[:12]} is withdrawn.")
