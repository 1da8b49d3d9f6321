"""Issues as rows: built once an evening, changed only along the table of states, every change with its history.

Each function works inside the caller's transaction and flushes. `now` is aware UTC; `actor` is `daemon`, `cli` or
an editor's address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.articles import store as articles
from newsletter.domain.article import Article
from newsletter.domain.issue import IssueDraft, Skip
from newsletter.issues import selection
from newsletter.issues.assemble import assemble
from newsletter.issues.changes import (
    cancel,
    change,
    finish,
    followed,
    get,
    hold,
    is_late,
    mark_late,
    note,
    pause,
    release,
    resume,
    send_now,
)
from newsletter.issues.identities import identities
from newsletter.issues.placing import Placed, laid_out
from newsletter.issues.schedule import appointments
from newsletter.issues.shaping.store import added, draft_of, shaped
from newsletter.issues.states import IssueEvent, IssueState, follow
from newsletter.issues.tables import IssueRow, IssueStory
from newsletter.settings import NewsletterSettings, Settings

__all__ = [
    "begin_lock",
    "build",
    "cancel",
    "draft",
    "due",
    "find",
    "finish",
    "get",
    "hold",
    "is_late",
    "mark_late",
    "pause",
    "recent",
    "release",
    "resume",
    "send_now",
]

_NOTHING: Mapping[int, str] = {}


def find(session: Session, newsletter: str, date: date) -> IssueRow | None:
    """Return a newsletter's issue of a local date."""
    wanted = select(IssueRow).filter_by(newsletter=newsletter, date=date, part=0)
    return session.scalars(wanted).one_or_none()


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
    raises NoSuchTransition once it is approved or on its way. A date that is none of the newsletter's days gets an
    issue too, due at that date's send time: an editor asked for it.

    The window begins where the selection of the last issue that went out ended, and ends now. Not at the lock:
    what is published between the selection and the lock would fall between two issues.
    """
    issue = find(session, newsletter.slug, date)
    if issue is not None:
        return _rebuilt(session, newsletter, issue, now, actor) if rebuild else issue
    result = _assembled(session, newsletter, date, now)
    send_at = appointments(newsletter, settings.site.time_zone, date).send_at
    return _added(session, _new(result, newsletter.slug, date, send_at=send_at, now=now, actor=actor))


def draft(session: Session, settings: Settings, issue: IssueRow) -> IssueDraft:
    """Return the issue's selection with the articles as they are now, as its editors shaped it (`shaping`).

    Without what was withdrawn, put off beyond the send time, or sent by another issue since. Where the lead is
    gone the next story takes its place. Raises NothingLeft.
    """
    return draft_of(shaped(session, settings, issue), settings.newsletter(issue.newsletter), issue)


def begin_lock(session: Session, issue: IssueRow, draft: IssueDraft, now: datetime, *, actor: str) -> IssueRow:
    """Move an issue to `sending` with the words and the stories of `draft`; letters and deliveries join in.

    Stories that the draft left out are no longer the issue's, so that another evening can bring them. Those it
    carries are known from now on both by what they were when selected and by what they are now.
    """
    issue = change(session, issue.id, IssueEvent.LOCKED, now, actor=actor)
    issue.locked_at = now
    issue.subject, issue.preheader = draft.subject, draft.preheader
    _carry(session, issue, draft, _names(session, issue, draft))
    return issue


def _assembled(
    session: Session,
    newsletter: NewsletterSettings,
    date: date,
    now: datetime,
    added: Sequence[Article] = (),
) -> IssueDraft | Skip:
    window = selection.window(session, newsletter, now)
    return assemble(
        [*selection.fresh(session, window), *added],
        used=selection.used(session, newsletter.slug, now),
        newsletter=newsletter,
        date=date,
        window_start=window.start,
        window_end=window.end,
        archive=selection.archive(session, newsletter.slug, window.start),
    )


def _new(
    result: IssueDraft | Skip, newsletter: str, date: date, *, send_at: datetime, now: datetime, actor: str
) -> IssueRow:
    event = IssueEvent.SKIPPED if isinstance(result, Skip) else IssueEvent.ASSEMBLED
    issue = IssueRow(newsletter=newsletter, date=date, send_at=send_at, created_at=now, state=follow(None, event))
    _word(issue, result)
    issue.stories = _stories(result)
    issue.history.append(note(event, now, actor, issue.reason))
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


def _rebuilt(
    session: Session, newsletter: NewsletterSettings, issue: IssueRow, now: datetime, actor: str
) -> IssueRow:
    issue = get(session, issue.id)
    followed(issue, IssueEvent.REBUILT)
    result = _assembled(session, newsletter, issue.date, now, added(session, newsletter, issue))
    event = IssueEvent.SKIPPED if isinstance(result, Skip) else IssueEvent.REBUILT
    kept = issue.reason if issue.state == IssueState.HELD else ""
    reason = result.reason if isinstance(result, Skip) else ""
    issue = change(session, issue.id, event, now, actor=actor, reason=reason)
    _word(issue, result, kept)
    _carry(session, issue, result)
    return issue


def _word(issue: IssueRow, result: IssueDraft | Skip, reason: str = "") -> None:
    issue.window_start, issue.window_end = result.window_start, result.window_end
    if isinstance(result, Skip):
        issue.subject, issue.preheader, issue.reason = "", "", result.reason
    else:
        issue.subject, issue.preheader, issue.reason = result.subject, result.preheader, reason


def _carry(
    session: Session, issue: IssueRow, result: IssueDraft | Skip, selected: Mapping[int, str] = _NOTHING
) -> None:
    """Make these the issue's stories. The old ones leave first: a place is unique."""
    issue.stories.clear()
    session.flush()
    issue.stories.extend(_stories(result, selected))
    session.flush()


def _stories(result: IssueDraft | Skip, selected: Mapping[int, str] = _NOTHING) -> list[IssueStory]:
    """Return the rows of a draft's stories; `selected` are the names they had at the selection, by article."""
    if isinstance(result, Skip):
        return []
    return [_story(position, placed, selected) for position, placed in enumerate(laid_out(result))]


def _names(session: Session, issue: IssueRow, draft: IssueDraft) -> dict[int, str]:
    """Return what each story was known by when selected, and what its article is known by under its own words."""
    selected = {story.article_id: story.identities for story in issue.stories}
    carried = [story.id for story in (*draft.stories, *draft.archive) if story.id is not None]
    own = {each.id or 0: "\n".join(identities(each)) for each in articles.load(session, carried)}
    return {number: f"{selected.get(number, '')}\n{own.get(number, '')}" for number in carried}


def _story(position: int, placed: Placed, selected: Mapping[int, str]) -> IssueStory:
    if placed.article.id is None:
        raise ValueError(f"the article {placed.article.url} is not stored")
    names = identities(placed.article) | (set(selected.get(placed.article.id, "").splitlines()) - {""})
    return IssueStory(
        position=position,
        role=placed.role,
        section=placed.section,
        article_id=placed.article.id,
        identities="\n".join(sorted(names)),
    )
