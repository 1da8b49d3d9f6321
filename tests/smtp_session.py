"""One conversation of the programmable SMTP server: what a client says, and what it is answered."""

from __future__ import annotations

import socket
import ssl
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

PATIENCE = 20.0  # seconds until a stuck test fails instead of hanging

# Must be the last of what is said in one go, whatever is offered (RFC 2920 section 3.1, RFC 3207 section 4).
_LAST_OF_ITS_GROUP = frozenset({"CONNECT", "EHLO", "STARTTLS", "AUTH", "DATA"})


class Manner(StrEnum):
    """How replies come over the line."""

    ONE_BY_ONE = "one by one"
    GLUED = "glued"  # together, once no more input is waiting
    DRIBBLED = "dribbled"  # octet by octet


@dataclass(frozen=True)
class Deed:
    """What to do instead of the usual at one command (`CONNECT`, `EHLO`, `MAIL`, `RCPT`, `DATA`, …).

    `DOT` is the end of a message, whether by DATA or by BDAT, and `BODY` its first octets. `hold` is waited for
    first, `keep` keeps the message all the same; `raw`, or `reply`, or the usual reply is said, `extra` ones
    behind it, and then `hang_up`. With `cork` these and all later replies of the connection wait for `uncork`,
    while the server reads on.
    """

    reply: str = ""
    hang_up: bool = False
    keep: bool = False
    hold: threading.Event | None = None
    raw: bytes = b""
    extra: tuple[str, ...] = ()
    cork: bool = False

    def words(self, usual: str) -> bytes:
        """Return what is said."""
        if self.raw or (self.hang_up and not self.reply):
            return self.raw
        return b"".join(line.encode() + b"\r\n" for line in (self.reply or usual, *self.extra))

    def is_usual(self, usual: str) -> bool:
        """Tell whether the command is obeyed."""
        return not self.raw and self.reply[:1] in {"", usual[0]}


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


class Host(Protocol):
    """What a conversation asks of its server."""

    extensions: tuple[str, ...]
    tls: ssl.SSLContext | None
    is_wrapped: bool
    credentials: tuple[str, str] | None
    manner: Manner
    stays_open: bool

    def deed_for(self, command: str, argument: str, number: int) -> Deed | None: ...
    def has_deed_for(self, command: str, number: int) -> bool: ...
    def keep(self, accepted: Accepted) -> str: ...
    def violated(self, what: str) -> None: ...


class _HungUp(EOFError):
    pass


