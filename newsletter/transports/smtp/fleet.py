"""The lines of one transport: opened side by side, watched by one selector, replaced, let go.

Opening blocks, so each line is opened by a thread of its own, which rings a bell in the selector when it is done.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import threading
from collections.abc import Iterable
from contextlib import suppress
from queue import Empty, SimpleQueue

from newsletter.clock import Clock
from newsletter.domain.delivery import IssueRefused, TransportDown
from newsletter.settings import TransportSettings
from newsletter.transports.smtp.dialogue import dialogue
from newsletter.transports.smtp.line import Line
from newsletter.transports.smtp.opening import Opened, open_connection

_IDLE = 30.0  # seconds after which a line is opened anew rather than trusted
_FEWER = 60.0  # seconds for which a refused line is not tried again while others work
_PATIENCE_FOR_QUIT = 5.0  # seconds

Failure = TransportDown | IssueRefused


class Fleet:
    """At most `settings.connections` lines, those that are being opened or closed included."""

    def __init__(self, settings: TransportSettings, tls: ssl.SSLContext, window: int, clock: Clock) -> None:
        self.lines: list[Line] = []
        self._settings, self._tls, self._window, self._clock = settings, tls, window, clock
        self._patience = settings.timeout.total_seconds() if settings.timeout else None
        self._most_messages = settings.messages_per_connection or float("inf")
        self._leaving: list[Line] = []
        self._opening = self._era = 0
        self._fewer: tuple[int, float] = (settings.connections, 0.0)  # so many lines, until then
        self._arriving = threading.Lock()  # nothing arrives for an era that is over
        self._arrived: SimpleQueue[tuple[int, Opened | Failure]] = SimpleQueue()
        self._failure: Failure | None = None
        self._selector: selectors.BaseSelector | None = None
        self._bell: tuple[socket.socket, socket.socket] | None = None

    @property
    def is_busy(self) -> bool:
        """Tell whether any message is under way."""
        return any(line.dialogue.parcels for line in self.lines)

    def wanted(self, held: int) -> None:
        """Open as many more lines as so many messages ask for."""
        slots = self.lines[0].dialogue.most if self.lines else self._window
        most, until = self._fewer
        self._watching()  # so that the bell is there before a thread may ring it
        if self._clock.monotonic() >= until:
            most = self._settings.connections
        while len(self.lines) + len(self._leaving) + self._opening < min(most, -(-held // slots)):
            self._opening += 1
            threading.Thread(target=self._open, args=(self._era,), daemon=True).start()

    def with_room(self) -> list[Line]:
        """Return the lines that can take another message, the emptiest first."""
        found = [line for line in self.lines if self.room_of(line) > 0]
        return sorted(found, key=lambda line: len(line.dialogue.parcels))

    def room_of(self, line: Line) -> float:
        """Return how many more messages the line may begin now."""
        if line.lost or line.is_retired:
            return 0
        return min(line.dialogue.room, self._most_messages - line.begun)

    def look_after(self) -> None:
        """Drop idle lines that have died, and let go of those that were idle for long or carried enough."""
        now = self._clock.monotonic()
        for line in [line for line in self.lines if line.is_idle]:
            line.read(now)
            if line.lost:
                self.drop(line)
            elif now - line.heard_at > _IDLE or line.is_retired or line.begun >= self._most_messages:
                self._let_go(line)

    def ready(self, patience: float) -> list[Line]:
        """Wait so many seconds at most; return the lines that can be read, or kept silent for too long."""
        selector, now = self._watching(), self._clock.monotonic()
        events = selector.select(min(patience, self._next_deadline() - now))
        lines = [key.data for key, _ in events if key.data is not None]
        if len(lines) < len(events):
            self._collect()
        now = self._clock.monotonic()
        for line in self.lines:
            if line.overdue_at(self._patience) <= now and line not in lines:
                line.lost = "timed out"
                lines.append(line)
        self._see_off([line for line in lines if line in self._leaving], now)
        return [line for line in lines if line in self.lines]

    def failure(self) -> Failure | None:
        """Return why no line could be opened, if none is there and none is on its way."""
        if self.lines or self._opening:
            return None
        failure, self._failure = self._failure, None
        return failure

    def shrink(self, line: Line) -> bool:
        """Use one line less for a while, for want of this one; tell whether others are of use, or may be yet."""
        line.is_retired = True
        others = [other for other in self.lines if other is not line and not other.lost]
        useful = [other for other in others if other.accepted or other.dialogue.parcels or not other.begun]
        self._fewer = max(1, len(useful)), self._clock.monotonic() + _FEWER
        return bool(useful or self._opening)

    def drop(self, line: Line) -> None:
        """Close a line at once."""
        for lines in (self.lines, self._leaving):
            if line in lines:
                lines.remove(line)
        if self._selector is not None:
            with suppress(KeyError, ValueError):
                self._selector.unregister(line.sock)
        line.close()

    def watch(self) -> None:
        """Have the selector wake us when a line with something to say can be written to."""
        selector = self._watching()
        for line in self.lines:
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if line.dialogue.outgoing else 0)
            if wanted != line.watched_for:
                selector.modify(line.sock, wanted, line)
                line.watched_for = wanted

    def close(self) -> None:
        """Say QUIT to the idle lines and wait for their answers together; drop the others."""
        with self._arriving:
            self._era += 1
        self._collect()
        self._opening = 0
        self._failure = None
        self._fewer = (self._settings.connections, 0.0)
        for line in list(self.lines):
            if line.is_idle and not line.lost:
                self._let_go(line)
            else:
                self.drop(line)
        until = self._clock.monotonic() + _PATIENCE_FOR_QUIT
        while self._leaving and (now := self._clock.monotonic()) < until:
            events = self._watching().select(until - now)
            self._see_off([key.data for key, _ in events if key.data is not None], now)
        for line in list(self._leaving):
            self.drop(line)
        self._stop_watching()

    def _open(self, era: int) -> None:
        try:
            result: Opened | Failure = open_connection(self._settings, self._tls)
        except (TransportDown, IssueRefused) as failure:
            result = failure
        except Exception as failure:  # noqa: BLE001 - in a thread nobody else would hear of it
            result = TransportDown(f"{self._settings.host}:{self._settings.port} can't be opened: {failure}")
        with self._arriving:
            if era == self._era:
                self._arrived.put((era, result))
            elif isinstance(result, Opened):
                result.sock.close()
        with suppress(OSError):
            if self._bell is not None:
                self._bell[1].send(b"!")

    def _collect(self) -> None:
        """Take in the lines that were opened."""
        if self._bell is not None:
            with suppress(BlockingIOError):
                self._bell[0].recv(4096)
        with suppress(Empty):
            while True:
                era, result = self._arrived.get_nowait()
                if isinstance(result, Opened):
                    self._add(result, is_current=era == self._era)
                elif era == self._era:
                    self._failed(result)

    def _add(self, opened: Opened, *, is_current: bool) -> None:
        if not is_current:
            opened.sock.close()
            return
        self._opening -= 1
        talk = dialogue(opened.offers, self._window)
        line = Line(opened.sock, talk, opened.size_limit, opened.offers, self._clock.monotonic())
        line.watched_for = selectors.EVENT_READ
        self._watching().register(line.sock, selectors.EVENT_READ, line)
        self.lines.append(line)

    def _failed(self, failure: Failure) -> None:
        self._opening -= 1
        self._failure = self._failure or failure
        self._fewer = max(1, len(self.lines)), self._clock.monotonic() + _FEWER

    def _let_go(self, line: Line) -> None:
        self.lines.remove(line)
        self._leaving.append(line)
        line.dialogue.say(b"QUIT\r\n")
        line.write(self._clock.monotonic())

    def _see_off(self, lines: Iterable[Line], now: float) -> None:
        """Close lines that have answered QUIT, or died."""
        for line in lines:
            line.read(now)
            self.drop(line)

    def _next_deadline(self) -> float:
        return min((line.overdue_at(self._patience) for line in self.lines), default=float("inf"))

    def _watching(self) -> selectors.BaseSelector:
        if self._selector is None or self._bell is None:
            self._bell = socket.socketpair()
            self._bell[0].settimeout(0.0)
            self._selector = selectors.DefaultSelector()
            self._selector.register(self._bell[0], selectors.EVENT_READ, None)
        return self._selector

    def _stop_watching(self) -> None:
        if self._selector is not None and self._bell is not None:
            self._selector.close()
            for end in self._bell:
                end.close()
        self._selector = self._bell = None
