"""`jikimi evidence`: hand out sealed bundles, and check one."""

from pathlib import Path
from typing import Annotated

import typer

from jikimi.cli.opening import By, by_beginning, known_user, opened, perform
from jikimi.model.alert import Place

app = typer.Typer(help="Evidence: sealed bundles that anyone can check without Jikimi.", no_args_is_help=True)


@app.command()
def export(
    place: Annotated[str, typer.Argument(help="The beginning of the place's key.")],
    file: Annotated[Path, typer.Argument(help="Where to write the bundle, such as bundle.tar.gz.")],
    by: By,
) -> None:
    """Write a place's sealed bundle to a file. Who took it is recorded first."""
    from jikimi.flow import acts  # heavy

    with opened() as service:
        found = by_beginning(service.house.records.find(Place), place, "place")
        outcome, evidence = acts.export_evidence(service.house, found.key, by=known_user(by))
        perform(service, outcome, by)
        file.write_bytes(evidence.bag)
    typer.echo(f"{file}: tag manifest sha256 {evidence.manifest_sha256}")


@app.command()
def verify(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Check a bundle: every digest and the signature. Exit status 0 only if it is whole."""
    from jikimi.evidence.verify import verify as check  # heavy

    found = check(file.read_bytes())
    for finding in found.findings:
        typer.echo(finding)
    if found.signer:
        typer.echo(f"signed with the certificate of sha256 fingerprint {found.signer}")
    typer.echo("whole" if found.is_whole else "NOT whole")
    raise typer.Exit(0 if found.is_whole else 1)
