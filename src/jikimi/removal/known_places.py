"""Where large platforms, search engines and public bodies take reports: a table that people keep.

Addresses change; each row is only a hint that a person confirms before anything goes there.
"""

from collections.abc import Iterator

from jikimi.model.contact import Hint, Scope

# Ending of the host name: channel, address, note. A platform's own interface comes before its form.
PLATFORMS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "bsky.app": (("bluesky", "did:plc:ar7c4by46qjdydhdevvrndac", "Bluesky's moderation service"),),
    "bsky.social": (("bluesky", "did:plc:ar7c4by46qjdydhdevvrndac", "Bluesky's moderation service"),),
    "x.com": (("form", "https://help.x.com/forms/private_information", "sign-in may be asked for"),),
    "twitter.com": (("form", "https://help.x.com/forms/private_information", "sign-in may be asked for"),),
    "instagram.com": (("form", "https://help.instagram.com/contact/584460464982589", "intimate images"),),
    "facebook.com": (("form", "https://www.facebook.com/help/contact/567360146613371", "intimate images"),),
    "tiktok.com": (("form", "https://www.tiktok.com/legal/report/privacy", ""),),
    "reddit.com": (("form", "https://www.reddit.com/report", "choose: non-consensual intimate media"),),
    "discord.com": (("form", "https://dis.gd/report", "one report an item"),),
    "t.me": (("email", "abuse@telegram.org", "public channels and bots; name the t.me addresses"),),
    "telegram.org": (("email", "abuse@telegram.org", ""),),
    "youtube.com": (("form", "https://support.google.com/youtube/answer/142443", "privacy complaint"),),
    "tumblr.com": (("form", "https://www.tumblr.com/abuse/privacy", ""),),
    "naver.com": (("form", "https://help.naver.com/inquiry/input.help", "게시중단 요청 서비스"),),
    "daum.net": (("form", "https://cs.kakao.com/requests", "권리침해 신고"),),
    "kakao.com": (("form", "https://cs.kakao.com/requests", "권리침해 신고"),),
    "dcinside.com": (
        ("form", "https://nstatic.dcinside.com/dc/w/policy/delete_request.html", "게시물 삭제 요청"),
    ),
}

# How the registered name of a host's network begins: channel, address, note.
HOSTS: dict[str, tuple[str, str, str]] = {
    "AMAZON": ("aws", "https://abuse.us-east-1.amazonaws.com", "AWS; minors only"),
    "AT-88-Z": ("aws", "https://abuse.us-east-1.amazonaws.com", "AWS; minors only"),
}

SEARCH_ENGINES = (
    ("https://support.google.com/websearch/answer/6302812", "", "Google: intimate images; an agent may file"),
    ("https://www.microsoft.com/concern/revengeporn", "", "Bing: intimate images"),
    ("https://help.naver.com/inquiry/input.help", "KR", "Naver: 검색 제외 요청"),
    ("https://cs.daum.net/", "KR", "Daum: 검색 제외 요청"),
    ("https://yandex.com/support/search/troubleshooting/delspam.html", "RU", "Yandex"),
)

# Country: channel, address, note. "EU" stands for its member states, "*" for everywhere.
REGULATORS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "KR": (
        ("form", "https://remove.kocsc.or.kr", "방송미디어통신심의위원회; blocking in Korea is not removal"),
        ("form", "https://d4u.stop.or.kr", "중앙디지털성범죄피해자지원센터"),
    ),
    "US": (
        ("form", "https://takeitdown.ftc.gov", "FTC: a platform that did not act within 48 hours"),
        ("form", "https://report.cybertip.org", "NCMEC CyberTipline; minors only"),
    ),
    "GB": (
        ("form", "https://revengepornhelpline.org.uk", "helpline that also asks for removal"),
        ("form", "https://report.iwf.org.uk", "Internet Watch Foundation; minors only"),
    ),
    "EU": (
        ("form", "https://digital-strategy.ec.europa.eu/en/policies/dsa-dscs",
         "Digital Services Coordinator of the member state (DSA Art. 53)"),
    ),
    "JP": (
        ("form", "https://www.safe-line.jp/report/", "セーフライン (SIA)"),
        ("form", "https://ihaho.jp", "違法・有害情報相談センター"),
    ),
    "AU": (("form", "https://www.esafety.gov.au/report/image-based-abuse", "eSafety: may order removal"),),
    "CA": (("form", "https://www.cybertip.ca", "Canadian Centre for Child Protection"),),
    "NZ": (("form", "https://www.netsafe.org.nz/report", "Netsafe"),),
    "*": (("form", "https://www.inhope.org/EN#hotlineReferral", "hotline of the country; minors only"),),
}  # fmt: skip

EU = frozenset(
    (
        "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE",
        "IT", "LV", "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE",
    )
)  # fmt: skip


def platform_hints(host: str) -> tuple[Hint, ...]:
    """Return what the table knows of a host or of the domain it belongs to."""
    labels = host.lower().split(".")
    for start in range(len(labels) - 1):
        rows = PLATFORMS.get(".".join(labels[start:]), ())
        if rows:
            return tuple(
                Hint(channel, to, Scope.SITE, "platform table", note=note) for channel, to, note in rows
            )
    return ()


def host_hints(network: str) -> tuple[Hint, ...]:
    """Return the interfaces of a host, by the name under which its network is registered."""
    return tuple(
        Hint(channel, address, Scope.HOST, "host table", note=note)
        for begin, (channel, address, note) in HOSTS.items()
        if network.upper().startswith(begin)
    )


def public_hints(countries: tuple[str, ...]) -> Iterator[Hint]:
    """Yield search engines, and the public bodies of these countries (ISO 3166-1 alpha-2)."""
    for address, country, note in SEARCH_ENGINES:
        yield Hint("form", address, Scope.SEARCH, "search engine table", country, note)
    wanted = [*dict.fromkeys("EU" if country in EU else country for country in countries if country), "*"]
    for country in wanted:
        for channel, address, note in REGULATORS.get(country, ()):
            yield Hint(channel, address, Scope.REGULATOR, "regulator table", country.strip("*"), note)
