"""`[signup]`: what readers agree to, whose sign-ups are taken, and what is kept from robots."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import idna

from newsletter.config import values
from newsletter.config.reading import Table
from newsletter.settings import SignupSettings

CONSENT = "Send me this newsletter by email. I can leave at any time with one click."
HARDEST = 22  # bits: about ten seconds of a desk computer, and far longer on an old telephone
_DEFAULT = SignupSettings(CONSENT, "1")
_LONGEST_VERSION = 40
_LONGEST_WAIT = timedelta(minutes=1)
_OWN_PORTS = {"http": 80, "https": 443}


def signup(table: Table, folder: Path) -> SignupSettings:
    """Return what `[signup]` says. Domains are checked by DNS unless it is switched off."""
    settings = SignupSettings(
        consent_text=table.optional("consent_text", values.text, CONSENT),
        consent_version=table.optional("consent_version", _version, "1"),
        consent_texts=_texts(table.table("consent_texts")),
        confirm_within=table.optional("confirm_within", values.duration, _DEFAULT.confirm_within),
        mails_per_day=table.optional("mails_per_day", values.whole(1, 100), _DEFAULT.mails_per_day),
        origins=table.optional("origins", origins, _DEFAULT.origins),
        check_dns=table.optional("check_dns", values.switch, default=True),
        disposable_domains=_list(table, folder),
        per_network=table.optional("per_network", values.limit_or_none, _DEFAULT.per_network),
        per_address=table.optional("per_address", values.limit_or_none, _DEFAULT.per_address),
        per_domain=table.optional("per_domain", values.limit_or_none, _DEFAULT.per_domain),
        shared_domains=table.optional("shared_domains", _domains, _DEFAULT.shared_domains),
        minimum_time=table.optional("minimum_time", _minimum_time, _DEFAULT.minimum_time),
        proof_of_work=table.optional("proof_of_work", values.whole(0, HARDEST), _DEFAULT.proof_of_work),
        confirmations_per_minute=table.optional(
            "confirmations_per_minute", values.whole(0, 100_000), _DEFAULT.confirmations_per_minute
        ),
    )
    table.finish()
    return settings


def _texts(table: Table) -> dict[str, str]:
    """Return the words of consent by language."""
    found = {}
    for key in table.values:
        try:
            language = values.language(key)
        except values.Expected as error:
            table.problems.say(table.name(key), f"is no language; expected {error}")
            table.given(key)
        else:
            found[language] = table.optional(key, values.text, "")
    return found


def _version(value: object) -> str:
    version = values.text(value)
    if len(version) > _LONGEST_VERSION:
        raise values.Expected(f'a name of up to {_LONGEST_VERSION} characters, such as "2026-01"')
    return version


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


def _minimum_time(value: object) -> timedelta:
    try:
        time = values.duration_or_none(value)
    except values.Expected:
        time = None
    if time is None or time > _LONGEST_WAIT:
        raise values.Expected('a length of time up to a minute, such as "2 s", or 0')
    return time


def _domains(value: object) -> frozenset[str]:
    try:
        return frozenset(values.domain(each) for each in value) if isinstance(value, list) else _refused()
    except values.Expected:
        return _refused()


def _refused() -> frozenset[str]:
    raise values.Expected('a list of domains such as ["mail.example"]')
