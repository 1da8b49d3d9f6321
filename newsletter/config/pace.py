"""`[pace]`: how fast letters may leave."""

from __future__ import annotations

from newsletter.config import values
from newsletter.config.reading import Table
from newsletter.settings import DomainPace, PaceSettings

_RATE = values.number(0, 1_000_000)


def pace(table: Table) -> PaceSettings:
    """Return the limits of `[pace]` and of its domains."""
    settings = PaceSettings(
        messages_per_second=table.optional("messages_per_second", _RATE, 0.0),
        domains=_domains(table.table("domains")),
    )
    table.finish()
    return settings


def _domains(table: Table) -> dict[str, DomainPace]:
    """Return the limits by domain. A domain is written in quotes: the dots of a bare key would make tables."""
    found: dict[str, DomainPace] = {}
    for written in table.values:
        limits = table.table(written)
        name = _name(written)
        if not name:
            table.problems.say(
                limits.path, 'is no domain; expected one in quotes, such as [pace.domains."mail.example"]'
            )
        elif name in found:
            table.problems.say(limits.path, f"is {name}, which stands here already; a domain has one pace")
        else:
            found[name] = _domain(limits)
    return found


def _domain(table: Table) -> DomainPace:
    limits = DomainPace(
        messages_per_second=table.optional("messages_per_second", _RATE, 0.0),
        concurrent=table.optional("concurrent", values.whole(0, 100_000), 0),
    )
    table.finish()
    return limits


def _name(written: str) -> str:
    try:
        return values.domain(written)
    except values.Expected:
        return ""
