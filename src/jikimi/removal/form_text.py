"""Reads the description of a web form (YAML), written by a person who looked at the form."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec
import yaml

from jikimi.model.errors import Misconfigured

_BRACES = re.compile(r"\{(\w*)\}")
PLACES = (
    "post_url",
    "media_url",
    "sha256",
    "seen_at",
    "subject",
    "body",
    "request",
    "centre",
    "contact",
    "mail",
)
"""What a description may put into a field, in braces."""


class FormText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One described form. Keys of `fields`, `choices` and `ticks` are CSS selectors.

    `done` and `refused` are texts (or CSS selectors, where they begin with `css=`) that the page shows after
    the form was sent. `steps` say what a person must do where the machine cannot go on.
    """

    name: str
    url: str
    fields: dict[str, str]
    button: str
    done: str
    choices: dict[str, str] = {}
    ticks: list[str] = []
    refused: str = ""
    steps: str = ""


def read_form(text: str, name: str) -> FormText:
    """Read one description; Misconfigured says what is wrong with it. `name` is the file's."""
    try:
        found = msgspec.convert(yaml.safe_load(text), FormText)
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f" in line {where.line + 1}" if where is not None else ""
        raise Misconfigured(f"{name} is no YAML{line}. Mend it; see docs/removal/form.md.") from error
    except msgspec.ValidationError as error:
        raise Misconfigured(f"{name}: {error}. Mend it; see docs/removal/form.md.") from error
    if urlsplit(found.url).scheme not in {"http", "https"} or not urlsplit(found.url).hostname:
        raise Misconfigured(f"{name}: url must be the form's web address. Copy it from the browser.")
    for value in found.fields.values():
        fill(value, dict.fromkeys(PLACES, "x"), name)
    return found


def fill(template: str, values: Mapping[str, str], name: str) -> str:
    """Put values into the braces of one field; Misconfigured for a name there is not."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            known = ", ".join(PLACES)
            raise Misconfigured(f"{name}: {{{match[1]}}} cannot be filled in. Known are: {known}.")
        return values[match[1]]

    return _BRACES.sub(value, template)
