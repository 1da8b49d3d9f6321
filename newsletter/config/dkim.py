"""`[dkim]`: what letters are signed with."""

from __future__ import annotations

import re
from pathlib import Path

from newsletter.config import values
from newsletter.config.reading import Table
from newsletter.domain.dkim_key import UnfitKey, private_key
from newsletter.settings import DkimKey, DkimSettings

_SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")
_MEND = "`newsletter dkim key FILE` makes one"


def dkim(table: Table, folder: Path) -> DkimSettings:
    """Return the signing keys of `[dkim]`, read from their files. An empty table signs nothing."""
    if not table.values:
        return DkimSettings()
    settings = DkimSettings(
        domain=table.required("domain", values.domain, ""),
        keys=(*_key(table, folder, "", needed=True), *_key(table, folder, "second_", needed=False)),
    )
    if len({key.selector for key in settings.keys}) < len(settings.keys):
        table.problems.say(table.name("second_selector"), "is the first key's; each key needs its own")
    table.finish()
    return settings


def selector(value: object) -> str:
    """Return a key's name in DNS, in small letters."""
    written = value.lower() if isinstance(value, str) else ""
    if not _SELECTOR.fullmatch(written) or len(written) > 100:
        raise values.Expected('a name in DNS such as "ed2026"')
    return written


def _key(table: Table, folder: Path, prefix: str, *, needed: bool) -> tuple[DkimKey, ...]:
    """Return the key under `selector` and `key_file`, either of which needs the other."""
    given = [table.given(f"{prefix}{key}") for key in ("selector", "key_file")]
    if not needed and not any(given):
        return ()
    name = table.required(f"{prefix}selector", selector, "")
    file = table.required(f"{prefix}key_file", values.text, "")
    pem = _fit(table, f"{prefix}key_file", folder / file) if file else b""
    return (DkimKey(name, pem),) if name and pem else ()


def _fit(table: Table, key: str, file: Path) -> bytes:
    """Return what the file holds, or nothing where that can't sign, which is reported."""
    try:
        pem = file.read_bytes()
        private_key(pem)
    except OSError as error:
        table.problems.say(table.name(key), f"names {file}, which can't be read: {error.strerror}; {_MEND}")
    except UnfitKey as unfit:
        table.problems.say(table.name(key), f"names {file}, which {unfit}; {_MEND}")
    else:
        return pem
    return b""
