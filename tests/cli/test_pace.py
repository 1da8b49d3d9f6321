"""`newsletter pace`: what limits are in force, and forgetting what was learned."""

from __future__ import annotations

from datetime import timedelta

from newsletter.clock import SystemClock
from newsletter.delivery.pace.gate import Pacing
from newsletter.domain.delivery import Outcome, Verdict
from newsletter.settings import PaceSettings
from subscribers.database import open_database
from subscribers.evidence import Evidence
from subscribers.signup import SignUp, sign_up
from subscribers.tokens import Tokens
from tests.cli.conftest import Place

LIMITS = '\n[pace]\nmessages_per_second = 50\n[pace.domains."narrow.example"]\nconcurrent = 4\n'


def learn(place: Place, *domains: str) -> None:
    """Have these domains refuse a letter each, for haste."""
    database = open_database(f"sqlite:///{place.folder / 'newsletter.db'}")
    told = [(f"a@{domain}", Outcome(1, Verdict.DEFERRED, "", "421 4.7.0 too many")) for domain in domains]
    with database.writing() as session:
        Pacing(PaceSettings(), "a").settled(session, SystemClock().now(), told)
    database.dispose()


def test_no_limits_are_told_in_words(place: Place) -> None:
    assert place.ok("pace") == "No limits: letters leave as fast as they are taken.\n"
    assert place.json("pace") == []


def test_confirmation_mails_that_wait_are_told(place: Place) -> None:
    place.ok("pace")
    database, long_ago = open_database(f"sqlite:///{place.folder / 'newsletter.db'}"), timedelta(minutes=5)
    with database.writing() as session:
        wish, then = SignUp("ada@reader.example", "evening"), SystemClock().now() - long_ago
        sign_up(session, Tokens("x" * 32), wish, Evidence("form"), then, mails_per_day=3)
    database.dispose()
    (shown,) = place.json("pace")
    assert (shown["key"], shown["rate"], shown["reason"]) == ("confirmations", 1, "confirmation mails waiting: 1")
    assert shown["since"] is not None
    assert "confirmation mails waiting: 1" in place.ok("pace")


def test_configured_and_learned_limits_are_shown(place: Place) -> None:
    place.config.write_text(place.config.read_text() + LIMITS)
    place.ok("pace")
    learn(place, "busy.example")
    shown = {limit["key"]: limit for limit in place.json("pace")}
    assert set(shown) == {"transport", "narrow.example", "busy.example"}
    assert shown["transport"]["rate"] == shown["transport"]["configured"] == 50
    assert (shown["narrow.example"]["concurrent"], shown["narrow.example"]["under_way"]) == (4, 0)
    assert 10 <= shown["busy.example"]["rate"] < 12
    assert shown["busy.example"]["since"] is not None
    assert "421 4.7.0 too many" in place.ok("pace")


def test_what_was_learned_can_be_forgotten(place: Place) -> None:
    place.ok("pace")
    learn(place, "busy.example", "xn--mller-kva.example")
    assert place.ok("pace", "forget", "müller.EXAMPLE").endswith("xn--mller-kva.example is forgotten.\n")
    assert [limit["key"] for limit in place.json("pace")] == ["busy.example"]
    assert place.ok("pace", "forget", "calm.example") == "Nothing was learned about calm.example.\n"
    assert place.ok("pace", "forget", "transport") == "Nothing was learned about transport.\n"


def test_what_is_no_domain_is_refused(place: Place) -> None:
    done = place.run("pace", "forget", "nonsense")
    assert done.exit_code == 2
    assert '"nonsense" is no domain; expected a domain such as "mail.example", or "transport".' in done.stderr
