"""Korea: 전기통신사업법 제22조의5 with 시행령 제30조의5, the request that a provider must act on without delay."""

from datetime import date, timedelta

from jikimi.model.notice import Field, Material, Role
from jikimi.removal.regime import Law, Regime

KOREA = Regime(
    name="kr-22-5",
    title="전기통신사업법 제22조의5",
    countries=frozenset({"KR"}),
    roles=frozenset({Role.PLATFORM, Role.SEARCH, Role.REGULATOR}),
    materials=frozenset({Material.ADULT, Material.MINOR}),
    languages=("ko", "en"),
    required=(
        Field.SENDER,
        Field.SIGNATURE,
        Field.CONTACT,
        Field.AUTHORITY,
        Field.ADDRESSES,
        Field.SEEN,
        Field.KIND,
        Field.REASON,
        Field.STATEMENT,
        Field.ASKED,
    ),
    clock=timedelta(hours=24),
    clock_note="The Act says without delay (지체 없이) and names no hours. The 24 hours are ours.",
    laws=(
        Law(
            "전기통신사업법 제22조의5제1항",
            "https://www.law.go.kr/법령/전기통신사업법/제22조의5",
            date(2026, 11, 22),
            "read in a bill's summary and a provider's own page, not in the official text",
        ),
        Law(
            "전기통신사업법 시행령 제30조의5",
            "https://www.law.go.kr/법령/전기통신사업법시행령/제30조의5",
            date(2026, 11, 30),
            "a provider's page (https://safety.glam.am/15ef4819-4caa-8134-9354-e5fe1398e3c8) cites paragraph 2"
            " for the form 불법촬영물등 유통 신고·삭제요청서; the form's own list of fields was not read",
        ),
        Law(
            "성폭력방지 및 피해자보호 등에 관한 법률 제7조의3",
            "https://www.law.go.kr/법령/성폭력방지및피해자보호등에관한법률/제7조의3",
            date(2026, 11, 22),
            "the centre's own authority; read in press reports of the change of 17 April 2025",
        ),
    ),
    gives=(
        "The provider must delete or block what is open to the public, once a report or request made it aware.",
        (
            "A body that the regulator designated may ask in its own name. Set `JIKIMI_DESIGNATION` to the notice"
            " that designated the centre; the letter then cites it."
        ),
        (
            "Some providers insist on the prescribed form and send back a request with an empty field. The letter"
            " holds what the form asks for as far as we know, and asks to be told if the form is wanted."
        ),
        "Closed chats are outside it. Take those to the police.",
        "A provider that cannot tell may ask the regulator's commission, which takes time.",
    ),
    never=(
        "a picture or clip, or a still of one",
        "the name or number of the person depicted: the body asks in its own name",
    ),
)
