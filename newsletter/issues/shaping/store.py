"""Edits as rows: appended by editors, read as a fold, refused once the issue is frozen.

Each function works inside the caller's transaction. An edit names the last edit that its page had seen; where one
of its fields was changed since, Conflict names who changed it, and nothing is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from newsletter.articles import store as articles
from newsletter.domain.article import Article
from newsletter.domain.issue import IssueDraft, Sponsor
from newsletter.issues import changes, selection
from newsletter.issues.assemble import filed
from newsletter.issues.placing import NothingLeft, Placed, read_back
from newsletter.issues.shaping import deeds
from newsletter.issues.shaping.board import ALSO, SECTION, Board, image_of, lane_of, lay_out
from newsletter.issues.shaping.shape import (
    REDO,
    UNDO,
    Change,
    Edit,
    Shape,
    can_be_undone,
    fold,
    last_to_redo,
    last_to_undo,
    undone,
)
from newsletter.issues.shaping.tables import EditRow
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from newsletter.settings import NewsletterSettings, Settings

WORDS = ("subject", "preheader", "note", "headline", "standfirst")  # what can be corrected after the lock
SHAPEABLE = frozenset({IssueState.DRAFT, IssueState.HELD, IssueState.APPROVED, IssueState.SKIPPED})


class Frozen(Exception):
    """The issue's letters are frozen, or it was called off: nothing can be changed any more."""


class Conflict(Exception):
    """Somebody changed a field since the editor's page was made. `theirs` are the last edits of such fields."""

    def __init__(self, wanted: Sequence[Change], theirs: Mapping[str, Edit], deed: str) -> None:
        super().__init__("somebody else changed this since your page was made")
        self.wanted, self.theirs, self.deed = tuple(wanted), dict(theirs), deed


@dataclass(frozen=True, slots=True)
class Shaped:
    """An issue as its editors want it: their edits, what those come to, and the board."""

    edits: tuple[Edit, ...]
    shape: Shape
    board: Board

    @property
    def last(self) -> int:
        """The number of the last edit, 0 where there is none."""
        return self.edits[-1].id if self.edits else 0


def shaped(session: Session, settings: Settings, issue: IssueRow) -> Shaped:
    """Return the issue's stories as selected and as its editors placed, ordered and reworded them.

    Raises KeyError where its newsletter is no longer configured.
    """
    newsletter = settings.newsletter(issue.newsletter)
    edits = edits_of(session, issue)
    shape = fold(edits)
    standing = selection.standing(session, issue)
    placed = [Placed(story.role, story.section, article) for story, article in standing]
    pins = _pins(shape, issue)
    asked_for = _asked_for(shape) | set(pins)
    named = (set(shape.of("place")) | asked_for) - {one.article.id for one in placed}
    found = [filed(article, newsletter) for article in selection.besides(session, issue, named, asked_for)]
    extras = {article.id: article for article in found if article.id is not None}
    return Shaped(edits, shape, lay_out(placed, shape, newsletter, extras=extras, pins=pins))


def draft_of(shaped: Shaped, newsletter: NewsletterSettings, issue: IssueRow) -> IssueDraft:
    """Return the draft under the editors' words. Raises NothingLeft."""
    window = (issue.window_start, issue.window_end)
    draft = read_back(shaped.board.placed, newsletter, issue.date, window)
    subject, preheader = shaped.shape.get("subject") or "", shaped.shape.get("preheader") or ""
    return replace(
        draft,
        subject=subject or draft.subject,
        preheader=preheader or draft.preheader,
        own_subject=subject,
        own_preheader=preheader,
        note=shaped.shape.get("note") or "",
        sponsors=_sponsors(shaped.shape, issue.date),
    )


def waiting(session: Session, settings: Settings, issue: IssueRow) -> IssueDraft | None:
    """Return the draft of an issue that may still go out; None once it is locked, or has no story left."""
    if issue.locked_at is not None or issue.state not in SHAPEABLE - {IssueState.SKIPPED}:
        return None
    try:
        return draft_of(shaped(session, settings, issue), settings.newsletter(issue.newsletter), issue)
    except (NothingLeft, KeyError):
        return None


def added(session: Session, newsletter: NewsletterSettings, issue: IssueRow) -> list[Article]:
    """Return the articles that editors added to the issue, for a rebuild to count them."""
    ids = _asked_for(fold(edits_of(session, issue)))
    return [filed(article, newsletter) for article in selection.besides(session, issue, ids, ids)]


