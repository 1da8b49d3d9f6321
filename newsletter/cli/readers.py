"""`newsletter subscribers add | list`: the register of readers, one by one."""

from __future__ import annotations

import click
from sqlalchemy import select

from newsletter.cli import naming
from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, out, write_json, write_table
from newsletter.settings import NewsletterSettings
from subscribers.evidence import Evidence
from subscribers.models import Subscription
from subscribers.sections import split
from subscribers.signup import SignUp, confirm, sign_up
from subscribers.states import State


@click.group()
def subscribers() -> None:
    """The register of readers."""


@subscribers.command(
    epilog="\b\nExamples:\n  newsletter subscribers add ada@example.org\n"
    "  newsletter subscribers add ada@example.org --confirmed 'signed the list at the fair, 3 May'"
)
@click.argument("email")
@naming.newsletter
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
    _require_sections(chosen, sections)
    evidence, now = Evidence("cli", actor="cli", consent_text=confirmed), app.clock.now()
    request = SignUp(email, chosen.slug, name=name, sections=sections)
    with app.database.writing() as session:
        row = sign_up(session, app.tokens, request, evidence, now, mails_per_day=app.settings.signup.mails_per_day)
        if confirmed:
            row = confirm(session, row.id, evidence, now)
    out.print(f"{email}: {row.state} in {chosen.slug}.", soft_wrap=True)


@subscribers.command("list", epilog="\b\nExample:\n  newsletter subscribers list --state pending")
@naming.newsletter
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


def _require_sections(newsletter: NewsletterSettings, chosen: tuple[str, ...]) -> None:
    names = [section.name for section in newsletter.sections]
    for unknown in sorted(set(chosen) - set(names)):
        known = ", ".join(names) or "none"
        raise click.UsageError(f'{newsletter.slug} has no section "{unknown}"; it has: {known}.')


def _line(context: Context, row: Subscription) -> dict[str, object]:
    return {
        "newsletter": row.newsletter,
        "email": row.subscriber.email,
        "name": row.subscriber.name,
        "state": str(row.state),
        "sections": ", ".join(sorted(split(row.sections))) or "all",
        "since": context.local(row.created_at),
    }
