"""What is signed can be checked by anybody who reads RFC 9421, and by nothing else than what was sent."""

import asyncio
import base64
import json
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from scripted_web import Script, Talk, says, scripted, socket_says

from jikimi.media.addresses import AddressPolicy, read_address
from jikimi.media.fetch import GuardedFetcher
from jikimi.media.signing import Signer, directory_of, new_key, parse_key, thumbprint
from jikimi.media.web import GuardedWeb
from jikimi.model.errors import Misconfigured
from jikimi.model.ports import Limits
from jikimi.model.post import Secret

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
LIMITS = Limits(max_bytes=1000, deadline=timedelta(seconds=20), max_redirects=3)
AGENT = "https://centre.example"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
OURS = {"signature", "signature-input", "signature-agent"}
RFC_KEY = "9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5"  # RFC 9421, B.1.4


def signer() -> Signer:
    numbers = count()
    return Signer(KEY, AGENT, lambda: NOW, lambda size: bytes([next(numbers)]) * size)


# ---- a verifier of our own, after RFC 9421, 2.5 and 3.2


def fields(head: str) -> dict[str, str]:
    """Every field of a request by its lower-case name; none may come twice."""
    pairs = [line.split(":", 1) for line in head.split("\r\n")[1:] if line]
    found = {name.lower(): value.strip() for name, value in pairs}
    assert len(found) == len(pairs)
    return found


def verify(sent: dict[str, str], key: Ed25519PublicKey, derived: dict[str, str]) -> dict[str, str]:
    """Check the signature of a message with these fields, and return its parameters."""
    label, _, parameters = sent["signature-input"].partition("=")
    inner, _, rest = parameters.partition(")")
    values, names = sent | derived, re.findall(r'"([^"]+)"', inner)
    lines = [*(f'"{name}": {values[name]}' for name in names), f'"@signature-params": {parameters}']
    label_again, _, value = sent["signature"].partition("=")
    assert label == label_again
    assert (value[0], value[-1]) == (":", ":")
    key.verify(base64.b64decode(value[1:-1], validate=True), "\n".join(lines).encode())
    found = dict(part.split("=", 1) for part in rest.split(";")[1:])
    return {name: text.strip('"') for name, text in found.items()} | {"covered": inner + ")"}


def check(head: str, authority: str, now: datetime = NOW) -> dict[str, str]:
    """Do as a site does: check a request to `authority` that arrived `now`."""
    sent = fields(head)
    assert sent["host"] == authority
    found = verify(sent, KEY.public_key(), {"@authority": authority})
    assert found["covered"] == '("@authority" "signature-agent")'
    assert sent["signature-agent"] == f'"{AGENT}"'
    assert (found["alg"], found["tag"]) == ("ed25519", "web-bot-auth")
    assert found["keyid"] == thumbprint(KEY.public_key())
    assert len(base64.b64decode(found["nonce"], validate=True)) == 64
    if not int(found["created"]) <= now.timestamp() < int(found["expires"]):
        raise TimeoutError
    return found


RFC_REQUEST = {
    "date": "Tue, 20 Apr 2021 02:07:55 GMT",
    "content-type": "application/json",
    "content-length": "18",
    "signature-input": 'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")'
    ';created=1618884473;keyid="test-key-ed25519"',
    "signature": "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WP"
    "pBKRCw==:",
}
RFC_DERIVED = {"@method": "POST", "@path": "/foo", "@authority": "example.com"}


def test_the_verifier_of_these_tests_agrees_with_the_example_of_the_rfc() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(RFC_KEY)).public_key()
    assert verify(RFC_REQUEST, key, RFC_DERIVED)["keyid"] == "test-key-ed25519"
    with pytest.raises(InvalidSignature):
        verify(RFC_REQUEST, key, RFC_DERIVED | {"@path": "/bar"})


