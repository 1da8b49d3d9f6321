"""One open connection: its socket, written and read without ever waiting, and what is known when it breaks."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum
from itertools import islice
from socket import socket
from typing import Final

from newsletter.transports.smtp.dialogue import Answer, Dialogue, OutOfStep, Parcel
from newsletter.transports.smtp.replies import Stage

# How long the other side may keep silent (RFC 5321 section 4.5.3.2).
PATIENCE: Final[Mapping[Stage, timedelta]] = {
    Stage.CONNECT: timedelta(minutes=5),
    Stage.MAIL: timedelta(minutes=5),
    Stage.RCPT: timedelta(minutes=5),
    Stage.DATA: timedelta(minutes=2),
    Stage.BODY: timedelta(minutes=3),
    Stage.DOT: timedelta(minutes=10),
    Stage.RSET: timedelta(minutes=5),
}
_READ = 1 << 16
_PIECES = 16  # written by one call

# Nothing is wrong; the other side is merely slower.
_NOT_NOW = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Fate(StrEnum):
    """What is known of a message that was under way when its line was lost."""

    DOUBTFUL = "doubtful"  # its last octet was handed over: nobody knows (RFC 1047)
    REFUSED = "refused"
    BEGUN = "begun"
    UNTOUCHED = "untouched"


class Line:
    """A connection that carries messages. `written` octets were handed to the kernel, of what its dialogue said.

    `begun` and `accepted` count its messages, `heard_at` is when (monotonic seconds) the last octet moved. `lost`
    says why the line is of no use any more.
    """

    def __init__(
        self, sock: socket, dialogue: Dialogue, size_limit: int, offers: frozenset[str], now: float
    ) -> None:
        self.sock = sock
        self.dialogue = dialogue
        self.size_limit = size_limit
        self.offers = offers
        self.written = self.begun = self.accepted = 0
        self.heard_at = now
        self.lost = ""
        self.is_retired = False  # begins nothing more
        self.watched_for = 0
        self._is_out_of_step = False  # no later reply means anything
        self._gathers = not isinstance(sock, ssl.SSLSocket)
        sock.settimeout(0.0)

    def begin(self, parcel: Parcel) -> None:
        """Put a message behind those under way; there must be room."""
        self.begun += 1
        self.dialogue.begin(parcel)

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing is under way."""
        return not self.dialogue.parcels and not self.dialogue.expected

    def write(self, now: float) -> None:
        """Write as much as the kernel takes."""
        outgoing = self.dialogue.outgoing
        try:
            while outgoing and not self.lost:
                self._written(self._write())
                self.heard_at = now
        except _NOT_NOW:
            return
        except OSError as error:
            self.lost = _words(error)

    def read(self, now: float) -> list[Answer]:
        """Return the answers that have come."""
        return [] if self.lost else self.last_words(now)

    def last_words(self, now: float) -> list[Answer]:
        """Return the answers that have come, even if the line is lost for writing: the server may say why."""
        answers: list[Answer] = []
        try:
            while True:
                data = self.sock.recv(_READ)
                self.heard_at = now
                if data:
                    answers += self._heard(data)
                else:
                    self.lost = self.lost or "the server hung up"
                if not data or self.dialogue.farewell or (len(data) < _READ and self._gathers):
                    break
        except _NOT_NOW:
            pass
        except OSError as error:
            self.lost = self.lost or _words(error)
        return answers

    def _heard(self, data: bytes) -> Iterator[Answer]:
        if self._is_out_of_step:
            return
        try:
            while answers := self.dialogue.hear(data):
                yield from answers
                data = b""
        except OutOfStep as error:
            self.lost = str(error)
            self._is_out_of_step = True
        if self.dialogue.farewell:
            self.lost = str(self.dialogue.farewell)

    def overdue_at(self, limit: float | None) -> float:
        """Return when (monotonic seconds) the other side will have kept silent too long; infinity when idle."""
        if self.dialogue.outgoing:
            stage = Stage.BODY
        elif self.dialogue.expected:
            stage = self.dialogue.expected[0][1]
        else:
            return float("inf")
        patience = PATIENCE[stage].total_seconds()
        return self.heard_at + (patience if limit is None else min(limit, patience))

    def fates(self) -> list[tuple[Parcel, Fate]]:
        """Return what is known of the messages under way now that the line is lost, in their order."""
        return [(parcel, self._fate(parcel)) for parcel in self.dialogue.parcels.values()]

    def _fate(self, parcel: Parcel) -> Fate:
        if parcel.refusal and not self.dialogue.is_muddled:
            return Fate.REFUSED
        # A server reads in order, so nothing behind its goodbye was taken.
        if self.dialogue.farewell or self.written <= parcel.begins_at:
            return Fate.UNTOUCHED
        is_whole = parcel.ends_at is not None and self.written >= parcel.ends_at
        return Fate.DOUBTFUL if is_whole else Fate.BEGUN

    def close(self) -> None:
        """Drop the connection."""
        with suppress(OSError):
            self.sock.close()

    def _write(self) -> int:
        outgoing = self.dialogue.outgoing
        if self._gathers:
            return self.sock.sendmsg(islice(outgoing, _PIECES))
        return self.sock.send(outgoing[0])

    def _written(self, count: int) -> None:
        self.written += count
        outgoing = self.dialogue.outgoing
        while count:
            first = outgoing[0]
            if count < len(first):
                outgoing[0] = first[count:]
                return
            count -= len(first)
            outgoing.popleft()


def _words(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
