"""A message taken apart again, the way a mail program does: what the preview shows is read from the sent bytes."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

CLIPPED_ABOVE = 102 * 1024  # octets of HTML after which Gmail hides the rest behind "view entire message"


@dataclass(frozen=True, slots=True)
class Message:
    """The parts of one stamped message. Sizes are octets: of the whole, and of the HTML part once decoded."""

    subject: str
    sender: str
    recipient: str
    headers: tuple[tuple[str, str], ...]
    html: str
    text: str
    source: str
    size: int
    html_size: int

    @property
    def is_clipped(self) -> bool:
        """Tell whether Gmail would hide its end."""
        return self.html_size > CLIPPED_ABOVE


def take_apart(raw: bytes) -> Message:
    """Return the parts of a message as stamped."""
    parsed = message_from_bytes(raw, policy=SMTP)
    html, text = _part(parsed, "html"), _part(parsed, "plain")
    return Message(
        subject=str(parsed["Subject"] or ""),
        sender=str(parsed["From"] or ""),
        recipient=str(parsed["To"] or ""),
        headers=tuple((name, str(value)) for name, value in parsed.items()),
        html=html,
        text=text,
        source=raw.decode("utf-8", "replace").replace("\r\n", "\n"),
        size=len(raw),
        html_size=len(html.encode()),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""
