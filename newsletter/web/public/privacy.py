"""What is kept of readers, and for how long, as it is configured."""

from __future__ import annotations

from datetime import timedelta

from flask import render_template
from flask.typing import ResponseReturnValue

from newsletter.web.context import here

_DAY = timedelta(days=1)


def privacy() -> ResponseReturnValue:
    """Show it."""
    settings = here().settings
    return render_template(
        "web/public/privacy.html",
        newsletters=settings.newsletters,
        is_counted=any(each.tracking.is_on for each in settings.newsletters),
        hits_kept=_days(settings.tracking.keep),
        network_addresses_kept=_days(settings.privacy.keep_network_addresses),
    )


def _days(kept: timedelta) -> int:
    """Return whole days, rather more than less."""
    return -(-kept // _DAY)
