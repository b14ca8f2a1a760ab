"""Reads one setting at a time and says in one line which is wrong and what to type."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from jikimi.model.errors import Misconfigured
from jikimi.model.post import Secret

T = TypeVar("T")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
PREFIX = "JIKIMI_"
FOR_TESTS = "JIKIMI_TEST_"
MOST_REPEATS = 1000
HERE = "here"  # the house's own way out


class Reader:
    """Reads settings by name and remembers which names exist."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._known: set[str] = set()

    def __call__(self, name: str, default: str, parse: Callable[[str], T]) -> T:
        """Return one setting; the parser's complaint becomes Misconfigured with the setting's name."""
        self._known.add(name)
        try:
            return parse(self._environment.get(name, default).strip())
        except ValueError as error:
            raise Misconfigured(f"{name}: {error}") from error

    def refuse_halves(self, **examples: str) -> None:
        """Refuse some of these settings without the others: they need each other."""
        given = {name: bool(self._environment.get(name, "").strip()) for name in examples}
        for name, example in examples.items():
            if any(given.values()) and not given[name]:
                others = " and ".join(other for other in examples if given[other])
                raise Misconfigured(f"{name}: {others} needs it. Type {name}={example}, or leave both out.")

    def refuse_unknown(self) -> None:
        """Refuse a misspelt setting: silence would leave the default in force."""
        for name in sorted(self._environment):
            if name.startswith(PREFIX) and not name.startswith(FOR_TESTS) and name not in self._known:
                known = ", ".join(sorted(self._known))
                raise Misconfigured(f"{name}: there is no such setting. Known are: {known}.")


def line(text: str) -> str:
    """Return one line of text."""
    if not text.isprintable():
        raise ValueError("must be one line of text.")
    return text


def folder(text: str) -> Path:
    """Return a folder as an absolute path; it need not exist yet."""
    path = Path(text or "data").expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise ValueError(f"{path} is not a folder. Type the path of a folder, such as JIKIMI_DATA=data")
    return path


def file(text: str) -> Path | None:
    """Return a file as an absolute path, None for the default."""
    return Path(text).expanduser().absolute() if text else None


def existing_file(text: str) -> Path | None:
    """Return a file that is there as an absolute path, None for none."""
    path = file(text)
    if path is not None and not path.is_file():
        raise ValueError(f"{path} is not a file. Type the path of one, or leave it out.")
    return path


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return a parser for whole numbers between two bounds."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(
                f"{text!r} is not a whole number from {least} to {most}. Type one, such as {least}."
            )
        return int(text)

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    """Return a parser for one of a few words."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"{text!r} is not known. Type one of: {', '.join(choices)}.")
        return text

    return parse


def duration(text: str) -> timedelta:
    """Return a length of time written as a number and a unit, such as 30s, 10m, 24h, 7d."""
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]+)?)([smhd])", text)
    if found is None:
        raise ValueError(f"{text!r} is not a length of time. Type a number and s, m, h or d, such as 24h.")
    return timedelta(**{UNITS[found[2]]: float(found[1])})


def durations(text: str) -> tuple[timedelta, ...]:
    """Return lengths of time separated by commas; `1d*14` is 14 times one day; empty for the default."""
    found: list[timedelta] = []
    for part in text.split(",") if text else ():
        length, star, times = part.partition("*")
        count = whole(1, MOST_REPEATS)(times.strip()) if star else 1
        found += [duration(length.strip())] * count
    return tuple(found)


def vantages(text: str) -> tuple[tuple[str, Secret], ...]:
    """Return further ways out by name, `abroad=http://10.8.0.2:3128`, separated by commas; empty for none."""
    found: dict[str, Secret] = {}
    for part in text.split(",") if text else ():
        name, equals, address = part.strip().partition("=")
        is_named = re.fullmatch(r"[a-z][a-z0-9-]{0,31}", name) and name != HERE and name not in found
        if not equals or not is_named or urlsplit(address).scheme != "http":
            raise ValueError("must be names and proxies, such as abroad=http://user:password@10.8.0.2:3128")
        found[name] = Secret(address)
    return tuple(found.items())


def mailbox(text: str) -> str:
    """Return one mail address, "" for none."""
    if text and not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", text):
        raise ValueError(f"{text!r} is not a mail address. Type one, such as notices@centre.example")
    return text


def web_address(text: str) -> str:
    """Return a web address without a path, "" for none."""
    parts = urlsplit(text)
    if text and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/")):
        raise ValueError(
            "must be the console's address without a path, such as https://jikimi.centre.example"
        )
    return text


def https_origin(text: str) -> str:
    """Return scheme and host of a website that is reached by https, also with a port; "" for none."""
    if text and not re.fullmatch(r"https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?", text):
        raise ValueError("must be https:// and a host name in lower case, such as https://centre.example")
    return text


def smtp(text: str) -> Secret:
    """Return the outgoing mail server's address; it may hold a password and never shows itself."""
    if text and (urlsplit(text).scheme not in {"smtp", "smtps"} or not urlsplit(text).hostname):
        raise ValueError("must look like smtp://user:password@mail.example:587 (or smtps://…).")
    return Secret(text)


def tsa(text: str) -> Secret:
    """Return a time authority's address; it may hold a password and never shows itself."""
    if text and (urlsplit(text).scheme not in {"http", "https"} or not urlsplit(text).hostname):
        raise ValueError("must look like https://tsa.example/tsr (or https://user:password@tsa.example/tsr).")
    return Secret(text)


def secret(text: str) -> Secret:
    """Return one line that never shows itself."""
    return Secret(line(text))


def imap(text: str) -> Secret:
    """Return the mailbox for answers; it may hold a password and never shows itself."""
    if text and (urlsplit(text).scheme not in {"imap", "imaps"} or not urlsplit(text).hostname):
        raise ValueError("must look like imaps://user:password@imap.example/INBOX.")
    return Secret(text)


def label(text: str) -> str:
    """Return one label of a domain name, "" for none."""
    if text and not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", text):
        raise ValueError(f"{text!r} is not a label. Type lower-case letters and digits, such as jikimi")
    return text


def country(text: str) -> str:
    """Return a country's two letters (ISO 3166-1)."""
    if not re.fullmatch(r"[A-Z]{2}", text):
        raise ValueError(f"{text!r} is not a country. Type its two letters, such as KR")
    return text


def ip_and_port(text: str) -> str:
    """Return an IP address, also with a port; "" for none."""
    shape = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[0-9.]+)(?::([0-9]{1,5}))?", text)
    complaint = f"{text!r} is not a name server. Type its IP address, such as 10.0.0.53"
    if text and shape is None:
        raise ValueError(complaint)
    try:
        if shape is not None:
            ip_address(shape[1].strip("[]"))
    except ValueError as error:
        raise ValueError(complaint) from error
    return text


def database(text: str) -> Secret:
    """Return the database's address; it may hold a password and never shows itself."""
    if text and (urlsplit(text).scheme != "postgresql" or not urlsplit(text).path.strip("/")):
        raise ValueError(
            "must look like postgresql://user:password@host/name; leave it out for SQLite in JIKIMI_DATA."
        )
    return Secret(text)
