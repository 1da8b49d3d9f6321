"""Where a webhook may lead: to public https addresses, and wherever the configuration allows besides."""

from __future__ import annotations

import socket

import pytest

from newsletter.clock import SystemClock
from newsletter.settings import OutgoingWebhookSettings
from newsletter.webhooks.sending import BadAddress, Courier, require_good

NOBODY = OutgoingWebhookSettings()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://shop.example/hooks", "add shop.example to webhooks.allow_hosts"),
        ("ftp://shop.example/", "begins with https://"),
        ("shop.example", "needs an address such as"),
        ("https://", "needs an address such as"),
        ("https://user:word@shop.example/", "no user name, password"),
        ("https://shop.example:99999/", "needs an address such as"),
        ("https://shop.example/a b", "needs an address such as"),
        ("https://[::1/", "needs an address such as"),
        ("https://shop.example/#part", "or fragment"),
        ("https://shop.example/" + "x" * 2000, "needs an address such as"),
    ],
)
def test_an_address_must_be_one_that_can_be_trusted(url: str, reason: str) -> None:
    with pytest.raises(BadAddress, match=reason):
        require_good(url, frozenset())


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]"]
)
def test_a_private_address_is_never_asked(host: str) -> None:
    reply = Courier(NOBODY, SystemClock()).post(f"https://{host}/hooks", {}, b"{}")
    assert reply.status is None
    assert "which is not public; add the host to webhooks.allow_hosts" in reply.words


def test_a_name_that_leads_to_a_private_address_is_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.168.0.9", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    reply = Courier(NOBODY, SystemClock()).post("https://shop.example/hooks", {}, b"{}")
    assert reply.words.startswith("The host shop.example has the address 192.168.0.9, which is not public")


def test_an_address_that_was_good_once_is_looked_at_again_each_time() -> None:
    reply = Courier(NOBODY, SystemClock()).post("http://127.0.0.1/hooks", {}, b"{}")
    assert "begins with https://" in reply.words
