"""Hands letters to an SMTP server, one at a time in lock-step, over one connection that outlives batches."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from newsletter.domain.delivery import Batch, Envelope, IssueRefused, Outcome, TransportDown, Verdict
from newsletter.settings import TransportSettings
from newsletter.transports.connection import Connection, LineLost, open_connection
from newsletter.transports.replies import Judgement, Reply, Scope, Stage, judge

REFUSALS_IN_A_ROW = 3  # so many different recipients refused without one acceptance: the issue is meant

# From here on the reader at hand is put off when the line breaks, so that a message which breaks it each time
# cannot hold up everybody behind it.
_RECIPIENT_WAS_NAMED = frozenset({Stage.RCPT, Stage.DATA, Stage.BODY, Stage.DOT})

_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f]+@[^\s<>@\x00-\x1f\x7f]+")


class _Obstacle(Exception):
    """The message cannot be put to this server at all; `outcome` says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reply)
        self.outcome = outcome


@dataclass(slots=True)
class _Suspects:
    """Refusals that may be about the recipient or about the issue.

    They are held back until something tells: an acceptance (the recipients are to blame), a third one in a row
    (the issue is), or the batch's end (nobody knows, so they are tried again later).
    """

    held: list[Outcome] = field(default_factory=list)
    in_a_row: set[str] = field(default_factory=set)

    def hold(self, recipient: str, outcome: Outcome) -> None:
        self.in_a_row.add(recipient)
        self.held.append(outcome)
        if len(self.in_a_row) >= REFUSALS_IN_A_ROW:
            self.in_a_row.clear()
            raise IssueRefused(f"refused for {REFUSALS_IN_A_ROW} readers in a row: {outcome.reply}")

    def cleared_by_acceptance(self) -> list[Outcome]:
        self.in_a_row.clear()
        return self._released()

    def undecided(self) -> list[Outcome]:
        return [Outcome(each.key, Verdict.DEFERRED, each.status, each.reply) for each in self._released()]

    def _released(self) -> list[Outcome]:
        released, self.held = self.held, []
        return released


class SmtpTransport:
    """The Transport for an SMTP server. Connects at the first message, and again when an idle line has died.

    `tls` replaces the system's trust, for a server with a certificate of one's own.
    """

    def __init__(self, settings: TransportSettings, tls: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._tls = tls or ssl.create_default_context()
        self._connection: Connection | None = None
        self._suspects = _Suspects()

    def deliver(self, batch: Batch) -> Iterator[Outcome]:
        """Send the batch and yield each outcome. Raises TransportDown, IssueRefused."""
        self._suspects.held.clear()
        for envelope in batch.envelopes:
            yield from self._deliver_one(envelope, batch.letter.stamp(envelope.values))
        yield from self._suspects.undecided()

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _deliver_one(self, envelope: Envelope, message: bytes) -> Iterator[Outcome]:
        try:
            stage, reply = self._last_reply(envelope, message)
        except _Obstacle as obstacle:
            yield obstacle.outcome
            return
        except LineLost as lost:
            self._drop()
            yield from _what_is_known(envelope, lost)
            raise TransportDown(self._named(str(lost))) from lost
        yield from self._outcomes(envelope, stage, reply)

    def _outcomes(self, envelope: Envelope, stage: Stage, reply: Reply) -> Iterator[Outcome]:
        judgement = judge(stage, reply)
        verdict = judgement.verdict or Verdict.DEFERRED
        outcome = Outcome(envelope.key, verdict, reply.status, str(reply), reply.remote_id)
        if judgement.scope is Scope.SITE and stage in _RECIPIENT_WAS_NAMED:
            yield outcome
        if judgement.verdict is None:
            self._give_up(judgement, stage, reply)
        if judgement.scope is Scope.SUSPECT:
            self._suspects.hold(envelope.recipient, outcome)
            return
        if outcome.verdict is Verdict.ACCEPTED:
            yield from self._suspects.cleared_by_acceptance()
        yield outcome

    def _last_reply(self, envelope: Envelope, message: bytes) -> tuple[Stage, Reply]:
        """Return the reply that decides, on a fresh connection where a used one turns out to be of no use.

        Servers end connections that were idle, or have carried enough; that is no reason to stop. Nothing is tried
        a second time once the message's first byte was written. Raises LineLost, _Obstacle, TransportDown,
        IssueRefused.
        """
        connection = self._usable()
        was_used = connection.used
        try:
            stage, reply = self._transact(connection, envelope, message)
        except LineLost as lost:
            if not was_used or lost.stage in {Stage.BODY, Stage.DOT}:
                raise
        else:
            if not was_used or stage is Stage.DOT or judge(stage, reply).scope is not Scope.SITE:
                return stage, reply
        self._drop()
        return self._transact(self._usable(), envelope, message)

    def _usable(self) -> Connection:
        if self._connection is not None and self._connection.used and self._connection.is_disturbed():
            self._drop()
        if self._connection is None:
            self._connection = open_connection(self._settings, self._tls)
        return self._connection

    def _transact(self, connection: Connection, envelope: Envelope, message: bytes) -> tuple[Stage, Reply]:
        parameters = _parameters(connection, envelope, message)
        return connection.transact(envelope.sender, envelope.recipient, parameters, message)

    def _give_up(self, judgement: Judgement, stage: Stage, reply: Reply) -> NoReturn:
        self._drop()
        sentence = self._named(f"answered {stage}: {reply}")
        raise IssueRefused(sentence) if judgement.scope is Scope.ISSUE else TransportDown(sentence)

    def _named(self, sentence: str) -> str:
        return f"{self._settings.host}:{self._settings.port} {sentence}"

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close(politely=False)
        self._connection = None


def _parameters(connection: Connection, envelope: Envelope, message: bytes) -> str:
    """Return what follows the address of MAIL FROM. Raises _Obstacle, IssueRefused."""
    addresses = envelope.sender + envelope.recipient
    if not _ADDRESS.fullmatch(envelope.recipient):
        raise _Obstacle(Outcome(envelope.key, Verdict.REJECTED, "5.1.3", "this is not an address mail can go to"))
    header, _, body = message.partition(b"\r\n\r\n")
    needs_utf8 = not (addresses.isascii() and header.isascii())
    if needs_utf8 and not connection.offers("smtputf8"):
        words = "the address has letters beyond ASCII, and the mail server does not offer SMTPUTF8"
        raise _Obstacle(Outcome(envelope.key, Verdict.REJECTED, "5.6.7", words))
    if 0 < connection.size_limit < len(message):
        raise IssueRefused(f"the message has {len(message)} octets, and the server takes {connection.size_limit}")
    parameters = [f"SIZE={len(message)}"] if connection.offers("size") else []
    if (needs_utf8 or not body.isascii()) and connection.offers("8bitmime"):
        parameters.append("BODY=8BITMIME")
    parameters += ["SMTPUTF8"] if needs_utf8 else []
    return "".join(f" {parameter}" for parameter in parameters)


def _what_is_known(envelope: Envelope, lost: LineLost) -> Iterator[Outcome]:
    """Yield what a broken line leaves behind."""
    if lost.stage is Stage.DOT:
        yield Outcome(envelope.key, Verdict.IN_DOUBT, "4.4.2", str(lost))
    elif lost.stage in _RECIPIENT_WAS_NAMED:
        yield Outcome(envelope.key, Verdict.DEFERRED, "4.4.2", str(lost))
