"""A small letter that has every hole, for those who care about its way and not about its words."""

from __future__ import annotations

from newsletter.domain.delivery import Batch, Envelope
from newsletter.domain.letter import Encoding, Hole, Letter

SENDER = "evening@ledger.example"


def small_letter(body: bytes = b"News.\r\n") -> Letter:
    segments = (
        b"From: <evening@ledger.example>\r\nTo: ",
        b"<",
        b">\r\nMessage-ID: <",
        b">\r\nList-Unsubscribe: <https://news.ledger.example/unsubscribe/",
        b">\r\nSubject: Tonight\r\n\r\n",
        b"\r\n" + body,
    )
    holes = (
        Hole("to_name", Encoding.PHRASE),
        Hole("to_address", Encoding.HEADER),
        Hole("message_id", Encoding.HEADER),
        Hole("unsubscribe_token", Encoding.HEADER),
        Hole("greeting", Encoding.TEXT),
    )
    return Letter(segments, holes)


def envelope(key: int, recipient: str = "") -> Envelope:
    recipient = recipient or f"reader{key}@reader.example"
    values = {
        "to_name": f"Reader {key}",
        "to_address": recipient,
        "message_id": f"id-{key}@ledger.example",
        "unsubscribe_token": f"token-{key}",
        "greeting": f"Good evening, Reader {key}.",
    }
    return Envelope(key, SENDER, recipient, values, f"1.{key}.{key:032x}")


def batch(*keys: int, letter: Letter | None = None) -> Batch:
    return Batch(letter or small_letter(), tuple(envelope(key) for key in keys))
