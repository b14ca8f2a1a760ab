"""European Union: a notice under Article 16 of the Digital Services Act, Regulation (EU) 2022/2065."""

from datetime import date, timedelta

from jikimi.model.notice import Field, Material, Role
from jikimi.removal.regime import Law, Regime, has_email

MEMBERS = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
        "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip

DSA = Regime(
    name="eu-dsa-16",
    title="Regulation (EU) 2022/2065, Article 16",
    countries=MEMBERS,
    roles=frozenset({Role.PLATFORM, Role.HOST, Role.REGULATOR}),
    materials=frozenset({Material.ADULT, Material.MINOR}),
    languages=("en", "de", "fr", "es"),
    required=(
        Field.REASON,
        Field.KIND,
        Field.ADDRESSES,
        Field.SENDER,
        Field.EMAIL,
        Field.STATEMENT,
        Field.AUTHORITY,
        Field.ASKED,
    ),
    clock=timedelta(hours=72),
    clock_note="The Article says timely, diligent and not arbitrary, and names no hours. The 72 hours are ours.",
    laws=(
        Law(
            "Regulation (EU) 2022/2065, Article 16(2), (3), (6)",
            "https://www.eu-digital-services-act.com/Digital_Services_Act_Article_16.html",
            date(2026, 11, 30),
            "a copy of the official text",
        ),
        Law(
            "Regulation (EU) 2022/2065, Article 22 (trusted flaggers)",
            "https://eur-lex.europa.eu/eli/reg/2022/2065",
            date(2026, 11, 22),
            "read in recital 61 and in a practitioner's page",
        ),
    ),
    gives=(
        (
            "A notice that lets a diligent provider see that something is illegal without a closer legal look"
            " makes the provider know of it; its exemption from liability then depends on acting."
        ),
        "The provider confirms the notice, decides in time, and says how the decision can be challenged.",
        (
            "What is illegal follows from Union or national law. The letter names the kind of offence; a lawyer of"
            " the country can name its section."
        ),
        "It binds services that store for others, not mere carriers, caches or registrars.",
        (
            "Name and mail address may be left out for offences of Directive 2011/93/EU, Articles 3 to 7 (children)."
            " We give them all the same: they are the centre's, and an answer is wanted."
        ),
        "Priority is for trusted flaggers, which must be established in the Union.",
    ),
    never=(
        "a picture or clip, or a still of one",
        "the name of the person depicted: the notifier is the centre",
        "copied personal data of the poster beyond the address of the post",
    ),
    check=has_email,
)
