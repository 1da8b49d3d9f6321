"""The [transport] table into settings: a mail server, a folder, or a mail API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from newsletter.config import values
from newsletter.config.reading import Table
from newsletter.config.secrets import SMTP, api_key, password
from newsletter.settings import ApiSettings, TransportSettings

# The regions of each provider, the usual one first, and whether it wants the sending domain named.
REGIONS: Mapping[str, tuple[str, ...]] = {
    "ses": (),  # any region of Amazon's, such as "eu-central-1"
    "mailgun": ("us", "eu"),
    "postmark": ("us",),
    "sendgrid": ("us", "eu"),
    "brevo": ("eu",),
    "resend": ("us",),
}
_NAMES_ITS_DOMAIN = frozenset({"mailgun"})
_OF_OTHER_KINDS = (
    "host", "port", "security", "username", "password_file", "local_hostname", "messages_per_connection", "path",
    "api_key_file", "api_key_id", "region", "domain", "stream", "batch", "sandbox", "endpoint",
)  # fmt: skip
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def transport(table: Table, folder: Path, environ: Mapping[str, str]) -> TransportSettings:
    """Return how letters leave: by one way, or by several."""
    also = tuple(_way(each, folder, environ) for each in table.tables("also"))
    return replace(_way(table, folder, environ), also=also)


def _way(table: Table, folder: Path, environ: Mapping[str, str]) -> TransportSettings:
    kind = table.required("kind", values.word("smtp", "directory", *REGIONS), "smtp")
    settings = _api(table, kind, folder, environ) if kind in REGIONS else _own(table, kind, folder, environ)
    for key in _OF_OTHER_KINDS:
        table.given(key)  # a file may hold what another kind wants
    settings = replace(
        settings,
        weight=table.optional("weight", values.whole(1, 1_000), settings.weight),
        domains=table.optional("domains", values.domains, settings.domains),
    )
    table.finish()
    return settings


def _own(table: Table, kind: str, folder: Path, environ: Mapping[str, str]) -> TransportSettings:
    security = table.optional("security", values.word("starttls", "tls", "none"), "starttls")
    port = {"starttls": 587, "tls": 465, "none": 25}[security]
    default = TransportSettings(kind)
    transport = TransportSettings(
        kind=kind,
        security=security,
        host=table.optional("host", values.text, "localhost"),
        port=table.optional("port", values.whole(1, 65535), port),
        username=table.optional("username", values.any_text, ""),
        password=password(table, SMTP, folder, environ),
        path=folder / table.optional("path", values.text, "outbox"),
        timeout=table.optional("timeout", values.duration, default.timeout),
        local_hostname=table.optional("local_hostname", values.any_text, ""),
        connections=table.optional("connections", values.whole(1, 1000), default.connections),
        messages_per_connection=table.optional(
            "messages_per_connection", values.whole(0, 1_000_000), default.messages_per_connection
        ),
    )
    if kind == "smtp" and not table.given("host"):
        table.problems.say(table.name("host"), 'is missing; expected a host such as "smtp.example.org"')
    if transport.username and security == "none" and transport.host not in {"localhost", "127.0.0.1", "::1"}:
        table.problems.say(
            table.name("security"), 'is "none" with a username; a password must not travel in the clear'
        )
    return transport


def _api(table: Table, kind: str, folder: Path, environ: Mapping[str, str]) -> TransportSettings:
    regions, default = REGIONS[kind], TransportSettings(kind)
    region = table.optional("region", values.word(*regions) if regions else values.text, "".join(regions[:1]))
    settings = ApiSettings(
        key=api_key(table, folder, environ),
        key_id=table.optional("api_key_id", values.text, ""),
        region=region,
        domain=table.optional("domain", values.text, ""),
        stream=table.optional("stream", values.text, ""),
        batch=table.optional("batch", values.whole(1, 1_000), 1_000),
        sandbox=table.optional("sandbox", values.switch, False),  # noqa: FBT003 - the default of a key
        endpoint=table.optional("endpoint", _endpoint, ""),
    )
    if kind in _NAMES_ITS_DOMAIN and not settings.domain:
        table.problems.say(table.name("domain"), f"is missing; expected the sending domain as {kind} knows it")
    if kind == "ses" and not (settings.region and settings.key_id):
        table.problems.say(table.name("region"), 'and api_key_id are wanted by "ses", such as "eu-central-1"')
    return TransportSettings(
        kind,
        timeout=table.optional("timeout", values.duration, default.timeout),
        connections=table.optional("connections", values.whole(1, 100), 2),
        api=settings,
    )


def _endpoint(value: object) -> str:
    """Return an API's address. A key must not travel in the clear, but on this machine it may."""
    url = values.url(value)
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise values.Expected('an https address such as "https://api.example.net"')
    return url
