"""What the page of an issue shows for shaping it, read in the page's own snapshot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.app import App
from newsletter.articles import store as articles
from newsletter.articles.store import article_of
from newsletter.articles.tables import ArticleRow
from newsletter.domain.article import Article
from newsletter.domain.issue import IssueDraft
from newsletter.editors.tables import Editor
from newsletter.issues.placing import NothingLeft, Placed
from newsletter.issues.shaping import store
from newsletter.issues.shaping.board import Board, reworded
from newsletter.issues.shaping.shape import Shape, fold, last_to_redo, last_to_undo
from newsletter.issues.shaping.store import SHAPEABLE, Shaped
from newsletter.issues.shaping.subjects import alternatives
from newsletter.issues.tables import IssueRow
from newsletter.settings import NewsletterSettings
from newsletter.web.desk.shaping import rows
from newsletter.web.desk.shaping.telling import deed_in_words
from newsletter.web.desk.summaries import newsletter_of

RECENT = 60  # articles offered for adding
_LATELY = dt.timedelta(days=4)


@dataclass(frozen=True, slots=True)
class Text:
    """A text that editors may write. `automatic` is what stands there while they wrote nothing."""

    value: str
    automatic: str
    version: int


@dataclass(frozen=True, slots=True)
class SponsorBlock:
    """A booked block and whether this issue shows it."""

    number: int
    value: Mapping[str, object]
    version: int
    is_shown: bool


@dataclass(frozen=True, slots=True)
class ShapingView:
    """The board and the words. `seen` is the last edit that moved anything, `last` the last of all.

    `is_open` tells that the issue can still be shaped. `undo` and `redo` say in words what would be; empty where
    nothing can.
    """

    issue_id: int
    is_open: bool
    lanes: tuple[rows.Lane, ...]
    targets: tuple[tuple[str, str], ...]
    dropped: tuple[rows.Story, ...]
    missing: tuple[rows.Story, ...]
    recent: Sequence[Article]
    subject: Text
    preheader: Text
    note: Text
    alternatives: Sequence[str]
    sponsors: Sequence[SponsorBlock]
    sender: str
    seen: int
    last: int
    undo: str
    redo: str
    edits: int

    @property
    def count(self) -> int:
        """The number of tonight's stories."""
        return sum(len(lane.stories) for lane in self.lanes if lane.key != "archive")


def view(session: Session, app: App, row: IssueRow, actor: str, now: dt.datetime) -> ShapingView:
    """Return the view of an issue for the editor `actor`."""
    newsletter = newsletter_of(app.settings, row.newsletter)
    is_open = newsletter is not None and row.locked_at is None and row.state in SHAPEABLE
    has_board = newsletter is not None and row.locked_at is None
    shaped = store.shaped(session, app.settings, row) if has_board else _frozen(session, row)
    shape, board = shaped.shape, shaped.board
    draft = _draft(shaped, newsletter, row) if is_open else None
    own = store.of_this_issue(shaped.edits, row)
    undo, redo = last_to_undo(own, actor), last_to_redo(own, actor)
    return ShapingView(
        issue_id=row.id,
        is_open=is_open,
        lanes=rows.lanes(board, shape, newsletter),
        targets=rows.targets(board, newsletter),
        dropped=rows.dropped(board, {}),
        missing=rows.missing(_missing(session, row, board)) if is_open else (),
        recent=_recent(session, board, now) if is_open else (),
        subject=_text(shape, "subject", draft.subject if draft else row.subject),
        preheader=_text(shape, "preheader", draft.preheader if draft else row.preheader),
        note=_text(shape, "note", ""),
        alternatives=alternatives(draft) if draft else (),
        sponsors=_sponsors(shape, row.date),
        sender=newsletter.from_name or newsletter.title if newsletter else "",
        seen=shape.layout_version,
        last=shaped.last,
        undo=deed_in_words(undo) if undo and is_open else "",
        redo=deed_in_words(redo) if redo and is_open else "",
        edits=len(own),
    )


def names(session: Session, emails: Sequence[str]) -> dict[str, str]:
    """Return what editors are called, by address; the address itself where there is no name."""
    found = session.execute(select(Editor.email, Editor.name).where(Editor.email.in_(emails)))
    known = {email: name for email, name in found if name}
    return {email: known.get(email, email) for email in emails}


def _frozen(session: Session, row: IssueRow) -> Shaped:
    """Return what was locked, whatever became of its articles since."""
    edits = store.edits_of(session, row)
    shape = fold(edits)
    known = {
        article.id: article for article in articles.load(session, [story.article_id for story in row.stories])
    }
    found = [(story, known[story.article_id]) for story in row.stories if story.article_id in known]
    placed = tuple(Placed(story.role, story.section, reworded(article, shape)) for story, article in found)
    return Shaped(
        edits, shape, Board(placed, (), {number: article for number, article in known.items() if number})
    )


def _draft(shaped: Shaped, newsletter: NewsletterSettings | None, row: IssueRow) -> IssueDraft | None:
    """Return the draft as it would be without the editors' subject and preheader: what would stand there then."""
    if newsletter is None:
        return None
    values = {name: value for name, value in shaped.shape.values.items() if name not in {"subject", "preheader"}}
    try:
        return store.draft_of(replace(shaped, shape=Shape(values)), newsletter, row)
    except NothingLeft:
        return None


def _text(shape: Shape, name: str, automatic: str) -> Text:
    return Text(shape.get(name) or "", automatic, shape.version(name))


def _missing(session: Session, row: IssueRow, board: Board) -> list[tuple[Article, str]]:
    """Return the selected stories that are neither carried nor dropped, each with why."""
    ids = [story.article_id for story in row.stories]
    there = {one.article.id for one in board.placed} | {article.id for article in board.dropped}
    gone = articles.withdrawn(session, ids)
    absent = [article for article in articles.load(session, ids) if article.id not in there]
    until = max(row.send_at, row.window_end)
    return [(article, _why(article, gone, until)) for article in absent]


def _why(article: Article, gone: set[int], until: dt.datetime) -> str:
    if article.id in gone:
        return "withdrawn at the source"
    return "put off beyond the send time" if article.published > until else "sent by another issue"


def _recent(session: Session, board: Board, now: dt.datetime) -> list[Article]:
    """Return what was published lately and is not in the issue, the newest first."""
    wanted = select(ArticleRow).where(ArticleRow.withdrawn_at.is_(None))
    wanted = wanted.where(ArticleRow.published_at > now - _LATELY, ArticleRow.published_at <= now)
    found = session.scalars(wanted.order_by(ArticleRow.published_at.desc(), ArticleRow.id).limit(RECENT * 2))
    carried = {one.article.id for one in board.placed}
    return [article_of(row) for row in found if row.id not in carried][:RECENT]


def _sponsors(shape: Shape, day: dt.date) -> list[SponsorBlock]:
    return [
        SponsorBlock(number, value, shape.version(f"sponsor/{number}"), value["start"] <= str(day) <= value["end"])
        for number, value in sorted(shape.of("sponsor").items())
        if value["end"] >= str(day)
    ]
