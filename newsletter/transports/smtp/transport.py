"""Hands letters to an SMTP server over several connections, in one thread with a selector.

    send -> waiting | begin on a line with room | write, read | answers -> outcomes -> receive

Lines are opened side by side, in threads of their own, as many as what is held asks for. A line that is lost after
it was of use is replaced; one that never was counts as trouble. In trouble nothing new is begun, what is under way
is waited for, and then the trouble is raised: what has no outcome by then was not sent.
"""

from __future__ import annotations

import re
import ssl
from collections import deque
from collections.abc import Callable, Sequence

from newsletter.clock import Clock, SystemClock
from newsletter.domain.delivery import Batch, IssueRefused, Outcome, TransportDown, Verdict
from newsletter.domain.letter import Letter, Stamp
from newsletter.settings import TransportSettings
from newsletter.transports.smtp.dialogue import Answer, Parcel
from newsletter.transports.smtp.fleet import Fleet
from newsletter.transports.smtp.line import Fate, Line
from newsletter.transports.smtp.replies import Judgement, Scope, Stage, judge
from newsletter.transports.smtp.suspects import REFUSALS_IN_A_ROW, Suspects

# From here on the reader at hand is put off when the line breaks, so that a message which breaks it each time
# cannot hold up everybody behind it.
_RECIPIENT_WAS_NAMED = frozenset({Stage.RCPT, Stage.DATA, Stage.BODY, Stage.DOT})
_LARGE_BLOCK = 16 << 20
_WORTHWHILE = 4  # acceptances for each doubt that a lost line left; with fewer something is wrong with the way

# What can stand in a command line: no control character, no space, no angle bracket, and a domain.
_ADDRESS = re.compile(r"[^\x00-\x20\x7f<>]+@[^\x00-\x20\x7f<>@]+")


