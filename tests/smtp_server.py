"""A real SMTP server on the loopback that does as it is told, well or badly, and remembers what it accepted."""

from __future__ import annotations

import socket
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.smtp_session import PATIENCE, Accepted, Deed, Manner, Session

__all__ = ["PATIENCE", "Accepted", "Deed", "Manner", "SmtpServer", "smtp_server"]


Rule = Callable[[str, str], Deed | None]  # command and its argument


@dataclass
class SmtpServer:
    """`plan` is done once each, in order; `rule` is asked each time, before the plan.

    With `stays_open` a message without a recipient leaves its transaction open, as some servers do after BDAT.
    `violations` are what a client may never do, such as talking ahead of a reply unasked.
    """

    extensions: tuple[str, ...] = ("8BITMIME", "SMTPUTF8", "SIZE 50000000")
    tls: ssl.SSLContext | None = None
    is_wrapped: bool = False
    credentials: tuple[str, str] | None = None
    rule: Rule = lambda command, argument: None
    manner: Manner = Manner.ONE_BY_ONE
    stays_open: bool = False
    accepted: list[Accepted] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    commands_on: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    violations: list[str] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._plans: dict[tuple[str, int], deque[Deed]] = defaultdict(deque)
        self._sessions: list[Session] = []
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]

    def plan(self, command: str, *deeds: Deed, on: int = 0) -> None:
        """Do so at the next such commands, of the connection of that number (from 1) or of any."""
        self._plans[command, on].extend(deeds)

    def forget(self, command: str) -> None:
        """Plan nothing for it any more."""
        self._plans[command, 0].clear()

    def deed_for(self, command: str, argument: str, number: int) -> Deed | None:
        with self._changed:
            self.commands.append(command)
            self.commands_on[number].append(command)
            self._changed.notify_all()
        if deed := self.rule(command, argument):
            return deed
        with self._changed:
            planned = self._plans[command, number] or self._plans[command, 0]
            return planned.popleft() if planned else None

    def has_deed_for(self, command: str, number: int) -> bool:
        return bool(self._plans[command, number] or self._plans[command, 0])

    def keep(self, accepted: Accepted) -> str:
        """Keep a message; return the name it is queued under."""
        with self._changed:
            self.accepted.append(accepted)
            self._changed.notify_all()
            return f"Q{len(self.accepted) - 1:05d}"

    def violated(self, what: str) -> None:
        self.violations.append(what)

    def uncork(self) -> None:
        """Say everything that was held back by `Deed.cork`."""
        for session in list(self._sessions):
            session.uncork()

    def cut(self) -> None:
        """Hang up on everybody, and wait until that is done."""
        with self._changed:
            for session in self._sessions:
                session.cut()
            assert self._changed.wait_for(lambda: not self._sessions, PATIENCE)

    def wait_for(self, number: int) -> None:
        """Wait until so many messages were accepted."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.accepted) >= number, PATIENCE), len(self.accepted)

    def wait_for_command(self, command: str, number: int = 1) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.commands.count(command) >= number, PATIENCE), command

    @property
    def recipients(self) -> list[str]:
        return [each.recipient for each in self.accepted]

    def start(self) -> None:
        self._spawn(self._listen)

    def stop(self) -> None:
        """Close every socket and wait for the threads."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in list(self._threads):
            thread.join(PATIENCE)

    def _spawn(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._changed:
                self.connections += 1
                session = Session(self, connection, self.connections)
                self._sessions.append(session)
            self._spawn(self._serve, session)

    def _serve(self, session: Session) -> None:
        with suppress(OSError, EOFError):
            session.run()
        with self._changed:
            self._sessions.remove(session)
            self._changed.notify_all()
        session.close()


@contextmanager
def smtp_server(server: SmtpServer | None = None) -> Iterator[SmtpServer]:
    """Run a server until the block ends; nobody may have talked to it as a client never may."""
    server = server or SmtpServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
    assert server.violations == []
