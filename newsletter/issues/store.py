"""Issues as rows: built once an evening, changed only along the table of states, every change with its history.

Each function works inside the caller's transaction and flushes. `now` is aware UTC; `actor` is `daemon`, `cli` or
an editor's address.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.articles import store as articles
from newsletter.domain.issue import IssueDraft, Skip
from newsletter.issues.assemble import assemble
from newsletter.issues.identities import identities
from newsletter.issues.placing import Placed, read_back
from newsletter.issues.schedule import appointments
from newsletter.issues.states import IssueEvent, IssueState, NoSuchTransition, follow
from newsletter.issues.tables import IssueHistory, IssueRow, IssueStory
from newsletter.settings import NewsletterSettings, Settings

REMEMBERED = timedelta(days=60)  # how long a story that was sent is known again
OFFERED = 40  # earlier stories looked at for "worth reading again"
ARCHIVE = timedelta(days=30)


def get(session: Session, issue_id: int) -> IssueRow:
    """Return an issue, locked against other writers. Raises LookupError."""
    issue = session.get(IssueRow, issue_id, with_for_update=True, populate_existing=True)
    if issue is None:
        raise LookupError(f"there is no issue {issue_id}")
    return issue


def find(session: Session, newsletter: str, date: date) -> IssueRow | None:
    """Return a newsletter's issue of a local date."""
    return session.scalars(select(IssueRow).filter_by(newsletter=newsletter, date=date)).one_or_none()


def recent(session: Session, newsletter: str | None = None, limit: int = 30) -> list[IssueRow]:
    """Return the latest issues, newest first."""
    wanted = select(IssueRow).order_by(IssueRow.date.desc(), IssueRow.id.desc()).limit(limit)
    if newsletter is not None:
        wanted = wanted.where(IssueRow.newsletter == newsletter)
    return list(session.scalars(wanted))


def due(session: Session, now: datetime) -> list[IssueRow]:
    """Return what the sender looks at: drafts and approved issues whose time has come, and those under way."""
    waiting = IssueRow.state.in_([IssueState.DRAFT, IssueState.APPROVED]) & (IssueRow.send_at <= now)
    under_way = IssueRow.state == IssueState.SENDING
    return list(
        session.scalars(select(IssueRow).where(waiting | under_way).order_by(IssueRow.send_at, IssueRow.id))
    )


def build(
    session: Session,
    settings: Settings,
    newsletter: NewsletterSettings,
    date: date,
    now: datetime,
    *,
    actor: str,
    rebuild: bool = False,
) -> IssueRow:
    """Assemble the issue of a local date, or record why there is none.

    An issue that exists is returned as it is, whoever built it, unless `rebuild` asks for its stories anew; that
    raises NoSuchTransition once it is approved or on its way.

    The window begins where the selection of the last issue that was begun to be sent ended, and ends now. Not
    at the lock: what is published between the selection and the lock would fall between two issues.
    """
    issue = find(session, newsletter.slug, date)
    if issue is not None and not rebuild:
        return issue
    result = _assembled(session, newsletter, date, now)
    if issue is not None:
        return _rebuilt(session, issue, result, now, actor)
    send_at = appointments(newsletter, settings.site.time_zone, date).send_at
    return _added(session, _new(result, newsletter.slug, date, send_at=send_at, now=now, actor=actor))


def draft(session: Session, settings: Settings, issue: IssueRow) -> IssueDraft:
    """Return the issue's selection with the articles as they are now, without those withdrawn since.

    Where the lead was withdrawn the next story takes its place. Raises NothingLeft.
    """
    newsletter = settings.newsletter(issue.newsletter)
    found = {
        article.id: article for article in articles.load(session, [story.article_id for story in issue.stories])
    }
    gone = articles.withdrawn(session, list(found))
    placed = [
        Placed(story.role, story.section, found[story.article_id])
        for story in issue.stories
        if story.article_id in found and story.article_id not in gone
    ]
    return read_back(placed, newsletter, issue.date, (issue.window_start, issue.window_end))