def edits_of(session: Session, issue: IssueRow) -> tuple[Edit, ...]:
    """Return the edits that hold for an issue, oldest first: its own, and the newsletter's until it was locked."""
    until = issue.locked_at or dt.datetime.max.replace(tzinfo=dt.UTC)
    wide = and_(EditRow.issue_id.is_(None), EditRow.at <= until)
    wanted = select(EditRow).where(EditRow.newsletter == issue.newsletter, or_(EditRow.issue_id == issue.id, wide))
    return tuple(edit_of(row) for row in session.scalars(wanted.order_by(EditRow.id)))


def append(
    session: Session,
    issue: IssueRow,
    deed: str,
    wanted: Sequence[Change],
    now: dt.datetime,
    *,
    actor: str,
    seen: int | None = None,
    rests_on: Collection[str] = (),
    undoes: int | None = None,
) -> int | None:
    """Write an edit and return its number; None where nothing changes.

    `issue` must come from `changes.get`, which locks it against other writers. `seen` is the last edit that the
    editor's page knew of; None leaves that out. `rests_on` are fields that gave the deed its meaning, such as the
    order in which "up" is one place: they must not have changed since either. Raises Frozen, Conflict.
    """
    refuse_frozen(issue)
    return _append(session, issue, deed, wanted, now, actor=actor, seen=seen, rests_on=rests_on, undoes=undoes)


def reword(
    session: Session, issue: IssueRow, wanted: Sequence[Change], now: dt.datetime, *, actor: str, seen: int
) -> int | None:
    """Write an edit of the words of an issue whose letters are frozen, for a further version of them.

    No letter that is frozen changes by it. `issue`, `seen` and the answer are as of `append`. Raises Conflict, and
    Frozen where there is no letter or something else than words is to be changed.
    """
    if issue.locked_at is None or any(change.field.partition("/")[0] not in WORDS for change in wanted):
        raise Frozen("Only the words of an issue that has been locked are corrected so.")
    return _append(session, issue, "correct", wanted, now, actor=actor, seen=seen)


def _append(
    session: Session,
    issue: IssueRow,
    deed: str,
    wanted: Sequence[Change],
    now: dt.datetime,
    *,
    actor: str,
    seen: int | None = None,
    rests_on: Collection[str] = (),
    undoes: int | None = None,
) -> int | None:
    if not wanted:
        return None
    is_wide = any(change.is_of_newsletter for change in wanted)
    if is_wide:
        _lock_newsletter(session, issue)
    edits = edits_of(session, issue)
    if seen is not None:
        _refuse_conflict(edits, wanted, seen, deed, rests_on)
    row = EditRow(
        newsletter=issue.newsletter,
        issue_id=None if is_wide else issue.id,
        at=now,
        actor=actor,
        deed=deed,
        undoes=undoes,
        changes=[{"field": each.field, "before": each.before, "after": each.after} for each in wanted],
    )
    session.add(row)
    session.flush()
    return row.id


def undo(session: Session, issue: IssueRow, now: dt.datetime, *, actor: str) -> Edit | None:
    """Take back the editor's own last edit that can be; return it. Raises Frozen."""
    edit = last_to_undo(of_this_issue(edits_of(session, issue), issue), actor)
    if edit is not None:
        append(session, issue, UNDO, undone(edit), now, actor=actor, undoes=edit.id)
    return edit


def redo(session: Session, issue: IssueRow, now: dt.datetime, *, actor: str) -> Edit | None:
    """Do again what the editor took back last; return that edit. Raises Frozen."""
    edit = last_to_redo(of_this_issue(edits_of(session, issue), issue), actor)
    if edit is not None:
        append(session, issue, REDO, edit.changes, now, actor=actor, undoes=edit.id)
    return edit


def put_back(session: Session, issue: IssueRow, edit_id: int, now: dt.datetime, *, actor: str) -> Edit:
    """Take back one edit, whoever did it. Raises LookupError, Frozen; Impossible where it was changed since."""
    edits = edits_of(session, issue)
    edit = next((each for each in edits if each.id == edit_id), None)
    if edit is None:
        raise LookupError(f"there is no edit {edit_id} of issue {issue.id}")
    if not can_be_undone(edit, fold(edits)):
        raise deeds.Impossible("What this edit set was changed again since; take the later edit back first.")
    append(session, issue, "put back", undone(edit), now, actor=actor)
    return edit


