"""One issue as its page shows it: read in one snapshot, so that what is shown belongs together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from newsletter.app import App
from newsletter.delivery.ledger.answers import Refusals
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueHistory, IssueRow
from newsletter.proofs.examining import findings
from newsletter.proofs.preview import Choice, NoPreview, Preview, preview
from newsletter.rendering.message import Message
from newsletter.tracking import figures as tracking
from newsletter.web.desk import doubts, health
from newsletter.web.desk.checking import Findings
from newsletter.web.desk.deeds import DEEDS, Deed, Seen, history, seen_now
from newsletter.web.desk.shaping.rows import Story
from newsletter.web.desk.shaping.view import ShapingView
from newsletter.web.desk.shaping.view import view as shaping
from newsletter.web.desk.signin import actor
from newsletter.web.desk.summaries import IssueSummary, summarise
from newsletter.web.desk.watching.watch import Look, Watch
from subscribers import audience

PARTS = ("html", "text", "source", "none")


@dataclass(frozen=True, slots=True)
class IssuePage:
    """Everything the page of an issue shows. `part` is which part of the mail, `trouble` why there is none.

    `is_due` tells that its time has come and the daemon is about to begin; `is_counted`, that opens or clicks were
    counted; `is_correction`, that it is a mail about another issue's mistake.
    """

    issue: IssueSummary
    readers: int
    daemon: health.Daemon
    deeds: tuple[Deed, ...]
    seen: Seen
    shaping: ShapingView
    history: list[IssueHistory]
    part: str
    is_due: bool
    doubts: doubts.Doubts | None
    refusals: Sequence[Refusals]
    is_counted: bool = False
    is_correction: bool = False
    look: Look | None = None
    preview: Preview | None = None
    trouble: str = ""
    findings: Findings | None = None

    @property
    def stories(self) -> list[Story]:
        """The stories it carries, in reading order."""
        return [story for lane in self.shaping.lanes for story in lane.stories]

    @property
    def is_live(self) -> bool:
        """Tell whether the page is told of its progress as it is sent."""
        return self.part == "none" and self.issue.state is IssueState.SENDING

    @property
    def is_watched(self) -> bool:
        """Tell whether the page looks again by itself, because sending is under way or about to begin."""
        return self.part == "none" and (self.is_due or self.issue.state is IssueState.SENDING)

    @property
    def can_try(self) -> bool:
        """Tell whether a test mail of it can be sent."""
        return self.preview is not None

    @property
    def message(self) -> Message | None:
        """The letter taken apart, where there is one."""
        return self.preview.message if self.preview else None

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The variants one can look at."""
        return self.preview.choices if self.preview else ()

    @property
    def choice(self) -> Choice | None:
        """The variant that is shown."""
        return self.preview.choice if self.preview else None


def view(
    app: App, issue_id: int, part: str = "", variant: str = "", watch: Watch | None = None
) -> IssuePage | None:
    """Return the page, or None when there is no such issue. An unknown or empty part is the usual one.

    What is under way is looked at through `watch`.
    """
    now = app.clock.now()
    with app.database.reading() as rows:
        row = rows.get(IssueRow, issue_id)
        if row is None:
            return None
        [issue] = summarise(rows, app.settings, [row])
        daemon = health.daemon(rows, now)
        is_due = issue.goes_out and issue.send_at <= now and daemon.alive
        part = part if part in PARTS else _usual_part(issue, is_due=is_due)
        shown, trouble = _preview(rows, app, row, issue, variant) if part != "none" else (None, "")
        return IssuePage(
            issue=issue,
            readers=audience.count(rows, row.newsletter),
            daemon=daemon,
            deeds=tuple(deed for deed in DEEDS if deed.offered(issue.state)),
            seen=seen_now(rows, row),
            shaping=shaping(rows, app, row, actor(), now),
            history=history(rows, row.id),
            part=part,
            is_due=is_due,
            doubts=doubts.waiting(rows, issue, app.settings.delivery.in_doubt, now),
            refusals=doubts.refused(rows, issue),
            is_counted=tracking.has_any(rows, row.id),
            is_correction=row.part > 0,
            look=watch.look(row.id) if watch and issue.moves else None,
            preview=shown,
            trouble=trouble,
            findings=_findings(rows, app, row, part),
        )


def preview_of(app: App, issue_id: int, variant: str) -> Preview | None:
    """Return the letter alone, or None when there is no such issue. Raises NoPreview."""
    with app.database.reading() as rows:
        row = rows.get(IssueRow, issue_id)
        return preview(rows, app, row, variant, app.clock.now()) if row else None


def _usual_part(issue: IssueSummary, *, is_due: bool) -> str:
    """Leave the mail out while the page looks again every few seconds."""
    return "none" if is_due or issue.state is IssueState.SENDING else "html"


def _findings(session: Session, app: App, row: IssueRow, part: str) -> Findings | None:
    """Return what the checks say while something can be done about it; not on the page that only watches."""
    if part == "none" or row.locked_at or not row.stories:
        return None
    return Findings(findings(session, app, row, app.clock.now()))


def _preview(
    session: Session, app: App, row: IssueRow, issue: IssueSummary, variant: str
) -> tuple[Preview | None, str]:
    if not issue.stories and not row.part:
        return None, ""
    try:
        return preview(session, app, row, variant, app.clock.now()), ""
    except NoPreview as trouble:
        return None, str(trouble)
