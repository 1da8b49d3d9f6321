"""`newsletter subscribers why`: the answer for whoever calls and asks."""

from __future__ import annotations

from tests.cli.conftest import Place

ADA = "ada@reader.example"


def test_a_few_sentences_and_the_evidence(evening: Place) -> None:
    said = evening.ok("subscribers", "why", "ADA@reader.example")
    assert said.startswith("Ada signed up for The Evening Ledger on ")
    assert "agreeing to “at the fair”" in said
    assert "and has been active since" in said
    assert "signed_up" in said


def test_the_same_for_programs(evening: Place) -> None:
    told = evening.json("subscribers", "why", ADA)
    assert [event["event"] for event in told["events"]] == ["signed_up", "confirmed"]
    assert (told["subscriptions"][0]["state"], told["suppression"]) == ("active", None)


def test_what_was_sent_of_late_with_the_servers_words(evening: Place) -> None:
    evening.ok("issues", "send")
    told = evening.json("subscribers", "why", ADA)
    assert [delivery["state"] for delivery in told["deliveries"]] == ["accepted"]
    assert "Issues of late:\nevening " in evening.ok("subscribers", "why", ADA)


def test_who_is_known_by_a_hash_only_and_who_is_not_known(evening: Place) -> None:
    evening.ok("subscribers", "suppress", "gone@reader.example")
    said = evening.ok("subscribers", "why", "gone@reader.example")
    assert said.startswith("gone@reader.example is not in the register. Only a keyed hash of it is kept: it was")
    done = evening.run("subscribers", "why", "who@reader.example")
    assert done.exit_code == 1
    assert done.stderr == "Error: Nobody with the address who@reader.example has ever signed up.\n"
