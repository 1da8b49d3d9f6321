"""Every route of the desk, found by walking the URL map: guarded, CSRF-checked, under a strict policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.web_desk.conftest import SITE, DeskClient

_ARGUMENTS = {"key_id": 1, "webhook_id": 1, "reader_id": 1, "table": "days", "issue_id": 1, "name": "hold"} | {
    "slug": "evening"
}


def _rules(web: Flask, method: str) -> Iterator[tuple[Rule, str]]:
    with web.test_request_context(base_url=SITE):
        for rule in web.url_map.iter_rules():
            if rule.rule.startswith("/desk/") and method in (rule.methods or ()):
                arguments = {name: _ARGUMENTS[name] for name in rule.arguments}
                yield rule, web.url_map.bind("").build(rule.endpoint, arguments, method=method)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_strangers_see_only_the_sign_in(web: Flask, stranger: DeskClient, method: str) -> None:
    walked = [(rule, path) for rule, path in _rules(web, method) if rule.endpoint != "desk.sign_in"]
    assert len(walked) >= 4
    for rule, path in walked:
        answer = stranger.http.open(path, method=method, base_url=SITE)
        assert answer.status_code == 303, rule
        assert answer.location.startswith("/desk/sign-in"), rule


@pytest.mark.usefixtures("issue_id")
def test_no_post_acts_without_token(web: Flask, desk: DeskClient) -> None:
    for rule, path in _rules(web, "POST"):
        assert desk.post(path, version="1", history="1").status_code == 400, rule
    assert "came from elsewhere" in desk.words


def test_no_post_acts_from_another_site(desk: DeskClient) -> None:
    desk.get("/desk/")
    token = str(desk.soup.select_one("[name=csrf_token]")["value"])  # type: ignore[index]
    answer = desk.http.post(
        "/desk/sign-out",
        data={"csrf_token": token},
        base_url=SITE,
        headers={"Origin": "https://elsewhere.example"},
    )
    assert answer.status_code == 400


def test_every_answer_has_a_strict_policy(web: Flask, desk: DeskClient, issue_id: int) -> None:
    for rule, path in _rules(web, "GET"):
        policy = desk.get(path).headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'"), rule
        assert "script-src 'self'" in policy or "script-src" not in policy, rule
        assert "unsafe-inline" not in policy or rule.endpoint == "desk.preview_html", rule


def test_readers_forms_need_no_token(web: Flask, stranger: DeskClient) -> None:
    for path in ("/unsubscribe/cut-link", "/confirm/cut-link", "/preferences/cut-link", "/subscribe/evening"):
        assert "came from elsewhere" not in stranger.post(path).text


def test_unknown_pages(desk: DeskClient) -> None:
    for path in ("/desk/issues/99", "/desk/issues/1/paint-it-red", "/desk/issues/99/preview/html"):
        assert desk.get(path).status_code == 404
        assert "There is no such" in desk.words