def of_this_issue(edits: Sequence[Edit], issue: IssueRow) -> tuple[Edit, ...]:
    """Return the edits without the newsletter's from before there was this issue."""
    return tuple(
        edit
        for edit in edits
        if edit.at >= issue.created_at or not any(change.is_of_newsletter for change in edit.changes)
    )


def add_story(
    session: Session,
    settings: Settings,
    issue_id: int,
    article_id: int,
    now: dt.datetime,
    *,
    actor: str,
    lane: str = "",
) -> bool:
    """Add a stored article to an issue; tell whether it was not there already.

    It stands at the end of its own section, or of `lane` (`section:NAME` or `also`). Raises LookupError for an
    unknown issue or article, Frozen, and Impossible where the article was withdrawn or is not published yet.
    """
    issue = changes.get(session, issue_id)
    refuse_frozen(issue)
    newsletter = settings.newsletter(issue.newsletter)
    found = articles.load(session, [article_id])
    if not found:
        raise LookupError(f"there is no article {article_id}")
    article = filed(found[0], newsletter)
    if not selection.besides(session, issue, [article_id], [article_id]):
        reason = "was withdrawn at its source, or is published after the send time"
        raise deeds.Impossible(f"“{article.title}” {reason}.")
    now_shaped = shaped(session, settings, issue)
    wanted = deeds.added(now_shaped.board, now_shaped.shape, article, lane or _own_lane(article, newsletter))
    return append(session, issue, "add", wanted, now, actor=actor) is not None


def refuse_frozen(issue: IssueRow) -> None:
    """Raise Frozen unless the issue can be shaped."""
    if reason := why_frozen(issue):
        raise Frozen(reason)


def why_frozen(issue: IssueRow) -> str:
    """Return the sentence that says why an issue can't be shaped any more, nothing where it can."""
    if issue.locked_at is None and issue.state in SHAPEABLE:
        return ""
    return (
        f"The {issue.newsletter} issue of {issue.date:%-d %B %Y} is {issue.state}: "
        "what it says is frozen and can no longer be changed."
    )


def _own_lane(article: Article, newsletter: NewsletterSettings) -> str:
    names = [section.name for section in newsletter.sections]
    return lane_of(SECTION, article.section) if not names or article.section in names else ALSO


def _asked_for(shape: Shape) -> set[int]:
    return {number for number, place in shape.of("place").items() if place.get("added")}


def _pins(shape: Shape, issue: IssueRow) -> dict[int, str]:
    """Return the section of each story that is pinned beyond the issue's send time."""
    return {
        number: pin["section"]
        for number, pin in shape.of("pin").items()
        if dt.datetime.fromisoformat(pin["until"]) >= issue.send_at
    }


def _sponsors(shape: Shape, day: dt.date) -> tuple[Sponsor, ...]:
    booked = [value for _, value in sorted(shape.of("sponsor").items())]
    running = [value for value in booked if value["start"] <= day.isoformat() <= value["end"]]
    return tuple(
        Sponsor(value["label"], value["text"], value["url"], image_of(value["picture"])) for value in running
    )


def _refuse_conflict(
    edits: Sequence[Edit], wanted: Sequence[Change], seen: int, deed: str, rests_on: Collection[str]
) -> None:
    shape, known = fold(edits), {edit.id: edit for edit in edits}
    overwritten = {change.field for change in wanted if shape.get(change.field) != change.after}
    theirs = {
        field: known[shape.version(field)]
        for field in sorted(overwritten | set(rests_on))
        if shape.version(field) > seen
    }
    if theirs:
        raise Conflict(wanted, theirs, deed)


def _lock_newsletter(session: Session, issue: IssueRow) -> None:
    """Lock the newsletter's latest issue as well: what holds in all of them may be edited from any."""
    latest = select(IssueRow.id).where(IssueRow.newsletter == issue.newsletter, IssueRow.id > issue.id)
    session.scalars(latest.order_by(IssueRow.id.desc()).limit(1).with_for_update()).all()


def edit_of(row: EditRow) -> Edit:
    """Return a row as everybody else knows it."""
    made = tuple(Change(each["field"], each["before"], each["after"]) for each in row.changes)
    return Edit(row.id, row.at, row.actor, row.deed, made, row.undoes)
