"""The [feedback] table into settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from newsletter.config import values
from newsletter.config.reading import Table
from newsletter.config.secrets import IMAP, password, webhook_secret
from newsletter.config.transport import REGIONS
from newsletter.settings import FeedbackSettings, MailboxSettings, WebhookSettings

_LONGEST = 64  # octets of an address's left half (RFC 5321, section 4.5.3.1.1)
_REFERENCE = 48  # of which a reference takes so many, or some fewer


def feedback(table: Table, folder: Path, environ: Mapping[str, str]) -> FeedbackSettings:
    """Return what comes back, and how."""
    default = FeedbackSettings()
    settings = FeedbackSettings(
        return_path=table.optional("return_path", _return_path, ""),
        mailbox=_mailbox(table.table("mailbox"), folder, environ) if table.given("mailbox") else None,
        webhooks=tuple(_webhook(each, folder, environ) for each in table.tables("webhooks")),
        every=table.optional("every", values.duration, default.every),
        transient_limit=table.optional("transient_limit", values.whole(1, 1000), default.transient_limit),
        transient_issues=table.optional("transient_issues", values.whole(1, 1000), default.transient_issues),
    )
    if settings.transient_limit > settings.transient_issues:
        table.problems.add(
            table.name("transient_limit"), settings.transient_limit, "at most transient_issues, or it never holds"
        )
    table.finish()
    return settings


def _webhook(table: Table, folder: Path, environ: Mapping[str, str]) -> WebhookSettings:
    provider = table.required("provider", values.word(*REGIONS), "mailgun")
    settings = WebhookSettings(
        provider, webhook_secret(table, provider, folder, environ), table.optional("topic", values.text, "")
    )
    table.finish()
    return settings


def _return_path(value: object) -> str:
    address = values.address(value)
    if len(address.rpartition("@")[0].encode()) + 1 + _REFERENCE > _LONGEST or not address.isascii():
        raise values.Expected('an address with a short left half, such as "bounces@ledger.example"')
    return address


def _mailbox(table: Table, folder: Path, environ: Mapping[str, str]) -> MailboxSettings:
    kind = table.required("kind", values.word("imap", "maildir"), "maildir")
    security = table.optional("security", values.word("tls", "starttls", "none"), "tls")
    mailbox = MailboxSettings(
        kind=kind,
        path=folder / table.optional("path", values.text, "bounces"),
        host=table.optional("host", values.text, ""),
        port=table.optional("port", values.whole(1, 65535), 993 if security == "tls" else 143),
        security=security,
        username=table.optional("username", values.text, ""),
        password=password(table, IMAP, folder, environ),
        folder=table.optional("folder", values.text, "INBOX"),
    )
    if kind == "imap" and not (mailbox.host and mailbox.username):
        table.problems.say(table.name("host"), 'and username are wanted by "imap"')
    if security == "none" and mailbox.host not in {"", "localhost", "127.0.0.1", "::1"}:
        table.problems.say(table.name("security"), 'is "none"; a password must not travel in the clear')
    table.finish()
    return mailbox
