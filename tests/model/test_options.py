"""What an operator types for a watch reaches its source as it was typed, and shows itself to nobody else."""

from jikimi.model import source
from jikimi.model.post import Secret
from jikimi.model.source import Manifest, Option, Options

MANIFEST = Manifest(
    name="specimen",
    title="A specimen",
    is_push=False,
    auth="a token",
    cost="none",
    terms="",
    tested=source.Tested.ITSELF,
    tested_on="itself",
    options=(Option("token", "a token", is_secret=True), Option("other", "another", is_secret=True)),
)


def test_a_secret_option_is_given_as_it_was_typed_and_never_shown() -> None:
    options = Options(MANIFEST, {"token": "hush"})
    assert options.secret("token").reveal() == "hush"
    assert "hush" not in f"{options!r} {options.secret('token')}"


def test_a_secret_option_that_was_not_typed_is_empty() -> None:
    assert Options(MANIFEST, {}).secret("other") == Secret("")
