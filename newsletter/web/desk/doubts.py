"""What an editor sees of deliveries that did not simply arrive: doubts that wait for a decision, and refusals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest

from newsletter.app import App
from newsletter.delivery.ledger import doubts
from newsletter.delivery.ledger.answers import Answer, Refusals, refusals
from newsletter.delivery.ledger.doubts import Decision
from newsletter.issues.states import IssueState, NoSuchTransition
from newsletter.settings import InDoubt
from newsletter.web.desk import health
from newsletter.web.desk.roles import Role, needs
from newsletter.web.desk.signin import actor
from newsletter.web.desk.summaries import IssueSummary

SHOWN = 20
_DECISIONS = {"resend": Decision.RESEND, "leave": Decision.LEAVE}
_AFTER = {True: "The daemon will begin within seconds.", False: "That waits for the daemon, which is not running."}


@dataclass(frozen=True, slots=True)
class Doubts:
    """Those that wait for a decision: how many, and the first of them. A decision is about those until `at`."""

    number: int
    first: Sequence[Answer]
    at: dt.datetime
    can_resend: bool

    @property
    def further(self) -> int:
        """How many are not shown."""
        return self.number - len(self.first)


def waiting(session: Session, issue: IssueSummary, policy: InDoubt, now: dt.datetime) -> Doubts | None:
    """Return the doubts that wait for a decision; None when there are none."""
    number = doubts.count(session, issue.id, policy) if issue.balance.in_doubt else 0
    if not number:
        return None
    first = doubts.waiting(session, issue.id, policy, SHOWN)
    return Doubts(number, first, now, issue.state is not IssueState.CANCELLED)


def refused(session: Session, issue: IssueSummary) -> Sequence[Refusals]:
    """Return what servers said to those they refused, grouped, the most frequent first."""
    return refusals(session, issue.id)[:SHOWN] if issue.balance.rejected or issue.balance.deferred else ()


@dataclass(frozen=True, slots=True)
class Decide:
    """The decision about doubts, and what it works on."""

    app: App

    @needs(Role.PUBLISHER)
    def decide(self, issue_id: int, name: str) -> ResponseReturnValue:
        """Send again or leave what an editor saw to be in doubt: all of it, or one reader's."""
        decision = _DECISIONS.get(name) or abort(404, "There is no such page.")
        seen_at, only = _seen()
        app = self.app
        try:
            with app.database.writing() as rows:
                decided = doubts.decide(
                    rows,
                    issue_id,
                    decision,
                    app.clock.now(),
                    actor=actor(),
                    subscription_id=only,
                    seen_at=seen_at,
                )
        except LookupError:
            abort(404, "There is no such issue.")
        except NoSuchTransition as refusal:
            flash(str(refusal), "wrong")
        else:
            flash(self._told(decision, decided), "done" if decided else "wrong")
        return redirect(url_for("desk.issue", issue_id=issue_id), 303)

    def _told(self, decision: Decision, decided: int) -> str:
        if not decided:
            return "Nothing was done: somebody decided on it already, or it was sent meanwhile."
        letters = f"{decided:,} {'letter' if decided == 1 else 'letters'}"
        if decision is Decision.LEAVE:
            return f"{letters} will be left in doubt."
        with self.app.database.reading() as rows:
            alive = health.daemon(rows, self.app.clock.now()).alive
        return f"{letters} will be sent again. {_AFTER[alive]}"


def _seen() -> tuple[dt.datetime, int | None]:
    """Return when the editor's page was made, and whose delivery it is about. Raises BadRequest."""
    try:
        seen_at = dt.datetime.fromisoformat(request.form["seen_at"])
        only = request.form.get("subscription", "")
        return seen_at.astimezone(dt.UTC), min(int(only), 2**31 - 1) if only else None
    except (KeyError, ValueError, OverflowError):
        raise BadRequest("The form does not say what it is about.") from None
