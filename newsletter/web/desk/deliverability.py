"""How mail of ours fares, as the last examination found it. The page looks at rows alone and asks nobody."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from flask import render_template
from flask.typing import ResponseReturnValue

from newsletter.app import App
from newsletter.delivery.pace import warming
from newsletter.doctor.diagnosis import worst
from newsletter.doctor.keeping import Examination, latest
from newsletter.web.desk.roles import Role, needs

_TITLES = {
    "spf": "SPF",
    "dkim": "DKIM",
    "dmarc": "DMARC",
    "mx": "MX",
    "reverse": "Reverse DNS",
    "provider": "Provider’s records",
    "tls": "Mail server",
    "unsubscribe": "Unsubscribe button",
    "clock": "Clock",
    "zones": "Time zones",
    "database": "Database",
    "disk": "Disk",
}
_SHOWN_DAYS = 60  # of a warm-up, one for each provider
_BADGES = {
    "fine": ("sent", "Fine"),
    "unknown": ("", "Unknown"),
    "note": ("draft", "Note"),
    "warning": ("held", "Warning"),
    "stop": ("stopped", "Stop"),
}


@dataclass(frozen=True, slots=True)
class Deliverability:
    """The page, and what it looks through."""

    app: App

    @needs(Role.VIEWER)
    def page(self) -> ResponseReturnValue:
        """Show what the last examination found, check by check."""
        with self.app.database.reading() as rows:
            examination = latest(rows)
            walked = warming.days(rows) if self.app.settings.warm_up.starts_on else []
        return render_template(
            "web/desk/deliverability.html",
            examination=examination,
            groups=_groups(examination) if examination else (),
            badges=_BADGES,
            warm_up=self.app.settings.warm_up,
            walked=list(reversed(walked))[:_SHOWN_DAYS],
        )


def _groups(examination: Examination) -> list[dict[str, object]]:
    """Return the findings by check: those with something to mend first, then in the order of the checks."""
    found = [(check, list(group)) for check, group in groupby(examination.found, key=lambda each: each.check)]
    found.sort(key=lambda each: not any(finding.is_trouble for finding in each[1]))
    return [
        {"check": check, "title": _TITLES.get(check, check), "health": worst(group), "found": group}
        for check, group in found
    ]
