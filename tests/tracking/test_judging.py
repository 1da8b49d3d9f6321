"""Who is behind a hit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.tracking.agents import APPLE, NAMELESS, PREFETCH, machine
from newsletter.tracking.judging import Kind, Reason, Seen, judge

SENT = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"


def at(seconds: float, link: int = 1, kind: Kind = Kind.CLICK, agent: str = "") -> Seen:
    return Seen(SENT + timedelta(seconds=seconds), kind, link, agent)


def hidden(seconds: float) -> Seen:
    return at(seconds, 0, Kind.HIDDEN)


@pytest.mark.parametrize(
    ("hits", "reasons"),
    [
        ([at(600)], [""]),
        ([at(0)], ["at_once"]),
        ([at(10)], ["at_once"]),
        ([at(10.1)], [""]),
        ([at(-3)], ["at_once"]),
        ([at(5, kind=Kind.OPEN)], ["at_once"]),
        ([at(600, agent="Mimecast")], ["said"]),
        ([hidden(600)], ["hidden"]),
        ([at(600), hidden(660)], ["hidden", "hidden"]),
        ([hidden(600), at(661)], ["hidden", ""]),
        ([at(600, kind=Kind.OPEN), hidden(601)], ["", "hidden"]),
        ([at(600, 1), at(601, 2)], ["", ""]),
        ([at(600, 1), at(601, 2), at(602, 3)], ["many"] * 3),
        ([at(600, 1), at(601, 2), at(602.1, 3)], [""] * 3),
        ([at(600, 1), at(600.5, 1), at(601, 1)], [""] * 3),
        ([at(600, 1), at(601, 2), at(602, 3), at(900, 4)], ["many"] * 3 + [""]),
    ],
)
def test_what_gives_a_machine_away(hits: list[Seen], reasons: list[str]) -> None:
    assert judge(hits, SENT) == reasons


def test_a_letter_whose_delivery_is_not_known_any_more_is_not_judged_by_its_time() -> None:
    assert judge([at(1)], None) == [Reason.NONE]


@given(st.lists(st.builds(at, st.integers(-5, 300), st.integers(1, 5), st.sampled_from([Kind.CLICK, Kind.OPEN]))))
def test_more_evidence_never_acquits(hits: list[Seen]) -> None:
    before = judge(hits, SENT)
    after = judge([*hits, hidden(100)], SENT)
    assert all(now != Reason.NONE for then, now in zip(before, after, strict=False) if then != Reason.NONE)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (BROWSER, ""),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)", ""),
        ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", ""),
        ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", ""),
        ("Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36", ""),
        ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0; Pro)", ""),
        ("Mozilla/5.0", APPLE),
        ("", NAMELESS),
        ("Barracuda Sentinel (EE)", "Barracuda"),
        (f"{BROWSER} BingPreview/1.0b", "Microsoft"),
        ("Mozilla/5.0 Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0", "Gmail"),
        ("python-requests/2.32.3", "a program"),
        ("curl/8.14.1", "a program"),
        ("Mozilla/5.0 (compatible; ExampleBot/1.0)", "a crawler"),
    ],
)
def test_machines_by_their_name(agent: str, name: str) -> None:
    assert machine({"user-agent": agent}) == name


@pytest.mark.parametrize("field", ["sec-purpose", "purpose", "x-moz"])
def test_a_browser_that_only_fetches_ahead_is_no_person(field: str) -> None:
    assert machine({"user-agent": BROWSER, field: "prefetch;prerender"}) == PREFETCH


def test_a_browser_that_says_nothing_of_a_machine_is_a_persons() -> None:
    assert machine({"user-agent": BROWSER, "sec-fetch-dest": "document"}) == ""
