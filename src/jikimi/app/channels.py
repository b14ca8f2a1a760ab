"""Plugs in the channels that an administrator set up: platforms' own interfaces and described web forms."""

import os
from functools import partial
from pathlib import Path

import msgspec
import yaml

from jikimi.app.mail import open_mail
from jikimi.media.addresses import AddressPolicy, parse_allowed
from jikimi.media.camera import find_chromium
from jikimi.model.errors import Misconfigured
from jikimi.model.ports import Channel, Clock, Fetcher, FormFiller, Rules, Submitter
from jikimi.model.post import Secret
from jikimi.removal.aws import AwsAccess, AwsChannel
from jikimi.removal.bluesky import BlueskyChannel
from jikimi.removal.cloudflare import CloudflareChannel
from jikimi.removal.form_text import FormText, read_form
from jikimi.removal.mastodon import MastodonChannel
from jikimi.removal.matrix import MatrixChannel
from jikimi.removal.web_form import WebFormChannel
from jikimi.settings import Settings

OTHERS_MAY_READ = 0o077


class BlueskyAccess(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account on the centre's server; `password` is an app password."""

    identifier: str
    password: str
    service: str = "https://bsky.social"


class MatrixAccess(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account on a homeserver."""

    homeserver: str
    token: str


class MastodonAccess(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account on a server; the token may read searches and write reports."""

    server: str
    token: str


class AwsKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An identity that may call abuse:CreateAbuseReport."""

    key_id: str
    secret: str
    region: str = "us-east-1"


class CloudflareAccess(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account with the right to report by interface."""

    account: str
    token: str


class ChannelText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file. `forms` are files with descriptions, beside this one or by their full paths."""

    bluesky: BlueskyAccess | None = None
    matrix: MatrixAccess | None = None
    mastodon: MastodonAccess | None = None
    aws: AwsKeys | None = None
    cloudflare: CloudflareAccess | None = None
    forms: list[str] = []


def open_channels(  # what the channels are made of
    settings: Settings,
    rules: Rules,
    fetcher: Fetcher,
    submitter: Submitter,
    clock: Clock,
) -> dict[str, Channel]:
    """Return the channels that are set up, by name. Without any only rehearsal is possible.

    Without a browser on this machine web forms are left to people.
    """
    file = settings.channels
    text = ChannelText() if file is None else read_channels(file)
    found: list[Channel | None] = [open_mail(settings, clock)]
    if text.bluesky is not None:
        found.append(
            BlueskyChannel(
                fetcher,
                submitter,
                service=text.bluesky.service,
                identifier=text.bluesky.identifier,
                password=Secret(text.bluesky.password),
            )
        )
    if text.matrix is not None:
        access = text.matrix
        found.append(MatrixChannel(submitter, homeserver=access.homeserver, token=Secret(access.token)))
    if text.mastodon is not None:
        server, token = text.mastodon.server, Secret(text.mastodon.token)
        found.append(MastodonChannel(fetcher, submitter, server=server, token=token))
    found += _hosts(text, settings, rules, submitter, clock)
    if text.forms and file is not None:
        forms = [_form(file.parent / name) for name in text.forms]
        found.append(WebFormChannel(_filler(settings, clock), forms, rules=rules))
    return {channel.name: channel for channel in found if channel is not None}


def read_channels(file: Path) -> ChannelText:
    """Read the file; Misconfigured says what is wrong. It holds tokens: only its owner may read it."""
    if file.stat().st_mode & OTHERS_MAY_READ:
        raise Misconfigured(f"JIKIMI_CHANNELS: others may read {file}. Type: chmod 600 {file}")
    try:
        value = yaml.safe_load(file.read_text())
        return ChannelText() if value is None else msgspec.convert(value, ChannelText)
    except yaml.YAMLError:
        # The error's own text shows the line, and that may be the one with the token.
        raise Misconfigured(f"JIKIMI_CHANNELS: {file} is no YAML. Mend it.") from None
    except msgspec.ValidationError as error:
        raise Misconfigured(f"JIKIMI_CHANNELS: {file}: {error}. Mend it.") from error


def _hosts(
    text: ChannelText, settings: Settings, rules: Rules, submitter: Submitter, clock: Clock
) -> list[Channel | None]:
    found: list[Channel | None] = []
    if text.aws is not None:
        access = AwsAccess(text.aws.region, text.aws.key_id, Secret(text.aws.secret))
        found.append(
            AwsChannel(submitter, access, sender=rules.sender, classification=settings.xarf, clock=clock)
        )
    if text.cloudflare is not None:
        found.append(
            CloudflareChannel(
                submitter,
                account=text.cloudflare.account,
                token=Secret(text.cloudflare.token),
                centre=rules.centre,
                mail=rules.sender,
            )
        )
    return found


def _form(file: Path) -> FormText:
    try:
        return read_form(file.read_text(), file.name)
    except OSError as error:
        raise Misconfigured(f"JIKIMI_CHANNELS: {file} cannot be read. Mend its path or rights.") from error


def _filler(settings: Settings, clock: Clock) -> FormFiller | None:
    from jikimi.media.forms import BrowserForms  # noqa: PLC0415  # a browser's driver, only where it is used
    from jikimi.media.way_out import way_out  # noqa: PLC0415  # as above

    program = settings.browser or find_chromium()
    if program is None:
        return None
    policy = AddressPolicy(allowed=parse_allowed(settings.allow))
    return BrowserForms(partial(way_out, policy, clock), program, is_sandboxed=os.geteuid() != 0)
