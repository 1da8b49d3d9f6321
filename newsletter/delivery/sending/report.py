"""What a run of the sender has to say at its end, and on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Ending(StrEnum):
    """Why a run ended."""

    FINISHED = "finished"  # nothing is owed any more
    NOTHING_DUE = "nothing due"  # what is left waits for its next try, or is in another sender's hands
    STOPPED = "stopped"  # we were asked to stop
    NOT_SENDING = "not sending"  # the issue was paused or cancelled, or never was to be sent
    LINE_DOWN = "line down"  # the other side can't be reached; try again later
    REFUSED = "refused"  # the other side refuses the issue, which is paused now
    LEASE_LOST = "lease lost"  # we were held up so long that another may have taken over


@dataclass(frozen=True, slots=True)
class SendReport:
    """What became of an issue's deliveries in this run; `remaining` is what is still to be tried, by anybody.

    `detail` holds the other side's words. `try_again_at` (aware UTC) says when another run makes sense: None when
    nothing waits. `failures` counts the runs in a row whose line was down; hand it to the next run.
    """

    accepted: int = 0
    deferred: int = 0
    rejected: int = 0
    in_doubt: int = 0
    withdrawn: int = 0
    remaining: int = 0
    stopped_because: Ending = Ending.NOTHING_DUE
    detail: str = ""
    try_again_at: datetime | None = None
    failures: int = 0
