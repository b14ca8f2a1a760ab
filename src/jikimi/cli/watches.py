"""`jikimi watch`: which places on the net are watched, and how they fare."""

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from jikimi.cli.opening import By, known_user, mail_address, opened, perform, said_name, show_table
from jikimi.model.errors import Misconfigured
from jikimi.model.post import Bounds, Priority, Watch

if TYPE_CHECKING:
    from jikimi.app.service import Service
    from jikimi.model.source import Manifest, Option

app = typer.Typer(
    help="Watches: the sites, relays and folders that are read day and night.", no_args_is_help=True
)
Name = Annotated[str, typer.Argument(help="A name of your own for the watch.")]
Contact = Annotated[
    str, typer.Option(help="Where the site takes removal requests, such as abuse@site.example.")
]
Requests = Annotated[
    int | None, typer.Option("--requests", min=0, help="The most requests a day; 0: the source's own limit.")
]
Money = Annotated[str | None, typer.Option("--money", help="The most US dollars a day, such as 2.50.")]
Expected = Annotated[
    int | None,
    typer.Option("--expect", min=0, help="At least so many posts a day are normal; fewer is an alarm."),
]
RobotsReason = Annotated[
    str | None,
    typer.Option("--robots-reason", help="Why robots.txt is not obeyed here; it is written down. '' obeys."),
]


@app.command()
def add(
    source: Annotated[str, typer.Argument(help="One of `jikimi watch sources`, such as website or bluesky.")],
    name: Name,
    by: By,
    options: Annotated[
        list[str] | None,
        typer.Argument(help="The source's options, such as url=https://…; a secret as token=@FILE."),
    ] = None,
    contact: Contact = "",
    priority: Annotated[
        Priority | None,
        typer.Option(help="How early second, closer looks at what it brings come; normal if not said."),
    ] = None,
    expect: Expected = None,
    requests: Requests = None,
    money: Money = None,
    robots_reason: RobotsReason = None,
) -> None:
    """Watch a place from now on, such as: jikimi watch add website street url=https://street.example/feed.xml.

    Typed again for the same place, for instance with a new token, it keeps what is not said anew.
    """
    from jikimi.app.sources import manifest_of  # heavy
    from jikimi.flow import acts  # heavy

    said_name(name)
    manifest = manifest_of(source)
    pairs = _with_secrets(manifest, dict(_pair(option) for option in options or ()))
    contact = contact and mail_address(contact)
    with opened() as service:
        now = service.house.clock()
        secrets = {option.name for option in manifest.options if option.is_secret}
        new = Watch(name, source, pairs, "", known_user(by), now)
        held = _held(service, new, secrets)
        bounds = _bounds(held.bounds, requests, money, expect, robots_reason)
        contact = contact or held.contact
        watch = replace(new, contact=contact, priority=priority or held.priority, bounds=bounds)
        service.make_source(watch)  # refuses what is missing or wrong before it is written down
        perform(service, acts.add_watch(service.house, watch, secrets), by)
    next_step = f" Next: jikimi watch contact {quote(name)} ADDRESS --by {by}"
    typer.echo(f"Watch {name} is set up." + ("" if contact else next_step))


def _held(service: "Service", new: Watch, secrets: set[str]) -> Watch:
    """Return the watch of this name that reads the same place already, else the new one."""
    from jikimi.worker.watches import standing_watches  # heavy

    def place(watch: Watch) -> tuple[str, dict[str, str]]:
        return watch.source, {name: text for name, text in watch.options.items() if name not in secrets}

    held = standing_watches(service.house).get(new.name, new)
    return held if place(held) == place(new) else new


def _pair(option: str) -> tuple[str, str]:
    name, sign, value = option.partition("=")
    if not sign or not name:
        raise Misconfigured(
            f"{option!r} is not an option. Type it as name=value, such as url=https://street.example"
        )
    return name, value


def _with_secrets(manifest: "Manifest", given: dict[str, str]) -> dict[str, str]:
    """Read secrets from files (`@FILE`) or ask for them: a command line is seen and remembered by others."""
    for option in manifest.options:
        if option.is_secret and (option.is_needed or option.name in given):
            given[option.name] = _secret(option, given.get(option.name, ""))
    return given


def _secret(option: "Option", text: str) -> str:
    if not text:
        return str(typer.prompt(f"{option.name} ({option.help})", hide_input=True))
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"Option {option.name}: the file {text[1:]} cannot be read.") from error


def _bounds(
    held: Bounds, requests: int | None, money: str | None, expect: int | None, robots_reason: str | None
) -> Bounds:
    """Return bounds with what was typed; what was not stays."""
    try:
        dollars = held.money if money is None else Decimal(money)
    except InvalidOperation:
        dollars = Decimal("NaN")
    if not dollars.is_finite() or dollars < 0:
        raise Misconfigured("--money: type US dollars, such as 2.50")
    return Bounds(
        held.requests if requests is None else requests,
        dollars,
        held.posts if expect is None else expect,
        held.robots_reason if robots_reason is None else robots_reason.strip(),
    )


@app.command()
def bound(
    name: Name,
    by: By,
    expect: Expected = None,
    requests: Requests = None,
    money: Money = None,
    robots_reason: RobotsReason = None,
) -> None:
    """Say what a watch may use a day, how many posts are normal, and whether robots.txt is obeyed."""
    from jikimi.flow import acts  # heavy
    from jikimi.flow.reading import watch_named  # heavy

    with opened() as service:
        held = watch_named(name, service.house).bounds
        bounds = _bounds(held, requests, money, expect, robots_reason)
        perform(service, acts.bound_watch(service.house, name, bounds, by=known_user(by)), by)
    requests_said = bounds.requests or "the source’s own limit of"
    robots_said = "not obeyed" if bounds.robots_reason else "obeyed"
    typer.echo(
        f"{name}: {requests_said} requests and {bounds.money} US dollars a day, at least "
        f"{bounds.posts} posts; robots.txt is {robots_said}."
    )


@app.command()
def contact(
    name: Name, address: Annotated[str, typer.Argument(help="Such as abuse@site.example.")], by: By
) -> None:
    """Enter the address at which a site takes removal requests."""
    from jikimi.flow import acts  # heavy

    with opened() as service:
        set_contact = acts.set_contact(service.house, name, mail_address(address), by=known_user(by))
        perform(service, set_contact, by)
    typer.echo(f"Requests about {name} go to {address}.")


@app.command("priority")
def set_priority(
    name: Name,
    priority: Annotated[Priority, typer.Argument(help="For what comes from now on.")],
    by: By,
) -> None:
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


@app.command()
def gaps(name: Name) -> None:
    """List the times when posts may have slipped away unread, and those that were filled afterwards."""
    from jikimi.flow.reading import watch_named  # heavy
    from jikimi.model.source import Gap  # heavy

    with opened() as service:
        found = service.house.records.find(Gap, parent=watch_named(name, service.house).name)
        rows = [
            (f"{gap.since:%Y-%m-%d %H:%M:%S}", f"{gap.until:%Y-%m-%d %H:%M:%S}",
             "filled" if gap.is_filled else "open", gap.why)
            for gap in found
        ]  # fmt: skip
        show_table(("since (UTC)", "until", "state", "why"), rows)


@app.command()
def sources() -> None:
    """List the sources that can be watched, what they cost and what they were tested against."""
    from jikimi.app.sources import known_sources  # heavy

    manifests = [kind.manifest for _, kind in sorted(known_sources().items())]
    rows = [(one.name, one.title, one.auth, one.cost, one.tested.value) for one in manifests]
    show_table(("source", "what it is", "sign-in", "cost", "tested against"), rows)
