"""Asks the domain name system for addresses and texts, within bounds; nothing it says is trusted."""

from collections.abc import Sequence
from datetime import timedelta

from dns.exception import DNSException, Timeout
from dns.name import EmptyLabel, LabelTooLong, NameTooLong
from dns.rdatatype import RdataType
from dns.resolver import NXDOMAIN, NoAnswer, NoNameservers, NoResolverConfiguration, Resolver

from jikimi.model.errors import TryLater

PATIENCE = timedelta(seconds=6)
MOST_TEXTS, LONGEST_TEXT = 20, 1000


class DnsNames:
    """The port Names over dnspython. It is asked rarely; each question stands for itself."""

    def __init__(self, server: str = "", *, patience: timedelta = PATIENCE) -> None:
        """`server` is "10.0.0.53", "127.0.0.1:5353" or "[::1]:53"; "" asks the system's name servers."""
        self._server = server
        self._patience = patience.total_seconds()

    def addresses(self, host: str) -> tuple[str, ...]:
        """Return IPv4 and IPv6 addresses of a host; () if there are none."""
        found = [self._ask(host, kind) for kind in (RdataType.A, RdataType.AAAA)]
        return tuple(dict.fromkeys(text for texts in found for text in texts))

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the TXT records of a name, each of its strings joined."""
        return self._ask(name, RdataType.TXT)

    def _ask(self, name: str, kind: RdataType) -> tuple[str, ...]:
        try:
            answer = self._resolver().resolve(name, kind, lifetime=self._patience, search=False)
        except (NXDOMAIN, NoAnswer, EmptyLabel, LabelTooLong, NameTooLong):
            return ()
        except (Timeout, NoNameservers, NoResolverConfiguration) as error:
            raise TryLater("No name server answers.") from error
        except (DNSException, OSError) as error:
            raise TryLater("A name server gave an answer that is no DNS.") from error
        return tuple(_said(record) for record in list(answer)[:MOST_TEXTS])

    def _resolver(self) -> Resolver:
        if not self._server:
            return Resolver()
        host, port = split_server(self._server)
        resolver = Resolver(configure=False)
        resolver.nameservers = [host]
        resolver.port = port
        return resolver


def split_server(text: str) -> tuple[str, int]:
    """Return address and port of a name server; 53 unless one is named."""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        return host, int(port.lstrip(":") or 53)
    host, _, port = text.partition(":")
    return host, int(port or 53)


def _said(record: object) -> str:
    strings: Sequence[bytes] | None = getattr(record, "strings", None)
    if strings is None:
        return str(record)
    return b"".join(strings).decode("utf-8", "replace")[:LONGEST_TEXT]
