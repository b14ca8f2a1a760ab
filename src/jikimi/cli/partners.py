"""`jikimi partner`: who may hand in posts through the interface."""

import secrets
from typing import Annotated

import typer

from jikimi.cli.opening import By, known_user, opened, perform, show_table
from jikimi.model.partner import HandIn, Scope

app = typer.Typer(
    help="Partners: hotlines, police units and platforms that hand in posts.", no_args_is_help=True
)
Name = Annotated[str, typer.Argument(help="A name of your own for the partner, and for its watch.")]
TOKEN_BYTES = 32


@app.command()
def add(
    name: Name,
    by: By,
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What the partner may hand in; without it, both.")
    ] = None,
) -> None:
    """Let a partner hand in posts, and show the token once. An older token of the partner is void."""
    from jikimi.flow import partners  # heavy

    token = partners.TOKEN_BEGINS + secrets.token_urlsafe(TOKEN_BYTES)
    scopes = tuple(dict.fromkeys(scope)) if scope else tuple(Scope)
    with opened() as service:
        perform(service, partners.add_partner(service.house, name, token, scopes, by=known_user(by)), by)
    typer.echo(f"Partner {name} may hand in {' and '.join(scopes)}. The token, shown this once:\n{token}")


@app.command()
def end(name: Name, by: By) -> None:
    """Make a partner's token void, and end the watch. What was handed in stays."""
    from jikimi.flow import partners  # heavy

    with opened() as service:
        perform(service, partners.end_partner(service.house, name, by=known_user(by)), by)
    typer.echo(f"The token of {name} is void.")


@app.command("list")
def list_partners() -> None:
    """List partners, what they may hand in, and what they did."""
    from jikimi.flow import partners  # heavy

    with opened() as service:
        rows = []
        for name, partner in sorted(partners.standing_partners(service.house).items()):
            calls = service.house.records.find(HandIn, parent=name)
            taken = sum(not call.refusal for call in calls)
            newest = f"{calls[-1].at:%Y-%m-%d %H:%M}" if calls else "never"
            rows.append((name, ", ".join(partner.scopes), str(taken), str(len(calls) - taken), newest))
        show_table(("name", "may hand in", "taken", "refused", "last call"), rows)
