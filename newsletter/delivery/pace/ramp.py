"""Warming up a new domain: whose mailbox is whose, how many letters a day of the ramp allows, and who waits. Pure.

Mailbox providers trust a domain that they do not know with few letters, and with more as readers keep them. So
each provider has a ramp of its own: its step goes on with each day on which something is sent to it, unless it is
held.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

from newsletter.settings import MAILBOX_PROVIDERS, Beyond, WarmUpSettings

GMAIL, OUTLOOK, YAHOO, OTHERS = PROVIDERS = MAILBOX_PROVIDERS
MORNING, SPREAD_OVER = time(8), timedelta(hours=12)  # when nobody is woken

_DOMAINS = {
    GMAIL: "gmail.com googlemail.com",
    OUTLOOK: """outlook.com hotmail.com live.com msn.com passport.com windowslive.com outlook.de outlook.fr
        outlook.es outlook.it hotmail.de hotmail.fr hotmail.es hotmail.it hotmail.co.uk live.de live.fr live.nl
        live.co.uk live.it""",
    YAHOO: """yahoo.com ymail.com rocketmail.com myyahoo.com aol.com aim.com yahoo.de yahoo.fr yahoo.es yahoo.it
        yahoo.co.uk yahoo.ca yahoo.in yahoo.co.in yahoo.com.br yahoo.com.au aol.de aol.fr aol.co.uk""",
}
_KNOWN = {domain: provider for provider, domains in _DOMAINS.items() for domain in domains.split()}
_EXCHANGES = {
    ".google.com": GMAIL,
    ".googlemail.com": GMAIL,
    ".outlook.com": OUTLOOK,
    ".hotmail.com": OUTLOOK,
    ".yahoodns.net": YAHOO,
}


def provider_of(domain: str, learned: Mapping[str, str]) -> str:
    """Return which provider has the mailboxes of a domain (lower case): by its name, or as its MX told once."""
    return _KNOWN.get(domain) or learned.get(domain, OTHERS)


def is_known(domain: str) -> bool:
    """Tell whether a domain's name alone tells its provider."""
    return domain in _KNOWN


def by_exchange(host: str) -> str:
    """Return which provider a mail exchange is of."""
    return next((provider for end, provider in _EXCHANGES.items() if f".{host}".endswith(end)), OTHERS)


def steps(settings: WarmUpSettings, provider: str) -> tuple[int, ...]:
    """Return a provider's ramp: how many letters on each of its days."""
    return settings.providers.get(provider, settings.per_day)


def cap(settings: WarmUpSettings, provider: str, step: int) -> int | None:
    """Return how many letters a step allows; None once the ramp is over."""
    ramp = steps(settings, provider)
    return ramp[step] if step < len(ramp) else None


def next_step(step: int, held: str) -> int:
    """Return the step of the next day: the same again where the ramp was held."""
    return step if held else step + 1


def day_of(now: datetime, zone: ZoneInfo) -> date:
    """Return the day that a moment belongs to, in the newsroom's time zone."""
    return now.astimezone(zone).date()


def is_on(settings: WarmUpSettings, now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether the ramp has begun."""
    return settings.starts_on is not None and day_of(now, zone) >= settings.starts_on


def another_day(settings: WarmUpSettings, now: datetime, zone: ZoneInfo, email: str) -> datetime:
    """Return when a letter beyond the day's cap may come again: tomorrow at this time, or in the course of it.

    When then follows from the address, so that it is the same however often it is asked.
    """
    local = now.astimezone(zone)
    is_spread = settings.beyond is Beyond.SPREAD
    first = MORNING if is_spread else local.time()
    tomorrow = datetime.combine(local.date() + timedelta(days=1), first, zone).astimezone(now.tzinfo)
    if not is_spread:
        return tomorrow
    return tomorrow + SPREAD_OVER * (crc32(email.lower().encode()) / 2**32)
