"""A whole letter as the product prints it: multipart, list headers, holes in text, HTML and headers."""

from __future__ import annotations

from datetime import UTC, datetime

from newsletter.domain.letter import Encoding, Letter
from newsletter.rendering.holes import Holes
from newsletter.rendering.letter import Message, compile_letter


def full_letter(words: str = "The night ferry comes back.") -> Letter:
    holes = Holes("letter", words)
    address, token = holes.mark("to_address", Encoding.HEADER), holes.mark("unsubscribe_token", Encoding.HEADER)
    headers = [
        b'From: "The Harbour Ledger" <evening@ledger.example>',
        f"To: {holes.mark('to_name', Encoding.PHRASE)}<{address}>".encode(),
        b"Subject: =?utf-8?q?Tonight=3A_f=C3=A4hre?=",
        f"Date: {datetime(2026, 3, 10, 17, tzinfo=UTC):%a, %d %b %Y %H:%M:%S} +0000".encode(),
        f"Message-ID: <{holes.mark('message_id', Encoding.HEADER)}>".encode(),
        b"Reply-To: <desk@ledger.example>",
        b"List-Id: The Evening Ledger <evening.ledger.example>",
        f"List-Unsubscribe: <https://news.ledger.example/unsubscribe/{token}>".encode(),
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ]
    text_greeting, html_greeting = (holes.mark("greeting", way) for way in (Encoding.TEXT, Encoding.HTML))
    text = f"{text_greeting}\n\n{words} Für alle.\n"
    html = f"<!DOCTYPE html><html><body><p>{html_greeting}</p><p>A story, für alle.</p></body></html>\n"
    return compile_letter(Message("letter", headers, text, html), holes)
