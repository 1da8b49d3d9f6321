"""`newsletter dkim`: keys that letters are signed with, and the DNS records that go with them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click

from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, out, write_json
from newsletter.domain.dkim_key import new_key, record, strings
from newsletter.rendering.headers import domain_of
from newsletter.settings import Settings


@click.group("dkim")
def dkim() -> None:
    """Signing letters, so that mailbox providers know whose they are."""


@dkim.command(
    epilog="\b\nExamples:\n  newsletter dkim key rsa2026.pem\n  newsletter dkim key --ed25519 ed2026.pem"
)
@click.option(
    "--rsa", "kind", flag_value="rsa", default="rsa", help="RSA, which every provider verifies; the default."
)
@click.option("--ed25519", "kind", flag_value="ed25519", help="Ed25519: shorter, and verified by some.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def key(file: Path, *, kind: str) -> None:
    """Make a private key in FILE, for its owner's eyes only. What exists is never overwritten."""
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise click.ClickException(f"{file} exists already; nothing was changed. Name another file.") from None
    except OSError as error:
        raise click.ClickException(f"{file} can't be made: {error.strerror}.") from None
    with os.fdopen(opened, "wb") as made:
        made.write(new_key(rsa=kind == "rsa"))
    out.print(f"made {file}", soft_wrap=True)
    out.print(
        "Next: name it in [dkim] key_file, with a selector; publish what `newsletter dkim record` prints.",
        soft_wrap=True,
    )


@dkim.command("record", epilog="\b\nExamples:\n  newsletter dkim record\n  newsletter dkim record --json")
@as_json
@pass_context
def show(context: Context, /, *, as_json: bool) -> None:
    """Print the DNS records to publish, in the form of a zone file; a long text stands in several strings."""
    signing = context.settings.dkim
    if not signing.keys:
        raise click.ClickException(
            "[dkim] names no key, so letters are not signed; `newsletter dkim key FILE` makes one."
        )
    texts = {f"{key.selector}._domainkey.{signing.domain}": record(key.private_key) for key in signing.keys}
    if as_json:
        write_json([{"name": name, "type": "TXT", "strings": strings(text)} for name, text in texts.items()])
        return
    for name, text in texts.items():
        quoted = " ".join(f'"{piece}"' for piece in strings(text))
        click.echo(f"{name}. IN TXT ( {quoted} )")


def misaligned(settings: Settings) -> Iterator[str]:
    """Yield a warning for each newsletter whose sender is at another domain than the signature (RFC 7489)."""
    signing = settings.dkim.domain
    for newsletter in settings.newsletters if signing else ():
        domain = domain_of(newsletter.from_address)
        if domain != signing and not domain.endswith(f".{signing}"):
            yield (
                f"{newsletter.slug}: from_address is at {domain}, which dkim.domain {signing} does not cover; "
                "the signature counts for nothing under DMARC."
            )