def hold(session: Session, issue_id: int, now: datetime, *, actor: str, reason: str = "") -> IssueRow:
    """Keep an issue from being sent until somebody releases it. Raises LookupError, NoSuchTransition."""
    return _changed(session, issue_id, IssueEvent.HELD, now, actor=actor, reason=reason)


def release(session: Session, issue_id: int, now: datetime, *, actor: str, reason: str = "") -> IssueRow:
    """Approve an issue: it leaves at its time, or at once where that has passed."""
    issue = _changed(session, issue_id, IssueEvent.RELEASED, now, actor=actor, reason=reason)
    issue.send_at = max(issue.send_at, now)
    session.flush()
    return issue


def send_now(session: Session, issue_id: int, now: datetime, *, actor: str) -> IssueRow:
    """Approve an issue and make it due at this moment."""
    issue = _changed(session, issue_id, IssueEvent.RELEASED, now, actor=actor, detail="send now")
    issue.send_at = now
    session.flush()
    return issue


def pause(session: Session, issue_id: int, now: datetime, *, actor: str, reason: str = "") -> IssueRow:
    """Stop sending in the middle; nothing is lost."""
    return _changed(session, issue_id, IssueEvent.PAUSED, now, actor=actor, reason=reason)


def resume(session: Session, issue_id: int, now: datetime, *, actor: str, reason: str = "") -> IssueRow:
    """Go on sending the same letters."""
    return _changed(session, issue_id, IssueEvent.RESUMED, now, actor=actor, reason=reason)


def cancel(session: Session, issue_id: int, now: datetime, *, actor: str, reason: str = "") -> IssueRow:
    """Call an issue off. What was sent was sent; nothing more is."""
    return _changed(session, issue_id, IssueEvent.CANCELLED, now, actor=actor, reason=reason)


def is_late(settings: Settings, issue: IssueRow, now: datetime) -> bool:
    """Tell whether a waiting issue has missed its evening. An editor's release moves its time, and so its end."""
    return now > issue.send_at + settings.newsletter(issue.newsletter).late_after


def mark_late(session: Session, settings: Settings, issue: IssueRow, now: datetime) -> IssueRow:
    """Hold an issue that missed its evening, with the reason in the newsroom's time."""
    at = issue.send_at.astimezone(settings.site.time_zone)
    allowed = settings.newsletter(issue.newsletter).late_after
    reason = f"The send time {at:%H:%M} passed by more than {_hours(allowed)}; release it to send it all the same."
    return _changed(session, issue.id, IssueEvent.HELD, now, actor="daemon", reason=reason)


def begin_lock(session: Session, issue: IssueRow, draft: IssueDraft, now: datetime, *, actor: str) -> IssueRow:
    """Move an issue to `sending`, with the words it is sent under. Letters and deliveries join the transaction."""
    issue = _changed(session, issue.id, IssueEvent.LOCKED, now, actor=actor)
    issue.locked_at = now
    issue.subject, issue.preheader = draft.subject, draft.preheader
    session.flush()
    return issue


def finish(session: Session, issue: IssueRow, now: datetime) -> IssueRow:
    """Note that nothing of this issue is owed any more."""
    issue = _changed(session, issue.id, IssueEvent.FINISHED, now, actor="daemon")
    issue.finished_at = now
    session.flush()
    return issue


def _assembled(session: Session, newsletter: NewsletterSettings, date: date, now: datetime) -> IssueDraft | Skip:
    since = _window_start(session, newsletter, now)
    return assemble(
        articles.candidates(session, since, now),
        used=_used(session, newsletter.slug, now),
        newsletter=newsletter,
        date=date,
        window_start=since,
        window_end=now,
        archive=articles.archive(session, since=since - ARCHIVE, before=since, limit=OFFERED),
    )


