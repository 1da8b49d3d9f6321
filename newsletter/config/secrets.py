"""Secrets, from the environment or from files that the configuration names, and never from the file itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from newsletter.config import values
from newsletter.config.reading import Table

SECRET = "NEWSLETTER_SECRET"  # noqa: S105 - the variable's name, not its value
SMTP = "NEWSLETTER_SMTP_PASSWORD"
DATABASE = "NEWSLETTER_DATABASE_PASSWORD"
IMAP = "NEWSLETTER_IMAP_PASSWORD"
API = "NEWSLETTER_API_KEY"
LEAST = 32  # characters


def signing_key(table: Table, folder: Path, environ: Mapping[str, str], given: str | None) -> str:
    """Return the key that links are signed with: the given one, else the environment's, else the file's."""
    file = folder / table.optional("key_file", values.text, "secret.key")
    if table.given("key"):
        refuse(table, "key", "stands in the file", "key_file", SECRET)
    table.finish()
    if found := given or environ.get(SECRET, "").strip():
        return _long_enough(table, found, f"from {SECRET}")
    written = _content(table, "key_file", file, f"`newsletter init` makes one, or set {SECRET}")
    return "" if written is None else _long_enough(table, written, f"in {file}")


def password(table: Table, variable: str, folder: Path, environ: Mapping[str, str]) -> str:
    """Return a password from the variable, else from the table's `password_file`; empty where there is none."""
    if table.given("password"):
        refuse(table, "password", "stands in the file", "password_file", variable)
    written = table.optional("password_file", values.text, "")
    if found := environ.get(variable, ""):
        return found
    return (_content(table, "password_file", folder / written, f"or set {variable}") or "") if written else ""


def api_key(table: Table, folder: Path, environ: Mapping[str, str]) -> str:
    """Return a mail API's key from the variable, else from the table's `api_key_file`; it must be somewhere."""
    if table.given("api_key"):
        refuse(table, "api_key", "stands in the file", "api_key_file", API)
    written = table.optional("api_key_file", values.text, "")
    if found := environ.get(API, "").strip():
        return found
    if not written:
        table.problems.say(table.name("api_key_file"), f"is missing; name a file that holds the key, or set {API}")
        return ""
    return _content(table, "api_key_file", folder / written, f"or set {API}") or ""


def webhook_secret(table: Table, provider: str, folder: Path, environ: Mapping[str, str]) -> str:
    """Return what a provider's requests are verified with, from its variable or the table's `secret_file`."""
    variable = f"NEWSLETTER_WEBHOOK_{provider.upper()}"
    if table.given("secret"):
        refuse(table, "secret", "stands in the file", "secret_file", variable)
    written = table.optional("secret_file", values.text, "")
    if found := environ.get(variable, "").strip():
        return found
    if not written:
        if provider != "ses":  # which signs with certificates of its own
            table.problems.say(
                table.name("secret_file"), f"is missing; name a file that holds it, or set {variable}"
            )
        return ""
    return _content(table, "secret_file", folder / written, f"or set {variable}") or ""


def refuse(table: Table, key: str, what: str, instead: str, variable: str) -> None:
    """Report a secret that is written in the file, without repeating it, and where it belongs."""
    table.problems.say(
        table.name(key),
        f"{what}, where a secret must not be; put it in a file and name that in {table.name(instead)}, "
        f"or set {variable}",
    )


def _long_enough(table: Table, key: str, origin: str) -> str:
    if len(key) < LEAST:
        table.problems.say(
            table.name("key_file"), f"gives a key of {len(key)} characters, {origin}; expected at least {LEAST}"
        )
    return key


def _content(table: Table, key: str, file: Path, mend: str) -> str | None:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        table.problems.say(table.name(key), f"names {file}, which can't be read: {reason}; {mend}")
        return None
