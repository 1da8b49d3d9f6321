"""A letter written out in words, for providers that make the MIME message themselves. Pure.

The letter's holes become marks, and the marks a provider's merge variables. What stands in HTML is escaped before
it is handed over, so each hole has two variables there: `greeting`, and `greeting_html`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.headerregistry import Address, AddressHeader
from email.message import EmailMessage
from email.policy import default
from functools import lru_cache
from html import escape

from newsletter.domain.encoding import clean, displayed
from newsletter.domain.letter import Letter

Syntax = Callable[[str], str]  # a variable's name to what the provider wants to see in its place

_HTML = "_html"
_TO_NAME = "to_name"
_OF_THE_MESSAGE = frozenset({"from", "to", "subject", "reply-to", "mime-version", "content-type"})
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Written:
    """A letter without its MIME form, with a provider's variables where a reader's values will stand.

    `headers` are all but From, To, Subject and Reply-To, which stand by themselves.
    """

    to_name: str
    sender_name: str
    sender_address: str
    reply_to: str
    subject: str
    headers: Mapping[str, str]
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Marked:
    """The letter with marks in its holes. `marks` gives each hole's name the mark that stands for it."""

    message: EmailMessage
    marks: Mapping[str, str]


def write_out(letter: Letter, syntax: Syntax, protect: Callable[[str], str] = lambda text: text) -> Written:
    """Return the letter with `syntax` for its variables. `protect` disarms what only looks like one.

    A part that the letter has not is empty. Raises ValueError when it has no sender.
    """
    marked = _marked(letter)
    message = marked.message
    sender = _first_address(message["From"])

    def fill(text: str, suffix: str = "") -> str:
        text = protect(text)
        for name, mark in marked.marks.items():
            text = text.replace(mark, syntax(name + suffix))
        return text

    return Written(
        to_name=syntax(_TO_NAME) if _TO_NAME in marked.marks else "",
        sender_name=sender.display_name,
        sender_address=sender.addr_spec,
        reply_to=_first_address(message["Reply-To"]).addr_spec if message["Reply-To"] else "",
        subject=fill(str(message["Subject"])),
        headers={name: fill(str(field)) for name, field in message.items() if name.lower() not in _OF_THE_MESSAGE},
        text=fill(_part(message, "plain")),
        html=fill(_part(message, "html"), _HTML),
    )


def written_to(letter: Letter, values: Mapping[str, str]) -> Written:
    """Return the letter as one reader gets it. Raises KeyError naming a missing value."""
    return write_out(letter, variables(letter, values).__getitem__)


def mailbox(name: str, address: str) -> str:
    """Return `"Name" <address>` in plain characters, for an API that takes it so."""
    if not name:
        return address
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address}>'


def variables(letter: Letter, values: Mapping[str, str]) -> dict[str, str]:
    """Return one reader's values by variable, as text and as HTML. Raises KeyError naming a missing one."""
    found = {}
    for name in dict.fromkeys(hole.name for hole in letter.holes):
        text = displayed(values[name]) if name == _TO_NAME else clean(values[name])
        found[name], found[name + _HTML] = text, escape(text)
    return found


@lru_cache(64)
def _marked(letter: Letter) -> _Marked:
    names = list(dict.fromkeys(hole.name for hole in letter.holes))
    whole = b"".join(letter.segments)
    marks = {name: _mark(number, whole) for number, name in enumerate(names)}
    message = message_from_bytes(letter.stamp(marks), policy=default.clone(max_line_length=None))
    return _Marked(message, marks)


def _mark(number: int, letter: bytes) -> str:
    """Return a word that every encoding leaves alone and that the letter does not have."""
    word = f"q{_LETTERS[number % 26]}{number // 26}hole"
    while word.encode() in letter:
        word += "q"
    return word + "q"


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return "" if part is None else str(part.get_content())


def _first_address(field: object) -> Address:
    if not isinstance(field, AddressHeader) or not field.addresses:
        raise ValueError("the letter has no sender")
    return field.addresses[0]
