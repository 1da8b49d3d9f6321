"""SMTP against a real server that misbehaves, over each of the three ways of talking.

Whatever it does: who is told accepted was accepted, and nobody gets two unless the first was in doubt.
"""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from itertools import product

import pytest

from newsletter.domain.delivery import TransportDown, Verdict, deliver
from newsletter.transports.smtp import SmtpTransport
from tests.letters import batch, small_letter
from tests.smtp_server import Deed, Manner, SmtpServer
from tests.transports.conftest import Open, Way, attempt, on_each_way

ACCEPTED, DEFERRED, IN_DOUBT = Verdict.ACCEPTED, Verdict.DEFERRED, Verdict.IN_DOUBT
READERS = 12
SHORT = timedelta(milliseconds=300)
LARGE = small_letter((b"y" * 76 + b"\r\n") * 100_000)  # more than the buffers between us hold
GOODBYE = Deed(reply="421 4.3.2 going down", hang_up=True)
CUT = Deed(hang_up=True)
STAGES = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "BODY", "DOT")
DEEDS = {
    "says goodbye": GOODBYE,
    "says goodbye at length": Deed(reply="421-4.3.2 going\r\n421-4.3.2 down\r\n421 4.3.2 now", hang_up=True),
    "cuts the line": CUT,
    "answers half": Deed(raw=b"25", hang_up=True),
    "answers without end": Deed(raw=b"250-and so on\r\n" * 5000, hang_up=True),
    "answers one endless line": Deed(raw=b"2" * 100_000, hang_up=True),
    "answers nonsense": Deed(raw=b"\xff\0perhaps\r\n"),
    "answers with another code": Deed(raw=b"354 go on\r\n"),
    "answers nothing": Deed(raw=b"\r\n"),
    "answers at length": Deed(raw=b"451-4.3.0 not\r\n451 4.3.0 now\r\n"),
    "answers without CR": Deed(raw=b"451 4.3.0 not now\n"),
}


def is_possible(stage: str, deed: str) -> bool:
    """Tell 354 where it is right from trouble; amid a message a server can only go."""
    if stage == "BODY":
        return DEEDS[deed].hang_up
    return (stage, deed) != ("DATA", "answers with another code")


def night(transport: SmtpTransport, server: SmtpServer) -> None:
    """Try whoever is owed or put off until all are accepted, and compare with what the server accepted."""
    waiting, doubts, accepted = set(range(1, READERS + 1)), Counter[int](), set[int]()
    for _ in range(30):
        verdicts, _ = attempt(transport, batch(*sorted(waiting)))
        accepted |= {key for key, verdict in verdicts.items() if verdict is ACCEPTED}
        doubts.update(key for key, verdict in verdicts.items() if verdict is IN_DOUBT)
        waiting -= accepted
    assert waiting == set()
    got = Counter(server.recipients)
    for key in range(1, READERS + 1):
        assert 1 <= got[f"reader{key}@reader.example"] <= 1 + doubts[key]


@on_each_way("stage,deed", [(stage, deed) for stage in STAGES for deed in DEEDS if is_possible(stage, deed)])
def test_nobody_is_lost_and_nobody_gets_two_whatever_it_does(
    server: SmtpServer, open_to: Open, stage: str, deed: str
) -> None:
    """Three times in a night; whoever is in doubt is sent to again, as by the default policy."""
    for before in (0, 3, 9):
        server.plan(stage, *[Deed()] * before, DEEDS[deed])
    night(open_to(server, window=4, timeout=SHORT), server)


