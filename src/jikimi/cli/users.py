"""`jikimi user`: who may use the console, and one-time sign-in links."""

from typing import TYPE_CHECKING, Annotated

import typer

from jikimi.cli.opening import opened, show_table

if TYPE_CHECKING:
    from jikimi.app.service import Service

app = typer.Typer(help="Users of the console.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="A user name; a pseudonym is best.")]


@app.command()
def add(
    name: Name, role: Annotated[str, typer.Option(help="administrator, investigator or counsellor")]
) -> None:
    """Add a user and print the link with which they sign in for the first time."""
    with opened() as service:
        from jikimi.store.people import create_user  # only once Django is configured

        create_user(name, role)
        _print_link(name, service)


@app.command()
def link(name: Name) -> None:
    """Print a new one-time sign-in link, for a user who forgot the password."""
    with opened() as service:
        _print_link(name, service)


@app.command("list")
def list_users() -> None:
    """List users and their roles."""
    with opened():
        from django.contrib.auth.models import User  # only once Django is configured

        rows = [
            (
                user.username,
                ", ".join(group.name for group in user.groups.all()),
                "" if user.is_active else "inactive",
            )
            for user in User.objects.order_by("username")
        ]
        show_table(("name", "role", "state"), rows)


def _print_link(name: str, service: "Service") -> None:
    from jikimi.store.entry import make_link

    typer.echo(make_link(name, service.settings.origin, service.house.clock()))
