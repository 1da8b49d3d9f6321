"""What is said on one connection: octets to write, and replies matched with what they answer. Pure, no socket.

Three ways of talking, chosen by what the server offers after EHLO. With CHUNKING (RFC 3030) a whole window of
messages is said at once, each as `MAIL | RCPT | BDAT … LAST`. With PIPELINING alone (RFC 2920) DATA is the last of
its group and must be answered before the message; the next envelope follows right behind the final dot. Otherwise
every command waits for its reply. No RSET stands between messages: the end of a message ends its transaction (RFC
5321 section 4.1.1.4); one is said only after a recipient or DATA was refused, which leaves the transaction open.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from newsletter.domain.delivery import Envelope
from newsletter.domain.letter import Stamp
from newsletter.transports.smtp.replies import Reply, Stage

_LEADING_DOT = re.compile(rb"(?m)^\.")
_LONGEST_REPLY = 64_000  # octets; RFC 5321 section 4.5.3.1.5 allows 512 a line
_CLOSING = b"421"


class OutOfStep(Exception):
    """What came back is no reply, or one that nothing asked for."""


@dataclass(slots=True, eq=False)
class Parcel:
    """One message on its way. `parameters` follow the sender's address in MAIL FROM.

    `begins_at` and `ends_at` are places in the stream of octets said on its connection: before its first command,
    and behind its last octet (None until that was said). `refusal` is the first refusal of a command of its own.
    """

    envelope: Envelope
    letter: Stamp
    message: bytes = b""
    parameters: str = ""
    begins_at: int = 0
    ends_at: int | None = None
    refusal: tuple[Stage, Reply] | None = None

    @property
    def mail(self) -> bytes:
        """The command that opens the transaction."""
        return f"MAIL FROM:<{self.envelope.sender}>{self.parameters}\r\n".encode()

    @property
    def rcpt(self) -> bytes:
        """The command that names the reader."""
        return f"RCPT TO:<{self.envelope.recipient}>\r\n".encode()

    @property
    def stuffed(self) -> bytes:
        """The message with its dots doubled and the final dot behind it (RFC 5321 section 4.5.2)."""
        message = self.message
        if self.letter.has_leading_dots:
            message = _LEADING_DOT.sub(b"..", message)
        return message + (b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n")


class Answer(NamedTuple):
    """What the server has to say of a message in the end: a reply, and what it is a reply to."""

    parcel: Parcel
    stage: Stage
    reply: Reply


@dataclass(slots=True)
class Dialogue:
    """One connection's talk. `most` messages may be under way; `said` counts all octets ever put into `outgoing`.

    `expected` are the replies that are still to come, in order. After `farewell`, a 421, nothing more will. Once
    it `is_muddled` nobody knows which refusal was whose.
    """

    most: int
    outgoing: deque[bytes] = field(default_factory=deque)
    said: int = 0
    parcels: dict[int, Parcel] = field(default_factory=dict)
    expected: deque[tuple[Parcel | None, Stage]] = field(default_factory=deque)
    farewell: Reply | None = None
    is_muddled: bool = False
    _rest: bytes = b""
    _lines: list[bytes] = field(default_factory=list)

    @property
    def room(self) -> int:
        """How many more messages may be begun."""
        return self.most - len(self.parcels)

    def begin(self, parcel: Parcel) -> None:
        """Begin a message; there must be room."""
        parcel.begins_at = self.said
        self.parcels[id(parcel)] = parcel
        self._begin(parcel)

    def hear(self, data: bytes) -> list[Answer]:
        """Take in what the server said; return the answers that are complete now. Raises OutOfStep.

        The answers before a farewell, or before what is out of step, are told first: by `hear(b"")` then.
        """
        lines = (self._rest + data).split(b"\n")
        answers: list[Answer] = []
        for number, line in enumerate(lines[:-1]):
            if self.farewell is not None:
                break
            try:
                answer = self._line(line.rstrip(b"\r"))
            except OutOfStep:
                if not answers:
                    raise
                self._rest = b"\n".join(lines[number:])
                return answers
            if answer is not None:
                answers.append(answer)
        self._rest = lines[-1]
        if len(self._rest) > _LONGEST_REPLY and not answers:
            raise OutOfStep("the reply has no end")
        return answers

    def say(self, octets: bytes) -> None:
        """Put octets behind those that wait to be written."""
        self.outgoing.append(octets)
        self.said += len(octets)

    def _line(self, line: bytes) -> Answer | None:
        """Take in one line of a reply."""
        code, mark = line[:3], line[3:4]
        if not (code.isdigit() and b"200" <= code <= b"599" and mark in b" -"):
            raise OutOfStep(f"the reply {line[:80]!r} has no code")
        if mark == b"-":
            self._lines.append(line[4:])
            if len(self._lines) > 200:
                raise OutOfStep("the reply has no end")
            return None
        words = line[4:]
        if self._lines:
            words = b" ".join((*self._lines, words))
            self._lines.clear()
        if not self.expected:
            if code == _CLOSING:
                self.farewell = Reply.read(421, words)
                return None
            raise OutOfStep(f"{line[:80]!r} answers nothing")
        parcel, stage = self.expected[0]
        if stage is Stage.DOT and (code[:1] == b"3" or self._contradicts(parcel, code)):
            raise OutOfStep(f"{line[:80]!r} is no answer")
        self.expected.popleft()
        if code == _CLOSING:
            self.farewell = Reply.read(421, words)
        return None if parcel is None else self._heard(parcel, stage, int(code), words)

    def _contradicts(self, parcel: Parcel | None, code: bytes) -> bool:  # noqa: ARG002
        """Tell whether the end of a message can't be answered so after what went before."""
        return False

    def _heard(self, parcel: Parcel, stage: Stage, code: int, words: bytes) -> Answer | None:
        if stage is Stage.DOT:
            return self._ended(parcel, code, words)
        if code == 421:
            return self._answered(parcel, stage, Reply.read(code, words))
        is_refused = code != 354 if stage is Stage.DATA else code >= 300
        if is_refused and parcel.refusal is None:
            parcel.refusal = stage, Reply.read(code, words)
        return self._went_on(parcel, stage, is_refused=is_refused)

    def _ended(self, parcel: Parcel, code: int, words: bytes) -> Answer:
        """Judge by the first refusal, unless the message was accepted all the same.

        A server that finds the last transaction still open refuses MAIL with 503 and takes the rest.
        """
        if parcel.refusal is None:
            return self._answered(parcel, Stage.DOT, Reply.read(code, words))
        stage, refusal = parcel.refusal
        if code < 300 and stage is Stage.MAIL and refusal.code == 503:
            return self._answered(parcel, Stage.DOT, Reply.read(code, words))
        return self._answered(parcel, stage, refusal)

    def _answered(self, parcel: Parcel, stage: Stage, reply: Reply) -> Answer:
        del self.parcels[id(parcel)]
        return Answer(parcel, stage, reply)

    def _begin(self, parcel: Parcel) -> None:
        raise NotImplementedError

    def _went_on(self, parcel: Parcel, stage: Stage, *, is_refused: bool) -> Answer | None:
        raise NotImplementedError