@pytest.mark.parametrize("way", [Way.LOCK_STEP, Way.PIPELINING], indirect=True)
@pytest.mark.parametrize("stage", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT"])
def test_a_goodbye_that_is_not_meant_doubles_nothing(server: SmtpServer, open_to: Open, stage: str) -> None:
    """The server says 421 and goes on; we don't. (Behind BDAT it must mean it: RFC 5321 section 3.8.)"""
    server.plan(stage, *[Deed()] * 3, Deed(reply="421 4.3.2 going down"))
    night(open_to(server, window=4, timeout=SHORT), server)


@pytest.mark.parametrize("manner", list(Manner))
def test_a_refusal_too_many_loses_and_doubles_nothing(server: SmtpServer, open_to: Open, manner: Manner) -> None:
    too_many(server, open_to, manner, ("451 4.0.0 or not",))


@pytest.mark.parametrize("way", [Way.LOCK_STEP, Way.PIPELINING], indirect=True)
@pytest.mark.parametrize("manner", list(Manner))
@pytest.mark.parametrize("extra", [("250 2.0.0 ok",), ("250 2.0.0 ok", "250 2.0.0 ok")])
def test_an_acceptance_too_many_loses_and_doubles_nothing(
    server: SmtpServer, open_to: Open, manner: Manner, extra: tuple[str, ...]
) -> None:
    """Behind BDAT nobody could tell it from the one for the next reader."""
    too_many(server, open_to, manner, extra)


def too_many(server: SmtpServer, open_to: Open, manner: Manner, extra: tuple[str, ...]) -> None:
    """Spend a night in which one message is answered more than once."""
    server.manner = manner
    server.plan("DOT", Deed(), Deed(), Deed(extra=extra))
    night(open_to(server, window=4, timeout=SHORT), server)
    server.violations.clear()  # whoever gets a reply too many may well go on too early


def test_the_line_cut_after_the_message_leaves_it_in_doubt(
    way: Way, server: SmtpServer, transport: SmtpTransport
) -> None:
    server.plan("DOT", Deed(hang_up=True, keep=True))
    verdicts, _ = attempt(transport, batch(1, 2))
    assert verdicts == dict.fromkeys((1, 2) if way is Way.CHUNKING else (1,), IN_DOUBT)


@pytest.mark.parametrize("nonsense", ["perhaps", "354 go on", "9", "", "2500 ok", "25 ok", "250ok", "-250 ok"])
def test_an_answer_that_is_none_leaves_the_message_in_doubt(
    way: Way, server: SmtpServer, transport: SmtpTransport, nonsense: str
) -> None:
    server.plan("DOT", Deed(raw=f"{nonsense}\r\n".encode(), keep=True))
    verdicts, _ = attempt(transport, batch(1, 2))
    assert verdicts == dict.fromkeys((1, 2) if way is Way.CHUNKING else (1,), IN_DOUBT)


def test_silence_after_the_message_leaves_it_in_doubt(way: Way, server: SmtpServer, open_to: Open) -> None:
    release = threading.Event()
    server.plan("DOT", Deed(hold=release, hang_up=True))
    outcomes = list(deliver(open_to(server, timeout=SHORT), batch(1)))
    release.set()
    assert [(outcome.verdict, outcome.status) for outcome in outcomes] == [(IN_DOUBT, "4.4.2")]
    assert "timed out" in outcomes[0].reply


@on_each_way("stage", [("CONNECT",), ("EHLO",), ("MAIL",), ("RCPT",), ("DATA",)])
def test_silence_ends_at_every_stage(way: Way, server: SmtpServer, open_to: Open, stage: str) -> None:
    """With BDAT all has been said before the first answer, so it is in doubt."""
    release = threading.Event()
    server.plan(stage, *[Deed(hold=release, hang_up=True)] * 4)
    verdicts, trouble = attempt(open_to(server, timeout=SHORT, window=1), batch(1, 2))
    release.set()
    assert isinstance(trouble, TransportDown)
    assert "timed out" in str(trouble)
    if stage in {"CONNECT", "EHLO"} or (stage == "MAIL" and way is not Way.CHUNKING):
        assert verdicts == {}
    else:
        assert verdicts == {1: IN_DOUBT if way is Way.CHUNKING else DEFERRED}


def test_a_server_that_stops_reading_is_given_up(server: SmtpServer, open_to: Open) -> None:
    release = threading.Event()
    server.plan("BODY", Deed(hold=release, hang_up=True))
    verdicts, trouble = attempt(open_to(server, timeout=SHORT), batch(1, 2, letter=LARGE))
    release.set()
    assert verdicts == {1: DEFERRED}
    assert isinstance(trouble, TransportDown)
    assert server.accepted == []


def test_the_line_cut_in_mid_message_is_no_doubt(server: SmtpServer, transport: SmtpTransport) -> None:
    server.plan("BODY", CUT)
    verdicts, trouble = attempt(transport, batch(1, 2, letter=LARGE))
    assert verdicts == {1: DEFERRED}
    assert isinstance(trouble, TransportDown)
    assert server.accepted == []


@pytest.mark.parametrize("stage", ["CONNECT", "EHLO", "MAIL"])
def test_a_goodbye_before_a_name_is_said_leaves_all_owed(
    server: SmtpServer, transport: SmtpTransport, stage: str
) -> None:
    server.plan(stage, GOODBYE, GOODBYE)
    verdicts, trouble = attempt(transport, batch(1, 2))
    assert verdicts == {}
    assert isinstance(trouble, TransportDown)
    assert server.accepted == []


@on_each_way("stage", [("RCPT",), ("DATA",), ("DOT",)])
def test_who_was_named_at_a_goodbye_is_put_off(server: SmtpServer, transport: SmtpTransport, stage: str) -> None:
    server.plan(stage, GOODBYE, GOODBYE)
    verdicts, trouble = attempt(transport, batch(1, 2))
    assert verdicts == {1: DEFERRED}
    assert "421 4.3.2 going down" in str(trouble)
    assert server.accepted == []


@pytest.mark.parametrize("way", [Way.LOCK_STEP, Way.PIPELINING], indirect=True)
@pytest.mark.parametrize(("stage", "expected"), [("MAIL", {}), ("RCPT", {1: DEFERRED}), ("DATA", {1: DEFERRED})])
def test_a_cut_before_the_message_is_no_doubt(
    server: SmtpServer, transport: SmtpTransport, stage: str, expected: dict[int, Verdict]
) -> None:
    server.plan(stage, CUT, CUT)
    verdicts, trouble = attempt(transport, batch(1, 2))
    assert verdicts == expected
    assert isinstance(trouble, TransportDown)


@on_each_way("stage,deed", list(product(("MAIL", "RCPT", "DATA"), (GOODBYE, CUT))))
def test_a_line_that_has_carried_enough_is_opened_anew(
    way: Way, server: SmtpServer, transport: SmtpTransport, stage: str, deed: Deed
) -> None:
    """Only the reader at hand may be put off; behind BDAT without an answer all is in doubt."""
    list(deliver(transport, batch(1)))
    server.plan(stage, deed)
    verdicts, _ = attempt(transport, batch(2, 3))
    if way is Way.CHUNKING and deed is CUT:
        assert verdicts == {2: IN_DOUBT, 3: IN_DOUBT}
    else:
        assert verdicts == {2: ACCEPTED if stage == "MAIL" else DEFERRED, 3: ACCEPTED}
        assert server.connections == 2
