"""Recipients' domains, and what `[pace]` says about each. Pure.

A limit's key is a domain, or empty for the transport as a whole. Rates are messages per second, 0 is no limit.
"""

from __future__ import annotations

import idna

from newsletter.settings import DomainPace, PaceSettings

TRANSPORT = ""

# A domain with a limit on concurrency alone is asked for so many messages a second and seat; those who find no
# seat queue up again. Without it each of a hundred thousand waiting ones would ask all the time.
ASKS_PER_SEAT = 32

_UNLIMITED = DomainPace()


def domain_of(address: str) -> str:
    """Return an address's domain as the settings have it: lower case, `xn--` where it is internationalised."""
    domain = address.rpartition("@")[2].lower()
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return domain


def configured_rate(settings: PaceSettings, key: str) -> float:
    """Return the rate that is configured for a key."""
    return settings.domains.get(key, _UNLIMITED).messages_per_second if key else settings.messages_per_second


def seats_of(settings: PaceSettings, key: str) -> int:
    """Return how many letters may be under way at once to a domain; 0 is no limit."""
    return settings.domains.get(key, _UNLIMITED).concurrent


def asking_rate(settings: PaceSettings, key: str) -> float:
    """Return the rate in force when nothing was learned."""
    return configured_rate(settings, key) or float(seats_of(settings, key) * ASKS_PER_SEAT)


def configured_keys(settings: PaceSettings) -> frozenset[str]:
    """Return the keys for which there is any limit."""
    return frozenset(key for key in (TRANSPORT, *settings.domains) if asking_rate(settings, key))
