"""`newsletter init` and `newsletter config check`."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import time, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import click
from sqlalchemy.engine import make_url

from newsletter import shipped
from newsletter.cli.context import Context, pass_context
from newsletter.cli.dkim import misaligned
from newsletter.cli.printing import as_json, err, out, write_json, write_pairs
from newsletter.clock import SystemChance
from newsletter.config.values import DAYS, length
from newsletter.rendering.templates import Templates
from newsletter.settings import NewsletterSettings, Settings
from newsletter.web import catalogues

_TEMPLATES = """\
# Your own templates

A file here wins over the shipped one of the same name. Copy only what you change:

    email/email.css                 colours and type of the mail
    email/evening/issue.html        the issue as HTML
    email/evening/issue.txt         the issue as text
    email/phrases/en.toml           every word the mail says
    web/newsroom.css                colours and type of the readers' pages
    web/public/sign_up.html         one of the readers' pages
    web/languages/de.po             sentences of the pages worded differently, or a further language

The shipped ones lie in {shipped}
"""
_ELSEWHERE = frozenset({"database_url", "secret", "transport", "dkim"})
_RESERVED = (".example", ".invalid", ".test", ".localhost", "example.org", "example.com", "example.net")
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


@click.command(epilog="\b\nExample:\n  newsletter init evening && cd evening && newsletter config check")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Make a folder with a configuration to edit.

    Beside it come a folder for templates of your own and a fresh secret key. What exists is never overwritten.
    """
    made = [folder / "config.toml", folder / "secret.key", folder / "templates" / "README.md"]
    for file in made:
        if file.exists():
            raise click.ClickException(f"{file} exists already; nothing was changed. Name another folder.")
    (folder / "templates").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(shipped.example_config(), made[0])
    made[0].write_text(
        made[0].read_text(encoding="utf-8").replace('# templates = "templates"', 'templates = "templates"'),
        encoding="utf-8",
    )
    made[1].touch(mode=0o600)
    made[1].write_text(SystemChance().token(32) + "\n", encoding="ascii")
    made[2].write_text(_TEMPLATES.format(shipped=shipped.templates()), encoding="utf-8")
    for file in made:
        out.print(f"made {file}", soft_wrap=True)
    out.print(f"Next: edit {made[0]}, then {_onwards(folder)}. Keep a copy of {made[1].name}.", soft_wrap=True)


def _onwards(folder: Path) -> str:
    check = "`newsletter config check`"
    return check if folder == Path() else f"`cd {shlex.quote(str(folder))}` and {check}"


@click.group()
def config() -> None:
    """The configuration."""


@config.command(
    epilog="\b\nExamples:\n  newsletter config check\n  newsletter --config /srv/n/config.toml config check --json"
)
@as_json
@pass_context
def check(context: Context, /, *, as_json: bool) -> None:
    """Say what is in force, secrets masked, and what looks wrong.

    Mistakes are named all at once, with exit code 1; what merely looks odd is a warning.
    """
    settings = context.settings
    warnings = list(_odd(settings))
    if as_json:
        write_json({"settings": _masked(settings), "warnings": warnings})
        return
    write_pairs(dict(_flat(_masked(settings))), keys=True)
    for warning in warnings:
        err.print(f"Warning: {warning}", style="yellow", soft_wrap=True)
    if not warnings:
        out.print("Nothing looks wrong.")


def _masked(settings: Settings) -> dict[str, object]:
    """Return the settings under their keys of the file; of secrets only whether they are there."""
    shown = {name: _plain(getattr(settings, name)) for name in settings.__slots__ if name not in _ELSEWHERE}
    transport = replace(settings.transport, password="set" if settings.transport.password else "")
    return {
        **shown,
        "transport": _plain(transport),
        "database": {"url": make_url(settings.database_url).render_as_string(hide_password=True)},
        "secrets": {"key": "set"},
        "dkim": {
            "domain": settings.dkim.domain,
            "selectors": [key.selector for key in settings.dkim.keys],
        },
    }


def _plain(value: object) -> object:
    """Return a value as `config.toml` writes it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    if isinstance(value, frozenset):
        return [DAYS[each] if isinstance(each, int) else str(each) for each in sorted(value)]
    if isinstance(value, timedelta):
        return length(value)
    if isinstance(value, time):
        return value.isoformat("minutes")
    return value if isinstance(value, int) else str(value or "")


def _flat(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield each leaf under its whole path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list) and any(isinstance(inner, dict) for inner in value):
        for number, inner in enumerate(value):
            yield from _flat(inner, f"{name}[{number}]")
    else:
        yield name, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _odd(settings: Settings) -> Iterator[str]:
    base, transport = urlsplit(settings.site.base_url), settings.transport
    if base.scheme == "http" and base.hostname not in _HERE:
        yield "site.base_url is http; one-click unsubscribe works over https only (RFC 8058)."
    if transport.kind == "smtp" and transport.security == "none" and transport.host not in _HERE:
        yield f'transport.security is "none": letters travel to {transport.host} in the clear.'
    if transport.kind == "smtp" and transport.username and not transport.password:
        yield "transport.username has no password; name a password_file, or set NEWSLETTER_SMTP_PASSWORD."
    if settings.templates is not None and not settings.templates.is_dir():
        yield f"templates names {settings.templates}, which is not there; the shipped templates are used."
    yield from _odd_languages(settings)
    for source in settings.sources:
        if source.path is not None and not source.path.is_dir():
            yield f'The source "{source.name}" names {source.path}, which is not there.'
    yield from misaligned(settings)
    for newsletter in settings.newsletters:
        yield from _odd_newsletter(settings, newsletter, base.hostname or "")


def _odd_languages(settings: Settings) -> Iterator[str]:
    try:
        spoken = catalogues.load(Templates(settings.templates))
    except catalogues.BadCatalogue as error:
        yield f"{error}; the pages will not start."
        return
    if catalogues.closest(settings.site.language, spoken) is None:
        yield f'site.language is "{settings.site.language}", which the pages do not speak; it will be English.'


def _odd_newsletter(settings: Settings, newsletter: NewsletterSettings, host: str) -> Iterator[str]:
    folders = [folder for folder in (settings.templates, shipped.templates()) if folder is not None]
    if not any((folder / "email" / newsletter.template).is_dir() for folder in folders):
        yield f"{newsletter.slug}: no templates lie in email/{newsletter.template}; every issue will be held."
    domain = newsletter.from_address.rpartition("@")[2]
    if host in _HERE:
        return
    if domain.endswith(_RESERVED):
        yield f"{newsletter.slug}: from_address is at {domain}, which can't receive answers (RFC 2606)."
    elif domain.split(".")[-2:] != host.split(".")[-2:]:
        yield (
            f"{newsletter.slug}: from_address is at {domain} but the links lead to {host}; "
            "mailbox providers trust a letter more when both are the same."
        )
