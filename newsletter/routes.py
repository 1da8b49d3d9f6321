"""The road to one host: addresses are checked after DNS, and the connection goes to the checked address itself.

A name that resolves to a public address when asked and to a private one when connected to gains nothing: it is
resolved once. A deadline closes the connection from outside, so that a host which drips bytes can't outstay it.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Address, IPv6Address
from threading import Event, Timer
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from newsletter.clock import Clock

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Refused(Exception):
    """The address must not be asked; the text says why, in a sentence."""


@dataclass(slots=True)
class Deadline:
    """When an answer must be there. `clock` measures it; at its end every watched connection is shut."""

    clock: Clock
    ends: float
    passed: Event = field(default_factory=Event)
    _sockets: list[socket.socket] = field(default_factory=list)

    def left(self) -> float:
        """Return the seconds left, never quite none: a time-out of 0 would mean something else."""
        return max(0.05, self.ends - self.clock.monotonic())

    def is_over(self) -> bool:
        """Tell whether the time is up."""
        return self.passed.is_set() or self.clock.monotonic() >= self.ends

    def watch(self, connection: socket.socket) -> None:
        """Shut this connection at the end. A copy is kept, because TLS takes the original's descriptor away."""
        self._sockets.append(connection.dup())
        if self.passed.is_set():
            _shut(self._sockets[-1])

    @contextmanager
    def running(self) -> Iterator[None]:
        """Shut what is watched when the time is up before the block ends."""
        timer = Timer(self.left(), self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
            for connection in self._sockets:
                connection.close()

    def _end(self) -> None:
        self.passed.set()
        for connection in list(self._sockets):
            _shut(connection)


@dataclass(frozen=True, slots=True)
class Route:
    """The checked addresses of a host, in the resolver's order, and the deadline of the whole exchange."""

    addresses: tuple[str, ...]
    deadline: Deadline

    def connect(self, connection: HTTPConnection) -> socket.socket:
        """Open a connection to the first address that answers; each gets an equal share of the time left."""
        problem: OSError | None = None
        for number, address in enumerate(self.addresses):
            share = self.deadline.left() / (len(self.addresses) - number)
            try:
                opened = socket.create_connection((address, connection.port), share)
            except OSError as error:
                problem = error
                continue
            opened.settimeout(self.deadline.left())
            self.deadline.watch(opened)
            return opened
        if isinstance(problem, TimeoutError):
            raise ConnectTimeoutError(connection, "no answer") from problem
        raise NewConnectionError(connection, str(problem)) from problem


class PinnedAdapter(HTTPAdapter):
    """Sends requests along one route; the host's name still counts for `Host`, SNI and the certificate."""

    def __init__(self, route: Route) -> None:
        self._route = route
        super().__init__(max_retries=0)

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: bool | str | None,  # noqa: FBT001 - the signature of requests
        proxies: Any = None,
        cert: Any = None,
    ) -> HTTPConnectionPool:
        """Return a pool whose connections go to the checked addresses."""
        pool: Any = super().get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
        kind = _Tls if urlsplit(request.url or "").scheme == "https" else _Plain
        pool.ConnectionCls = partial(kind, route=self._route)
        return pool  # type: ignore[no-any-return]  # requests' stubs know no such pool


class _Plain(HTTPConnection):
    def __init__(self, *args: Any, route: Route, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._route = route

    def _new_conn(self) -> socket.socket:
        return self._route.connect(self)


class _Tls(HTTPSConnection):
    def __init__(self, *args: Any, route: Route, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._route = route

    def _new_conn(self) -> socket.socket:
        return self._route.connect(self)


def resolve(url: str, allow_hosts: frozenset[str], key: str) -> tuple[str, ...]:
    """Return a host's addresses. Raises Refused unless each is public or the host is one of `allow_hosts`.

    `key` is what that is called in the configuration.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    try:
        found = socket.getaddrinfo(host, parts.port or 80, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused(f"The host {host} has no address in the DNS.") from None
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    private = [address for address in addresses if not is_public(address)]
    if private and host not in allow_hosts:
        raise Refused(
            f"The host {host} has the address {private[0]}, which is not public; "
            f"add the host to {key} if that is meant."
        )
    return addresses


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public Internet, also when it carries an IPv4 address inside."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _inner(parsed)
    return _is_global(parsed if inner is None else inner)


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
