"""`newsletter subscribers`: the register of readers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

import click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, err, out, write_json, write_pairs, write_table
from subscribers import exporting, suppression
from subscribers.addresses import normalise
from subscribers.evidence import Evidence
from subscribers.importing import import_csv
from subscribers.leaving import unsubscribe as leave
from subscribers.models import Subscriber, Subscription, SuppressionReason
from subscribers.sections import split
from subscribers.signup import SignUp, confirm, sign_up
from subscribers.states import State

_newsletter = click.option("--newsletter", metavar="SLUG", help="The newsletter; the first one by default.")


@click.group()
def subscribers() -> None:
    """The register of readers."""


@subscribers.command(
    epilog="\b\nExamples:\n  newsletter subscribers add ada@example.org\n"
    "  newsletter subscribers add ada@example.org --confirmed 'signed the list at the fair, 3 May'"
)
@click.argument("email")
@_newsletter
@click.option("--name", default="", help="The reader's name.")
@click.option("--section", "sections", multiple=True, help="A chosen section; may be given several times.")
@click.option("--confirmed", metavar="HOW", default="", help="Consent is there already; say how it was given.")
@pass_context
def add(
    context: Context,
    /,
    *,
    email: str,
    newsletter: str | None,
    name: str,
    sections: tuple[str, ...],
    confirmed: str,
) -> None:
    """Sign somebody up. They get a confirmation mail and are subscribed once they confirm."""
    app, chosen = context.app, context.newsletter(newsletter)
    unknown = sorted(set(sections) - {section.name for section in chosen.sections})
    if unknown:
        known = ", ".join(section.name for section in chosen.sections) or "none"
        raise click.UsageError(f'{chosen.slug} has no section "{unknown[0]}"; it has: {known}.')
    evidence, now = Evidence("cli", actor="cli", consent_text=confirmed), app.clock.now()
    request = SignUp(email, chosen.slug, name=name, sections=sections)
    with app.database.writing() as session:
        row = sign_up(session, app.tokens, request, evidence, now, mails_per_day=app.settings.signup.mails_per_day)
        if confirmed:
            row = confirm(session, row.id, evidence, now)
    out.print(f"{email}: {row.state} in {chosen.slug}.", soft_wrap=True)


@subscribers.command("list", epilog="\b\nExample:\n  newsletter subscribers list --state pending")
@_newsletter
@click.option("--state", type=click.Choice([str(state) for state in State]), help="In this state only.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many.")
@as_json
@pass_context
def list_subscribers(
    context: Context,
    /,
    *,
    newsletter: str | None,
    state: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Show the latest subscriptions, the newest first."""
    app, chosen = context.app, context.newsletter(newsletter)
    wanted = (
        select(Subscription)
        .where(Subscription.newsletter == chosen.slug)
        .order_by(Subscription.id.desc())
        .limit(limit)
    )
    if state:
        wanted = wanted.where(Subscription.state == state)
    with app.database.reading() as session:
        rows = [_line(context, row) for row in session.scalars(wanted)]
    columns = ("email", "name", "state", "sections", "since")
    write_json(rows) if as_json else write_table(rows, columns, empty="Nobody has signed up yet.")


@subscribers.command(epilog="\b\nExample:\n  newsletter subscribers show ada@example.org")
@click.argument("email")
@as_json
@pass_context
def show(context: Context, /, *, email: str, as_json: bool) -> None:
    """Answer "why does this person get mail from us?": every event of every subscription."""
    app = context.app
    with app.database.reading() as session:
        reader = _reader(session, email)
        barred = suppression.find(session, reader.address_hash)
        facts = {
            "email": reader.email,
            "name": reader.name,
            "language": reader.language,
            "suppressed": f"{barred.reason} on {barred.at:%Y-%m-%d} {barred.note}".strip() if barred else "",
        }
        standing = [_line(context, row) for row in reader.subscriptions]
        events = [
            {
                "at": context.local(event.at),
                "newsletter": row.newsletter,
                "event": event.event,
                "source": event.source,
                "source_page": event.source_page,
                "network_address": event.network_address,
                "consent": " ".join(part for part in (event.consent_version, event.consent_text) if part),
                "actor": event.actor,
            }
            for row in reader.subscriptions
            for event in row.events
        ]
    if as_json:
        write_json(facts | {"subscriptions": standing, "events": events})
        return
    states = ", ".join(f"{row['newsletter']}: {row['state']}" for row in standing)
    write_pairs(facts | {"subscriptions": states})
    out.print()
    columns = ("at", "newsletter", "event", "source", "source_page", "consent", "actor")
    write_table(events, columns, empty="Nothing has happened.")