# ---- one signature


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://Board.Example/a?b=c", "board.example"),
        ("https://board.example:443/", "board.example"),
        ("http://board.example:80/", "board.example"),
        ("https://board.example:8443/", "board.example:8443"),
        ("https://board.example./", "board.example"),
        ("https://[2001:4860::8888]:444/", "[2001:4860::8888]:444"),
        ("https://게시판.example/", "게시판".encode("idna").decode() + ".example"),
    ],
)
def test_the_authority_is_what_a_server_sees(url: str, authority: str) -> None:
    headers = signer().headers_for(read_address(url))
    sent = {name.lower(): value for name, value in headers.items()}
    assert verify(sent, KEY.public_key(), {"@authority": authority})
    with pytest.raises(InvalidSignature):
        verify(sent, KEY.public_key(), {"@authority": "elsewhere.example"})
    with pytest.raises(InvalidSignature):
        verify(
            sent | {"signature-agent": '"https://other.example"'}, KEY.public_key(), {"@authority": authority}
        )


def test_a_signature_is_worth_nothing_after_a_minute() -> None:
    headers = signer().headers_for(read_address("https://board.example/"))
    head = "\r\n".join(["GET / HTTP/1.1", "Host: board.example", *map(": ".join, headers.items())])
    check(head, "board.example", NOW + timedelta(seconds=59))
    for moment in (NOW + timedelta(seconds=60), NOW - timedelta(seconds=1)):
        with pytest.raises(TimeoutError):
            check(head, "board.example", moment)


def test_a_key_is_named_by_the_thumbprint_of_rfc_8037() -> None:
    """Appendix A.3 gives the key of A.2 and its thumbprint."""
    x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "="))
    assert thumbprint(key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    (entry,) = json.loads(directory_of(key))["keys"]
    assert entry == {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": thumbprint(key), "use": "sig"}


def test_a_new_key_can_be_read_and_another_kind_is_refused() -> None:
    assert parse_key(new_key()).public_key() != parse_key(new_key()).public_key()
    other = ec.generate_private_key(ec.SECP256R1())
    pem = (Encoding.PEM, PrivateFormat.PKCS8)
    for wrong in (
        other.private_bytes(*pem, NoEncryption()),
        KEY.private_bytes(*pem, BestAvailableEncryption(b"sesame")),
        b"nonsense",
    ):
        with pytest.raises(Misconfigured, match=r"^JIKIMI_SIGN_KEY: .*jikimi signing key FILE$"):
            parse_key(wrong)


def test_a_signer_never_shows_its_key() -> None:
    assert "Ed25519" not in repr(signer())


# ---- what arrives at a server


def web_to(*scripts: Script, sign: Signer | None) -> tuple[GuardedFetcher, GuardedWeb]:
    policy = AddressPolicy(frozenset(("127.0.0.1", int(one.address.split(":")[1])) for one in scripts))
    fetcher = GuardedFetcher(policy, user_agent="test", clock=lambda: NOW, signer=sign)
    return fetcher, GuardedWeb(fetcher, policy, "test", lambda: NOW, signer=sign)


async def all_gone() -> None:
    """Wait until the scripted servers have seen their visitors leave."""
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))


async def ask(web: GuardedWeb, way: str, address: str, headers: dict[str, Secret]) -> None:
    silence = timedelta(seconds=20)
    if way == "fetch":
        await web.fetch_async(f"http://{address}/", LIMITS, headers)
    elif way == "post":
        await web.post_async(f"http://{address}/", b"{}", LIMITS, headers)
    elif way == "lines":
        async with web.lines(f"http://{address}/", headers, silence=silence):
            pass
    else:
        async with web.socket(f"ws://{address}/", headers, silence=silence):
            pass


WAYS: dict[str, Talk] = {
    "fetch": says(HELLO),
    "post": says(HELLO),
    "lines": says(b"HTTP/1.1 200 OK\r\n\r\nline\n"),
    "socket": socket_says(is_over=True),
}


