"""An LMTP server (RFC 2033) for bounces, by aiosmtpd: each mail is answered once its effect is committed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from newsletter.feedback.mailboxes.mailbox import Take

_LARGEST = 10_000_000  # octets
log = structlog.get_logger("newsletter.feedback")


class LmtpServer(Controller):
    """Listens on a port of `host` from `start` to `stop`."""

    def __init__(self, take: Take, host: str, port: int) -> None:
        super().__init__(_Taking(take), hostname=host, port=port)

    def factory(self) -> SMTP:
        """Return the server of one connection."""
        return LMTP(self.handler, data_size_limit=_LARGEST, enable_SMTPUTF8=True)


@dataclass(frozen=True, slots=True)
class _Taking:
    take: Take

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 - aiosmtpd's own signature
        """Answer 250 only for what was committed; the other side keeps anything else and tries again."""
        raw = envelope.original_content or b""
        try:
            await asyncio.to_thread(self.take, _with_recipients(raw, envelope))
        except Exception:
            log.exception("a mail could not be taken")
            return "451 4.3.0 not now"
        return "250 2.0.0 taken"


def _with_recipients(raw: bytes, envelope: Envelope) -> bytes:
    """Write down to whom it came, as the return path names the delivery, and nothing in the mail need do so."""
    lines = [f"X-Original-To: {to}\r\n".encode() for to in envelope.rcpt_tos]
    sender = (envelope.mail_from or "").strip("<>")
    return f"Return-Path: <{sender}>\r\n".encode() + b"".join(lines) + raw
