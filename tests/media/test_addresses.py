"""Which addresses may be visited, and how strictly they are read."""

import pytest

from jikimi.media.addresses import AddressPolicy, parse_allowed, read_address
from jikimi.model.errors import Blocked, Misconfigured

NOT_PUBLIC = {
    "unspecified": "0.0.0.0",  # noqa: S104 - looked at, not bound to
    "this network": "0.1.2.3",
    "private 10": "10.0.0.1",
    "carrier-grade NAT, first": "100.64.0.0",
    "carrier-grade NAT, last": "100.127.255.255",
    "Alibaba metadata": "100.100.100.200",
    "loopback": "127.0.0.1",
    "loopback, last": "127.255.255.255",
    "Azure host agent": "168.63.129.16",
    "link-local": "169.254.0.1",
    "cloud metadata": "169.254.169.254",
    "private 172, first": "172.16.0.0",
    "private 172, last": "172.31.255.255",
    "protocol assignments": "192.0.0.8",
    "Oracle metadata": "192.0.0.192",
    "documentation 1": "192.0.2.1",
    "6to4 relay": "192.88.99.1",
    "private 192": "192.168.1.1",
    "benchmark": "198.19.255.255",
    "documentation 2": "198.51.100.1",
    "documentation 3": "203.0.113.1",
    "multicast": "224.0.0.1",
    "multicast, administrative": "239.255.255.250",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "v6 unspecified": "::",
    "v6 loopback": "::1",
    "v4-compatible loopback": "::127.0.0.1",
    "v4-compatible public": "::8.8.8.8",
    "v4-mapped loopback": "::ffff:127.0.0.1",
    "v4-mapped metadata": "::ffff:a9fe:a9fe",
    "v4-mapped public": "::ffff:8.8.8.8",
    "v4-translated": "::ffff:0:127.0.0.1",
    "NAT64 of loopback": "64:ff9b::7f00:1",
    "NAT64 of metadata": "64:ff9b::169.254.169.254",
    "NAT64 of private": "64:ff9b::10.0.0.1",
    "NAT64 local use": "64:ff9b:1::7f00:1",
    "NAT64 local use of public": "64:ff9b:1::8.8.8.8",
    "discard": "100::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "v6 benchmark": "2001:2::1",
    "ORCHID": "2001:20::1",
    "v6 documentation": "2001:db8::1",
    "6to4 of loopback": "2002:7f00:1::",
    "6to4 of public": "2002:808:808::",
    "v6 documentation 2": "3fff::1",
    "segment routing": "5f00::1",
    "unique local": "fd00::1",
    "AWS metadata": "fd00:ec2::254",
    "unique local, first half": "fc00::1",
    "v6 link-local": "fe80::1",
    "v6 link-local with zone": "fe80::1%eth0",
    "public with zone": "2606:4700::1111%eth0",
    "site-local": "fec0::1",
    "v6 multicast": "ff02::1",
    "no address at all": "example.org",
    "short form": "127.1",
    "octal": "0177.0.0.1",
}
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
    "128.0.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "198.17.255.255", "198.20.0.0",
    "223.255.255.255", "2001:200::1", "2606:4700::1111", "2a00:1450::1", "64:ff9b::8.8.8.8",
]  # fmt: skip
REFUSED = {
    "file": "file:///etc/passwd",
    "folder": "folder://inbox/picture.jpg",
    "ftp": "ftp://example.org/",
    "gopher": "gopher://127.0.0.1:6379/_FLUSHALL",
    "data": "data:text/html,hello",
    "javascript": "javascript:alert(1)",
    "view-source": "view-source:http://example.org/",
    "websocket": "ws://example.org/",
    "no scheme": "example.org/picture.jpg",
    "nothing": "",
    "no slashes": "http:example.org",
    "one slash": "http:/example.org/",
    "three slashes": "http:///example.org/",
    "backslashes": "http:\\\\example.org\\",
    "backslash before the at": "http://example.org\\@127.0.0.1/",
    "no host": "http://:80/",
    "user name": "http://example.org@127.0.0.1/",
    "user and password": "http://user:password@example.org/",
    "escaped user name": "http://example.org%40127.0.0.1/",
    "escaped dots": "http://127%2e0%2e0%2e1/",
    "escaped letters": "http://%6cocalhost/",
    "decimal": "http://2130706433/",
    "hexadecimal": "http://0x7f000001/",
    "hexadecimal, dotted": "http://0x7f.0x0.0x0.0x1/",
    "octal": "http://0177.0.0.1/",
    "octal, one number": "http://017700000001/",
    "leading zeros": "http://127.000.000.001/",
    "short form": "http://127.1/",
    "three parts": "http://127.0.1/",
    "mixed bases": "http://0x7f.1/",
    "too large": "http://127.0.0.256/",
    "five parts": "http://127.0.0.1.1/",
    "empty hexadecimal": "http://127.0.0.0x/",
    "dot behind the number": "http://127.0.0.1./",
    "numeric last label": "http://example.1/",
    "fullwidth digits": "http://１２７.０.０.１/",
    "ideographic dots": "http://127。0。0。1/",
    "circled digits": "http://①②⑦.⓪.⓪.①/",
    "arabic digits": "http://١٢٧.0.0.1/",
    "soft hyphen": "http://12\u00ad7.0.0.1/",
    "v6 zone": "http://[fe80::1%25eth0]/",
    "v6 zone, raw": "http://[fe80::1%eth0]/",
    "v6 open bracket": "http://[::1/",
    "v6 no brackets": "http://::1/",
    "v6 of the future": "http://[v1.fe80::1]/",
    "text behind the brackets": "http://[::1]example.org/",
    "empty label": "http://example..org/",
    "leading dot": "http://.example.org/",
    "two dots behind": "http://example.org../",
    "label too long": f"http://{'a' * 64}.org/",
    "host too long": f"http://{'a.' * 150}org/",
    "address too long": f"http://example.org/{'a' * 9000}",
    "space in host": "http://exam ple.org/",
    "null": "http://example.org\0.evil.example/",
    "line feed": "http://example.org/\r\nHost: 127.0.0.1",
    "tab": "http://exam\tple.org/",
    "angle bracket in host": "http://<b>/",
    "fullwidth at": "http://example.org＠127.0.0.1/",
    "fullwidth slash": "http://example.org／.evil.example/",
    "port zero": "http://example.org:0/",
    "port too large": "http://example.org:65616/",
    "port negative": "http://example.org:-80/",
    "port in words": "http://example.org:http/",
    "port in fullwidth": "http://example.org:８０/",
    "two ports": "http://example.org:80:80/",
    "lone surrogate": "http://example.org/\ud800",
}
CHECKED = {
    "ssh": "http://example.org:22/",
    "mail": "https://example.org:25/",
    "redis on loopback": "http://127.0.0.1:6379/",
    "loopback": "http://127.0.0.1/",
    "loopback with TLS": "https://127.0.0.1/",
    "other loopback address on an open port": "http://127.0.0.2:8099/",
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "metadata on an open port": "http://169.254.169.254:8099/",
    "private": "http://192.168.0.1/",
    "v6 loopback": "http://[::1]/",
    "v6 loopback written out": "http://[0:0:0:0:0:0:0:1]/",
    "v6 mapped": "http://[::ffff:127.0.0.1]:8099/",
    "v6 mapped in hexadecimal": "http://[::ffff:7f00:1]:8099/",
    "v6 compatible": "http://[::127.0.0.1]:8099/",
    "NAT64": "http://[64:ff9b::7f00:1]/",
    "public on an open port": "http://1.1.1.1:8099/",
}