def _window_start(session: Session, newsletter: NewsletterSettings, now: datetime) -> datetime:
    last = session.scalars(
        select(IssueRow.window_end)
        .where(IssueRow.newsletter == newsletter.slug, IssueRow.begun_at.is_not(None), IssueRow.window_end <= now)
        .order_by(IssueRow.window_end.desc())
        .limit(1)
    ).one_or_none()
    return last or now - newsletter.first_window


def _used(session: Session, newsletter: str, now: datetime) -> frozenset[str]:
    lines = session.scalars(
        select(IssueStory.identities)
        .join(IssueStory.issue)
        .where(
            IssueRow.newsletter == newsletter,
            IssueRow.begun_at > now - REMEMBERED,
            IssueStory.role != "archive",
        )
    )
    return frozenset(name for names in lines for name in names.splitlines())


def _new(
    result: IssueDraft | Skip, newsletter: str, date: date, *, send_at: datetime, now: datetime, actor: str
) -> IssueRow:
    event = IssueEvent.SKIPPED if isinstance(result, Skip) else IssueEvent.ASSEMBLED
    issue = IssueRow(newsletter=newsletter, date=date, send_at=send_at, created_at=now, state=follow(None, event))
    _fill(issue, result)
    issue.history.append(_note(event, now, actor, issue.reason))
    return issue


def _added(session: Session, issue: IssueRow) -> IssueRow:
    """Insert the issue, or return the one that somebody else inserted first."""
    try:
        with session.begin_nested():
            session.add(issue)
    except IntegrityError:
        other = find(session, issue.newsletter, issue.date)
        if other is None:
            raise
        return other
    return issue


def _rebuilt(session: Session, issue: IssueRow, result: IssueDraft | Skip, now: datetime, actor: str) -> IssueRow:
    event = IssueEvent.SKIPPED if isinstance(result, Skip) else IssueEvent.REBUILT
    kept = issue.reason if issue.state == IssueState.HELD else ""
    reason = result.reason if isinstance(result, Skip) else kept
    issue = _changed(session, issue.id, event, now, actor=actor, reason=reason)
    issue.stories.clear()
    session.flush()
    _fill(issue, result, kept)
    session.flush()
    return issue


def _fill(issue: IssueRow, result: IssueDraft | Skip, reason: str = "") -> None:
    issue.window_start, issue.window_end = result.window_start, result.window_end
    if isinstance(result, Skip):
        issue.subject, issue.preheader, issue.reason = "", "", result.reason
        return
    issue.subject, issue.preheader, issue.reason = result.subject, result.preheader, reason
    issue.stories.extend(_stories(result))


def _stories(draft: IssueDraft) -> Iterable[IssueStory]:
    placed = [("lead", draft.lead)]
    placed += [("section", story) for section in draft.sections for story in section.stories]
    placed += [("also", story) for story in draft.also]
    placed += [("archive", story) for story in draft.archive]
    for position, (role, story) in enumerate(placed):
        yield IssueStory(
            position=position,
            role=role,
            section=story.section,
            article_id=story.id,
            identities="\n".join(sorted(identities(story))),
        )


def _changed(
    session: Session,
    issue_id: int,
    event: IssueEvent,
    now: datetime,
    *,
    actor: str,
    reason: str = "",
    detail: str = "",
) -> IssueRow:
    issue = get(session, issue_id)
    try:
        state = follow(IssueState(issue.state), event)
    except NoSuchTransition:
        raise NoSuchTransition(
            f"The {issue.newsletter} issue of {issue.date:%-d %B %Y} is {issue.state} and cannot be {event}."
        ) from None
    issue.state, issue.reason = state, reason
    issue.history.append(_note(event, now, actor, detail or reason))
    session.flush()
    return issue


def _note(event: IssueEvent, now: datetime, actor: str, detail: str) -> IssueHistory:
    return IssueHistory(event=event, at=now, actor=actor, detail=detail)


def _hours(length: timedelta) -> str:
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)