async def heard(way: str, sign: Signer | None, headers: dict[str, Secret] | None = None) -> tuple[str, str]:
    """Ask in one way; return the head of the request and the server's address."""
    async with asyncio.timeout(30), scripted(WAYS[way]) as script:
        fetcher, web = web_to(script, sign=sign)
        with fetcher:
            await ask(web, way, script.address, headers or {})
        await all_gone()
        return script.heads[0], script.address


@pytest.mark.asyncio
@pytest.mark.parametrize("way", WAYS)
async def test_every_way_of_asking_is_signed(way: str) -> None:
    head, address = await heard(way, signer(), {"Authorization": Secret("Bearer sesame")})
    check(head, address)
    assert fields(head)["authorization"] == "Bearer sesame"


@pytest.mark.asyncio
@pytest.mark.parametrize("way", WAYS)
async def test_nothing_is_signed_unless_it_is_set_up(way: str) -> None:
    head, _ = await heard(way, None)
    assert OURS.isdisjoint(fields(head))


@pytest.mark.asyncio
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["Signature", "signature-input", "SIGNATURE-AGENT"])
async def test_a_source_that_signs_for_itself_is_left_alone(way: str, name: str) -> None:
    head, _ = await heard(way, signer(), {name: Secret("its own")})
    assert {one: value for one, value in fields(head).items() if one in OURS} == {name.lower(): "its own"}


@pytest.mark.asyncio
async def test_every_hop_of_a_redirect_is_signed_anew_for_its_host() -> None:
    async with asyncio.timeout(30), scripted(says(HELLO)) as last:
        moved = f"HTTP/1.1 302 Found\r\nLocation: http://{last.address}/\r\nContent-Length: 0\r\n\r\n"
        async with scripted(says(moved.encode())) as first:
            fetcher, _ = web_to(first, last, sign=signer())
            with fetcher:
                secrets = {"Signature": Secret("its own")}
                assert (await fetcher.fetch_async(f"http://{first.address}/", LIMITS)).body == b"hello"
                assert (
                    await fetcher.fetch_async(f"http://{first.address}/", LIMITS, secrets)
                ).body == b"hello"
            await all_gone()
            found = [check(first.heads[0], first.address), check(last.heads[0], last.address)]
            assert fields(first.heads[1])["signature"] == "its own"
            found.append(check(last.heads[1], last.address))  # the source's was dropped on the way
    assert len({one["nonce"] for one in found}) == 3


@pytest.mark.asyncio
async def test_a_question_that_met_a_closed_connection_is_signed_when_it_is_asked_once_more() -> None:
    answers = count()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the first question and keep the connection; hang up on whatever follows there."""
        writer.write(HELLO)
        if next(answers) == 0:
            with suppress(asyncio.IncompleteReadError):
                script.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.close()

    async with asyncio.timeout(30), scripted(talk) as script:
        fetcher, _ = web_to(script, sign=signer())
        with fetcher:
            for _ in range(2):
                assert (await fetcher.fetch_async(f"http://{script.address}/", LIMITS)).body == b"hello"
        await all_gone()
    assert len(script.heads) == 3
    for head in script.heads:
        check(head, script.address)


@pytest.mark.asyncio
async def test_with_a_proxy_the_site_is_what_is_signed() -> None:
    async def public(_host: str, _port: int) -> list[str]:
        return ["8.8.8.8"]

    async with asyncio.timeout(30), scripted(says(HELLO)) as proxy:
        with GuardedFetcher(
            AddressPolicy(),
            user_agent="test",
            clock=lambda: NOW,
            resolve=public,
            proxy=Secret(f"http://{proxy.address}"),
            signer=signer(),
        ) as fetcher:
            assert (await fetcher.fetch_async("http://site.example/", LIMITS)).body == b"hello"
        await all_gone()
    check(proxy.heads[0], "site.example")
