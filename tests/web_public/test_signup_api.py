"""Signing up by JSON, as a site's own front end does it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.test import TestResponse

from newsletter.app import App
from newsletter.settings import Limit
from newsletter.web.app import create_web
from subscribers.models import Subscription
from tests.web_public.conftest import EMAIL, Reader, dump

SITE = "https://ledger.example"


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@pytest.fixture
def site(app: App) -> Reader:
    """A front end at an origin that the newsroom has named."""
    return Reader(with_origins(app, SITE), create_web(with_origins(app, SITE)).test_client(use_cookies=False))


def with_origins(app: App, *origins: str) -> App:
    signup = replace(app.settings.signup, origins=frozenset(origins))
    return replace(app, settings=replace(app.settings, signup=signup))


def wish(reader: Reader, query: str = "", **fields: Any) -> TestResponse:
    return reader.http.post(f"/api/signup{query}", json={"email": EMAIL} | fields)


def faults(answer: TestResponse) -> list[tuple[str, str]]:
    assert answer.mimetype == "application/problem+json"
    return [(each["pointer"], each["detail"]) for each in answer.get_json()["errors"]]


def test_a_wish_is_kept_whole(reader: Reader) -> None:
    answer = wish(
        reader,
        newsletters=["evening"],
        name="Ada",
        sections=["city", "sport"],
        frequency="weekly",
        language="de-AT",
        time_zone="America/Lima",
        page=f"{SITE}/tide",
        consent_version="2026-01",
    )
    assert answer.status_code == 202
    assert answer.get_json()["detail"].startswith("Look into your mailbox")
    assert reader.subscription(1) == ("city,sport", "Ada", "de")
    event = reader.last_event()
    assert (event.source, event.source_page, event.consent_version) == ("form", f"{SITE}/tide", "2026-01")
    assert event.consent_text == reader.app.settings.signup.consent_text
    assert event.detail["time_zone"] == "America/Lima"
    with reader.app.database.reading() as session:
        assert session.get_one(Subscription, 1).frequency == "weekly"


def test_the_answer_is_the_same_for_every_address(reader: Reader) -> None:
    reader.subscribed("known@reader.example")
    reader.pending("waits@reader.example")
    answers = [wish(reader, email=f"{who}@reader.example") for who in ("new", "known", "waits")]
    answers.append(wish(reader, email="bot@reader.example", leave_empty="x"))
    assert len({(answer.status_code, answer.text, str(answer.headers)) for answer in answers}) == 1
    assert "bot@reader.example" not in reader.people()


def test_what_the_browser_says_of_place_and_language_refuses_nobody(reader: Reader) -> None:
    assert wish(reader, time_zone="Mars/Olympus", language="tlh", page="javascript:x").status_code == 202
    assert (reader.last_event().detail, reader.last_event().source_page) == ({}, "")


@pytest.mark.parametrize(
    ("fields", "pointer", "says"),
    [
        ({"email": "ada"}, "/email", "has an @ sign"),
        ({"email": 3}, "/email", "must be a text"),
        ({"newsletters": ["evening", "none"]}, "/newsletters/1", "is not known; there is: evening"),
        ({"newsletters": "evening"}, "/newsletters", "must be a list"),
        ({"sections": ["weather"]}, "/sections/0", "is not known; there is: city, culture, evening:city"),
        ({"frequency": "hourly"}, "/frequency", "must be one of"),
        ({"colour": "red"}, "/colour", "has no meaning here"),
        ({"name": "x" * 401}, "/name", "at most 400 characters"),
    ],
)
def test_each_fault_is_named(reader: Reader, fields: dict[str, Any], pointer: str, says: str) -> None:
    answer = wish(reader, **fields)
    assert (answer.status_code, reader.people()) == (422, [])
    (found,) = faults(answer)
    assert found[0] == pointer
    assert says in found[1]


def test_a_slip_is_asked_about_and_either_answer_is_taken(reader: Reader) -> None:
    asked = wish(reader, email="ada@gmial.com")
    assert (asked.status_code, asked.get_json()["detail"]) == (422, "Did you mean ada@gmail.com?")
    assert asked.get_json()["errors"][0]["suggestion"] == "ada@gmail.com"
    assert reader.people() == []
    assert wish(reader, email="ada@gmail.com").status_code == 202
    assert wish(reader, email="ada@gmial.com", keep="ada@gmial.com").status_code == 202
    assert reader.people() == ["ada@gmail.com", "ada@gmial.com"]


def test_several_newsletters(both: Reader) -> None:
    missing = wish(both)
    assert (missing.status_code, faults(missing)) == (422, [("/newsletters", "is missing")])
    assert wish(both, newsletters=["evening", "weekend"]).status_code == 202
    assert [both.state(number) for number in (1, 2)] == ["pending", "pending"]
    assert both.owed() == ["confirmation"]


def test_sentences_for_readers_come_in_their_language(reader: Reader) -> None:
    assert wish(reader, "?lang=de").get_json()["detail"].startswith("Schauen Sie in Ihr Postfach")
    refused = reader.http.post("/api/signup", json={"email": "ada"}, headers={"Accept-Language": "de"})
    assert refused.headers["Content-Language"] == "de"


def test_what_can_be_subscribed_to(both: Reader) -> None:
    before = dump(both.app.database)
    offers = both.get("/api/signup/newsletters").get_json()
    evening, other = offers["newsletters"]
    assert (evening["slug"], evening["title"], evening["next_issue"]) == (
        "evening", "The Evening Ledger", "today at 18:00",
    )  # fmt: skip
    assert evening["sections"][0] == {"value": "city", "title": "City"}
    assert [each["value"] for each in evening["frequencies"]] == ["daily", "weekdays", "weekly"]
    assert (other["sections"], other["frequencies"]) == ([], [])
    assert offers["consent"]["version"] == "2026-01"
    assert {"value": "de", "title": "Deutsch"} in offers["languages"]
    assert dump(both.app.database) == before


def test_the_documents_example_is_taken(reader: Reader) -> None:
    page = (Path(__file__).parents[2] / "docs/signing-up.md").read_text(encoding="utf-8")
    example = json.loads(page.partition("```json")[2].partition("```")[0])
    assert wish(reader, **example).status_code == 202
    assert (reader.people(), reader.subscription(1)) == ([example["email"]], ("city,culture", "Ada", "de"))


def test_a_stamp_is_asked_for_and_given_and_taken(app: App) -> None:
    reader = guarded(app, minimum_time=timedelta(seconds=2))
    asked = wish(reader)
    assert (asked.status_code, asked.mimetype, asked.get_json()["wait"]) == (409, "application/problem+json", 2)
    reader.app.clock.sleep(2)
    assert wish(reader, stamp=asked.get_json()["stamp"]).status_code == 202
    assert reader.people() == [EMAIL]


def test_the_stamp_that_comes_with_the_newsletters_will_do(app: App) -> None:
    reader = guarded(app, minimum_time=timedelta(seconds=2))
    stamp = reader.get("/api/signup/newsletters").get_json()["stamp"]
    early = wish(reader, stamp=stamp)
    assert (early.status_code, early.get_json()["stamp"]) == (409, stamp)
    reader.app.clock.sleep(2)
    assert wish(reader, stamp=stamp).status_code == 202


def test_too_many_are_told_when_to_try_again(app: App) -> None:
    reader = guarded(app, per_network=Limit(1, timedelta(minutes=10)))
    assert wish(reader).status_code == 202
    refused = wish(reader, email="bob@reader.example")
    assert (refused.status_code, refused.mimetype) == (429, "application/problem+json")
    assert "Please try again in" in refused.get_json()["detail"]
    assert int(refused.headers["Retry-After"]) > 0
    assert reader.people() == [EMAIL]


def guarded(app: App, **signup: Any) -> Reader:
    app = replace(app, settings=replace(app.settings, signup=replace(app.settings.signup, **signup)))
    return Reader(app, create_web(app).test_client(use_cookies=False))


@pytest.mark.parametrize(
    ("status", "sent"),
    [
        (400, {"data": "{", "content_type": "application/json"}),
        (415, {"data": {"email": EMAIL}}),
        (415, {"data": '{"email": "a@b.example"}', "content_type": "text/plain"}),
        (413, {"json": {"email": EMAIL, "name": "x" * 70_000}}),
        (422, {"json": [EMAIL]}),
    ],
)
def test_what_is_no_wish(reader: Reader, status: int, sent: dict[str, Any]) -> None:
    answer = reader.http.post("/api/signup", **sent)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert reader.people() == []


def test_a_configured_site_is_let_in(site: Reader) -> None:
    asked = {"Origin": SITE, "Access-Control-Request-Method": "POST"}
    told = site.http.options("/api/signup", headers=asked).headers
    assert told["Access-Control-Allow-Origin"] == SITE
    assert "POST" in told["Access-Control-Allow-Methods"]
    assert "Content-Type" in told["Access-Control-Allow-Headers"]
    for email, status in ((EMAIL, 202), ("ada", 422)):
        answer = site.http.post("/api/signup", json={"email": email}, headers={"Origin": SITE})
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (status, SITE)
        assert "Origin" in answer.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert site.get("/api/signup/newsletters", headers={"Origin": SITE}).headers["Access-Control-Allow-Origin"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", f"{SITE}.evil.example", "http://ledger.example", "null", ""]
)
def test_no_other_site_is(site: Reader, origin: str) -> None:
    for method in ("OPTIONS", "POST"):
        answer = site.http.open("/api/signup", method=method, json={"email": EMAIL}, headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Origin" in answer.headers["Vary"]


def test_nothing_else_is_opened_to_other_sites(site: Reader) -> None:
    for path in ("/", "/subscribe/evening", "/api/v1/openapi.json"):
        assert "Access-Control-Allow-Origin" not in site.get(path, headers={"Origin": SITE}).headers


@pytest.mark.parametrize("mode", GenerationMode)
def test_it_does_as_its_description_says(app: App, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/signup/openapi.json", create_web(app))
    operations = [schema[path][method] for path in schema for method in schema[path]]
    assert [each.label for each in operations] == ["POST /api/signup", "GET /api/signup/newsletters"]
    statuses = set()

    @given(st.one_of(*(each.as_strategy(generation_mode=mode) for each in operations)))
    @settings(max_examples=30, deadline=None, database=None)
    def asks(case: Any) -> None:
        statuses.add(case.call_and_validate(checks=CHECKS).status_code)

    asks()
    assert statuses >= {200, 422}
