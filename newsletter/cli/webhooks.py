"""`newsletter webhooks`: other systems that are told what happens to subscriptions."""

from __future__ import annotations

import click

from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, out, write_json, write_table
from newsletter.webhooks import endpoints
from newsletter.webhooks.payload import TYPES
from newsletter.webhooks.standing import standing

_EVENTS = "\b\nEvents:\n" + "\n".join(f"  {name}" for name in TYPES)
_NUMBER = click.argument("number", type=click.IntRange(1, 2**31 - 1))


@click.group()
def webhooks() -> None:
    """Other systems that are told what happens to subscriptions."""


@webhooks.command(
    epilog=f"{_EVENTS}\n\n\b\nExample:\n  newsletter webhooks add https://shop.example/hooks "
    "--event subscription.confirmed --event subscription.unsubscribed"
)
@click.argument("url")
@click.option("--event", "events", multiple=True, required=True, help="A type; may be given several times.")
@pass_context
def add(context: Context, /, *, url: str, events: tuple[str, ...]) -> None:
    """Tell this address of events from now on. Shows the secret that its requests are verified with, once."""
    app = context.app
    hosts = context.settings.webhooks.allow_hosts
    with app.database.writing() as session:
        made = endpoints.add(session, app.chance, url, events, app.clock.now(), actor="cli", allow_hosts=hosts)
    out.print(f"Webhook {made.id} is added. Its secret, which is shown only now:", soft_wrap=True)
    click.echo(app.webhooks().secrets.of(made))


@webhooks.command("list", epilog="\b\nExample:\n  newsletter webhooks list")
@as_json
@pass_context
def list_webhooks(context: Context, /, *, as_json: bool) -> None:
    """Show every webhook and how it fares."""
    with context.app.database.reading() as session:
        rows = [
            {
                "number": each.id,
                "url": each.url,
                "events": ", ".join(each.events),
                "state": each.state,
                "owed": each.owed,
                "given_up": each.given_up,
                "trouble": each.trouble,
            }
            for each in standing(session)
        ]
    columns = ("number", "url", "events", "state", "owed", "given_up", "trouble")
    write_json(rows) if as_json else write_table(rows, columns, empty="There is no webhook yet.")


@webhooks.command(epilog="\b\nExample:\n  newsletter webhooks remove 3")
@_NUMBER
@pass_context
def remove(context: Context, /, *, number: int) -> None:
    """Tell an address nothing more, and drop what it is owed."""
    with context.app.database.writing() as session:
        endpoints.remove(session, number, context.app.clock.now(), actor="cli")
    out.print(f"Webhook {number} is removed.", soft_wrap=True)


@webhooks.command(epilog="\b\nExample:\n  newsletter webhooks rotate 3")
@_NUMBER
@pass_context
def rotate(context: Context, /, *, number: int) -> None:
    """Make a new secret and show it, once. For a day the former one signs as well."""
    app = context.app
    with app.database.writing() as session:
        made = endpoints.rotate(session, number, app.clock.now(), actor="cli")
    out.print(f"The new secret of webhook {number}, which is shown only now:", soft_wrap=True)
    click.echo(app.webhooks().secrets.of(made))


@webhooks.command(epilog="\b\nExample:\n  newsletter webhooks enable 3")
@_NUMBER
@pass_context
def enable(context: Context, /, *, number: int) -> None:
    """Set a webhook going again that was disabled. It is told of everything since."""
    app = context.app
    with app.database.writing() as session:
        endpoints.enable(session, number, app.clock.now(), actor="cli")
    out.print(f"Webhook {number} is enabled.", soft_wrap=True)


@webhooks.command(epilog="\b\nExample:\n  newsletter webhooks test 3")
@_NUMBER
@pass_context
def test(context: Context, /, *, number: int) -> None:
    """Send a message of the type webhook.test now, and show what comes back."""
    reply = context.app.webhooks().test(number)
    if not reply.is_taken:
        raise click.ClickException(f"It was not taken. {reply.words}")
    out.print(f"It was taken. {reply.words}", soft_wrap=True)
