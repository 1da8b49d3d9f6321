"""Reads letters the way a mail program does, by the standard library's parser."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default


@dataclass(frozen=True)
class Read:
    message: EmailMessage
    text: str
    html: str

    @property
    def shape(self) -> tuple[list[str], list[str]]:
        """The names of the header fields and the types of all parts, in order."""
        return self.message.keys(), [part.get_content_type() for part in self.message.walk()]


def read(raw: bytes) -> Read:
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    return Read(message, _content(text), _content(html))


def _content(part: MIMEPart) -> str:
    return str(part.get_content()).replace("\r\n", "\n")
