"""United States: a copyright notice under 17 U.S.C. 512(c)(3); the last resort, because it exposes."""

from datetime import date, timedelta

from jikimi.model.notice import Field, Material, Role
from jikimi.removal.regime import Law, Regime

DMCA = Regime(
    name="us-dmca",
    title="DMCA, 17 U.S.C. 512(c)(3)",
    countries=frozenset(),
    roles=frozenset({Role.PLATFORM, Role.HOST, Role.SEARCH}),
    materials=frozenset({Material.ADULT}),
    languages=("en",),
    required=(
        Field.SIGNATURE,
        Field.WORK,
        Field.ADDRESSES,
        Field.CONTACT,
        Field.SENDER,
        Field.STATEMENT,
        Field.PERJURY,
        Field.ASKED,
    ),
    clock=timedelta(days=7),
    clock_note="The Act says expeditiously and names no days. The 7 days are ours.",
    laws=(
        Law(
            "17 U.S.C. 512(c)(3)(A), 512(f), 512(g)",
            "http://en.m.wikisource.org/wiki/Page:United_States_Statutes_at_Large_Volume_112_Part_5.djvu/125",
            date(2026, 11, 30),
            "Public Law 105-304 in a scan; the six elements in a copy of the Copyright Office's circular 92",
        ),
    ),
    gives=(
        (
            "It works only where the person depicted made the picture herself and so owns its copyright, or the"
            " owner gave the centre a mandate."
        ),
        "It says nothing about consent or intimacy: a provider that ignores every other rule may still heed it.",
    ),
    never=(
        "a copy of the work; it is described instead, in words that tell nothing of the person",
        "the owner's name: the agent signs",
    ),
    warning=(
        "A copyright notice exposes. The provider hands it to the poster; the poster may object, and the"
        " material then comes back after 10 to 14 business days unless the owner sues in the open under her own"
        " name. Large providers publish notices in the Lumen database. The statement is made under penalty of"
        " perjury, and a false one costs damages (512(f)). Try every other way first."
    ),
    is_last_resort=True,
)
