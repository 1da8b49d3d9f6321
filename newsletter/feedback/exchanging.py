"""Between a provider's words for its list and the register's: who is barred, and who only left. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from newsletter.transports.api.lists.listed import Listed, Why
from subscribers.exchanging.entries import Entry
from subscribers.models import SuppressionReason

_REASONS = {
    Why.BOUNCED: SuppressionReason.BOUNCED,
    Why.COMPLAINED: SuppressionReason.COMPLAINED,
    Why.BY_HAND: SuppressionReason.BY_HAND,
}
_WHYS = {reason: why for why, reason in _REASONS.items()}


def barred(listed: Iterable[Listed], provider: str) -> Iterator[Entry]:
    """Yield those whom a provider's list bars; who left there is none of them."""
    for each in listed:
        if each.why in _REASONS:
            yield Entry(each.email, _REASONS[each.why], each.at, each.words, provider)


def to_list(entries: Iterable[Entry], provider: str) -> Iterator[Listed]:
    """Yield what a provider's list should have: every address we know that did not come from there."""
    for each in entries:
        if each.email and each.source != provider:
            yield Listed(each.email, _WHYS.get(each.reason, Why.BY_HAND), each.at, each.note)
