"""Which replies slow us down. The replies are made up, of the kinds that large mailbox providers send."""

from __future__ import annotations

import pytest

from newsletter.delivery.pace.throttling import asks_for_patience, is_throttling
from newsletter.domain.delivery import Outcome, Verdict

SLOW_DOWN = [
    "421 4.7.0 Try again later, closing connection",
    "421 4.7.28 An unusual rate of mail from your address was seen; it is slowed for a while",
    "421 4.7.0 [TS04] Messages from 192.0.2.7 are put off because of unexpected volume",
    "421 4.3.2 The maximum number of concurrent connections has been reached",
    "421 RP-001 Some messages were not taken: the rate limit of your server is exceeded",
    "421 Throttled - try again later",
    "421 mail.example exceeded connection limits",
    "421 4.7.0 Error: too many connections from 192.0.2.7",
    "421 Service not available",
    "450 4.7.1 Error: too much mail from 192.0.2.7",
    "450 4.7.0 Come back more slowly",
    "451 4.7.500 Server busy. Please try again later from 192.0.2.7",
    "451 4.7.650 The server 192.0.2.7 is temporarily rate limited",
    "451 4.3.2 Resources temporarily not available",
    "451 Slow down, please",
    "452 4.5.3 Too many recipients this hour",
    "452 4.3.1 Too many messages in this session",
    "452 too many messages",
    "454 Throttling failure: maximum sending rate exceeded",
    "450 You may send 30 messages per minute",
    "450 sending too fast",
    "451 message limit reached",
    "451 try again later with fewer connections",
]
NOT_OUR_PACE = [
    "450 4.2.0 Greylisted, come back in five minutes",
    "451 4.7.1 Greylisting in action",
    "451 4.7.1 graylisted: too many new senders",
    "421 4.7.0 Grey-listed",
    "450 4.2.0 first contact, please try again",
    "452 4.2.2 Mailbox full: too many messages",
    "452 4.1.1 mailbox is over quota",
    "450 4.2.1 The user you are trying to contact gets mail at a rate that leaves no room for more",
    "421 4.4.2 mail.example Error: timeout exceeded",
    "421 4.3.2 mail.example is shutting down",
    "421 idle for 300 seconds",
    "421 4.7.5 certificate not trusted",
    "450 4.7.23 no reverse DNS for 192.0.2.7",
    "450 4.7.26 neither SPF nor DKIM",
    "450 4.7.1 Client host rejected: cannot find your hostname",
    "451 4.3.0 Temporary lookup failure",
    "450 4.1.8 Sender address rejected: Domain not found",
    "452 4.3.1 Insufficient system storage",
    "451 Requested action aborted: local error in processing",
    "",
    "no reply at all",
]


@pytest.mark.parametrize("reply", SLOW_DOWN)
def test_who_asks_for_a_slower_pace_is_heard(reply: str) -> None:
    assert is_throttling(Outcome(1, Verdict.DEFERRED, "", reply))


@pytest.mark.parametrize("reply", NOT_OUR_PACE)
def test_what_no_pace_would_mend_slows_nobody(reply: str) -> None:
    assert not is_throttling(Outcome(1, Verdict.DEFERRED, "", reply))


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.DEFERRED])
def test_only_a_refusal_for_now_counts(verdict: Verdict) -> None:
    assert not is_throttling(Outcome(1, verdict, "4.7.0", "421 4.7.0 too many"))


def test_the_status_may_stand_beside_the_words() -> None:
    assert asks_for_patience("450 later", "4.7.0")
    assert not asks_for_patience("450 later", "4.0.0")
    assert asks_for_patience("450 4.7.0 later", "4.0.0")
    assert not asks_for_patience("450 later", "4.2.2")
