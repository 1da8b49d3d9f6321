"""`newsletter issues`: list, show, build, and change an issue's state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import click
from sqlalchemy.orm import Session

from newsletter.app import App
from newsletter.articles import store as articles
from newsletter.cli import naming
from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, err, out, write_json, write_pairs, write_table
from newsletter.delivery import ledger
from newsletter.delivery.states import DeliveryState
from newsletter.issues import schedule, store
from newsletter.issues.placing import Placed, laid_out
from newsletter.issues.shaping.store import waiting
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from newsletter.results import comparing
from newsletter.settings import NewsletterSettings

ACTOR = "cli"
_NEAR = timedelta(days=7)  # an issue may be built by hand for a day so near


@click.group()
def issues() -> None:
    """The evening's issues: see, build, preview, send, hold.

    ISSUE is a number, `evening/2026-03-10`, or `evening` for its latest; without it, the latest of all.
    """


@issues.command("list", epilog="\b\nExample:\n  newsletter issues list --limit 7")
@click.option("--newsletter", metavar="SLUG", help="Of this newsletter only.")
@click.option("--limit", type=click.IntRange(1, 1000), default=30, show_default=True, help="At most so many.")
@as_json
@pass_context
def list_issues(context: Context, /, *, newsletter: str | None, limit: int, as_json: bool) -> None:
    """Show the latest issues, the newest first, those skipped included."""
    app = context.app
    slug = context.newsletter(newsletter).slug if newsletter else None
    with app.database.reading() as session:
        rows = [_line(session, app, issue) for issue in store.recent(session, slug, limit)]
    columns = ("issue", "date", "newsletter", "state", "accepted", "subject", "reason")
    write_json(rows) if as_json else write_table(rows, columns, empty="There is no issue yet.")


@issues.command(
    epilog="\b\nExamples:\n  newsletter issues show\n  newsletter issues show evening/2026-03-10 --json"
)
@naming.argument
@as_json
@pass_context
def show(context: Context, /, *, issue: str | None, as_json: bool) -> None:
    """Show one issue: its state, stories, deliveries and history."""
    with context.app.database.reading() as session:
        row = naming.issue_named(context, session, issue)
        draft = waiting(session, context.settings, row)
        facts = _line(session, context.app, row) | {
            "preheader": draft.preheader if draft else row.preheader,
            "send_at": context.local(row.send_at),
        }
        balance = {str(state): number for state, number in ledger.balance(session, row.id).items()}
        stories = [_told(one) for one in laid_out(draft)] if draft else _stories(session, row)
        history = [
            {"at": context.local(one.at), "event": one.event, "actor": one.actor, "detail": one.detail}
            for one in row.history
        ]
    if as_json:
        write_json(facts | {"deliveries": balance, "stories": stories, "history": history})
        return
    write_pairs(facts | {state: number for state, number in balance.items() if number})
    out.print()
    write_table(stories, ("role", "section", "title"), empty="It has no stories.")
    out.print()
    write_table(history, ("at", "event", "actor", "detail"), empty="Nothing has happened to it.")


@issues.command(epilog="\b\nExamples:\n  newsletter issues build\n  newsletter issues build evening --rebuild")
@click.argument("newsletter", required=False, metavar="[NEWSLETTER]")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The local date; tonight's by default.")
@click.option("--rebuild", is_flag=True, help="Choose the stories anew where the issue exists already.")
@as_json
@pass_context
def build(
    context: Context,
    /,
    *,
    newsletter: str | None,
    day: datetime | None,
    rebuild: bool,
    as_json: bool,
) -> None:
    """Assemble an issue from the collected articles. One that exists stays as it is, unless --rebuild."""
    app, chosen = context.app, context.newsletter(newsletter)
    now = app.clock.now()
    tonight = _tonight(context, chosen, now)
    wanted = _near(day.date(), tonight) if day else tonight
    with app.database.writing() as session:
        row = store.build(session, app.settings, chosen, wanted, now, actor=ACTOR, rebuild=rebuild)
        facts = _line(session, app, row) | {"send_at": context.local(row.send_at)}
    write_json(facts) if as_json else write_pairs(facts)
    if row.state == IssueState.SKIPPED and not rebuild:
        err.print("It stays skipped; once more stories are collected, --rebuild chooses anew.")


@issues.command(
    "report",
    epilog="\b\nExamples:\n  newsletter issues report\n  newsletter issues report evening/2026-03-10 --csv",
)
@naming.argument
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, safe to open in a spreadsheet.")
@as_json
@pass_context
def show_report(context: Context, /, *, issue: str | None, as_csv: bool, as_json: bool) -> None:
    """Show how an issue did, beside the usual: the median of the same weekday's issues before."""
    if as_csv and as_json:
        raise click.UsageError("Choose one of --csv and --json.")
    app = context.app
    with app.database.reading() as session:
        told = comparing.report(session, naming.issue_named(context, session, issue), app.clock.now())
    if as_json:
        write_json(comparing.as_json(told))
    elif as_csv:
        click.echo(comparing.as_csv(told), nl=False)
    else:
        _show_report(told)


