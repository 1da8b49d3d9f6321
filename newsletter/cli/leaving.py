"""`newsletter subscribers unsubscribe | suppress | lift`: who is mailed no more, and who may be again."""

from __future__ import annotations

import click

from newsletter.cli import naming
from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import out
from subscribers import barring, leaving
from subscribers.evidence import Evidence


@click.command(epilog="\b\nExample:\n  newsletter subscribers unsubscribe ada@example.org")
@click.argument("email")
@naming.newsletter
@click.option("--reason", default="", help="Why, where it is known.")
@pass_context
def unsubscribe(context: Context, /, *, email: str, newsletter: str | None, reason: str) -> None:
    """End a subscription, as the reader asked in some other way."""
    app, chosen = context.app, context.newsletter(newsletter)
    with app.database.writing() as session:
        reader = naming.reader_named(session, email)
        row = next((row for row in reader.subscriptions if row.newsletter == chosen.slug), None)
        if row is None:
            raise click.ClickException(f"{email} has no subscription to {chosen.slug}.")
        leaving.unsubscribe(session, row.id, Evidence("cli", actor="cli"), app.clock.now(), reason=reason)
    out.print(f"{email} gets {chosen.slug} no more.", soft_wrap=True)


@click.command(epilog="\b\nExample:\n  newsletter subscribers suppress ada@example.org --note 'by letter, 3 May'")
@click.argument("email")
@click.option("--note", default="", help="Why.")
@pass_context
def suppress(context: Context, /, *, email: str, note: str) -> None:
    """Never mail this address again, whatever its subscriptions say."""
    app = context.app
    with app.database.writing() as session:
        barring.bar(session, app.tokens, email, Evidence("cli", actor="cli"), app.clock.now(), note=note)
    out.print(f"{email} is suppressed.", soft_wrap=True)


@click.command(epilog="\b\nExample:\n  newsletter subscribers lift ada@example.org")
@click.argument("email")
@pass_context
def lift(context: Context, /, *, email: str) -> None:
    """Let a suppressed address be mailed again."""
    app = context.app
    with app.database.writing() as session:
        was = barring.lift(session, app.tokens, email, Evidence("cli", actor="cli"), app.clock.now())
    out.print(f"{email} {'may be mailed again' if was else 'was not suppressed'}.", soft_wrap=True)


def add_to(group: click.Group) -> None:
    """Add the commands to `newsletter subscribers`."""
    for command in (unsubscribe, suppress, lift):
        group.add_command(command)