class SmtpTransport:
    """The Transport for an SMTP server. Connects when there is something to send, and again when idle lines died.

    `window` messages may be under way on each connection. `tls` replaces the system's trust, for a server with a
    certificate of one's own. `stamp` makes of each letter what is stamped, for instance a signed one.
    """

    def __init__(
        self,
        settings: TransportSettings,
        tls: ssl.SSLContext | None = None,
        *,
        window: int = 32,
        clock: Clock | None = None,
        stamp: Callable[[Letter], Stamp] = lambda letter: letter,
    ) -> None:
        _keep_freed_memory()
        self._clock = clock or SystemClock()
        self._window = window
        self._stamp = stamp
        self._name = f"{settings.host}:{settings.port}"
        self._fleet = Fleet(settings, tls or ssl.create_default_context(), window, self._clock)
        self.capacity = settings.connections * window
        self._held = 0
        self._waiting: deque[Parcel] = deque()
        self._outcomes: list[Outcome] = []
        self._suspects = Suspects()
        self._trouble: TransportDown | IssueRefused | None = None

    @property
    def room(self) -> int:
        """How many more envelopes it would take now."""
        return self.capacity - self._held

    def send(self, batch: Batch) -> None:
        """Take a batch of at most `room` envelopes. Waits for nothing."""
        letter = self._stamp(batch.letter)
        self._waiting.extend([Parcel(envelope, letter) for envelope in batch.envelopes])
        self._held += len(batch.envelopes)

    def receive(self, patience: float) -> Sequence[Outcome]:
        """Work on what is held, and return outcomes as soon as there are any.

        Raises TransportDown, IssueRefused, and KeyError naming a value that a hole lacks.
        """
        until = self._clock.monotonic() + patience
        self._fleet.look_after()
        while True:
            self._top_up()
            if outcomes := self._known():
                return outcomes
            remaining = until - self._clock.monotonic()
            if not self._held or remaining < 0:
                return ()
            self._work(remaining)

    def close(self) -> None:
        """Let go of the connections, with a QUIT each; what is held is forgotten."""
        self._fleet.close()
        self._forget()

    def _top_up(self) -> None:
        """Open lines as needed, give each what it has room for, and write."""
        if self._waiting and self._trouble is None:
            self._fleet.wanted(self._held)
            for line in self._fleet.with_room():
                while self._waiting and self._fleet.room_of(line) > 0 and self._trouble is None:
                    self._begin(line, self._waiting.popleft())
        now = self._clock.monotonic()
        for line in self._fleet.lines:
            if line.dialogue.outgoing:
                line.write(now)
        self._lose_the_lost()
        self._fleet.watch()

    def _known(self) -> Sequence[Outcome]:
        """Return the outcomes that may be told. Raises the trouble once nothing is under way any more."""
        if (
            self._suspects.held
            and not self._trouble
            and self._held == len(self._suspects.held) + len(self._outcomes)
        ):
            self._outcomes += self._suspects.undecided()
        if not self._outcomes and self._trouble is not None and not self._fleet.is_busy:
            trouble = self._trouble
            self.close()
            raise trouble
        outcomes, self._outcomes = self._outcomes, []
        self._held -= len(outcomes)
        return outcomes

    def _work(self, patience: float) -> None:
        """Wait for the other side, and take in what it says."""
        for line in self._fleet.ready(patience):
            for answer in line.read(self._clock.monotonic()):
                self._take(line, answer)
        self._lose_the_lost()
        self._trouble = self._trouble or self._fleet.failure()

    def _lose_the_lost(self) -> None:
        for line in [line for line in self._fleet.lines if line.lost]:
            self._lose(line)

    def _begin(self, line: Line, parcel: Parcel) -> None:
        envelope = parcel.envelope
        if not _ADDRESS.fullmatch(envelope.recipient):
            self._outcomes.append(
                Outcome(envelope.key, Verdict.REJECTED, "5.1.3", "this is not an address mail can go to")
            )
            return
        parcel.message = parcel.letter.stamp(envelope.values)
        size = len(parcel.message)
        if 0 < line.size_limit < size:
            self._trouble = IssueRefused(f"the message has {size} octets, and the server takes {line.size_limit}")
        elif (parameters := _parameters(line.offers, parcel)) is None:
            words = "the address has letters beyond ASCII, and the mail server does not offer SMTPUTF8"
            self._outcomes.append(Outcome(envelope.key, Verdict.REJECTED, "5.6.7", words))
        else:
            parcel.parameters = parameters
            line.begin(parcel)

    def _take(self, line: Line, answer: Answer) -> None:
        stage, reply, envelope = answer.stage, answer.reply, answer.parcel.envelope
        if stage is Stage.DOT and reply.is_positive:
            line.accepted += 1
            if self._suspects.in_a_row:
                self._outcomes += self._suspects.cleared_by_acceptance()
            self._outcomes.append(
                Outcome(envelope.key, Verdict.ACCEPTED, reply.status, str(reply), reply.remote_id)
            )
            return
        judgement = judge(stage, reply)
        verdict = judgement.verdict or Verdict.DEFERRED
        outcome = Outcome(envelope.key, verdict, reply.status, str(reply), reply.remote_id)
        if judgement.scope is Scope.SUSPECT:
            if self._suspects.hold(envelope.recipient, outcome):
                self._suspects.forget()
                self._trouble = IssueRefused(f"refused for {REFUSALS_IN_A_ROW} readers in a row: {reply}")
        elif judgement.scope is Scope.RECIPIENT:
            self._outcomes.append(outcome)
        else:
            self._out_of_scope(line, answer, judgement, outcome)

    def _out_of_scope(self, line: Line, answer: Answer, judgement: Judgement, outcome: Outcome) -> None:
        """Take a reply about the site or the issue: the reader at hand is not to blame."""
        if judgement.scope is Scope.SITE and answer.stage in _RECIPIENT_WAS_NAMED:
            self._outcomes.append(outcome)
        else:
            self._waiting.appendleft(_again(answer.parcel))
        words = f"answered {answer.stage}: {answer.reply}"
        if judgement.scope is Scope.ISSUE:
            self._trouble = IssueRefused(self._named(words))
        elif not line.dialogue.farewell:  # else `_lose` decides
            self._down(line, words, str(answer.reply))

    def _lose(self, line: Line) -> None:
        """Settle what was under way on a line that is gone, as far as it is known."""
        for answer in line.last_words(self._clock.monotonic()):
            self._take(line, answer)
        self._fleet.drop(line)
        doubts, is_blamed = 0, False
        untouched: list[Parcel] = []
        for parcel, fate in line.fates():
            words = self._named(f"{line.lost} ({_stage(line, parcel)})")
            if fate is Fate.REFUSED and parcel.refusal:
                self._take(line, Answer(parcel, *parcel.refusal))
            elif fate is Fate.DOUBTFUL:
                doubts += 1
                self._outcomes.append(Outcome(parcel.envelope.key, Verdict.IN_DOUBT, "4.4.2", words))
            elif fate is Fate.BEGUN and not doubts and not is_blamed and _stage(line, parcel) is not Stage.MAIL:
                is_blamed = True
                self._outcomes.append(Outcome(parcel.envelope.key, Verdict.DEFERRED, "4.4.2", words))
            else:
                untouched.append(parcel)
        self._waiting.extendleft(map(_again, reversed(untouched)))
        if self._held and (not line.accepted or line.accepted < _WORTHWHILE * doubts):
            farewell = str(line.dialogue.farewell or "")
            self._down(line, f"answered: {farewell}" if farewell else line.lost, farewell)

    def _down(self, line: Line, words: str, reply: str) -> None:
        """Go on over the other lines where some are of use, else be in trouble."""
        if not self._fleet.shrink(line):
            self._trouble = self._trouble or TransportDown(self._named(words), reply)

    def _forget(self) -> None:
        self._waiting.clear()
        self._outcomes.clear()
        self._suspects.held.clear()
        self._held = 0
        self._trouble = None

    def _named(self, sentence: str) -> str:
        return f"{self._name} {sentence}"


