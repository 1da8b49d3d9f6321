"""A real SMTP server on the loopback that does as it is told, well or badly, and remembers what it accepted."""

from __future__ import annotations

import socket
import ssl
import threading
from base64 import b64decode
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PATIENCE = 20.0  # seconds until a stuck test fails instead of hanging


@dataclass(frozen=True)
class Deed:
    """What to do instead of the usual at one command (`CONNECT`, `EHLO`, `MAIL`, `RCPT`, `DATA`, `DOT`, …).

    `hold` is waited for first, `keep` keeps the message all the same, `reply` is said, then `hang_up`.
    """

    reply: str = ""
    hang_up: bool = False
    keep: bool = False
    hold: threading.Event | None = None


@dataclass(frozen=True)
class Accepted:
    """A message the server took responsibility for, or kept although it never said so."""

    sender: str
    recipient: str
    parameters: str
    message: bytes
    connection: int
    is_encrypted: bool
    user: str


Rule = Callable[[str, str], Deed | None]  # command and its argument


@dataclass
class SmtpServer:
    """`plan` is done once each, in order; `rule` is asked each time, before the plan."""

    extensions: tuple[str, ...] = ("8BITMIME", "SMTPUTF8", "SIZE 50000000")
    tls: ssl.SSLContext | None = None
    is_wrapped: bool = False
    credentials: tuple[str, str] | None = None
    rule: Rule = lambda command, argument: None
    accepted: list[Accepted] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._plans: dict[str, deque[Deed]] = defaultdict(deque)
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]

    def plan(self, command: str, *deeds: Deed) -> None:
        self._plans[command].extend(deeds)

    def deed_for(self, command: str, argument: str = "") -> Deed | None:
        with self._changed:
            self.commands.append(command)
            self._changed.notify_all()
        if deed := self.rule(command, argument):
            return deed
        return self._plans[command].popleft() if self._plans[command] else None

    def keep(self, accepted: Accepted) -> None:
        with self._changed:
            self.accepted.append(accepted)
            self._changed.notify_all()

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
        with self._changed:
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
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
                self._open.add(connection)
            self._spawn(self._serve, connection, self.connections)

    def _serve(self, connection: socket.socket, number: int) -> None:
        session = _Session(self, connection, number)
        with suppress(OSError, EOFError):
            session.run()
        with self._changed:
            self._open.discard(connection)
        session.close()


class _HungUp(EOFError):
    pass


class _Session:
    """One conversation."""

    def __init__(self, server: SmtpServer, connection: socket.socket, number: int) -> None:
        self.server, self.number = server, number
        self.user = self.sender = self.parameters = ""
        self.recipients: list[str] = []
        self.is_encrypted = False
        self._take(connection)

    def run(self) -> None:
        if self.server.is_wrapped:
            self._encrypt()
        self._do("CONNECT", "", "220 test server")
        while True:
            line = self._line().decode("utf-8").rstrip("\r\n")
            command, _, argument = line.partition(" ")
            getattr(self, f"_{command.lower()}", self._unknown)(argument)

    def close(self) -> None:
        self._reader.close()
        self._connection.close()

    def _take(self, connection: socket.socket) -> None:
        self._connection, self._reader = connection, connection.makefile("rb")

    def _encrypt(self) -> None:
        assert self.server.tls is not None
        self._reader.close()
        self._take(self.server.tls.wrap_socket(self._connection, server_side=True))
        self.is_encrypted = True

    def _line(self) -> bytes:
        line = self._reader.readline()
        if not line:
            raise _HungUp
        return line

    def _say(self, reply: str) -> None:
        self._connection.sendall(reply.encode() + b"\r\n")

    def _do(self, command: str, argument: str, usual: str) -> bool:
        """Answer a command as told, or as usual; tell whether it went as usual."""
        return self._answer(self.server.deed_for(command, argument) or Deed(), usual)

    def _answer(self, deed: Deed, usual: str) -> bool:
        if deed.hold:
            assert deed.hold.wait(PATIENCE)
        if deed.reply or not deed.hang_up:
            self._say(deed.reply or usual)
        if deed.hang_up:
            self._reset_line()
            raise _HungUp
        return deed.reply[:1] in {"", usual[0]}

    def _reset_line(self) -> None:
        """End the connection at once, whatever has not been read."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def _ehlo(self, argument: str) -> None:
        offers = list(self.server.extensions)
        offers += ["STARTTLS"] if self.server.tls and not self.is_encrypted else []
        offers += ["AUTH PLAIN"] if self.server.credentials else []
        lines = ["test server", *offers]
        self._do("EHLO", argument, "\r\n".join([f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]))

    def _starttls(self, argument: str) -> None:
        if self._do("STARTTLS", argument, "220 go on"):
            self._encrypt()

    def _auth(self, argument: str) -> None:
        _, _, coded = argument.partition(" ")
        _, user, password = b64decode(coded).decode().split("\0")
        is_known = (user, password) == self.server.credentials
        if self._do("AUTH", argument, "235 2.7.0 welcome" if is_known else "535 5.7.8 credentials invalid"):
            self.user = user

    def _mail(self, argument: str) -> None:
        if self.sender or self.recipients:
            self._say("503 5.5.1 nested MAIL command")
        elif self._do("MAIL", argument, "250 2.1.0 sender ok"):
            address, _, self.parameters = argument.partition("> ")
            self.sender = address.partition("<")[2].rstrip(">") or "<>"

    def _rcpt(self, argument: str) -> None:
        if self._do("RCPT", argument, "250 2.1.5 recipient ok"):
            self.recipients.append(argument.partition("<")[2].rstrip(">"))

    def _data(self, argument: str) -> None:
        if not self.recipients:
            self._say("554 5.5.1 no valid recipients")
        elif self._do("DATA", argument, "354 go on"):
            message = b"".join(self._body())
            self._end(message)

    def _body(self) -> Iterator[bytes]:
        while (line := self._line()) != b".\r\n":
            yield line[1:] if line.startswith(b".") else line

    def _end(self, message: bytes) -> None:
        kept = Accepted(
            self.sender, self.recipients[0], self.parameters, message, self.number, self.is_encrypted, self.user
        )
        self._rset_state()
        deed = self.server.deed_for("DOT", kept.recipient) or Deed()
        usual = f"250 2.0.0 Ok: queued as Q{len(self.server.accepted):05d}"
        if deed.keep or not (deed.reply or deed.hang_up):
            self.server.keep(kept)  # before the reply, so that whoever has the reply finds it
        self._answer(deed, usual)

    def _rset(self, argument: str) -> None:
        self._rset_state()
        self._do("RSET", argument, "250 2.0.0 flushed")

    def _rset_state(self) -> None:
        self.sender, self.parameters, self.recipients = "", "", []

    def _quit(self, argument: str) -> None:
        self._do("QUIT", argument, "221 bye")
        raise _HungUp

    def _unknown(self, argument: str) -> None:
        self._say("502 5.5.2 unknown command")


@contextmanager
def smtp_server(server: SmtpServer | None = None) -> Iterator[SmtpServer]:
    """Run a server until the block ends."""
    server = server or SmtpServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
