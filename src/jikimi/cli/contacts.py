"""`jikimi contact`: whom requests may go to, who said so, and who approved it."""

import re
from typing import Annotated

import typer

from jikimi.cli.opening import By, by_beginning, known_user, mail_address, opened, perform, show_table
from jikimi.model.contact import Contact, Scope
from jikimi.model.errors import Misconfigured

app = typer.Typer(
    help="Contacts: whom requests may go to, who said so, and who approved it.", no_args_is_help=True
)
Key = Annotated[str, typer.Argument(help="The beginning of the contact's key.")]
HOST = re.compile(r"[a-z0-9.-]{1,253}")
Host = Annotated[str, typer.Argument(help="The site's host name, such as board.example.")]


@app.command("list")
def list_contacts(
    host: Annotated[str, typer.Option(help="Only those of this host.")] = "",
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those nobody confirmed yet.")] = False,
) -> None:
    """List contacts, the nearest to the copy first."""
    from jikimi.flow.contacts import confirmed_by, contacts_of  # heavy

    with opened() as service:
        house = service.house
        hosts = [host.lower()] if host else sorted({c.host for c in house.records.find(Contact)})
        rows = []
        for contact in (contact for one in hosts for contact in contacts_of(one, house)):
            by = confirmed_by(contact, house)
            if not (waiting and by):
                rows.append(_row(contact, by))
        show_table(("contact", "host", "scope", "channel", "address", "source", "state", "note"), rows)


def _row(contact: Contact, by: str) -> tuple[str, ...]:
    return (
        contact.key[:12],
        contact.host,
        contact.scope.value,
        contact.channel,
        contact.address,
        " ".join(filter(None, (contact.source, contact.country))),
        f"confirmed by {by}" if by else "not confirmed",
        contact.note,
    )


@app.command()
def find(url: Annotated[str, typer.Argument(help="An address on the site.")], by: By) -> None:
    """Ask the site, the registries and the name system whom to tell. What is found waits for a person."""
    from jikimi.flow.contacts import find_for_host  # heavy

    with opened() as service:
        outcome = find_for_host(service.house, url)
        perform(service, outcome, known_user(by))
        show_table(
            ("contact", "host", "scope", "channel", "address", "source", "state", "note"),
            [_row(c, "") for c in outcome.records if isinstance(c, Contact)],
        )
    if outcome.answer:
        typer.echo(f"No answer from: {outcome.answer}", err=True)


@app.command()
def confirm(key: Key, by: By) -> None:
    """Approve a contact. Look at it first: from now on requests may go there."""
    from jikimi.flow.contacts import confirm_contact, wake_requests  # heavy

    with opened() as service:
        found = by_beginning(service.house.records.find(Contact), key, "contact")
        perform(service, confirm_contact(service.house, found.key, by=known_user(by)), by)
        woken = wake_requests(service.house, found.key)
    typer.echo(f"Requests about {found.host} may go to {found.address}. {woken} waited for it.")


@app.command()
def add(
    host: Host,
    address: Annotated[str, typer.Argument(help="A mail address, or what the channel asks for.")],
    by: By,
    channel: Annotated[str, typer.Option(help="email, form, bluesky, …")] = "email",
    scope: Annotated[Scope, typer.Option(help="What it answers for.")] = Scope.SITE,
) -> None:
    """Enter a contact by hand. What a person enters is confirmed."""
    from jikimi.flow.contacts import add_contact, by_person, wake_requests  # heavy

    if not HOST.fullmatch(host.lower()):
        raise Misconfigured(f"{host!r} is no host name. Type one without https:// and path: board.example")
    if channel == "email":
        mail_address(address)
    with opened() as service:
        house = service.house
        contact = by_person(host, channel, address, scope, by=known_user(by), house=house)
        perform(service, add_contact(house, contact, by=by), by)
        woken = wake_requests(house, contact.key)
    typer.echo(f"Requests about {contact.host} may go to {contact.address}. {woken} waited for it.")


@app.command()
def withdraw(key: Key, by: By) -> None:
    """Take a contact out of use."""
    from jikimi.flow.contacts import withdraw_contact  # heavy

    with opened() as service:
        found = by_beginning(service.house.records.find(Contact), key, "contact")
        perform(service, withdraw_contact(service.house, found.key, by=known_user(by)), by)
    typer.echo(f"Nothing goes to {found.address} about {found.host} any more.")
