"""`newsletter warm-up`: the plan and the days."""

from __future__ import annotations

from datetime import timedelta

from newsletter.clock import SystemClock
from tests.cli.conftest import Place

RAMP = "\n[warm_up]\nstarts_on = {}\nper_day = [1, 20]\n[warm_up.providers]\ngmail = [3]\n"


def test_without_one_it_says_so(place: Place) -> None:
    assert place.ok("warm-up").startswith("No warm-up")
    assert place.json("warm-up")["days"] == []


def test_the_plan_and_what_was_sent(evening: Place) -> None:
    evening.ok("subscribers", "add", "cleo@reader.example", "--confirmed", "at the fair")
    yesterday = (SystemClock().now() - timedelta(days=1)).date()
    evening.config.write_text(evening.config.read_text() + RAMP.format(yesterday))
    done = evening.run("issues", "send", "evening")
    assert len(evening.letters()) == 1, done.output
    told = evening.json("warm-up")
    assert told["plan"] == [
        {"step": 1, "gmail": 3, "outlook": 1, "yahoo": 1, "others": 1},
        {"step": 2, "gmail": None, "outlook": 20, "yahoo": 20, "others": 20},
    ]
    (day,) = told["days"]
    assert (day["provider"], day["step"], day["cap"], day["taken"], day["put_off"]) == ("others", 1, 1, 1, 1)
    assert "next_day" in evening.ok("warm-up")
    assert "waits for another day" in evening.ok("deliveries", "--issue", "evening", "--json")


def test_mistakes_are_named(place: Place) -> None:
    place.config.write_text(place.config.read_text() + '\n[warm_up]\nper_day = [5, 1]\nbeyond = "never"\n')
    told = place.run("warm-up").stderr
    assert "warm_up.per_day" in told
    assert "warm_up.beyond" in told
    assert "warm_up.starts_on is missing" in told
