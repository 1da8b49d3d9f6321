"""What a warm-up lives from: whose mailboxes readers' domains are, and whether readers and servers are content."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.delivery.ledger.tables import MailboxDomainRow
from newsletter.delivery.pace import ramp, warming
from newsletter.doctor.measuring import Fate, fates, largest_domains, together
from newsletter.doctor.names import Names, NoAnswer
from newsletter.settings import Settings, WarmUpSettings
from subscribers.database import Database

LOOKED_BACK = timedelta(days=3)
ENOUGH = 50  # letters, before a rate says anything
MOST_DOMAINS = 200  # by readers; the others count as others
_FRESH = timedelta(days=30)
_MOST_SILENT = 5  # questions without an answer, after which the others wait for the next time


def learn(database: Database, names: Names, now: datetime, stop: Callable[[], bool] = lambda: False) -> int:
    """Ask for the MX of readers' largest domains whose name tells no provider; return how many were asked about.

    What was asked within a month is not asked again. No network is waited for within a transaction.
    """
    with database.reading() as session:
        known = session.execute(select(MailboxDomainRow.domain, MailboxDomainRow.looked_at))
        fresh = {domain for domain, looked_at in known if looked_at > now - _FRESH}
        domains = [each for each in largest_domains(session, MOST_DOMAINS) if each]
    asked = silent = 0
    for domain in domains:
        if stop() or silent == _MOST_SILENT:
            break
        if domain in fresh or ramp.is_known(domain):
            continue
        try:
            exchanges = names.exchanges(domain)
        except NoAnswer:
            silent += 1
            continue
        provider = ramp.by_exchange(exchanges[0].host) if exchanges else ramp.OTHERS
        with database.writing() as session:
            session.merge(MailboxDomainRow(domain=domain, provider=provider, looked_at=now))
        asked += 1
    return asked


def review(session: Session, settings: Settings, now: datetime) -> dict[str, str]:
    """Hold each ramp whose letters are complained about or bounce, and let the others go on.

    Return the providers for which that changed, with the reason, empty where the ramp goes on.
    """
    since = ramp.day_of(now - LOOKED_BACK, settings.site.time_zone)
    measured = together(fates(session, since, settings.site.time_zone))
    changed = {}
    for provider in ramp.PROVIDERS:
        reason = _objection(settings.warm_up, measured.get(provider))
        if warming.hold(session, provider, reason):
            changed[provider] = reason
    return changed


def _objection(settings: WarmUpSettings, fate: Fate | None) -> str:
    if fate is None or fate.sent < ENOUGH:
        return ""
    if fate.complaints > settings.most_complaints:
        return f"complaints: {fate.complained} of {fate.sent:,} letters ({fate.complaints:.2f} %)"
    if fate.bounces > settings.most_bounces:
        return f"bounces: {fate.bounced} of {fate.sent:,} letters ({fate.bounces:.1f} %)"
    return ""
