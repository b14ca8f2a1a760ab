"""Which rules and which language a recipient gets, from what is known of it."""

import pytest

from jikimi.model.errors import NeedsHuman
from jikimi.model.notice import Material, Role
from jikimi.removal.choosing import LANGUAGES, Addressee, choose, country_of, fitting, host_of
from jikimi.removal.letters import LETTERS, has_letter
from jikimi.removal.regime_eu import MEMBERS
from jikimi.removal.regimes import REGIMES

ADULT, MINOR = Material.ADULT, Material.MINOR
COUNTRIES = ["", "XX", *LANGUAGES, *MEMBERS]


def chosen(home: str = "en", material: Material = ADULT, **known: object) -> tuple[str, str]:
    found = choose(Addressee(**known), material, home)  # type: ignore[arg-type]  # fields by name
    return found.regime.name, found.language


@pytest.mark.parametrize(
    ("country", "expected"),
    [
        ("KR", ("kr-22-5", "ko")),
        ("US", ("us-take-it-down", "en")),
        ("DE", ("eu-dsa-16", "de")),
        ("FR", ("eu-dsa-16", "fr")),
        ("ES", ("eu-dsa-16", "es")),
        ("AT", ("eu-dsa-16", "de")),
        ("NL", ("eu-dsa-16", "en")),
        ("PL", ("eu-dsa-16", "en")),
        ("GB", ("uk-osa", "en")),
        ("JP", ("policy", "ja")),
        ("CN", ("policy", "zh-Hans")),
        ("TW", ("policy", "zh-Hant")),
        ("HK", ("policy", "zh-Hant")),
        ("RU", ("policy", "ru")),
        ("VN", ("policy", "vi")),
        ("MX", ("policy", "es")),
        ("CH", ("policy", "de")),
        ("BR", ("policy", "en")),
    ],
)
def test_a_platform_gets_the_law_and_the_language_of_its_country(
    country: str, expected: tuple[str, str]
) -> None:
    assert chosen(country=country) == expected
    assert chosen(country=country, material=MINOR) == expected


@pytest.mark.parametrize(
    ("role", "country", "regime"),
    [
        (Role.HOST, "DE", "eu-dsa-16"),
        (Role.HOST, "US", "policy"),  # the Act binds platforms, not who stores for them
        (Role.HOST, "KR", "policy"),
        (Role.CDN, "DE", "policy"),  # a cache is no hosting service
        (Role.REGISTRAR, "GB", "policy"),
        (Role.NETWORK, "KR", "policy"),
        (Role.SEARCH, "KR", "kr-22-5"),
        (Role.SEARCH, "GB", "uk-osa"),
        (Role.SEARCH, "FR", "policy"),
        (Role.REGULATOR, "KR", "kr-22-5"),
    ],
)
def test_what_can_be_asked_depends_on_what_the_recipient_is(role: Role, country: str, regime: str) -> None:
    assert chosen(role=role, country=country)[0] == regime


def test_a_recipient_that_nothing_is_known_of_gets_the_centre_s_own_language() -> None:
    assert chosen(home="en") == ("policy", "en")
    assert chosen(home="ko") == ("kr-22-5", "ko")


def test_a_known_platform_tells_its_country_unless_that_is_known_better() -> None:
    assert chosen(platform="youtube", home="ko") == ("us-take-it-down", "en")
    assert chosen(platform="naver") == ("kr-22-5", "ko")
    assert chosen(platform="youtube", country="IE") == ("eu-dsa-16", "en")
    assert chosen(platform="a platform nobody knows") == ("policy", "en")


def test_what_a_person_set_comes_first() -> None:
    assert chosen(country="DE", language="en") == ("eu-dsa-16", "en")
    assert chosen(country="DE", regime="policy") == ("policy", "de")
    assert chosen(country="JP", regime="us-take-it-down", language="es") == ("us-take-it-down", "es")


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({"country": "DE", "language": "ja"}, "no paragraph"),
        ({"regime": "roman law"}, "no rules named"),
        ({"regime": "us-take-it-down", "role": Role.REGISTRAR}, "does not fit"),
        ({"role": Role.REGULATOR, "country": "JP"}, "by hand"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused_with_what_to_choose(
    known: dict[str, object], message: str
) -> None:
    with pytest.raises(NeedsHuman, match=message):
        chosen(**known)  # type: ignore[arg-type]  # fields by name


def test_a_copyright_notice_is_never_chosen_by_itself_and_never_for_a_child() -> None:
    for role in Role:
        for country in COUNTRIES:
            for material in Material:
                names = [one.name for one in fitting(Addressee(role, country), material, "en")]
                assert "us-dmca" not in names
    assert chosen(regime="us-dmca") == ("us-dmca", "en")
    with pytest.raises(NeedsHuman, match="does not fit"):
        chosen(regime="us-dmca", material=MINOR)


def test_every_choice_has_a_letter_with_its_paragraph() -> None:
    for role in Role:
        for country in COUNTRIES:
            for home in LETTERS:
                try:
                    regime, language = chosen(home=home, role=role, country=country)
                except NeedsHuman:
                    assert role is Role.REGULATOR
                    continue
                assert has_letter(regime, language)
                assert role in REGIMES[regime].roles


@pytest.mark.parametrize(
    ("recipient", "country"),
    [
        ("abuse@board.co.kr", "KR"),
        ("https://board.de/abuse", "DE"),
        ("abuse@board.co.uk", "GB"),
        ("abuse@board.com", ""),
        ("abuse@board.eu", ""),
        ("abuse@board.example", ""),
        ("abuse@board.tv", ""),
        ("", ""),
    ],
)
def test_a_name_s_ending_is_a_weak_hint_at_a_country(recipient: str, country: str) -> None:
    assert country_of(host_of(recipient)) == country
