"""Contacts are found by asking a site, registries and a name server, real ones on this machine."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from jikimi.media.names import DnsNames, split_server
from jikimi.model.contact import Scope
from jikimi.model.errors import BadMedia, TryLater
from jikimi.removal.abuse_page import read_front_page
from jikimi.removal.cdn import cdn_hints
from jikimi.removal.finding import ContactFinder
from jikimi.removal.known_places import host_hints, platform_hints, public_hints
from jikimi.removal.rdap import Rdap, read_answer
from jikimi.removal.rdap_registries import RdapRegistries

pytestmark = pytest.mark.server

ADDRESS = "192.0.2.77"
NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)


def vcard(name: str, mail: str) -> list[Any]:
    rows = [["version", {}, "text", "4.0"], ["fn", {}, "text", name], ["email", {}, "text", mail]]
    return ["vcard", rows]


def entity(role: str, name: str, mail: str, *inner: dict[str, Any]) -> dict[str, Any]:
    return {
        "objectClassName": "entity",
        "roles": [role],
        "vcardArray": vcard(name, mail),
        "entities": list(inner),
    }


@pytest.fixture
def internet(web: Any, zone: Any) -> Any:
    """Lay out a site behind a host, with registries for address, name and network."""
    rdap = f"http://rdap.example:{web.port}/"
    for kind, keys in (
        ("ipv4", ["192.0.2.0/24"]),
        ("ipv6", ["2001:db8::/32"]),
        ("asn", ["64496-64511"]),
        ("dns", ["example"]),
    ):
        web.put(f"iana.example/{kind}.json", {"services": [[keys, [rdap]]]})
    host = entity("registrant", "Host Org", "owner@host.test", entity("abuse", "Desk", "Abuse@Host.test"))
    web.put(
        f"rdap.example/ip/{ADDRESS}",
        {"objectClassName": "ip network", "name": "HOST-NET", "country": "NL", "entities": [host]},
    )
    registrar = entity("registrar", "Names Ltd", "info@names.test", entity("abuse", "", "abuse@names.test"))
    web.put("rdap.example/domain/board.example", {"objectClassName": "domain", "entities": [registrar]})
    for number, mail in ((64496, "abuse@net.test"), (64500, "abuse@transit.test")):
        web.put(
            f"rdap.example/autnum/{number}",
            {"objectClassName": "autnum", "name": f"AS{number}", "entities": [entity("abuse", "", mail)]},
        )
    zone.put("www.board.example", "A", ADDRESS)
    zone.put("77.2.0.192.abuse-contacts.abusix.zone", "TXT", '"abuse@host.test,noc@host.test"')
    zone.put("77.2.0.192.origin.asn.cymru.com", "TXT", '"64496 | 192.0.2.0/24 | NL | ripencc | 2010-01-01"')
    zone.put("77.2.0.192.peer.asn.cymru.com", "TXT", '"64500 64496 | 192.0.2.0/24 | NL | ripencc |"')
    web.put(
        "www.board.example/.well-known/security.txt",
        "Contact: mailto:security@board.example\nContact: https://board.example/report\n"
        "Expires: 2027-01-01T00:00:00Z\n",
    )
    web.put(
        "www.board.example/",
        '<a href="/about">About</a><a href="/abuse-report">Report abuse</a>'
        '<a href="mailto:abuse@board.example?subject=x">mail us</a> or help@board.example',
        Server="cloudflare",
        CF_RAY="1",
    )
    return web


def found(finder: ContactFinder, web: Any) -> tuple[list[tuple[str, str, str]], str]:
    hints, gaps = finder.find(f"http://www.board.example:{web.port}/post/1")
    direct = [h for h in hints if h.scope not in {Scope.SEARCH, Scope.REGULATOR}]
    return [(h.scope.value, h.address, h.source) for h in direct], gaps


def test_everybody_who_may_answer_is_found_in_order(finder: ContactFinder, internet: Any) -> None:
    hints, gaps = found(finder, internet)
    origin = f"http://www.board.example:{internet.port}"
    assert hints == [
        ("site", "security@board.example", "security.txt"),
        ("site", "https://board.example/report", "security.txt"),
        ("site", "abuse@board.example", "front page"),
        ("site", "help@board.example", "front page"),
        ("site", f"{origin}/abuse-report", "front page"),
        ("host", "abuse@host.test", "rdap"),
        ("host", "noc@host.test", "abusix"),
        ("cdn", "https://abuse.cloudflare.com", "cdn table"),
        ("registrar", "abuse@names.test", "rdap"),
        ("network", "abuse@net.test", "rdap"),
        ("network", "abuse@transit.test", "rdap"),
    ]
    assert gaps == ""


def test_the_country_of_the_host_and_our_own_say_which_public_bodies_are_named(
    finder: ContactFinder, internet: Any
) -> None:
    hints, _ = finder.find(f"http://www.board.example:{internet.port}/post/1")
    countries = [h.country for h in hints if h.scope is Scope.REGULATOR]
    assert countries == ["EU", "KR", "KR", ""]
    assert sum(h.scope is Scope.SEARCH for h in hints) >= 3


def test_registries_are_asked_in_their_own_format(finder: ContactFinder, internet: Any) -> None:
    found(finder, internet)
    asked = dict(internet.asked)
    assert asked[f"rdap.example/ip/{ADDRESS}"] == "application/rdap+json"


def test_what_gives_no_answer_is_named_and_the_rest_is_found(
    finder: ContactFinder, internet: Any, zone: Any
) -> None:
    zone.put("77.2.0.192.origin.asn.cymru.com", "TXT", '"not a number at all"')
    zone.put("77.2.0.192.peer.asn.cymru.com", "TXT", "64500")
    internet.put(f"rdap.example/ip/{ADDRESS}", "<html>busy</html>")
    internet.put("www.board.example/.well-known/security.txt", "gone away", 503)
    hints, gaps = found(finder, internet)
    assert ("host", "noc@host.test", "abusix") in hints
    assert not any(scope == "network" and to == "abuse@net.test" for scope, to, _ in hints)
    assert gaps.startswith("security.txt: ")
    assert "rdap of the host: The registry's answer cannot be read" in gaps


def test_a_silent_name_server_and_a_site_that_is_gone_are_gaps_and_no_end(
    finder: ContactFinder, internet: Any, fetcher: Any, registries: Any, zone: Any
) -> None:
    zone.is_silent = True
    hasty = DnsNames(f"127.0.0.1:{zone.port}", patience=timedelta(seconds=0.3))
    impatient = ContactFinder(fetcher, hasty, Rdap(fetcher, registries), finder._clock)
    hints, gaps = found(impatient, internet)
    assert "addresses: No name server answers." in gaps
    assert ("registrar", "abuse@names.test", "rdap") in hints


def test_sources_that_dawdle_leave_the_others_unasked_before_the_lease_ends(
    internet: Any, fetcher: Any, names: DnsNames, registries: RdapRegistries
) -> None:
    moments = iter(NOW + timedelta(minutes=n) for n in range(100))
    slow = ContactFinder(fetcher, names, Rdap(fetcher, registries), lambda: next(moments))
    _, gaps = found(slow, internet)
    assert "rdap of the network: not asked" in gaps


def test_the_lists_of_registries_are_kept_and_used_when_nobody_answers(
    internet: Any, fetcher: Any, tmp_path: Path, registries: RdapRegistries
) -> None:
    assert registries.of_name("a.b.example").startswith("http://rdap.example")
    assert [path.name for path in (tmp_path / "rdap").iterdir()] == ["dns.json"]
    internet.pages.clear()
    later = registries._clock() + timedelta(days=40)
    anew = RdapRegistries(fetcher, tmp_path / "rdap", lambda: later, source=registries._source)
    assert anew.of_name("board.example").startswith("http://rdap.example")
    with pytest.raises(Exception, match="404"):
        anew.of_system(64496)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"objectClassName": 1}', b"[" * 100_000])
def test_what_is_no_answer_of_rdap_is_refused(body: bytes) -> None:
    with pytest.raises(BadMedia):
        read_answer(body)


def test_an_answer_with_odd_parts_gives_what_can_be_read() -> None:
    body = b"""{"objectClassName": "ip network", "country": "nowhere", "entities": [1, {"roles": "abuse"},
      {"roles": ["abuse"], "vcardArray": ["vcard", [["email"], 7, ["email", {}, "text", "a@b.test"],
      ["email", {}, "text", "not an address"], ["email", {}, "text", ["c@d.test"]]]]}]}"""
    answer = read_answer(body)
    assert (answer.country, answer.abuse) == ("", ("a@b.test",))


def test_a_front_page_says_where_reports_go_the_likeliest_first() -> None:
    page = (
        b"<p>info@site.test</p><a href='https://elsewhere.test/report'>Report</a>"
        b'<a href="/help">\xea\xb3\xa0\xea\xb0\x9d\xec\x84\xbc\xed\x84\xb0</a><a href=/abuse>Abuse</a>'
        b"<script>'x@script.test'</script><a href='javascript:abuse()'>abuse</a>abuse@site.test"
    )
    front = read_front_page(page, "https://www.site.test/")
    assert front.mails == ("abuse@site.test", "info@site.test")
    assert front.pages == ("https://www.site.test/abuse", "https://www.site.test/help")


def test_a_network_in_front_is_known_by_its_headers_or_its_addresses() -> None:
    assert [h.channel for h in cdn_hints({"cf-ray": "8"}, ())] == ["cloudflare"]
    assert [h.channel for h in cdn_hints({}, (ip_address("104.16.1.1"),))] == ["cloudflare"]
    assert [h.address for h in cdn_hints({"x-served-by": "cache-icn1450"}, ())] == ["abuse@fastly.com"]
    assert cdn_hints({"server": "nginx"}, (ip_address("192.0.2.1"),)) == ()


def test_a_host_with_an_interface_is_known_by_its_network_s_name() -> None:
    assert [h.channel for h in host_hints("AMAZON-ICN")] == ["aws"]
    assert host_hints("NOT-AMAZON") == ()


def test_a_platform_is_known_by_its_domain_not_by_a_look_alike() -> None:
    assert [h.channel for h in platform_hints("www.bsky.app")] == ["bluesky"]
    assert platform_hints("bsky.app.evil.test") == ()
    assert platform_hints("notbsky.app") == ()


@pytest.mark.parametrize("country", ["KR", "EU", "GB", "US", "JP"])
def test_each_of_these_countries_has_a_public_body(country: str) -> None:
    hints = list(public_hints((country,)))
    assert any(h.country == country and h.scope is Scope.REGULATOR for h in hints)
    assert all(h.address.startswith("https://") for h in hints)


def test_names_without_records_have_none_and_silence_is_tried_later(names: DnsNames, zone: Any) -> None:
    zone.put("some.example", "A", "192.0.2.1", "192.0.2.2")
    zone.put("some.example", "AAAA", "2001:db8::1")
    assert set(names.addresses("some.example")) == {"192.0.2.1", "192.0.2.2", "2001:db8::1"}
    assert names.texts("some.example") == ()
    assert names.addresses("none.example") == ()
    assert names.addresses("a" * 80 + ".example") == ()
    assert names.addresses("a..example") == ()
    zone.is_silent = True
    with pytest.raises(TryLater, match="No name server"):
        DnsNames(f"127.0.0.1:{zone.port}", patience=timedelta(seconds=0.2)).texts("some.example")


def test_a_name_server_is_named_with_or_without_its_port() -> None:
    assert split_server("10.0.0.53") == ("10.0.0.53", 53)
    assert split_server("127.0.0.1:5353") == ("127.0.0.1", 5353)
    assert split_server("[::1]:5353") == ("::1", 5353)
    assert split_server("[::1]") == ("::1", 53)