@pytest.mark.parametrize("address", NOT_PUBLIC.values(), ids=NOT_PUBLIC.keys())
@pytest.mark.parametrize("port", [80, 443])
def test_an_address_that_is_not_public_is_never_permitted(address: str, port: int) -> None:
    assert not AddressPolicy().permits(address, port)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_permitted_on_web_ports_only(address: str) -> None:
    policy = AddressPolicy(frozenset({("127.0.0.1", 8099)}))
    assert policy.permits(address, 80)
    assert policy.permits(address, 443)
    assert not policy.permits(address, 22)
    assert not policy.permits(address, 8099)


def test_an_allowed_pair_opens_exactly_this_address_and_port() -> None:
    policy = AddressPolicy(frozenset({("127.0.0.1", 8099), ("0::1", 9000)}))
    assert policy.permits("127.0.0.1", 8099)
    assert policy.permits("::1", 9000)
    for address, port in (("127.0.0.1", 80), ("127.0.0.1", 9000), ("127.0.0.2", 8099), ("::1", 8099)):
        assert not policy.permits(address, port)


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED.keys())
def test_an_address_that_is_not_plain_is_blocked_before_any_name_is_looked_up(url: str) -> None:
    with pytest.raises(Blocked, match=r"\.$"):
        read_address(url)


