"""The [tracking] table, and what a newsletter says otherwise."""

from __future__ import annotations

from newsletter.config import values
from newsletter.config.reading import Table
from newsletter.settings import TrackingSettings


def tracking(table: Table) -> TrackingSettings:
    """Return what is counted, and how long hits are kept."""
    default = TrackingSettings()
    settings = TrackingSettings(
        opens=table.optional("opens", values.switch, default.opens),
        clicks=table.optional("clicks", values.switch, default.clicks),
        keep=table.optional("keep", values.duration, default.keep),
    )
    table.finish()
    return settings


def newsletter_tracking(table: Table, general: TrackingSettings) -> TrackingSettings:
    """Return what one newsletter counts: what holds in general, but for what it says itself."""
    settings = TrackingSettings(
        opens=table.optional("opens", values.switch, general.opens),
        clicks=table.optional("clicks", values.switch, general.clicks),
        keep=general.keep,
    )
    table.finish()
    return settings
