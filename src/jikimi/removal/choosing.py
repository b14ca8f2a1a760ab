"""Chooses rules and language for a recipient, from what is known of it; a pure rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from jikimi.model.errors import NeedsHuman
from jikimi.model.notice import Material, Role
from jikimi.removal.letters import has_letter
from jikimi.removal.regime import Regime
from jikimi.removal.regime_eu import MEMBERS
from jikimi.removal.regimes import REGIMES, regime_named


@dataclass(frozen=True, slots=True)
class Addressee:
    """What is known of a recipient. "" is "not known".

    `country` is where it is established (ISO 3166-1), `platform` its short name where it is a known one.
    `regime` and `language` are what a person set for it; they come first.
    """

    role: Role = Role.PLATFORM
    country: str = ""
    platform: str = ""
    regime: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rules and the language of one request."""

    regime: Regime
    language: str


def _spoken(words: str) -> dict[str, str]:
    return {
        country: language
        for part in words.split(";")
        for language, _, countries in [part.strip().partition(":")]
        for country in countries.split()
    }


LANGUAGES: Mapping[str, str] = _spoken(
    "ko: KR; ja: JP; zh-Hans: CN; zh-Hant: TW HK MO; ru: RU BY KZ KG; vi: VN; de: DE AT LI CH;"
    "fr: FR MC LU; es: ES MX AR CO CL PE EC UY PY BO VE CR PA GT HN NI SV DO CU;"
    "en: US GB IE CA AU NZ SG"
)
"""The language in which a provider of a country is used to be written to. English for all others."""

PLATFORMS: Mapping[str, str] = {
    "facebook": "US", "instagram": "US", "threads": "US", "youtube": "US", "google": "US", "x": "US",
    "reddit": "US", "discord": "US", "tumblr": "US", "pinterest": "US", "bluesky": "US", "bing": "US",
    "naver": "KR", "kakao": "KR", "vk": "RU",
}  # fmt: skip
"""Where the known platforms are established."""


HOMES: Mapping[str, str] = {"ko": "KR"}
"""Where a centre takes a recipient to be that it knows nothing of, by the language it writes."""


def country_of(host: str) -> str:
    """Return the country that a host's name ends in, as a weak hint; "" for names of no country.

    Only countries that make a difference here are told.
    """
    ending = host.rstrip(".").rpartition(".")[2].upper()
    ending = {"UK": "GB", "EU": ""}.get(ending, ending)
    return ending if ending in LANGUAGES or ending in MEMBERS else ""


def host_of(recipient: str) -> str:
    """Return the host of a mail or web address, "" if there is none or it cannot be read."""
    if "://" in recipient:
        try:
            return urlsplit(recipient).hostname or ""
        except ValueError:
            return ""
    return recipient.rpartition("@")[2]


def fitting(addressee: Addressee, material: Material, home: str) -> tuple[Regime, ...]:
    """Return the regimes that fit, the strongest first. Without the last resort: that takes a person."""
    country = _country(addressee, home)
    return tuple(
        regime
        for regime in REGIMES.values()
        if not regime.is_last_resort
        and addressee.role in regime.roles
        and material in regime.materials
        and (not regime.countries or country in regime.countries)
    )


def choose(addressee: Addressee, material: Material, home: str) -> Chosen:
    """Return the rules and the language for a request.

    The law of the recipient's country comes before its own rules. The language is that of its country if the
    letter has the legal paragraph; else the first of the regime's. Where the country is not known, the
    language is the centre's own, `home`, and so is the country, see `HOMES`. Raises NeedsHuman where no rules
    fit, or where a person's setting does not.
    """
    regimes = fitting(addressee, material, home)
    if addressee.regime:
        regimes = (_wanted(addressee, material),)
    if not regimes:
        raise NeedsHuman(
            f"No rules are written for a {addressee.role} of this country. Write to it by hand, or choose"
            " another recipient."
        )
    return Chosen(regimes[0], _language(addressee, regimes[0], home))


def _country(addressee: Addressee, home: str) -> str:
    return addressee.country or PLATFORMS.get(addressee.platform, "") or HOMES.get(home, "")


def _wanted(addressee: Addressee, material: Material) -> Regime:
    regime = regime_named(addressee.regime)
    if addressee.role not in regime.roles or material not in regime.materials:
        raise NeedsHuman(f"{regime.title} does not fit this recipient or material. Choose other rules.")
    return regime


def _language(addressee: Addressee, regime: Regime, home: str) -> str:
    if addressee.language:
        if not has_letter(regime.name, addressee.language):
            raise NeedsHuman(
                f"The letter in {addressee.language!r} has no paragraph for {regime.title}. Choose one of:"
                f" {', '.join(regime.languages)}."
            )
        return addressee.language
    country = _country(addressee, "")
    habit = LANGUAGES.get(country, "en") if country else home
    return habit if has_letter(regime.name, habit) else regime.languages[0]
