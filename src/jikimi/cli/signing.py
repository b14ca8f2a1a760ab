"""`jikimi signing`: the key that signs our requests to sites, and what sites need to check it."""

import os
from pathlib import Path
from typing import Annotated

import typer

from jikimi.model.errors import Misconfigured
from jikimi.settings import read_settings

OWNER_ONLY = 0o600

app = typer.Typer(
    help="Signed requests: the key, and the directory by which sites check it.", no_args_is_help=True
)


@app.command()
def key(file: Annotated[Path, typer.Argument(help="Where to write it. A file that is there stays.")]) -> None:
    """Make an Ed25519 key that signs our requests; only its owner may read it."""
    from jikimi.media.signing import new_key  # heavy

    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError as error:
        raise Misconfigured(f"{file} is there already. Type the name of a new file.") from error
    except OSError as error:
        raise Misconfigured(f"{file} cannot be written ({error.strerror}). Type another name.") from error
    with os.fdopen(handle, "wb") as opened:
        opened.write(new_key())
    typer.echo(
        f"Set JIKIMI_SIGN_KEY={file.absolute()} and JIKIMI_SIGN_AGENT=https://… (your website's origin),\n"
        "then type: jikimi signing directory"
    )


@app.command()
def directory() -> None:
    """Print the directory of keys (JSON), to be put on the website that JIKIMI_SIGN_AGENT names.

    It must stand at /.well-known/http-message-signatures-directory, and be served with the media type
    application/http-message-signatures-directory+json.
    """
    from jikimi.app.signing import read_sign_key  # heavy
    from jikimi.media.signing import DIRECTORY, DIRECTORY_TYPE, directory_of

    settings = read_settings()
    if settings.sign_key is None:
        raise Misconfigured("JIKIMI_SIGN_KEY: no key is set. Type: jikimi signing key FILE")
    typer.echo(directory_of(read_sign_key(settings.sign_key).public_key()))
    typer.echo(f"Put this at {settings.sign_agent}{DIRECTORY}, as {DIRECTORY_TYPE}", err=True)
