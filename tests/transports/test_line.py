"""One connection: once a reply made no sense, no later one means anything."""

from __future__ import annotations

from socket import socketpair

from newsletter.transports.smtp.dialogue import Chunking, Parcel
from newsletter.transports.smtp.line import Fate, Line
from tests.letters import envelope, small_letter


def test_nothing_is_believed_after_a_reply_that_makes_no_sense() -> None:
    ours, theirs = socketpair()
    with ours, theirs:
        line = Line(ours, Chunking(8), 0, frozenset(), 0.0)
        for key in (1, 2):
            line.begin(Parcel(envelope(key), small_letter(), b"hello\r\n"))
        line.write(0.0)
        theirs.sendall(b"250 sender ok\r\n250 recipient ok\r\n354 go on\r\n")
        assert line.read(0.0) == []
        assert "354" in line.lost
        theirs.sendall(b"250 sender ok\r\n250 recipient ok\r\n250 ok\r\n")
        assert line.last_words(0.0) == []
        assert [fate for _, fate in line.fates()] == [Fate.DOUBTFUL, Fate.DOUBTFUL]
