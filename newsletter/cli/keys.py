"""`newsletter keys`: keys of the API, for the newsroom's other systems."""

from __future__ import annotations

import click

from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, out, write_json, write_table
from newsletter.web.api import keys as register
from newsletter.web.api.scopes import Scope

_SCOPES = "\b\nScopes:\n" + "\n".join(f"  {scope:<16} {scope.meaning}" for scope in Scope)


@click.group()
def keys() -> None:
    """Keys of the API, for the newsroom's other systems."""


@keys.command(
    epilog=f"{_SCOPES}\n\n\b\nExample:\n  newsletter keys create 'Shop' --scope readers:read --scope readers:write"
)
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help="A right; may be given several times.")
@pass_context
def create(context: Context, /, *, name: str, scopes: tuple[str, ...]) -> None:
    """Make a key and show it, once. Name it after the system that will use it."""
    app = context.app
    with app.database.writing() as session:
        key, text = register.create(session, app.chance, name, scopes, app.clock.now(), actor="cli")
    out.print(f'The key of "{key.name}", which is shown only now:', soft_wrap=True)
    click.echo(text)


@keys.command("list", epilog="\b\nExample:\n  newsletter keys list")
@as_json
@pass_context
def list_keys(context: Context, /, *, as_json: bool) -> None:
    """Show every key, without its secret part."""
    with context.app.database.reading() as session:
        rows = [
            {
                "name": key.name,
                "key": f"{key.prefix}…",
                "scopes": ", ".join(key.scopes),
                "created": context.local(key.created_at),
                "by": key.created_by,
                "last_used": context.local(key.last_used_at),
                "revoked": context.local(key.revoked_at),
            }
            for key in register.all_keys(session)
        ]
    columns = ("name", "key", "scopes", "created", "by", "last_used", "revoked")
    write_json(rows) if as_json else write_table(rows, columns, empty="There is no key yet.")


@keys.command(epilog="\b\nExample:\n  newsletter keys revoke Shop")
@click.argument("name")
@pass_context
def revoke(context: Context, /, *, name: str) -> None:
    """End a key at once."""
    app = context.app
    with app.database.writing() as session:
        register.revoke(session, name, app.clock.now(), actor="cli")
    out.print(f'The key of "{name}" is revoked.', soft_wrap=True)
