"""`[warm_up]`: how a new domain's letters grow in number."""

from __future__ import annotations

from datetime import date

from newsletter.config import values
from newsletter.config.reading import Table
from newsletter.settings import MAILBOX_PROVIDERS, Beyond, WarmUpSettings

_MOST = 10_000_000
_NONE: tuple[int, ...] = ()


def warm_up(table: Table) -> WarmUpSettings:
    """Return the ramp, none where there is no `starts_on`."""
    default = WarmUpSettings()
    settings = WarmUpSettings(
        starts_on=table.optional("starts_on", _day, None),
        per_day=table.optional("per_day", _ramp, default.per_day),
        providers=_providers(table.table("providers")),
        beyond=table.optional("beyond", values.one_of(Beyond), default.beyond),
        most_complaints=table.optional("most_complaints", values.number(0, 100), default.most_complaints),
        most_bounces=table.optional("most_bounces", values.number(0, 100), default.most_bounces),
    )
    if settings.starts_on is None and set(table.values) - {"starts_on"}:
        table.problems.say(table.name("starts_on"), "is missing; expected the first day, such as 2026-03-02")
    table.finish()
    return settings


def _providers(table: Table) -> dict[str, tuple[int, ...]]:
    found = {name: table.optional(name, _ramp, _NONE) for name in MAILBOX_PROVIDERS if name in table.values}
    for name in MAILBOX_PROVIDERS:
        table.given(name)
    table.finish()
    return {name: ramp for name, ramp in found.items() if ramp}


def _ramp(value: object) -> tuple[int, ...]:
    is_ramp = (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(each, int) and not isinstance(each, bool) and 0 < each <= _MOST for each in value)
        and value == sorted(value)
    )
    if not is_ramp or not isinstance(value, list):
        raise values.Expected("letters a day, growing, such as [50, 100, 500, 1000]")
    return tuple(value)


def _day(value: object) -> date | None:
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise values.Expected("a day such as 2026-03-02") from None
