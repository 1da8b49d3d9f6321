"""Secrets, from the environment or from files that the configuration names, and never from the file itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from newsletter.config import values
from newsletter.config.reading import Table

SECRET = "NEWSLETTER_SECRET"  # noqa: S105 - the variable's name, not its value
PASSWORD = "NEWSLETTER_SMTP_PASSWORD"  # noqa: S105 - likewise
LEAST = 32  # characters


def signing_key(table: Table, folder: Path, environ: Mapping[str, str], given: str | None) -> str:
    """Return the key that links are signed with: the given one, else the environment's, else the file's."""
    file = folder / table.optional("key_file", values.text, "secret.key")
    _refuse(table, "key", f"put it in a file and name that in {table.name('key_file')}, or set {SECRET}")
    table.finish()
    found = given or environ.get(SECRET, "").strip() or _content(table, "key_file", file)
    if found is None:
        return ""
    if len(found) < LEAST:
        table.problems.say(
            table.name("key_file"),
            f"gives a key of {len(found)} characters from {file}; expected at least {LEAST}, "
            f"from that file or from {SECRET}",
        )
    return found


def password(table: Table, folder: Path, environ: Mapping[str, str]) -> str:
    """Return the SMTP password, empty where none is configured."""
    _refuse(
        table, "password", f"put it in a file and name that in {table.name('password_file')}, or set {PASSWORD}"
    )
    written = table.optional("password_file", values.text, "")
    if found := environ.get(PASSWORD, ""):
        return found
    return (_content(table, "password_file", folder / written) or "") if written else ""


def _refuse(table: Table, key: str, mend: str) -> None:
    if table.given(key):
        table.problems.say(table.name(key), f"stands in the file, where a secret must not be; {mend}")


def _content(table: Table, key: str, file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        mend = f"; `newsletter init` makes one, or set {SECRET}" if key == "key_file" else f"; or set {PASSWORD}"
        table.problems.say(table.name(key), f"names {file}, which can't be read: {reason}{mend}")
        return None
