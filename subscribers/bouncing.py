"""Bounces: an address that is not there is barred, and its history tells why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from subscribers.evidence import Evidence
from subscribers.inserting import insert_missing
from subscribers.models import Subscriber, Subscription, SubscriptionEvent, Suppression, SuppressionReason
from subscribers.states import Event

_EVIDENCE = Evidence("mail_server", actor="daemon")


@dataclass(frozen=True, slots=True)
class Bounce:
    """What the mail server said of the address that a subscription's letter went to."""

    subscription_id: int
    email: str
    status: str
    reply: str


def bounced(session: Session, bounces: Sequence[Bounce], now: datetime) -> int:
    """Bar these addresses from `now` (aware UTC) on and write each an event; return how many were.

    Three statements however many there are. An address that is barred already stays as it is: there is no milder
    reason than this one. Whoever was erased meanwhile, or has another address by now, is passed over.
    """
    found = session.execute(
        select(Subscription.id, Subscriber.email, Subscriber.address_hash)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Subscription.id.in_([bounce.subscription_id for bounce in bounces]))
    )
    hashes = {(number, email): address_hash for number, email, address_hash in found}
    known = {
        (one.subscription_id, one.email): one for one in bounces if (one.subscription_id, one.email) in hashes
    }
    if not known:
        return 0
    # The event locks the subscription before the veto is written, in the order in which confirming does.
    session.execute(insert(SubscriptionEvent), [_event(known[key], now) for key in sorted(known)])
    vetoes = {hashes[key]: _veto(hashes[key], bounce, now) for key, bounce in known.items()}
    session.execute(
        insert_missing(session, Suppression, ["address_hash"]).values([vetoes[key] for key in sorted(vetoes)])
    )
    return len(vetoes)


def _event(bounce: Bounce, now: datetime) -> dict[str, object]:
    detail = {"status": bounce.status, "reply": bounce.reply}
    columns = {"subscription_id": bounce.subscription_id, "at": now, "event": Event.BOUNCED}
    return columns | {"detail": {key: text for key, text in detail.items() if text}} | _EVIDENCE.columns()


def _veto(address_hash: str, bounce: Bounce, now: datetime) -> dict[str, object]:
    return {"address_hash": address_hash, "reason": SuppressionReason.BOUNCED, "note": bounce.reply, "at": now}
