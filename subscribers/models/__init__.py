"""The register's tables."""

from subscribers.models.consents import ConsentText
from subscribers.models.counts import DayCount
from subscribers.models.imports import Import
from subscribers.models.limits import LimitCount
from subscribers.models.notices import Notice, NoticeKind, NoticeState
from subscribers.models.people import AddressChange, Frequency, Subscriber, Subscription, SubscriptionEvent
from subscribers.models.vetoes import Suppression, SuppressionReason

__all__ = [
    "AddressChange", "ConsentText", "DayCount", "Frequency", "Import", "LimitCount", "Notice", "NoticeKind",
    "NoticeState", "Subscriber", "Subscription", "SubscriptionEvent", "Suppression", "SuppressionReason",
]  # fmt: skip