class Session:
    """One connection. It is strict: whatever is said ahead of a reply without leave ends it as a violation."""

    def __init__(self, server: Host, connection: socket.socket, number: int) -> None:
        self.server, self.number = server, number
        self.user = self.sender = self.parameters = ""
        self.recipients: list[str] = []
        self.chunks: list[bytes] = []
        self.is_encrypted = self.is_corked = False
        self._unsaid = b""
        self._writing = threading.Lock()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._take(connection)

    def run(self) -> None:
        if self.server.is_wrapped:
            self._encrypt()
        self._do("CONNECT", "", "220 test server")
        while True:
            line = self._line().decode("utf-8", "replace").rstrip("\r\n")
            command, _, argument = line.partition(" ")
            getattr(self, f"_{command.lower()}", self._unknown)(argument)

    def close(self) -> None:
        self._reader.close()
        self._connection.close()

    def cut(self) -> None:
        """End it from outside."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def uncork(self) -> None:
        """Say what was held back, and go on as usual."""
        self.is_corked = False
        with suppress(OSError):
            self._flush()

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

    def _input_waits(self) -> bool:
        """Tell whether the client has said more already."""
        self._connection.settimeout(0.0)
        try:
            return bool(self._reader.peek(1))
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            self._connection.settimeout(None)

    def _say(self, octets: bytes) -> None:
        with self._writing:
            self._unsaid += octets
        if self.server.manner is not Manner.GLUED or not self._input_waits():
            self._flush()

    def _flush(self) -> None:
        with self._writing:
            if self.is_corked:
                return
            octets, self._unsaid = self._unsaid, b""
            step = 1 if self.server.manner is Manner.DRIBBLED else max(len(octets), 1)
            for at in range(0, len(octets), step):
                self._connection.sendall(octets[at : at + step])

    def _do(self, command: str, argument: str, usual: str) -> bool:
        """Answer a command as told, or as usual; tell whether it is obeyed."""
        return self._answer(command, self.server.deed_for(command, argument, self.number) or Deed(), usual)

    def _answer(self, command: str, deed: Deed, usual: str) -> bool:
        if deed.hold:
            assert deed.hold.wait(PATIENCE)
        self._expect_silence(command)
        self.is_corked = self.is_corked or deed.cork
        self._say(deed.words(usual))
        if deed.hang_up:
            self._hang_up()
        return deed.is_usual(usual)

    def _expect_silence(self, command: str) -> None:
        may_go_on = "PIPELINING" in self.server.extensions and command not in _LAST_OF_ITS_GROUP
        if not may_go_on and self._input_waits():
            self.server.violated(f"{command} was not waited for")
            self._say(b"503 5.5.1 wait for the reply\r\n")
            self._hang_up()

    def _hang_up(self) -> None:
        """End the connection at once, whatever has not been read."""
        with suppress(OSError):
            self._flush()
            self._connection.shutdown(socket.SHUT_RDWR)
        raise _HungUp

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
        if self.sender:
            self._refuse("503 5.5.1 nested MAIL command")
        elif self._do("MAIL", argument, "250 2.1.0 sender ok"):
            address, _, self.parameters = argument.partition("> ")
            self.sender = address.partition("<")[2].rstrip(">") or "<>"

    def _rcpt(self, argument: str) -> None:
        if not self.sender:
            self._refuse("503 5.5.1 MAIL first")
        elif self._do("RCPT", argument, "250 2.1.5 recipient ok"):
            self.recipients.append(argument.partition("<")[2].rstrip(">"))

    def _data(self, argument: str) -> None:
        if not self.recipients:
            self._refuse("554 5.5.1 no valid recipients")
        elif self._do("DATA", argument, "354 go on"):
            first = self._line()
            self._body_begins()
            self._end(b"".join(self._lines(first)))

    def _lines(self, line: bytes) -> Iterator[bytes]:
        while line != b".\r\n":
            yield line[1:] if line.startswith(b".") else line
            line = self._line()

    def _bdat(self, argument: str) -> None:
        """Take a chunk (RFC 3030); whatever is wrong, its octets are read first."""
        size, _, last = argument.partition(" ")
        self._body_begins()
        chunk = self._reader.read(int(size))
        if len(chunk) < int(size):
            raise _HungUp
        if "CHUNKING" not in self.server.extensions:
            self.server.violated("BDAT without CHUNKING")
        if not self.recipients:
            self._refuse("503 5.5.1 no valid recipients")
            if last and not self.server.stays_open:
                self._rset_state()
            return
        self.chunks.append(chunk)
        if last:
            self._end(b"".join(self.chunks))
        else:
            self._do("BDAT", argument, "250 2.0.0 go on")

    def _body_begins(self) -> None:
        if self.server.has_deed_for("BODY", self.number):
            deed = self.server.deed_for("BODY", "", self.number) or Deed()
            if deed.hold:
                assert deed.hold.wait(PATIENCE)
            if deed.reply or deed.raw:
                self._say(deed.words(""))
            if deed.hang_up:
                self._hang_up()

    def _end(self, message: bytes) -> None:
        kept = Accepted(
            self.sender, self.recipients[0], self.parameters, message, self.number, self.is_encrypted, self.user
        )
        self._rset_state()
        deed = self.server.deed_for("DOT", kept.recipient, self.number) or Deed()
        usual = "250 2.0.0 Ok"
        if deed.keep or not (deed.reply or deed.raw or deed.hang_up):
            name = self.server.keep(kept)  # before the reply, so that whoever has the reply finds it
            usual = f"250 2.0.0 Ok: queued as {name}"
        self._answer("DOT", deed, usual)

    def _rset(self, argument: str) -> None:
        self._rset_state()
        self._do("RSET", argument, "250 2.0.0 flushed")

    def _rset_state(self) -> None:
        self.sender, self.parameters, self.recipients, self.chunks = "", "", [], []

    def _quit(self, argument: str) -> None:
        self._do("QUIT", argument, "221 bye")
        raise _HungUp

    def _refuse(self, reply: str) -> None:
        self._expect_silence(reply)
        self._say(reply.encode() + b"\r\n")

    def _unknown(self, argument: str) -> None:
        self._refuse("502 5.5.2 unknown command")
