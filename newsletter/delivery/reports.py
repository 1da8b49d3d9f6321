"""Refusals for good as reports to the register: an address that does not exist is not written to again.

Only what says that the mailbox or its domain is not there ends a reader's mail. A full mailbox, a policy or
a letter that is not liked may be otherwise tomorrow, and costs one letter, not a reader.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.delivery.retry import Settlement
from newsletter.delivery.states import DeliveryState
from newsletter.delivery.wording import alike
from subscribers.bouncing import Bounce, bounced

# RFC 3463 and the IANA registry of enhanced status codes.
_PERMANENT = {
    "5.1.1": "bad mailbox address",
    "5.1.2": "bad domain",
    "5.1.3": "bad syntax of the address",
    "5.1.6": "the mailbox has moved, nobody knows where to",
    "5.1.10": "the domain takes no mail (RFC 7505)",
    "5.2.1": "mailbox disabled",
}
# These say nothing by themselves: the words decide. The transport writes 5.0.0 where the server gave none.
VAGUE = frozenset({"", "5.0.0", "5.1.0"})
_NOBODY = re.compile(
    r"(user|mailbox|recipient|address|account|addressee)\b[^.;]{0,30}\b"
    r"(unknown|does ?n[o']t exist|do not exist|not found|no longer (exists|valid|in use|active)|invalid)"
    r"|(no such|unknown|invalid|non-?existent) (\w+ )?(user|mailbox|recipient|address|account|addressee|person)"
    r"|\bdoes not exist\b|no mailbox here by that name"
)
# Whatever its code, such a refusal is about us, the letter or the day.
_PASSING = re.compile(
    r"\b(full|quota|spam|blocked|block ?list|black ?list|policy|policies|reputation|spf|dkim|dmarc"
    r"|gr[ae]y ?list\w*|rate|too (many|much)|throttl\w+|temporar\w+|try again|authenticat\w+|relay\w*)\b"
)


def is_permanent(status: str, reply: str) -> bool:
    """Tell whether a refusal says that the address is not there (any more). `status` is its RFC 3463 code."""
    if is_passing(reply):
        return False
    return status in _PERMANENT or (status in VAGUE and bool(_NOBODY.search(alike(reply).lower())))


def is_passing(reply: str) -> bool:
    """Tell whether words speak of what may be otherwise tomorrow, or with another letter."""
    return bool(_PASSING.search(alike(reply).lower()))


def report(session: Session, now: datetime, refused: Sequence[tuple[str, int, Settlement]]) -> int:
    """Bar the addresses that are not there, in the transaction that settles them; return how many were.

    Each of `refused` is the address that was written to, its subscription, and what was settled. What is no
    refusal for good is passed over. The subscription stays as it is: its reader may come back by confirming.
    """
    gone = [
        Bounce(subscription_id, email, settlement.status, settlement.reply)
        for email, subscription_id, settlement in refused
        if settlement.state is DeliveryState.REJECTED and is_permanent(settlement.status, settlement.reply)
    ]
    return bounced(session, gone, now) if gone else 0