@subscribers.command(
    "import", epilog="\b\nExample:\n  newsletter subscribers import readers.csv --consent 'Letter of May 2025'"
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_newsletter
@click.option("--consent", required=True, help="How these readers agreed; kept with each of them.")
@click.option(
    "--refused", type=click.Path(path_type=Path), help="Write the refused rows, with line and reason, here."
)
@as_json
@pass_context
def import_readers(
    context: Context,
    /,
    *,
    file: Path,
    newsletter: str | None,
    consent: str,
    refused: Path | None,
    as_json: bool,
) -> None:
    """Add the readers of a CSV file, active. Who left, or may not be mailed, stays so.

    The first row may name the columns: email, name, sections, language.
    """
    app, chosen = context.app, context.newsletter(newsletter)
    evidence = Evidence("import", source_page="", actor=f"cli: {file.name}", consent_text=consent)
    known = [section.name for section in chosen.sections] or None
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(show_speed=True)
    with (
        file.open(encoding="utf-8-sig", newline="") as lines,
        Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress,
    ):
        task = progress.add_task(f"Importing {file.name}", total=None)
        report = import_csv(
            app.database,
            app.tokens,
            lines,
            chosen.slug,
            evidence,
            app.clock.now(),
            lambda done: progress.update(task, completed=done),
            known_sections=known,
        )
    if refused is not None:
        refused.write_text("".join(f"{line}\t{reason}\n" for line, reason in report.refused), encoding="utf-8")
    facts = {"added": report.added, "unchanged": report.unchanged, "refused": report.refused_count}
    if as_json:
        write_json(facts | {"reasons": [{"line": line, "reason": reason} for line, reason in report.refused]})
        return
    write_pairs(facts)
    for line, reason in report.refused[:20]:
        err.print(f"line {line}: {reason}", soft_wrap=True, markup=False)
    if report.refused_count > 20:
        err.print("… and more; --refused FILE writes them all.")


@subscribers.command(
    epilog="\b\nExamples:\n  newsletter subscribers export > all.csv\n"
    "  newsletter subscribers export --json -o all.json"
)
@click.option("--newsletter", metavar="SLUG", help="Of this newsletter only; all by default.")
@click.option("--output", "-o", type=click.File("w", encoding="utf-8", lazy=False), default="-", help="A file.")
@as_json
@pass_context
def export(context: Context, /, *, newsletter: str | None, output: IO[str], as_json: bool) -> None:
    """Write every subscription, whatever its state, as CSV (safe to open in a spreadsheet) or JSON."""
    app = context.app
    slug = context.newsletter(newsletter).slug if newsletter else None
    write = exporting.write_json if as_json else exporting.write_csv
    with app.database.reading() as session:
        number = write(exporting.rows(session, slug), output)
    if output is not sys.stdout:
        err.print(f"{number} subscriptions written.")


@subscribers.command(epilog="\b\nExample:\n  newsletter subscribers unsubscribe ada@example.org")
@click.argument("email")
@_newsletter
@click.option("--reason", default="", help="Why, where it is known.")
@pass_context
def unsubscribe(context: Context, /, *, email: str, newsletter: str | None, reason: str) -> None:
    """End a subscription, as the reader asked in some other way."""
    app, chosen = context.app, context.newsletter(newsletter)
    with app.database.writing() as session:
        reader = _reader(session, email)
        row = next((row for row in reader.subscriptions if row.newsletter == chosen.slug), None)
        if row is None:
            raise click.ClickException(f"{email} has no subscription to {chosen.slug}.")
        leave(session, row.id, Evidence("cli", actor="cli"), app.clock.now(), reason=reason)
    out.print(f"{email} gets {chosen.slug} no more.", soft_wrap=True)


@subscribers.command(
    epilog="\b\nExample:\n  newsletter subscribers suppress ada@example.org --note 'by letter, 3 May'"
)
@click.argument("email")
@click.option("--note", default="", help="Why.")
@pass_context
def suppress(context: Context, /, *, email: str, note: str) -> None:
    """Never mail this address again, whatever its subscriptions say."""
    app = context.app
    with app.database.writing() as session:
        suppression.suppress(session, app.tokens, email, SuppressionReason.BY_HAND, app.clock.now(), note=note)
    out.print(f"{email} is suppressed.", soft_wrap=True)


@subscribers.command(epilog="\b\nExample:\n  newsletter subscribers lift ada@example.org")
@click.argument("email")
@pass_context
def lift(context: Context, /, *, email: str) -> None:
    """Let a suppressed address be mailed again."""
    app = context.app
    with app.database.writing() as session:
        was = suppression.lift(session, app.tokens, email)
    out.print(f"{email} {'may be mailed again' if was else 'was not suppressed'}.", soft_wrap=True)


def _reader(session: Session, email: str) -> Subscriber:
    reader = session.scalars(select(Subscriber).where(Subscriber.address == normalise(email).key)).one_or_none()
    if reader is None:
        raise LookupError(f"Nobody with the address {email} has ever signed up.")
    return reader


def _line(context: Context, row: Subscription) -> dict[str, object]:
    return {
        "newsletter": row.newsletter,
        "email": row.subscriber.email,
        "name": row.subscriber.name,
        "state": str(row.state),
        "sections": ", ".join(sorted(split(row.sections))) or "all",
        "since": context.local(row.created_at),
    }
