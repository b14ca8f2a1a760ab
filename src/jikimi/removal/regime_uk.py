"""United Kingdom: a report of priority illegal content under the Online Safety Act 2023."""

import re
from datetime import date, timedelta

from jikimi.model.notice import Field, Material, Role
from jikimi.removal.regime import Law, Regime

ONLINE_SAFETY = Regime(
    name="uk-osa",
    title="Online Safety Act 2023 (UK)",
    countries=frozenset({"GB"}),
    roles=frozenset({Role.PLATFORM, Role.SEARCH, Role.REGULATOR}),
    materials=frozenset({Material.ADULT, Material.MINOR}),
    languages=("en",),
    required=(
        Field.SENDER,
        Field.CONTACT,
        Field.AUTHORITY,
        Field.ADDRESSES,
        Field.KIND,
        Field.REASON,
        Field.STATEMENT,
        Field.ASKED,
    ),
    clock=timedelta(hours=48),
    clock_note=(
        "The Act says swiftly (section 10(3)) and names no hours. A duty to remove within 48 hours was passed in"
        " 2026 with the Crime and Policing Bill; whether it is in force was not verified. The 48 hours are ours."
    ),
    laws=(
        Law(
            "Online Safety Act 2023, sections 10, 20, 21, 27, 59 and Schedule 7",
            "https://www.legislation.gov.uk/ukpga/2023/50",
            date(2026, 11, 30),
            "only the headings of the sections were read, in a copy; have a lawyer confirm what they say",
        ),
        Law(
            "Schedule 7, paragraph 28A: Sexual Offences Act 2003, section 66B",
            "https://www.legislation.gov.uk/ukdsi/2024/9780348263510",
            date(2026, 11, 30),
            "the draft of the 2024 Regulations; Regulations of 2025 replaced them and keep the offence",
        ),
    ),
    gives=(
        (
            "Services with links to the UK must take illegal content down swiftly once they know of it, from"
            " whomever. Sharing intimate images without consent is a priority offence; so is material of children."
        ),
        "The Act prescribes no form of notice, and no field of one. The fields here are what any moderator needs.",
        (
            "The duties are owed to the regulator. The Act gives neither the person depicted nor us a claim against a"
            " service, and Ofcom decides no single complaints."
        ),
        (
            "The duty to offer a way to report (section 20) is for users and for affected persons in the UK. A centre"
            " elsewhere reports as anybody may."
        ),
    ),
    never=(
        "a picture or clip, or a still of one",
        "the name of the person depicted",
        "a claim to a right or a deadline that the Act does not give",
    ),
    refuses=(re.compile(r"\b\d+\s+hours\b"),),
)
