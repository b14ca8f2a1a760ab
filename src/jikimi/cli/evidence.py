"""`jikimi evidence`: hand out sealed bundles, and check one."""

from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from jikimi.cli.opening import By, by_beginning, known_user, opened, perform, writable
from jikimi.model.alert import Place

app = typer.Typer(help="Evidence: sealed bundles that anyone can check without Jikimi.", no_args_is_help=True)


@app.command()
def export(
    place: Annotated[str, typer.Argument(help="The beginning of the place's key.")],
    file: Annotated[Path, typer.Argument(help="Where to write the bundle, such as bundle.tar.gz.")],
    by: By,
) -> None:
    """Write a place's sealed bundle to a file, with its time stamp. Who took it is recorded first."""
    from jikimi.flow.hand_over import export_bundle  # heavy

    writable(file)
    with opened() as service:
        found = by_beginning(service.house.records.find(Place), place, "place")
        outcome, bundle = export_bundle(service.house, found.key, by=known_user(by))
        perform(service, outcome, by)
        file.write_bytes(bundle)
    typer.echo(f"{file}: sha256 {sha256(bundle).hexdigest()}")


@app.command("hand-over")
def hand_over(
    place: Annotated[str, typer.Argument(help="The beginning of the place's key.")],
    by: By,
    file: Annotated[
        Path | None, typer.Argument(help="Where to write it; without it, here, named by the place's key.")
    ] = None,
    to: Annotated[
        list[str] | None, typer.Option("--to", help="An age recipient, age1…; several are possible.")
    ] = None,
    openpgp: Annotated[
        list[Path] | None,
        typer.Option("--openpgp", exists=True, dir_okay=False, help="The file of an OpenPGP certificate."),
    ] = None,
    with_medium: Annotated[
        bool, typer.Option("--with-medium", help="Fetch the medium and encrypt it along; never of a child.")
    ] = False,
) -> None:
    """Encrypt a place's bundle, a signed report and the custody log to a receiver. Recorded first."""
    from jikimi.evidence.encrypting import Receivers  # heavy
    from jikimi.flow import hand_over as acts  # as above

    receivers = Receivers(tuple(to or ()), tuple(path.read_bytes() for path in openpgp or ()))
    with opened() as service:
        found = by_beginning(service.house.records.find(Place), place, "place")
        file = writable(file or Path(f"hand-over-{found.key[:12]}{acts.ENDINGS[receivers.form]}"))
        outcome, closed = acts.hand_over(
            service.house, found.key, receivers, by=known_user(by), with_medium=with_medium
        )
        perform(service, outcome, by)
        file.write_bytes(closed)
    typer.echo(f"{file}: {receivers.form}, {len(closed)} bytes, sha256 {sha256(closed).hexdigest()}")


@app.command()
def stamp(place: Annotated[str, typer.Argument(help="The beginning of the place's key.")], by: By) -> None:
    """Ask the time authority for a place's stamp once more, for instance after it refused."""
    from jikimi.flow.hand_over import stamp_again  # heavy

    with opened() as service:
        found = by_beginning(service.house.records.find(Place), place, "place")
        perform(service, stamp_again(service.house, found.key), known_user(by))
    typer.echo("The time authority is asked as soon as a worker is free.")


@app.command()
def verify(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A bundle, or a hand-over after decryption.")
    ],
) -> None:
    """Check a bundle, or a hand-over after decryption: digests, signatures, time stamp. 0 only if whole."""
    from jikimi.evidence.verify import verify as check  # heavy

    found = check(file.read_bytes())
    for finding in found.findings:
        typer.echo(finding)
    if found.signer:
        typer.echo(f"signed with the certificate of sha256 fingerprint {found.signer}")
    if found.stamped_at is not None:
        typer.echo(
            f"stamped at {found.stamped_at.isoformat()}, checked with tsa.pem of sha256 {found.authority}"
        )
    elif found.is_whole:
        typer.echo("no time stamp")
    typer.echo("whole" if found.is_whole else "NOT whole")
    raise typer.Exit(0 if found.is_whole else 1)
