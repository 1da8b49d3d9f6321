"""Tonight's issue in the demo: collected and built at once, whatever the hour, and kept until somebody acts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from newsletter.articles.collect import SourceReport, collect
from newsletter.demo.stage import Stage
from newsletter.issues import store
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow

ACTOR = "demo"
_SOON = timedelta(minutes=30)


def today(stage: Stage) -> date:
    """Return the local date in the newsroom."""
    return stage.app.clock.now().astimezone(stage.app.settings.site.time_zone).date()


def collect_articles(stage: Stage) -> Sequence[SourceReport]:
    """Ask the newsroom's feed, as the daemon does, and return how each source fared."""
    return collect(stage.app.settings, stage.app.database, stage.app.clock)


def build(stage: Stage) -> IssueRow:
    """Build tonight's issue unless it exists; hold it when it would leave before anyone can have subscribed."""
    now = stage.app.clock.now()
    with stage.app.database.writing() as session:
        issue = store.build(session, stage.app.settings, stage.newsletter, today(stage), now, actor=ACTOR)
        if issue.state == IssueState.DRAFT and issue.send_at <= now + _SOON:
            reason = "The demo keeps it until you press “Send now”."
            issue = store.hold(session, issue.id, now, actor=ACTOR, reason=reason)
    return issue


def send_now(stage: Stage, issue_id: int) -> None:
    """Let the issue go, as the button at the desk does."""
    with stage.app.database.writing() as session:
        store.send_now(session, issue_id, stage.app.clock.now(), actor=ACTOR)
