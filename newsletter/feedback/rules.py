"""What follows from a report. Pure.

Only what says that the address is not there ends a reader's mail at once. What passes (a full mailbox, a server
that is away) counts, and fades as issues go by. What is about the letter or about us is not the reader's fault.
"""

from __future__ import annotations

import re
from enum import StrEnum

from newsletter.delivery.reports import VAGUE, is_passing, is_permanent
from newsletter.feedback.report import Report, ReportKind

# RFC 3463: 5.3.4 too big, 5.6.x the content, 5.7.x policy and authentication.
_OF_THE_MESSAGE = re.compile(r"[45]\.(3\.4|6\.\d+|7\.\d+)")
# A mail that gives no reason at all, but says that it is over.
_FOR_GOOD = re.compile(
    r"failed permanently|permanent (fatal )?(delivery )?error|permanent delivery failure|undeliverable to"
    r"|recipients?( of your message)? (did not receive|failed\.)|could not be delivered to (?!one|all|any|some)"
    r"|did not reach the following|no valid recipients",
    re.IGNORECASE,
)


class Consequence(StrEnum):
    """What follows."""

    NOTHING = "nothing"
    COUNTED = "counted"  # a passing failure: enough of them suppress
    SUPPRESSED = "suppressed"  # the address is not there, or failed too often
    LEFT = "left"  # the reader left
    COMPLAINED = "complained"  # the reader left, and is never written to again
    ALARM = "alarm"  # about the letter or about us: an operator must know


def consequence(report: Report) -> Consequence:
    """Return what a report comes to by itself; whether counted ones are too many is for who counts them."""
    if report.kind is ReportKind.COMPLAINED:
        return Consequence.COMPLAINED
    if report.kind is ReportKind.UNSUBSCRIBED:
        return Consequence.LEFT
    if report.kind not in {ReportKind.BOUNCED, ReportKind.REFUSED}:
        return Consequence.NOTHING
    if is_permanent(report.status, report.words) or _is_for_good(report):
        return Consequence.SUPPRESSED
    return Consequence.ALARM if _OF_THE_MESSAGE.fullmatch(report.status) else Consequence.COUNTED


def _is_for_good(report: Report) -> bool:
    return report.status in VAGUE and bool(_FOR_GOOD.search(report.words)) and not is_passing(report.words)
