"""What became of one delivery, in words. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from newsletter.delivery.ledger.answers import Answer
from newsletter.delivery.states import DeliveryState

Local = Callable[[datetime | None], datetime | None]

_WORDS = {
    DeliveryState.OWED: "not tried yet; it may be from {due}",
    DeliveryState.CLAIMED: "being sent at this moment",
    DeliveryState.ACCEPTED: "accepted at {settled}",
    DeliveryState.DEFERRED: "refused for now at {settled}, next try at {due}",
    DeliveryState.REJECTED: "refused for good at {settled}",
    DeliveryState.IN_DOUBT: "in doubt since {settled}",
    DeliveryState.WITHDRAWN: "withdrawn at {settled}",
}
_AGAIN = "to be sent again from {due}"


def in_words(answer: Answer, local: Local) -> str:
    """Return when what happened, and the server's words; `local` gives the newsroom's time."""
    state = answer.state
    words = _AGAIN if state is DeliveryState.OWED and answer.doubts else _WORDS[state]
    told = words.format(due=_at(local(answer.due_at)), settled=_at(local(answer.settled_at)))
    notes = [told, _copies(answer), _left(answer, local), _tries(answer)]
    reply = (
        f": {answer.reply}" if answer.reply and state not in {DeliveryState.OWED, DeliveryState.CLAIMED} else ""
    )
    return "; ".join(note for note in notes if note) + reply


def _copies(answer: Answer) -> str:
    if not answer.doubts:
        return ""
    if answer.state is not DeliveryState.IN_DOUBT:
        return "a second copy may have arrived"
    return "it may have arrived" if answer.doubts == 1 else f"up to {answer.doubts} copies may have arrived"


def _left(answer: Answer, local: Local) -> str:
    return f"left so at {_at(local(answer.left_at))}" if answer.left_at else ""


def _tries(answer: Answer) -> str:
    return f"{answer.attempts} tries" if answer.attempts > 1 else ""


def _at(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else "an unknown time"
