"""The sink counts exactly and speaks its protocol, or every other measurement is worth nothing."""

from __future__ import annotations

import json
import shutil
import signal
import smtplib
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.sink import Faults, Offers, Sink, build, running

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="the sink needs a C compiler")

BODY = b"Subject: Tonight\r\nMessage-ID:\r\n <one@ledger.example>\r\n\r\n.\r\n..two\r\n.three\r\nend\r.\n.\r\n"
BIG = b"Message-ID: <big@ledger.example>\r\n\r\n" + b"x" * 300_000 + b"\r\n"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running() as sink:
        yield sink


def talk(port: int, *sent: bytes, ends: bytes = b"221") -> bytes:
    """Send pieces one after the other without waiting, and return all that is answered up to the last reply."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        for piece in sent:
            line.sendall(piece)
        got = b""
        while ends not in got and (more := line.recv(65536)):
            got += more
        return got


def codes(answered: bytes) -> list[int]:
    return [int(line[:3]) for line in answered.splitlines() if line[3:4] == b" "]


def envelope(recipient: str) -> bytes:
    return f"MAIL FROM:<evening@ledger.example> BODY=8BITMIME\r\nRCPT TO:<{recipient}>\r\n".encode()


def bdat(recipient: str, body: bytes) -> bytes:
    return envelope(recipient) + b"BDAT %d LAST\r\n" % len(body) + body


def stuffed(body: bytes) -> bytes:
    lines = body.split(b"\r\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b".\r\n"


def data(recipient: str, body: bytes) -> bytes:
    return envelope(recipient) + b"DATA\r\n" + stuffed(body)


def test_counts_what_smtplib_sends(sink: Sink) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        for number in (1, 2, 2):
            client.sendmail("evening@ledger.example", [f"reader{number}@reader.example"], b"Hello\r\n.\r\n")
    counts = sink.counts()
    assert (counts.messages, counts.recipients, counts.duplicates, counts.bytes) == (3, 2, 1, 3 * 10)


def test_many_recipients_of_one_message_count_each(sink: Sink) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.sendmail("evening@ledger.example", [f"r{n}@reader.example" for n in range(7)], BODY)
    counts = sink.counts()
    assert (counts.messages, counts.recipients, counts.duplicates) == (1, 7, 0)


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize("message", [bdat, data])
def test_bodies_count_alike_however_they_come(sink: Sink, message: object, size: int, tmp_path: Path) -> None:
    """In pieces of any size, as chunks or with dots, pipelined: the same octets."""
    assert callable(message)
    sent = b"EHLO me\r\n" + b"".join(message(f"r{n}@reader.example", BODY) for n in range(3)) + b"QUIT\r\n"
    record = tmp_path / "record"
    with running(record=record) as recording:
        for port in (sink.port, recording.port):
            answered = talk(port, *(sent[at : at + size] for at in range(0, len(sent), size)))
            assert codes(answered).count(250) == 1 + 3 * 3
        assert recording.counts().bytes == 3 * len(BODY)
    counts = sink.counts()
    assert (counts.messages, counts.recipients, counts.bytes) == (3, 3, 3 * len(BODY))
    assert record.read_text().splitlines() == [
        f"r{n}@reader.example\t<one@ledger.example>\t{fnv(BODY)}" for n in range(3)
    ]


def test_big_chunks_are_counted_though_nobody_looks_at_them(sink: Sink) -> None:
    talk(sink.port, b"EHLO me\r\n" + b"".join(bdat(f"r{n}@reader.example", BIG) for n in range(20)) + b"QUIT\r\n")
    counts = sink.counts()
    assert (counts.messages, counts.recipients, counts.bytes) == (20, 20, 20 * len(BIG))


def test_offers_what_it_is_told(sink: Sink) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.ehlo()
        assert {"pipelining", "chunking", "8bitmime", "smtputf8", "size"} <= set(client.esmtp_features)
    with (
        running(Offers(chunking=False, pipelining=False, smtputf8=False)) as poor,
        smtplib.SMTP("127.0.0.1", poor.port) as client,
    ):
        client.ehlo()
        assert set(client.esmtp_features) == {"8bitmime", "size", "enhancedstatuscodes"}
        assert client.docmd("BDAT", "0 LAST")[0] == 502


def test_a_chunk_nobody_gets_is_skipped_and_refused(sink: Sink) -> None:
    answered = talk(sink.port, b"BDAT 9 LAST\r\nQUIT\r\n...QUIT\r\n")
    assert codes(answered) == [220, 503, 221]
    assert sink.counts().messages == 0


def test_refusals_are_drawn_by_seed_and_rejections_by_address() -> None:
    with running(faults=Faults(defer=0.3, reject=0.3)) as sink:
        once, twice = ([_verdict(sink, n) for n in range(60)] for _ in range(2))
        assert [code for code in once if code != 450].count(550) > 5
        assert {n for n in range(60) if once[n] == 550} == {n for n in range(60) if twice[n] == 550}
        assert once.count(450) > 5
        assert sink.counts().refused == sum(code != 250 for code in (*once, *twice))


def _verdict(sink: Sink, number: int) -> int:
    return codes(talk(sink.port, envelope(f"r{number}@reader.example") + b"QUIT\r\n"))[2]


def test_a_lost_reply_is_of_an_accepted_message(tmp_path: Path) -> None:
    record = tmp_path / "record"
    with running(faults=Faults(lose_replies=1.0), record=record) as sink:
        answered = talk(sink.port, bdat("r1@reader.example", BODY))
        assert codes(answered) == [220, 250, 250]
        assert sink.counts().messages == 1
    assert record.read_text().startswith("r1@reader.example\t")


def test_421_ends_the_connection_after_it_was_said() -> None:
    with running(faults=Faults(refuse_421=1.0)) as sink:
        answered = talk(sink.port, *[bdat(f"r{n}@reader.example", BIG) for n in range(3)], ends=b"never")
        assert codes(answered) == [220, 421]
        assert sink.counts().messages == 0


def test_replies_wait_their_time_and_their_turn() -> None:
    with running(Offers(delay_ms=150)) as sink:
        before = time.perf_counter()
        with socket.create_connection(("127.0.0.1", sink.port), timeout=30) as line:
            line.sendall(b"NOOP\r\nEHLO me\r\n")
            line.sendall(b"VRFY you\r\n")
            line.sendall(b"QUIT\r\n")
            got = b"".join(iter(lambda: line.recv(65536), b""))
        assert time.perf_counter() - before >= 0.15  # none leaves early; how late is the machine's affair
        assert codes(got) == [220, 250, 250, 502, 221]


def test_counting_begins_anew(sink: Sink) -> None:
    for _ in range(2):
        talk(sink.port, bdat("r1@reader.example", BODY) + b"QUIT\r\n")
        sink.reset()
    talk(sink.port, bdat("r1@reader.example", BODY) + b"QUIT\r\n")
    counts = sink.counts()
    assert (counts.messages, counts.recipients, counts.duplicates) == (1, 1, 0)


def test_only_senders_count_as_connections(sink: Sink) -> None:
    for number in range(3):
        assert sink.counts().connections == number
        talk(sink.port, b"QUIT\r\n")


def test_tells_its_counts_when_asked_by_signal_and_at_its_end() -> None:
    with subprocess.Popen([str(build())], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        for messages, asked in ((1, signal.SIGUSR1), (2, signal.SIGTERM)):
            talk(port, bdat("r1@reader.example", BODY) + b"QUIT\r\n")
            process.send_signal(asked)
            told = json.loads(process.stdout.readline())
            assert (told["messages"], told["recipients"], told["duplicates"]) == (messages, 1, messages - 1)
        assert process.wait(timeout=30) == 0


def fnv(body: bytes) -> str:
    found = 0xCBF29CE484222325
    for octet in body:
        found = (found ^ octet) * 0x100000001B3 % 2**64
    return f"{found:016x}"
