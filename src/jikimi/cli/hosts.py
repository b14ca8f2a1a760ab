"""`jikimi host`: in which country a host stands, and what it did not comply with."""

from typing import Annotated

import typer

from jikimi.cli.opening import By, known_user, opened, perform
from jikimi.model.errors import Misconfigured

app = typer.Typer(help="Hosts: their country, and what they did not comply with.", no_args_is_help=True)
Host = Annotated[str, typer.Argument(help="The host name, such as site.example.")]


@app.command()
def country(
    host: Host, code: Annotated[str, typer.Argument(help="Two capital letters, such as KR.")], by: By
) -> None:
    """Say in which country a host's servers stand, for the statistics."""
    from jikimi.flow.dossier import set_country  # heavy

    with opened() as service:
        perform(service, set_country(service.house, host, code, by=by), known_user(by))
    typer.echo(f"{host} counts for {code} from now on.")


@app.command()
def dossier(
    host: Host,
    by: By,
    addresses: Annotated[bool, typer.Option("--addresses", help="With the addresses of posts.")] = False,
    html: Annotated[bool, typer.Option("--html", help="HTML instead of Markdown.")] = False,
    language: Annotated[str, typer.Option("--language", help="ko or en")] = "ko",
) -> None:
    """Print what was asked of a host and is still there. Who had it, and with what, is written down."""
    from jikimi.flow.dossier import dossier_of  # heavy
    from jikimi.removal.dossier import WORDINGS, html_of, markdown_of

    if language not in WORDINGS:
        raise Misconfigured(f"{language!r} is neither ko nor en. Type --language ko or --language en")
    with opened() as service:
        from jikimi.store.models import PlaceRow  # only once Django is configured

        house = service.house
        keys = PlaceRow.objects.filter(host=host).order_by("requested_at").values_list("key", flat=True)
        outcome, lines = dossier_of(house, host, keys, with_addresses=addresses, by=by)
        perform(service, outcome, known_user(by))
        write = html_of if html else markdown_of
        centre = house.rules.centre
        typer.echo(write(host, lines, centre=centre, now=house.clock(), language=language, clocks={}))