class Chunking(Dialogue):
    """Everything at once: RFC 3030, over PIPELINING."""

    def _line(self, line: bytes) -> Answer | None:
        """Pass over what says nothing new: a plain 250 to MAIL or RCPT, two of three lines."""
        if line.startswith(b"250 ") and self.expected and not self._lines and self.expected[0][1] is not Stage.DOT:
            self.expected.popleft()
            return None
        return super()._line(line)

    def _begin(self, parcel: Parcel) -> None:
        self.say(parcel.mail + parcel.rcpt + b"BDAT %d LAST\r\n" % len(parcel.message))
        self.say(parcel.message)
        parcel.ends_at = self.said
        self.expected += (parcel, Stage.MAIL), (parcel, Stage.RCPT), (parcel, Stage.DOT)

    def _went_on(self, parcel: Parcel, stage: Stage, *, is_refused: bool) -> Answer | None:  # noqa: ARG002
        return None  # nothing follows from a reply but the last

    def _contradicts(self, parcel: Parcel | None, code: bytes) -> bool:
        """A message for nobody can't be accepted: then one of the replies was one too many."""
        if parcel is not None and parcel.refusal and code[:1] == b"2" and parcel.refusal[1].code != 503:
            self.is_muddled = True
        return self.is_muddled


class _Data(Dialogue):
    """What the two ways with DATA have in common: RSET after a refusal, and the message after 354."""

    _is_open: bool = False

    def _reset(self) -> None:
        if self._is_open:
            self.say(b"RSET\r\n")
            self.expected.append((None, Stage.RSET))
        self._is_open = False

    def _say_message(self, parcel: Parcel) -> None:
        """Say the message; only its final dot where no recipient is left (RFC 2920 section 3.1)."""
        self.say(b".\r\n" if parcel.refusal else parcel.stuffed)
        parcel.ends_at = self.said
        self.expected.append((parcel, Stage.DOT))


