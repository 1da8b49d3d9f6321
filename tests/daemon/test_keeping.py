"""What the daemon forgets after a time, and what it never does."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, select
from structlog.testing import capture_logs

from newsletter.daemon import Daemon
from subscribers.consents import words
from subscribers.evidence import Evidence
from subscribers.models import DayCount, SubscriptionEvent
from subscribers.signup import SignUp, sign_up
from tests.daemon.conftest import Newsroom


def test_a_network_address_is_forgotten_after_a_month(newsroom: Newsroom) -> None:
    app, wish = newsroom.app, SignUp("cleo@home.example", "evening")
    with app.database.writing() as session:
        proof = Evidence("form", network_address="192.0.2.7")
        sign_up(session, app.tokens, wish, proof, app.clock.now(), mails_per_day=3)
    held = select(func.count()).where(SubscriptionEvent.network_address == "192.0.2.7")
    for days, kept in ((29, 1), (2, 0)):
        newsroom.clock.sleep(days * 86_400)
        Daemon(app).forget()
        with app.database.reading() as session:
            assert session.scalar(held) == kept


def test_days_that_are_over_are_counted(newsroom: Newsroom) -> None:
    newsroom.subscribe("cleo@home.example")
    newsroom.clock.sleep(2 * 86_400)
    Daemon(newsroom.app).count_days()
    confirmed = select(DayCount.readers).where(DayCount.event == "confirmed")
    with newsroom.app.database.reading() as session:
        assert (session.scalar(confirmed) or 0) >= 1


def test_other_words_under_the_same_version_are_complained_about(newsroom: Newsroom) -> None:
    Daemon(newsroom.app).remember()
    signup = replace(newsroom.app.settings.signup, consent_text="Send me everything.")
    changed = replace(newsroom.app, settings=replace(newsroom.app.settings, signup=signup))
    with capture_logs() as told:
        Daemon(changed).remember()
    assert [line["event"] for line in told] == ["new words of consent want a new consent_version"]


def test_the_words_of_consent_in_force_are_kept(newsroom: Newsroom) -> None:
    signup = replace(newsroom.app.settings.signup, consent_texts={"de": "Schickt es mir."})
    Daemon(replace(newsroom.app, settings=replace(newsroom.app.settings, signup=signup))).remember()
    own, german = signup.consents
    with newsroom.app.database.reading() as session:
        assert words(session, [own.version, german.version]) == {
            own.version: own.text,
            german.version: german.text,
        }
