"""An issue examined: its letters printed as the lock would, and looked at by every check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.app import App
from newsletter.articles import store as articles
from newsletter.articles.fetch import Fetcher
from newsletter.articles.following import Following, known
from newsletter.articles.tables import ArticleRow
from newsletter.checks.catalogue import check
from newsletter.checks.copy import Copy, Print
from newsletter.domain.article import Article
from newsletter.domain.finding import Finding, Level
from newsletter.issues import selection, store
from newsletter.issues.identities import identities
from newsletter.issues.placing import NothingLeft
from newsletter.issues.tables import IssueRow
from newsletter.proofs.preview import NoPreview, previews

_MOST_PRINTS = 8  # variants that are printed: further ones share their stories


def findings(session: Session, app: App, issue: IssueRow, now: datetime) -> tuple[Finding, ...]:
    """Return what the checks find, the weightiest first. Asks nobody: of links it knows what was found before.

    An issue that can't be printed has that as its one finding, a stop. `now` is aware UTC.
    """
    try:
        made = _copy(session, app, issue, now)
    except (NoPreview, NothingLeft) as trouble:
        return (Finding("letter", Level.STOP, f"The mail cannot be made. {trouble}"),)
    return check(made, app.settings.checks)


def follow(
    app: App, issue_id: int, *, stop: Callable[[], bool], told: Callable[[int], None] = lambda _: None
) -> int:
    """Ask the addresses that an issue leads to, those not asked of late; return how many. Raises NoPreview."""
    with app.database.reading() as session:
        issue = store.get(session, issue_id)
        try:
            made = _copy(session, app, issue, app.clock.now())
        except NothingLeft as trouble:
            raise NoPreview(str(trouble)) from trouble
        links, pictures = tuple(made.links), tuple(made.pictures)
    following = Following(app.database, Fetcher(app.settings.collect, app.clock), app.clock)
    return following.follow(links, pictures, stop=stop, told=told)


def _copy(session: Session, app: App, issue: IssueRow, now: datetime) -> Copy:
    draft = store.draft(session, app.settings, issue)
    standing = selection.standing(session, issue)
    made = Copy(
        draft=draft,
        newsletter=app.settings.newsletter(issue.newsletter),
        site=app.settings.site,
        prints=tuple(
            Print(shown.choice.label, shown.message) for shown in previews(session, app, issue, now)[:_MOST_PRINTS]
        ),
        changed=tuple(article for story, article in standing if _differs(article, story.identities)),
        gone=_withdrawn(session, issue),
    )
    return replace(made, followed=known(session, [*made.links, *made.pictures]))


def _differs(article: Article, chosen: str) -> bool:
    return bool(chosen) and not identities(article) <= set(chosen.splitlines())


def _withdrawn(session: Session, issue: IssueRow) -> tuple[str, ...]:
    gone = articles.withdrawn(session, [story.article_id for story in issue.stories])
    return tuple(row.title for number in sorted(gone) if (row := session.get(ArticleRow, number)))
