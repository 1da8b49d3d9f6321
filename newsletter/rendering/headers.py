"""The header fields of issues and notices, marks standing where a reader's values will."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote

from newsletter.domain.encoding import header_value, phrase_value, unstructured
from newsletter.domain.letter import Encoding, clean
from newsletter.rendering.holes import Holes
from newsletter.settings import NewsletterSettings, SiteSettings


def common_headers(
    newsletter: NewsletterSettings, site: SiteSettings, holes: Holes, subject: str, date: datetime
) -> list[bytes]:
    """Return From, To, Subject, Date, Message-ID and, where set, Reply-To. `date` is aware.

    The holes are `to_name`, `to_address` and `message_id`.
    """
    to_name = holes.mark("to_name", Encoding.PHRASE)
    to_address = holes.mark("to_address", Encoding.HEADER)
    fields = [
        b"From: " + mailbox(newsletter.from_name or site.name, newsletter.from_address),
        f"To: {to_name}<{to_address}>".encode(),
        unstructured(subject, "Subject"),
        f"Date: {format_datetime(date.astimezone(UTC))}".encode(),
        f"Message-ID: <{holes.mark('message_id', Encoding.HEADER)}>".encode(),
    ]
    if newsletter.reply_to:
        fields.append(b"Reply-To: <" + header_value(newsletter.reply_to) + b">")
    return fields


def list_headers(
    newsletter: NewsletterSettings, links: Mapping[str, str], holes: Holes, issue_date: str
) -> list[bytes]:
    """Return List-Id (RFC 2919), List-Unsubscribe (RFC 2369), its one-click form (RFC 8058) and Feedback-ID.

    `links["unsubscribe"]` carries the mark of `unsubscribe_token`. None of them may hold an encoded word, so a
    title in other than ASCII is left out of List-Id. One-click needs an https address to be honoured.
    """
    token = holes.mark("unsubscribe_token", Encoding.HEADER)
    address = newsletter.unsubscribe_address or newsletter.reply_to or newsletter.from_address
    mailto = f"mailto:{quote(clean(address), safe='@+-._~')}?subject=unsubscribe%20{token}"
    domain = domain_of(newsletter.from_address)
    return [
        f"List-Id: {_list_title(newsletter.title)}<{_atom(newsletter.slug)}.{domain}>".encode(),
        f"List-Unsubscribe: <{links['unsubscribe']}>,\r\n <{mailto}>".encode(),
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        f"Feedback-ID: {_atom(issue_date)}:{_atom(newsletter.slug)}:issue:{_sender_id(domain)}".encode(),
    ]


def mailbox(name: str, address: str) -> bytes:
    """Return `"Name" <address>` as a header has it."""
    return phrase_value(name) + b"<" + header_value(address) + b">"


def domain_of(address: str) -> str:
    """Return an address's domain in ASCII (`xn--` where it is internationalised)."""
    domain = clean(address).rpartition("@")[2]
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return _atom(domain)


def _list_title(title: str) -> str:
    return phrase_value(title).decode("ascii") if title.isascii() and "=?" not in title else ""


def _atom(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text)[:60] or "-"


def _sender_id(domain: str) -> str:
    """Feedback-ID's last field: five to fifteen characters, the same for ever."""
    return domain if 5 <= len(domain) <= 15 else "s" + hashlib.sha256(domain.encode()).hexdigest()[:11]
