"""Questions to a name server: the configured one, or the system's. Nothing is remembered between two runs."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address

import dns.reversename
from dns.exception import DNSException
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.CNAME import CNAME
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.PTR import PTR
from dns.rdtypes.ANY.TXT import TXT
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA
from dns.resolver import NXDOMAIN, Resolver

_LIFETIME = 5.0  # seconds for one question, all servers and repetitions together


class NoAnswer(Exception):
    """The name server gave no answer; nothing is known. The text says what was asked."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """An MX record. `host` is empty for the null MX of RFC 7505."""

    preference: int
    host: str


@dataclass(slots=True)
class Names:
    """Answers from DNS, each asked for once. No records are an empty answer. Every method raises NoAnswer."""

    resolver: Resolver
    _known: dict[tuple[str, str], tuple[object, ...]] = field(default_factory=dict)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the TXT records, the strings of each put together."""
        found = self._ask(name, "TXT")
        return tuple(b"".join(each.strings).decode("utf-8", "replace") for each in found if isinstance(each, TXT))

    def exchanges(self, name: str) -> tuple[Exchange, ...]:
        """Return the MX records, the preferred ones first."""
        found = [
            Exchange(each.preference, _written(each.exchange))
            for each in self._ask(name, "MX")
            if isinstance(each, MX)
        ]
        return tuple(sorted(found, key=lambda each: (each.preference, each.host)))

    def addresses(self, name: str, kinds: tuple[str, ...] = ("A", "AAAA")) -> tuple[str, ...]:
        """Return the addresses of a host."""
        found = [each for kind in kinds for each in self._ask(name, kind)]
        return tuple(each.address for each in found if isinstance(each, A | AAAA))

    def pointers(self, address: str) -> tuple[str, ...]:
        """Return the names that an address is said to have."""
        name = dns.reversename.from_address(address).to_text(omit_final_dot=True)
        return tuple(_written(each.target) for each in self._ask(name, "PTR") if isinstance(each, PTR))

    def alias(self, name: str) -> str:
        """Return what a name stands for (CNAME), empty where it is none."""
        return next((_written(each.target) for each in self._ask(name, "CNAME") if isinstance(each, CNAME)), "")

    def _ask(self, name: str, kind: str) -> tuple[object, ...]:
        key = name.lower().rstrip("."), kind
        if key not in self._known:
            self._known[key] = self._asked(*key)
        return self._known[key]

    def _asked(self, name: str, kind: str) -> tuple[object, ...]:
        try:
            answer = self.resolver.resolve(
                f"{name}.", RdataType.from_text(kind), raise_on_no_answer=False, lifetime=_LIFETIME, search=False
            )
        except NXDOMAIN:
            return ()
        except (DNSException, OSError, UnicodeError) as error:
            raise NoAnswer(f"{kind} of {name}: {error or type(error).__name__}") from error
        return tuple(answer.rrset or ())


def names(name_server: str) -> Names:
    """Return what asks that server (`127.0.0.1`, `127.0.0.1:5353`, `[::1]:53`), or the system's where it is empty.

    Where the system has none, there is no answer to anything.
    """
    resolver = Resolver(configure=False)
    if name_server:
        host, port = split(name_server)
        resolver.nameservers, resolver.port = [host], port
    else:
        with suppress(DNSException, OSError):
            resolver = Resolver()
    return Names(resolver)


def split(name_server: str) -> tuple[str, int]:
    """Return the address and the port of a name server. Raises ValueError."""
    written = name_server.strip()
    if written.startswith("["):
        host, _, port = written[1:].partition("]")
        port = port.removeprefix(":")
    elif written.count(":") == 1:
        host, _, port = written.partition(":")
    else:
        host, port = written, ""
    number = int(port or 53)
    if not 1 <= number <= 65535:
        raise ValueError(name_server)
    return str(ip_address(host)), number


def _written(name: object) -> str:
    return str(name).rstrip(".").lower()