def _show_report(told: comparing.IssueReport) -> None:
    figures = [{"figure": each.words, "number": each.number, "usual": each.usual} for each in told.compared]
    write_table(figures, ("figure", "number", "usual"), empty="There is nothing to tell.")
    if told.stories:
        out.print()
        stories = [
            {name: getattr(each, name) for name in ("readers", "clicks", "section", "title")}
            for each in told.stories
        ]
        write_table(stories, ("readers", "clicks", "section", "title"), empty="")


def _change(name: str, deed: Callable[..., IssueRow], text: str) -> None:
    @issues.command(
        name, help=text, epilog=f"\b\nExample:\n  newsletter issues {name} evening --reason 'asked by Ada'"
    )
    @naming.argument
    @click.option("--reason", default="", help="Why; everybody at the desk sees it.")
    @pass_context
    def command(context: Context, /, *, issue: str | None, reason: str) -> None:
        app = context.app
        with app.database.writing() as session:
            row = naming.issue_named(context, session, issue)
            row = deed(session, row.id, app.clock.now(), actor=ACTOR, reason=reason)
        out.print(f"The {row.newsletter} issue of {row.date} is {row.state}.")


_change("hold", store.hold, "Keep an issue from being sent until somebody releases it.")
_change("release", store.release, "Let an issue go: at its time, or at once where that has passed.")
_change("cancel", store.cancel, "Call an issue off. What was sent was sent; nothing more is.")
_change("pause", store.pause, "Stop sending in the middle; nothing is lost.")
_change("resume", store.resume, "Go on sending the same letters.")


def _stories(session: Session, row: IssueRow) -> list[dict[str, object]]:
    """Return an issue's stories in reading order, under the headlines they have now."""
    titles = {story.id: story.title for story in articles.load(session, [one.article_id for one in row.stories])}
    return [
        {"role": one.role, "section": one.section, "title": titles.get(one.article_id, "")} for one in row.stories
    ]


def _told(placed: Placed) -> dict[str, object]:
    return {"role": placed.role, "section": placed.section, "title": placed.article.title}


def _tonight(context: Context, newsletter: NewsletterSettings, now: datetime) -> date:
    """Return this evening's date: the current evening until its end, else today."""
    zone = context.settings.site.time_zone
    evening = schedule.current(newsletter, zone, now)
    if evening is not None and not schedule.is_late(evening, now):
        return evening.date
    return now.astimezone(zone).date()


def _near(day: date, tonight: date) -> date:
    """Return the day. A slip in it would stand as the latest issue for good. Raises UsageError."""
    if abs(day - tonight) > _NEAR:
        raise click.UsageError(f"{day} is more than {_NEAR.days} days from {tonight}, tonight's date.")
    return day


def _line(session: Session, app: App, issue: IssueRow) -> dict[str, object]:
    draft = waiting(session, app.settings, issue)
    return {
        "issue": issue.id,
        "date": issue.date,
        "newsletter": issue.newsletter,
        "state": str(issue.state),
        "accepted": ledger.balance(session, issue.id)[DeliveryState.ACCEPTED],
        "subject": draft.subject if draft else issue.subject,
        "reason": issue.reason,
    }
