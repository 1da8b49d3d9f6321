"""Our clock against another's: signatures, webhooks and evenings go by it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from newsletter.doctor.diagnosis import Diagnosis, Health
from newsletter.doctor.patient import Patient
from newsletter.transports.api.line import NotSent, Unanswered
from newsletter.transports.api.provider import Request

CHECK: Final = "clock"
_MOST = timedelta(minutes=1)


def clocks(patient: Patient) -> Iterator[Diagnosis]:
    """Compare our time with the Date of the newsroom's own site (RFC 9110, section 6.6.1), else of our pages."""
    site = patient.settings.site
    asked = site.url or site.base_url
    try:
        answer = patient.line.post(Request("HEAD", asked, {}))
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (NotSent, Unanswered, KeyError, ValueError) as trouble:
        sentence = f"{asked} tells no time to compare our clock with ({trouble})."
        yield Diagnosis(CHECK, Health.UNKNOWN, sentence)
        return
    apart = patient.clock.now() - theirs
    seconds = round(abs(apart).total_seconds())
    told = f"Our clock is {seconds} s {'ahead of' if apart > timedelta(0) else 'behind'} that of {asked}"
    if abs(apart) > _MOST:
        yield Diagnosis(CHECK, Health.STOP, f"{told}; one of them is wrong.", "Let NTP set this machine's clock.")
    else:
        yield Diagnosis(CHECK, Health.FINE, f"{told}.")
