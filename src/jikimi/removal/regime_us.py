"""United States: the TAKE IT DOWN Act, 47 U.S.C. 223a: removal within 48 hours of a valid request."""

from datetime import date, timedelta

from jikimi.model.notice import Field, Material, Role
from jikimi.removal.regime import Law, Regime

TAKE_IT_DOWN = Regime(
    name="us-take-it-down",
    title="TAKE IT DOWN Act, 47 U.S.C. 223a",
    countries=frozenset({"US"}),
    roles=frozenset({Role.PLATFORM}),
    materials=frozenset({Material.ADULT, Material.MINOR}),
    languages=("en", "es"),
    required=(
        Field.SIGNATURE,
        Field.SENDER,
        Field.AUTHORITY,
        Field.ADDRESSES,
        Field.KIND,
        Field.REASON,
        Field.STATEMENT,
        Field.CONTACT,
        Field.ASKED,
    ),
    clock=timedelta(hours=48),
    clock_note="47 U.S.C. 223a(a)(3): as soon as possible, not later than 48 hours after a valid request.",
    laws=(
        Law(
            "47 U.S.C. 223a(a)(1)(B), (a)(3)",
            "https://uscode.house.gov/view.xhtml?edition=prelim&num=0&req="
            "granuleid%3AUSC-prelim-title47-section223a",
            date(2026, 11, 30),
        ),
        Law(
            "Pub. L. 119-12, section 4 (“covered platform”)",
            "https://www.customsmobile.com/uscode/47/223a/notes",
            date(2026, 11, 30),
            "a copy of the Code's notes",
        ),
    ),
    gives=(
        (
            "A covered platform must remove the depiction and make reasonable efforts to remove known identical"
            " copies. It has had to offer a way to ask since 19 May 2026."
        ),
        (
            "The individual may ask, or a person authorised to act for the individual. The letter says that the"
            " centre is that person; keep the mandate at hand."
        ),
        (
            "It binds services for the public whose main use is what users publish, or that regularly publish such"
            " material. It does not bind access providers or electronic mail, nor sites that select all they show."
        ),
        "The Federal Trade Commission enforces it. It gives nobody a claim of his own against the platform.",
    ),
    never=(
        "a picture or clip, or a still of one",
        "the name of the individual: an authorised person signs and is contacted",
    ),
)
