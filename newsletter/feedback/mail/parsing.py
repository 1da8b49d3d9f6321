"""Strange mail taken apart without ever failing on it: unknown charsets, broken headers, missing parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from html import unescape

_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_SUBJECT = re.compile(r"^[ \t>]*Subject:.*$", re.IGNORECASE | re.MULTILINE)
_MOST = 200_000  # characters of a part that are looked at


def parse(raw: bytes) -> Message:
    """Return the mail as it can be read; what is broken in it stays broken."""
    return message_from_bytes(raw)


def header(message: Message, name: str) -> str:
    """Return a header field decoded and on one line; empty where there is none."""
    text = str(message.get(name, ""))
    with suppress(LookupError, UnicodeError, ValueError):
        text = str(make_header(decode_header(text)))
    return " ".join(text.split())


def part(message: Message, kind: str) -> Message | None:
    """Return the first part of a content type."""
    return next((each for each in message.walk() if each.get_content_type() == kind), None)


def blocks(message: Message) -> Iterator[Message]:
    """Yield the groups of fields of a part such as message/delivery-status (RFC 3464, section 2.1)."""
    payload = message.get_payload()
    if isinstance(payload, list):
        yield from (each for each in payload if isinstance(each, Message))
        return
    groups = re.split(r"\r?\n[ \t]*\r?\n", text_of(message).strip())
    yield from (message_from_bytes(group.encode(errors="replace")) for group in groups if group.strip())


def text_of(message: Message) -> str:
    """Return a part's text, whatever its charset claims to be; markup is taken out."""
    octets = message.get_payload(decode=True)
    if not isinstance(octets, bytes):
        payload = message.get_payload()
        return payload[:_MOST] if isinstance(payload, str) else ""
    try:
        text = octets.decode(message.get_content_charset() or "utf-8", errors="replace")
    except (LookupError, ValueError):
        text = octets.decode("latin-1")
    return unescape(_TAG.sub(" ", text)) if message.get_content_subtype() == "html" else text[:_MOST]


def words_of(message: Message) -> str:
    """Return what a person would read: the text of the parts before any message that is sent back along.

    Without our own subject, which says nothing of why it came back, whatever it speaks of.
    """
    found = []
    for each in message.walk():
        if each.get_content_type() in {"message/rfc822", "text/rfc822-headers"}:
            break
        if each.get_content_maintype() == "text":
            found.append(text_of(each))
    return _SUBJECT.sub("", "\n".join(found))[:_MOST]
