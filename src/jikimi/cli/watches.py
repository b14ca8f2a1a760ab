"""`jikimi watch`: which places on the net are watched, and how they fare."""

from typing import Annotated

import typer

from jikimi.cli.opening import By, known_user, opened, perform, show_table
from jikimi.model.errors import Misconfigured
from jikimi.model.post import Priority, Watch

app = typer.Typer(
    help="Watches: the sites, relays and folders that are read day and night.", no_args_is_help=True
)
Name = Annotated[str, typer.Argument(help="A name of your own for the watch.")]
Contact = Annotated[
    str, typer.Option(help="Where the site takes removal requests, such as abuse@site.example.")
]


@app.command()
def add(
    source: Annotated[str, typer.Argument(help="website, nostr, folder, or one that a package adds.")],
    name: Name,
    options: Annotated[list[str], typer.Argument(help="The source's options, such as url=https://…")],
    by: By,
    contact: Contact = "",
    priority: Annotated[
        Priority, typer.Option(help="How early second, closer looks at what it brings come.")
    ] = Priority.NORMAL,
) -> None:
    """Watch a place from now on, such as: jikimi watch add website street url=https://street.example/feed.xml."""
    from jikimi.flow import acts  # heavy

    pairs = dict(_pair(option) for option in options)
    with opened() as service:
        watch = Watch(name, source, pairs, contact, known_user(by), service.house.clock(), priority)
        service.make_source(watch)  # refuses what is missing or wrong before it is written down
        perform(service, acts.add_watch(service.house, watch), by)
    typer.echo(
        f"Watch {name} is set up."
        + ("" if contact else f" Next: jikimi watch contact {name} ADDRESS --by {by}")
    )


def _pair(option: str) -> tuple[str, str]:
    name, sign, value = option.partition("=")
    if not sign or not name:
        raise Misconfigured(
            f"{option!r} is not an option. Type it as name=value, such as url=https://street.example"
        )
    return name, value


@app.command()
def contact(name: Name, address: Annotated[str, typer.Argument()], by: By) -> None:
    """Enter the address at which a site takes removal requests."""
    from jikimi.flow import acts  # heavy

    with opened() as service:
        perform(service, acts.set_contact(service.house, name, address, by=known_user(by)), by)
    typer.echo(f"Requests about {name} go to {address}.")


@app.command("priority")
def set_priority(name: Name, priority: Annotated[Priority, typer.Argument()], by: By) -> None:
    """Say how early second, closer looks at what a watch brings come. Nothing is ever left out."""
    from jikimi.flow import acts  # heavy

    with opened() as service:
        perform(service, acts.set_priority(service.house, name, priority, by=known_user(by)), by)
    typer.echo(f"The priority of {name} is {priority} for what comes from now on.")


@app.command()
def end(name: Name, by: By) -> None:
    """Stop watching a place. What was found stays."""
    from jikimi.flow import acts  # heavy

    with opened() as service:
        perform(service, acts.end_watch(service.house, name, by=known_user(by)), by)
    typer.echo(f"Watch {name} is ended.")


@app.command("list")
def list_watches() -> None:
    """List watches with their health: reading, silent or failing, and how far behind."""
    from jikimi.sources.health import health  # heavy

    with opened() as service:
        from jikimi.worker.watches import standing_watches  # heavy

        house = service.house
        rows = []
        for name, watch in sorted(standing_watches(house).items()):
            position = house.records.position(name)
            found = health(position, house.clock())
            posts = str(position.posts) if position else "0"
            rows.append(
                (
                    name,
                    watch.source,
                    found.condition,
                    found.line,
                    posts,
                    watch.contact or "no contact",
                    watch.priority.value,
                )
            )
        show_table(("name", "source", "health", "detail", "posts", "contact", "priority"), rows)


@app.command()
def sources() -> None:
    """List the sources that can be watched."""
    from jikimi.app.service import known_sources  # heavy

    rows = [(name, (kind.__doc__ or "").split("\n")[0]) for name, kind in sorted(known_sources().items())]
    show_table(("source", "what it is"), rows)
