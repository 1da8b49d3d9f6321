"""`[signup]`: what readers agree to, and whose sign-ups are taken."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import idna

from newsletter.config import values
from newsletter.config.reading import Table
from newsletter.settings import SignupSettings

CONSENT = "Send me this newsletter by email. I can leave at any time with one click."
_DEFAULT = SignupSettings(CONSENT, "1")
_OWN_PORTS = {"http": 80, "https": 443}


def signup(table: Table, folder: Path) -> SignupSettings:
    """Return what `[signup]` says. Domains are checked by DNS unless it is switched off."""
    settings = SignupSettings(
        consent_text=table.optional("consent_text", values.text, CONSENT),
        consent_version=table.optional("consent_version", values.text, "1"),
        confirm_within=table.optional("confirm_within", values.duration, _DEFAULT.confirm_within),
        mails_per_day=table.optional("mails_per_day", values.whole(1, 100), _DEFAULT.mails_per_day),
        origins=table.optional("origins", origins, _DEFAULT.origins),
        check_dns=table.optional("check_dns", values.switch, default=True),
        disposable_domains=_list(table, folder),
    )
    table.finish()
    return settings


def origins(value: object) -> frozenset[str]:
    """Return origins as browsers write them (RFC 6454, section 6.2): in small letters, without the usual port."""
    if not isinstance(value, list):
        raise values.Expected('a list of origins such as ["https://www.example.org"]')
    return frozenset(_origin(each) for each in value)


def _origin(value: object) -> str:
    try:
        parts = urlsplit(values.url(value))
        bad = parts.path or parts.query or parts.fragment or parts.username is not None
        host = idna.encode(parts.hostname or "", uts46=True).decode("ascii") if not bad else ""
    except (values.Expected, idna.IDNAError):
        host = ""
    if not host:
        raise values.Expected('origins such as "https://www.example.org", each without a path')
    port = "" if parts.port in {None, _OWN_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def _list(table: Table, folder: Path) -> Path | None:
    key = "disposable_domains_file"
    named = table.optional(key, values.text, "")
    if not named:
        return None
    file = folder / named
    try:
        file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        table.problems.say(table.name(key), f"names {file}, which can't be read: {why}")
    return file
