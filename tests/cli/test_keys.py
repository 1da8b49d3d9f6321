"""newsletter keys and newsletter webhooks: what is shown once, and what is said when it can't be."""

from __future__ import annotations

from tests.cli.conftest import Place


def test_a_key_is_shown_once(place: Place) -> None:
    made = place.ok("keys", "create", "Shop", "--scope", "readers:read", "--scope", "events:read")
    key = made.splitlines()[-1]
    assert key.startswith("nl_")
    listed = place.ok("keys", "list")
    assert key.partition(".")[0] in listed
    assert key.partition(".")[2] not in listed
    assert "readers:read, events:read" in listed


def test_a_key_is_revoked(place: Place) -> None:
    place.ok("keys", "create", "Shop", "--scope", "readers:read")
    place.ok("keys", "revoke", "Shop")
    (row,) = place.json("keys", "list")
    assert row["revoked"] is not None


def test_what_cannot_be_is_told_in_a_sentence(place: Place) -> None:
    for words, sentence in (
        (("keys", "create", "Shop", "--scope", "all"), 'There is no scope "all"; there are: readers:read'),
        (("keys", "revoke", "Shop"), 'There is no key named "Shop"'),
        (("webhooks", "remove", "3"), "There is no webhook 3."),
        (("webhooks", "add", "ftp://a.example", "--event", "subscription.confirmed"), "begins with https://"),
        (("webhooks", "add", "https://a.example", "--event", "all"), 'There is no event "all"; there are:'),
    ):
        failed = place.run(*words)
        assert failed.exit_code == 1, failed.output
        assert sentence in " ".join(failed.output.split())


def test_a_webhook_from_adding_to_removing(place: Place) -> None:
    made = place.ok("webhooks", "add", "https://127.0.0.1/hooks", "--event", "subscription.confirmed")
    assert made.splitlines()[-1].startswith("whsec_")
    (row,) = place.json("webhooks", "list")
    assert (row["number"], row["state"], row["owed"]) == (1, "works", 0)
    tested = place.run("webhooks", "test", "1")
    assert tested.exit_code == 1
    assert "It was not taken. The host 127.0.0.1" in " ".join(tested.output.split())
    place.ok("webhooks", "rotate", "1")
    place.ok("webhooks", "enable", "1")
    place.ok("webhooks", "remove", "1")
    assert place.json("webhooks", "list") == []
