"""What an SMTP reply means, and for whom: all error policy in one table. Pure.

A refusal has a scope, and the widest one wins: the other side can't talk to us now (everything stays owed), it
refuses us or the issue (nobody on the list is to blame), or it refuses this recipient. In between stand refusals
that could be either; who sends counts them. What is not known here is taken to be temporary.

Sources: RFC 5321 section 4.2, RFC 3463 and RFC 7504 for the classes; the 5.7.x of large mailbox providers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from newsletter.domain.delivery import Verdict

_LONGEST = 1000  # characters of a reply that are kept
_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# Spelt out, because a search that ignores case takes twice as long, and one is made for each message.
_QUEUED = re.compile(r"\b(?:[Qq]ueued (?:as|mail)|id=|[Mm]essage accepted)\s*:?\s*<?([A-Za-z0-9._@+-]{4,128})")
_ABOUT_US = re.compile(
    r"relay|block ?list|blocked|spamhaus|banned|reputation|not permitted|authenticat", re.IGNORECASE
)


class Stage(StrEnum):
    """How far a conversation had come, in order."""

    CONNECT = "on connecting"
    HELLO = "after EHLO"
    STARTTLS = "after STARTTLS"
    AUTH = "on signing in"
    MAIL = "after MAIL FROM"
    RCPT = "after RCPT TO"
    DATA = "after DATA"
    BODY = "while the message was being written"
    DOT = "after the message"
    RSET = "after RSET"


class Scope(StrEnum):
    """Whom a reply is about."""

    SITE = "site"  # the other side, for now: keep everything and come back later
    ISSUE = "issue"  # us, our credentials, our sender or what we send: stop and tell the editors
    SUSPECT = "suspect"  # this recipient, unless the next ones are refused alike: then the issue
    RECIPIENT = "recipient"


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: its three-digit code and its words, the lines of a long one joined by spaces."""

    code: int
    text: str

    @classmethod
    def read(cls, code: int, words: bytes | str) -> Reply:
        """Return the reply as it can be shown and stored: printable, on one line, of bounded length."""
        text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        if text.isprintable() and len(text) <= _LONGEST and "  " not in text:
            return cls(code, text.strip())
        shown = "".join(sign if sign.isprintable() else " " for sign in text[: 2 * _LONGEST])
        return cls(code, " ".join(shown.split())[:_LONGEST])

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()

    @property
    def status(self) -> str:
        """The RFC 3463 status: the one that was given when it agrees with the code, else `5.0.0` and its like."""
        found = _ENHANCED.match(self.text)
        if found and int(found[1]) == self.code // 100:
            return found[0]
        return f"{self.code // 100}.0.0"

    @property
    def remote_id(self) -> str:
        """The other side's own name for the message, where it is told as Postfix or Exim tell it."""
        found = _QUEUED.search(self.text)
        return found[1] if found else ""

    @property
    def is_positive(self) -> bool:
        """Tell whether it is a 2xx."""
        return 200 <= self.code < 300


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whom a reply is about, and what it means for the recipient at hand (None where it is not about one)."""

    scope: Scope
    verdict: Verdict | None = None


_SITE, _ISSUE = Judgement(Scope.SITE), Judgement(Scope.ISSUE)
_SUSPECT = Judgement(Scope.SUSPECT, Verdict.REJECTED)
_REJECTED = Judgement(Scope.RECIPIENT, Verdict.REJECTED)
_DEFERRED = Judgement(Scope.RECIPIENT, Verdict.DEFERRED)
_ACCEPTED = Judgement(Scope.RECIPIENT, Verdict.ACCEPTED)

# By stage and the reply's first digit. A positive reply is judged only where it ends a message.
BY_STAGE: dict[tuple[Stage, int], Judgement] = {
    (Stage.CONNECT, 4): _SITE,
    (Stage.CONNECT, 5): _ISSUE,  # RFC 7504: no service here, or not for us
    (Stage.HELLO, 4): _SITE,
    (Stage.HELLO, 5): _ISSUE,
    (Stage.STARTTLS, 4): _SITE,
    (Stage.STARTTLS, 5): _SITE,  # never go on in clear; perhaps it can later
    (Stage.AUTH, 4): _SITE,
    (Stage.AUTH, 5): _ISSUE,
    (Stage.MAIL, 4): _SITE,
    (Stage.MAIL, 5): _ISSUE,
    (Stage.RCPT, 4): _DEFERRED,
    (Stage.RCPT, 5): _REJECTED,
    (Stage.DATA, 4): _DEFERRED,
    (Stage.DATA, 5): _SUSPECT,
    (Stage.DOT, 2): _ACCEPTED,
    (Stage.DOT, 4): _DEFERRED,
    (Stage.DOT, 5): _SUSPECT,
}

# Codes that mean the same at every stage.
BY_CODE: dict[int, Judgement] = {
    421: _SITE,  # service not available, closing
    503: _SITE,  # bad sequence of commands: the two sides are out of step
    530: _ISSUE,  # authentication, or TLS first, required
    534: _ISSUE,  # authentication mechanism too weak
    535: _ISSUE,  # credentials invalid
    538: _ISSUE,  # encryption required for authentication
}

# Statuses that name the culprit, once a recipient has been named.
BY_STATUS: dict[str, Judgement] = {
    "5.1.7": _ISSUE,  # bad sender's mailbox address
    "5.1.8": _ISSUE,  # bad sender's system address
    "5.3.4": _ISSUE,  # message too big for the system
    "5.6.7": _REJECTED,  # the address needs SMTPUTF8 (RFC 6531)
    "5.7.8": _ISSUE,  # credentials invalid (RFC 4954)
    "5.7.14": _ISSUE,  # trust relationship required
    "5.7.20": _ISSUE,  # no passing DKIM signature (RFC 7372)
    "5.7.21": _ISSUE,
    "5.7.22": _ISSUE,
    "5.7.23": _ISSUE,  # SPF failed
    "5.7.24": _ISSUE,
    "5.7.25": _ISSUE,  # reverse DNS failed
    "5.7.26": _ISSUE,  # neither SPF nor DKIM passed
    "5.7.27": _ISSUE,  # the sender's domain takes no mail (RFC 7505)
    "5.7.509": _ISSUE,  # DMARC policy of the sender's domain
    "5.7.515": _ISSUE,  # bulk sender without authentication
}


def judge(stage: Stage, reply: Reply) -> Judgement:
    """Return whom the reply is about. Total: whatever fits nowhere means that the two sides are out of step."""
    if reply.code in BY_CODE:
        return BY_CODE[reply.code]
    if stage in {Stage.RCPT, Stage.DATA, Stage.DOT} and reply.status in BY_STATUS:
        return BY_STATUS[reply.status]
    if reply.code // 100 == 5 and stage in {Stage.RCPT, Stage.DOT}:
        return _permanent(stage, reply)
    return BY_STAGE.get((stage, reply.code // 100), _SITE)


def _permanent(stage: Stage, reply: Reply) -> Judgement:
    """Tell a dead mailbox from a refusal that everyone on the list may get.

    Subjects 1 and 2 of RFC 3463 are the address and the mailbox. Without a status the words must do: a relay that
    does not know us says so to every RCPT.
    """
    subject = reply.status.split(".")[1]
    if subject in {"1", "2"}:
        return _REJECTED
    if subject != "0":
        return _SUSPECT
    return _SUSPECT if reply.code in range(500, 510) or _ABOUT_US.search(reply.text) else BY_STAGE[stage, 5]
