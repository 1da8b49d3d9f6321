"""Whether a domain can receive mail, by DNS.

RFC 5321, section 5.1: mail goes to the domain's MX, and where there is none to its own address (A or AAAA).
RFC 7505: a single MX `.` says that no mail is taken. Only these answers refuse a domain: it does not exist, it has
neither MX nor address, or it says itself that it takes none. A time-out, a SERVFAIL or no network is no answer.
"""

from __future__ import annotations

from collections import OrderedDict
from enum import StrEnum
from threading import BoundedSemaphore, Lock

import dns.name
import structlog
from dns.exception import DNSException
from dns.rdtypes.ANY.MX import MX
from dns.resolver import NXDOMAIN, Answer, Resolver

from newsletter.clock import Clock
from newsletter.mail_domains.disposable import written

DEADLINE = 2.0  # seconds, for all questions about one domain together
AT_ONCE = 8  # domains asked about at the same time; whoever comes then is believed
_REMEMBERED = 10_000  # domains
_NULL_MX = dns.name.root

log = structlog.get_logger("newsletter.signup")


class Verdict(StrEnum):
    """What DNS says of a domain."""

    RECEIVES = "receives"
    REFUSES = "refuses"
    UNKNOWN = "unknown"


_KEPT = {Verdict.RECEIVES: 3600.0, Verdict.REFUSES: 300.0, Verdict.UNKNOWN: 60.0}  # seconds


class Lookup:
    """Asks the system's name servers, or the given resolver; remembers answers for a while, for any thread."""

    def __init__(
        self, clock: Clock, resolver: Resolver | None = None, *, deadline: float = DEADLINE, at_once: int = AT_ONCE
    ) -> None:
        self._clock, self._deadline = clock, deadline
        self._resolver = resolver or _system_resolver()
        self._places = BoundedSemaphore(at_once)
        self._lock = Lock()
        self._found: OrderedDict[str, tuple[Verdict, float]] = OrderedDict()

    def may_receive(self, domain: str) -> bool:
        """Tell whether mail may reach the domain: unless DNS says for certain that it cannot, it may."""
        name = written(domain)
        return (self._remembered(name) or self._asked(name)) is not Verdict.REFUSES

    def _remembered(self, name: str) -> Verdict | None:
        with self._lock:
            verdict, until = self._found.get(name, (None, 0.0))
            return verdict if self._clock.monotonic() < until else None

    def _asked(self, name: str) -> Verdict:
        if self._resolver is None or not self._places.acquire(blocking=False):
            return Verdict.UNKNOWN
        try:
            verdict = self._verdict(self._resolver, name)
        finally:
            self._places.release()
        self._remember(name, verdict)
        return verdict

    def _remember(self, name: str, verdict: Verdict) -> None:
        with self._lock:
            self._found[name] = (verdict, self._clock.monotonic() + _KEPT[verdict])
            self._found.move_to_end(name)
            if len(self._found) > _REMEMBERED:
                self._found.popitem(last=False)

    def _verdict(self, resolver: Resolver, name: str) -> Verdict:
        ends = self._clock.monotonic() + self._deadline

        def ask(kind: str) -> Answer:
            left = ends - self._clock.monotonic()
            return resolver.resolve(f"{name}.", kind, raise_on_no_answer=False, lifetime=left, search=False)

        try:
            if exchanges := [each.exchange for each in ask("MX") if isinstance(each, MX)]:
                return Verdict.REFUSES if exchanges == [_NULL_MX] else Verdict.RECEIVES
            return Verdict.RECEIVES if ask("A").rrset or ask("AAAA").rrset else Verdict.REFUSES
        except NXDOMAIN:
            return Verdict.REFUSES
        except (DNSException, OSError) as error:
            log.info("DNS gave no answer, and the address is taken", domain=name, error=str(error))
            return Verdict.UNKNOWN


def _system_resolver() -> Resolver | None:
    try:
        resolver = Resolver()
    except (DNSException, OSError) as error:
        log.warning("no name server is configured here; domains of addresses are not checked", error=str(error))
        return None
    resolver.timeout = DEADLINE / 2  # for one server, so that a second one gets its turn
    return resolver