def _keep_freed_memory() -> None:
    """Let the C library keep what is freed, for the next message.

    Until it has seen a large block freed, glibc gives memory back at every chance, which costs some seven page
    faults a message: a tenth of the whole.
    """
    bytes(_LARGE_BLOCK)


def _again(parcel: Parcel) -> Parcel:
    """Return the parcel as one that was never begun."""
    return Parcel(parcel.envelope, parcel.letter)


def _stage(line: Line, parcel: Parcel) -> Stage:
    """Return what the server was asked last for this message."""
    if parcel.ends_at is not None and line.written >= parcel.ends_at:
        return Stage.DOT
    stage = next((stage for each, stage in line.dialogue.expected if each is parcel), Stage.MAIL)
    return Stage.BODY if stage is Stage.DOT else stage


def _parameters(offers: frozenset[str], parcel: Parcel) -> str | None:
    """Return what follows the address of MAIL FROM; None where the message needs letters the server lacks.

    Letters are quoted-printable throughout, so what is not ASCII is an address: in the envelope and in the header.
    """
    parameters = f" SIZE={len(parcel.message)}" if "size" in offers else ""
    message_is_ascii = parcel.message.isascii()
    if message_is_ascii and (parcel.envelope.sender + parcel.envelope.recipient).isascii():
        return parameters
    needs_utf8 = not (parcel.envelope.sender + parcel.envelope.recipient).isascii() or not _header_is_ascii(parcel)
    if needs_utf8 and "smtputf8" not in offers:
        return None
    if "8bitmime" in offers:
        parameters += " BODY=8BITMIME"
    return parameters + (" SMTPUTF8" if needs_utf8 else "")


def _header_is_ascii(parcel: Parcel) -> bool:
    return parcel.message.partition(b"\r\n\r\n")[0].isascii()
