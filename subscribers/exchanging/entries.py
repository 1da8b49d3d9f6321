"""One address on somebody's list, and what others call the reasons. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from subscribers.models import SuppressionReason

_WORDS = {
    SuppressionReason.COMPLAINED: "complained complaint complaints spam spamcomplaint spam_complaint spamreport "
    "spam_report abuse contactflaggedasspam",
    SuppressionReason.BOUNCED: "bounced bounce bounces hardbounce hard_bounce permanent invalid invalid_email "
    "undeliverable",
    SuppressionReason.ERASED: "erased",
}
_MEANINGS = {word: reason for reason, words in _WORDS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Entry:
    """An address that must not be mailed, by itself or by its hash. `at` (aware UTC) is None where nobody said."""

    email: str = ""
    reason: SuppressionReason = SuppressionReason.BY_HAND
    at: datetime | None = None
    note: str = ""
    source: str = ""
    address_hash: str = ""


def reason_of(word: str) -> SuppressionReason:
    """Return what a reason means, in whoever's words; what is not known was done by hand."""
    return _MEANINGS.get(re.sub(r"[\s-]+", "_", word.strip().lower()), SuppressionReason.BY_HAND)