class Pipelining(_Data):
    """One message behind the other, each in two steps: its envelope with DATA, then the message itself."""

    _envelope: Parcel | None = None  # said, its DATA not yet answered
    _next: Parcel | None = None  # waits to be said behind that one's message

    def _begin(self, parcel: Parcel) -> None:
        if self._envelope is None:
            self._say_envelope(parcel)
        else:
            self._next = parcel

    def _say_envelope(self, parcel: Parcel) -> None:
        self._reset()
        self._envelope = parcel
        self.say(parcel.mail + parcel.rcpt + b"DATA\r\n")
        self.expected += (parcel, Stage.MAIL), (parcel, Stage.RCPT), (parcel, Stage.DATA)

    def _went_on(self, parcel: Parcel, stage: Stage, *, is_refused: bool) -> Answer | None:
        if stage is not Stage.DATA:
            return None
        answer = None
        self._envelope, following = None, self._next
        self._next = None
        if is_refused and parcel.refusal:
            self._is_open = parcel.refusal[0] is not Stage.MAIL
            answer = self._answered(parcel, *parcel.refusal)
        else:
            self._say_message(parcel)
        if following is not None:
            self._say_envelope(following)
        return answer


class LockStep(_Data):
    """One command, one reply."""

    def _begin(self, parcel: Parcel) -> None:
        self._reset()
        if not self.expected:
            self._step(parcel, Stage.MAIL, parcel.mail)
        else:
            self._held = parcel

    _held: Parcel | None = None  # waits for the reply to RSET

    def _line(self, line: bytes) -> Answer | None:
        answer = super()._line(line)
        if self._held is not None and not self.expected and self.farewell is None:
            held, self._held = self._held, None
            self._step(held, Stage.MAIL, held.mail)
        return answer

    def _step(self, parcel: Parcel, stage: Stage, command: bytes) -> None:
        self.say(command)
        self.expected.append((parcel, stage))

    def _went_on(self, parcel: Parcel, stage: Stage, *, is_refused: bool) -> Answer | None:
        if is_refused and parcel.refusal:
            self._is_open = stage is not Stage.MAIL
            return self._answered(parcel, *parcel.refusal)
        if stage is Stage.MAIL:
            self._step(parcel, Stage.RCPT, parcel.rcpt)
        elif stage is Stage.RCPT:
            self._step(parcel, Stage.DATA, b"DATA\r\n")
        else:
            self._say_message(parcel)
        return None


def dialogue(offers: frozenset[str], window: int) -> Dialogue:
    """Return the fastest way of talking to a server that offers these extensions (names in lower case)."""
    if {"chunking", "pipelining"} <= offers:
        return Chunking(window)
    return Pipelining(min(window, 2)) if "pipelining" in offers else LockStep(1)
