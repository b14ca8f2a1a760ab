"""The command line: `jikimi --help`. Heavy parts are imported only by the commands that need them."""

import sys

import typer

from jikimi import __version__
from jikimi.cli import (
    alerts,
    cases,
    contacts,
    evidence,
    halting,
    holding,
    hosts,
    identifiers,
    mail,
    partners,
    references,
    removal,
    signing,
    sources,
    text,
    users,
    watch_list,
    watches,
)
from jikimi.cli.compare import compare
from jikimi.cli.demo import demo
from jikimi.cli.selfcheck import selfcheck
from jikimi.cli.serve import serve, work
from jikimi.cli.statistics import statistics
from jikimi.cli.status import status
from jikimi.model.errors import JikimiError, Misconfigured

FAILED = 1
WRONG_SETTING = 2

app = typer.Typer(
    name="jikimi",
    help="지킴이: finds re-uploads of a victim's pictures, seals the evidence, asks for removal, follows up.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(cases.app, name="case")
app.add_typer(references.app, name="reference")
app.add_typer(identifiers.app, name="identifier")
watch_list.add_to(watches.app)
halting.add_to(watches.app)
app.add_typer(watches.app, name="watch")
app.add_typer(sources.app, name="source")
app.add_typer(partners.app, name="partner")
app.add_typer(alerts.app, name="alerts")
holding.add_to(removal.app)
app.add_typer(removal.app, name="removal")
app.add_typer(contacts.app, name="contact")
app.add_typer(mail.app, name="mail")
app.add_typer(hosts.app, name="host")
app.add_typer(signing.app, name="signing")
app.add_typer(evidence.app, name="evidence")
app.add_typer(text.app, name="text")
app.add_typer(users.app, name="user")
app.command()(serve)
app.command()(work)
app.command()(status)
app.command()(statistics)
app.command()(selfcheck)
app.command()(demo)
app.command()(compare)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(f"Jikimi {__version__}")


def main() -> None:
    """Run one command. What is meant for the operator is one line on standard error."""
    try:
        app()
    except Misconfigured as error:
        typer.echo(f"jikimi: {error}", err=True)
        sys.exit(WRONG_SETTING)
    except JikimiError as error:
        typer.echo(f"jikimi: {error}", err=True)
        sys.exit(FAILED)
