"""Everywhere: a provider's own rules against intimate material published without consent."""

from datetime import date, timedelta

from jikimi.model.notice import Field, Material, Role
from jikimi.removal.regime import Law, Regime

POLICY = Regime(
    name="policy",
    title="the provider's own rules",
    countries=frozenset(),
    roles=frozenset({Role.PLATFORM, Role.HOST, Role.CDN, Role.REGISTRAR, Role.NETWORK, Role.SEARCH}),
    materials=frozenset({Material.ADULT, Material.MINOR}),
    languages=("en", "ko", "ja", "zh-Hans", "zh-Hant", "ru", "vi", "es", "de", "fr"),
    required=(
        Field.SENDER,
        Field.SIGNATURE,
        Field.CONTACT,
        Field.AUTHORITY,
        Field.ADDRESSES,
        Field.KIND,
        Field.REASON,
        Field.STATEMENT,
        Field.ASKED,
    ),
    clock=timedelta(hours=48),
    clock_note="No law sets it. The 48 hours are ours.",
    laws=(
        Law(
            "the provider's terms of service",
            "https://projectarachnid.ca",
            date(2026, 11, 22),
            "no law; that hotlines ask on this ground and repeat it is reported of Project Arachnid",
        ),
    ),
    gives=(
        (
            "Nearly every provider forbids such material, and all forbid that of children. Where no law of its"
            " country binds it towards us, this is what we can hold up."
        ),
        "The letter names the Korean offences as facts, not as law that binds the recipient.",
        (
            "No regime of Japan, China, Taiwan, Russia or Vietnam is written yet; requests in those languages stand"
            " on this one."
        ),
    ),
    never=(
        "a picture or clip, or a still of one",
        "the name of the person depicted",
        "a threat of a law that does not bind the recipient",
    ),
)