@pytest.mark.parametrize("url", CHECKED.values(), ids=CHECKED.keys())
def test_a_port_or_number_that_may_not_be_visited_is_blocked(url: str) -> None:
    policy = AddressPolicy(frozenset({("127.0.0.1", 8099)}))
    with pytest.raises(Blocked, match="add its IP address and port to JIKIMI_ALLOW"):
        policy.check(read_address(url))


@pytest.mark.parametrize(
    ("url", "origin", "target"),
    [
        ("http://example.org", ("http", "example.org", 80), "/"),
        ("HTTPS://Example.ORG?a=b#part", ("https", "example.org", 443), "/?a=b"),
        ("http://example.org:/x", ("http", "example.org", 80), "/x"),
        ("http://example.org.:80/x", ("http", "example.org.", 80), "/x"),
        ("http://my_site.example/~a/%2e/%2F", ("http", "my_site.example", 80), "/~a/%2e/%2F"),
        ("https://한국.kr/가 1?나=1", ("https", "xn--3e0b707e.kr", 443), "/%EA%B0%80%201?%EB%82%98=1"),
        ("http://[2606:4700:0::1111]:443/", ("http", "2606:4700::1111", 443), "/"),
        ("http://1.1.1.1/@\\|", ("http", "1.1.1.1", 80), "/@%5C%7C"),
    ],
)
def test_a_plain_address_is_taken_apart(url: str, origin: tuple[str, str, int], target: str) -> None:
    read = read_address(url)
    assert read.origin == origin
    assert read.url.raw_path_qs == target


def test_a_signed_address_reaches_the_wire_byte_for_byte() -> None:
    signed = "/a%2cb/%7Ec;d=1/..//e?X-Sig=%41%2f+&b=c%20d&&"
    assert read_address(f"https://example.org{signed}").url.raw_path_qs == signed


def test_bytes_that_are_no_unicode_are_escaped_as_they_came() -> None:
    location = "/사진".encode("euc-kr").decode("utf-8", "surrogateescape")
    base = read_address("http://example.org/")
    assert read_address(location, base).target == "/%BB%E7%C1%F8"


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("next", "https://example.org/a/next"),
        ("?page=2", "https://example.org/a/b?page=2"),
        ("/x", "https://example.org/x"),
        ("//other.example/x", "https://other.example/x"),
        ("http://other.example:443", "http://other.example:443/"),
        ("", "https://example.org/a/b"),
    ],
)
def test_a_redirect_is_read_relative_to_the_page(location: str, expected: str) -> None:
    base = read_address("https://example.org/a/b")
    assert str(read_address(location, base).url) == expected


def test_allowed_addresses_are_read_from_text() -> None:
    assert parse_allowed(" 127.0.0.1:8099, [0::1]:9000,") == {("127.0.0.1", 8099), ("::1", 9000)}
    assert parse_allowed("") == frozenset()


@pytest.mark.parametrize(
    "text",
    ["localhost:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:70000", "::1:80", "10.0.0.0/8"],
)
def test_a_wrong_allowed_address_says_what_to_type(text: str) -> None:
    with pytest.raises(Misconfigured, match=r"like 127\.0\.0\.1:8099,\[::1\]:9000"):
        parse_allowed(text)


def test_a_policy_with_a_name_instead_of_a_number_says_what_to_type() -> None:
    with pytest.raises(Misconfigured, match=r"like 10\.0\.0\.5"):
        AddressPolicy(frozenset({("intranet", 80)}))
