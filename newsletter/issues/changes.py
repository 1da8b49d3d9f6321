"""What is done to an issue: every step goes along the table of states and is written into its history.

Each function works inside the caller's transaction and flushes. `now` is aware UTC; `actor` is `daemon`, `cli` or
an editor's address. A step that means nothing in the issue's state raises NoSuchTransition with a sentence that
names newsletter, date and state, and changes nothing; an issue that is not there raises LookupError.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.issues.states import IssueEvent, IssueState, NoSuchTransition, follow
from newsletter.issues.tables import IssueHistory, IssueRow
from newsletter.settings import Settings


def get(session: Session, issue_id: int) -> IssueRow:
    """Return an issue as it is now, locked against other writers. Raises LookupError."""
    issue = session.get(IssueRow, issue_id, with_for_update=True, populate_existing=True)
    if issue is None:
        raise LookupError(f"there is no issue {issue_id}")
    return issue


def hold(session: Session, issue_id: int, now: datetime, *, actor: str, reason: str = "") -> IssueRow:
    """Keep an issue from being sent until somebody releases it. Raises LookupError, NoSuchTransition."""
    return change(session, issue_id, IssueEvent.HELD, now, actor=actor, reason=reason)


def release(session: Session, issue_id: int, now: datetime, *, actor: str, reason: str = "") -> IssueRow:
    """Approve an issue: it leaves at its time, or at once where that has passed, however late it is."""
    issue = change(session, issue_id, IssueEvent.RELEASED, now, actor=actor, reason=reason)
    issue.send_at = max(issue.send_at, now)
    session.flush()
    return issue


def send_now(session: Session, issue_id: int, now: datetime, *, actor: str) -> IssueRow:
    """Approve an issue and make it due at this moment."""
    issue = change(session, issue_id, IssueEvent.RELEASED, now, actor=actor, detail="send now")
    issue.send_at = now
    session.flush()
    return issue


def pause(session: Session, issue_id: int, now: datetime, *, actor: str, reason: str = "") -> IssueRow:
    """Stop sending in the middle; nothing is lost."""
    return change(session, issue_id, IssueEvent.PAUSED, now, actor=actor, reason=reason)


def resume(session: Session, issue_id: int, now: datetime, *, actor: str, reason: str = "") -> IssueRow:
    """Go on sending the same letters."""
    return change(session, issue_id, IssueEvent.RESUMED, now, actor=actor, reason=reason)


def cancel(session: Session, issue_id: int, now: datetime, *, actor: str, reason: str = "") -> IssueRow:
    """Call an issue off. What was sent was sent; nothing more is. One that never began gives its stories back."""
    return change(session, issue_id, IssueEvent.CANCELLED, now, actor=actor, reason=reason)


def is_late(settings: Settings, issue: IssueRow, now: datetime) -> bool:
    """Tell whether a waiting issue has missed its evening: more than `late_after` has passed since its send time.

    That holds for a draft, and for an issue approved before its time that no daemon was there to send. Releasing
    an issue after its send time makes it due at that moment, so it leaves however late the hour. Only where it
    could not leave for another `late_after` is it held once more, rather than sent at dawn.
    """
    return now > issue.send_at + settings.newsletter(issue.newsletter).late_after


def mark_late(session: Session, settings: Settings, issue: IssueRow, now: datetime) -> IssueRow:
    """Hold an issue that missed its evening, with the reason in the newsroom's time."""
    at = issue.send_at.astimezone(settings.site.time_zone)
    allowed = settings.newsletter(issue.newsletter).late_after
    reason = f"The send time {at:%H:%M} passed by more than {_hours(allowed)}; release it to send it all the same."
    return change(session, issue.id, IssueEvent.HELD, now, actor="daemon", reason=reason)


def finish(session: Session, issue: IssueRow, now: datetime) -> IssueRow:
    """Note that nothing of this issue is owed any more."""
    issue = change(session, issue.id, IssueEvent.FINISHED, now, actor="daemon")
    issue.finished_at = now
    session.flush()
    return issue


def change(
    session: Session,
    issue_id: int,
    event: IssueEvent,
    now: datetime,
    *,
    actor: str,
    reason: str = "",
    detail: str = "",
) -> IssueRow:
    """Take one step. `detail` is for the history alone, `reason` for the issue's page as well."""
    issue = get(session, issue_id)
    issue.state, issue.reason = followed(issue, event), reason
    issue.history.append(note(event, now, actor, detail or reason))
    session.flush()
    return issue


def followed(issue: IssueRow, event: IssueEvent) -> IssueState:
    """Return the state after `event`, without taking the step."""
    try:
        return follow(IssueState(issue.state), event)
    except NoSuchTransition:
        raise NoSuchTransition(
            f"The {issue.newsletter} issue of {issue.date:%-d %B %Y} is {issue.state} and cannot be {event}."
        ) from None


def note(event: IssueEvent, now: datetime, actor: str, detail: str) -> IssueHistory:
    """Return a line for the history."""
    return IssueHistory(event=event, at=now, actor=actor, detail=detail)


def _hours(length: timedelta) -> str:
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes or not hours)
    return " ".join(parts)
