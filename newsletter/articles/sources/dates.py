"""When an entry of an RSS or Atom feed was published, read strictly: a guess would send a story twice or never.

fastfeedparser fills what it can't read from today's date, or from digits of the guid.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from newsletter.articles.harvest import moment

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ZONE = re.compile(r"\b[A-Z]{3,5}$")
# What RFC 822 (section 5) does not know and feeds use all the same.
_OFFSETS = {
    "WET": "+0000", "WEST": "+0100", "BST": "+0100", "CET": "+0100", "MEZ": "+0100", "CEST": "+0200",
    "MESZ": "+0200", "EET": "+0200", "EEST": "+0300", "MSK": "+0300", "IST": "+0530", "SGT": "+0800",
    "AWST": "+0800", "JST": "+0900", "KST": "+0900", "AEST": "+1000", "AEDT": "+1100", "NZST": "+1200",
    "NZDT": "+1300", "AKST": "-0900", "AKDT": "-0800", "HST": "-1000",
}  # fmt: skip


def entry_moment(text: str) -> datetime | None:
    """Return a date in aware UTC that is written as in RFC 822 or ISO 8601; None when it is neither.

    Without a zone it is taken for UTC, without a time of day for midnight: such a story counts for its day.
    """
    text = " ".join(text.split())[:100]
    return moment(f"{text}T00:00:00Z") if _DAY.fullmatch(text) else moment(text) or _mail_date(text)


def _mail_date(text: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(_ZONE.sub(lambda found: _OFFSETS.get(found[0], found[0]), text))
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
