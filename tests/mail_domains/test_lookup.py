"""Domains that cannot receive mail are refused when DNS says so, and never because DNS is slow."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dns.resolver
import pytest

from newsletter.clock import SetClock
from newsletter.mail_domains import Lookup, lookup
from tests.name_server import LATE, NXDOMAIN, SERVFAIL, SILENCE, NameServer, Records, name_server

DOMAIN = "paper.test"


@pytest.fixture
def dns_server() -> Iterator[NameServer]:
    with name_server() as server:
        yield server


@pytest.fixture
def asking(dns_server: NameServer, clock: SetClock) -> Lookup:
    return Lookup(clock, dns_server.resolver, deadline=5)


@pytest.mark.parametrize(
    ("records", "receives"),
    [
        ({"MX": ["10 mx.paper.test.", "20 mx2.paper.test."]}, True),
        ({"MX": ["0 ."]}, False),  # RFC 7505
        ({"MX": ["0 ."], "A": ["192.0.2.1"]}, False),
        ({"MX": ["0 .", "10 mx.paper.test."]}, True),  # at odds with itself: believed
        ({"A": ["192.0.2.1"]}, True),  # RFC 5321, section 5.1
        ({"AAAA": ["2001:db8::1"]}, True),
        ({"TXT": ["no mail"]}, False),
        (NXDOMAIN, False),
        (SERVFAIL, True),
    ],
)
def test_what_dns_says(dns_server: NameServer, asking: Lookup, records: Records | str, receives: bool) -> None:
    dns_server.zone[DOMAIN] = records
    assert asking.may_receive(DOMAIN) is receives


def test_silence_refuses_nobody(dns_server: NameServer, clock: SetClock) -> None:
    dns_server.zone[DOMAIN] = SILENCE
    assert Lookup(clock, dns_server.resolver, deadline=0.05).may_receive(DOMAIN)


def test_the_deadline_is_one_for_all_questions(dns_server: NameServer) -> None:
    class Hurried(SetClock):
        def monotonic(self) -> float:
            self.sleep(1.5)  # passes between one question and the next
            return super().monotonic()

    dns_server.zone[DOMAIN] = {"TXT": ["neither MX nor address"]}
    clock = Hurried(datetime(2026, 3, 10, tzinfo=UTC))
    assert Lookup(clock, dns_server.resolver, deadline=4).may_receive(DOMAIN)
    assert [kind for _, kind in dns_server.asked] == ["MX", "A"]


def test_nobody_is_refused_where_nothing_answers(clock: SetClock) -> None:
    nowhere = dns.resolver.Resolver(configure=False)
    nowhere.nameservers, nowhere.port = ["127.0.0.1"], 1
    assert Lookup(clock, nowhere, deadline=0.2).may_receive(DOMAIN)


def test_nobody_is_refused_where_no_name_server_is_configured(
    clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_configured() -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(lookup, "Resolver", none_configured)
    assert Lookup(clock).may_receive(DOMAIN)


def test_an_internationalised_domain_is_asked_for_as_dns_writes_it(dns_server: NameServer, asking: Lookup) -> None:
    dns_server.zone["xn--bcher-kva.test"] = {"MX": ["0 ."]}
    assert not asking.may_receive("Bücher.test")
    assert asking.may_receive(f"{'x' * 64}.test")  # no name in DNS at all, so DNS says nothing


@pytest.mark.parametrize(("said", "later"), [(NXDOMAIN, timedelta(minutes=6)), (SERVFAIL, timedelta(minutes=2))])
def test_answers_are_remembered_for_a_while(
    dns_server: NameServer, asking: Lookup, clock: SetClock, said: str, later: timedelta
) -> None:
    dns_server.zone[DOMAIN] = said
    verdicts = [asking.may_receive(DOMAIN) for _ in range(3)]
    assert (len(set(verdicts)), len(dns_server.asked)) == (1, 1)
    dns_server.zone[DOMAIN] = {"MX": ["10 mx.paper.test."]}
    clock.sleep(later.total_seconds())
    assert asking.may_receive(DOMAIN)
    assert len(dns_server.asked) == 2


def test_no_more_is_remembered_than_there_is_room_for(
    dns_server: NameServer, asking: Lookup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "_REMEMBERED", 2)
    for domain in ("one.test", "two.test", "three.test", "one.test", "three.test"):
        asking.may_receive(domain)
    assert [name for name, _ in dns_server.asked] == ["one.test", "two.test", "three.test", "one.test"]


def test_only_so_many_are_asked_about_at_once(dns_server: NameServer, clock: SetClock) -> None:
    dns_server.zone["slow.test"] = LATE
    asking = Lookup(clock, dns_server.resolver, deadline=20, at_once=1)
    waiting = threading.Thread(target=asking.may_receive, args=["slow.test"])
    waiting.start()
    while not dns_server.asked:
        waiting.join(0.01)
    assert asking.may_receive("gone.test")  # believed, unasked
    dns_server.hurry.set()
    waiting.join()
    assert not asking.may_receive("gone.test")
