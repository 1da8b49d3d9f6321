"""A report: what somebody says, later, of one letter or one reader. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class NotUnderstood(Exception):
    """What came in says nothing that can be read; the sentence says why."""


class ReportKind(StrEnum):
    """What a report says."""

    DELIVERED = "delivered"  # the reader's mail server took it
    DELAYED = "delayed"  # somebody still tries
    BOUNCED = "bounced"  # somebody gave up; the status says why
    REFUSED = "refused"  # the provider did not even try: the address is on a list of its own
    COMPLAINED = "complained"  # the reader called it spam
    UNSUBSCRIBED = "unsubscribed"  # the reader left by a mail, or at the provider
    OTHER = "other"  # nothing that changes anything: out of office, opened, an event that we do not know


@dataclass(frozen=True, slots=True)
class Report:
    """One event. `at` is aware UTC.

    `key` tells it from every other event of its source, so that a replayed one is known again. `reference` is the
    delivery's own (`Tokens.reference`), empty where the other side did not give it back; then `remote_id` and
    `recipient` are what there is. `status` is an RFC 3463 code: 5.x.x for good, 4.x.x for now, empty where nobody
    said; `words` are the other side's.
    """

    kind: ReportKind
    key: str
    at: datetime
    reference: str = ""
    recipient: str = ""
    status: str = ""
    words: str = ""
    remote_id: str = ""
