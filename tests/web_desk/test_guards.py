"""Every route of the desk, found by walking the URL map: guarded by a role, CSRF-checked, under a strict policy.

A new route under /desk/ is tested as soon as it is there. What a failure asks for: `@needs(Role.X)` of
newsletter/web/desk/roles.py above the view.
"""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from newsletter.app import App
from newsletter.editors.roles import Role
from newsletter.web.desk import roles
from tests.web_desk.conftest import SITE, DeskClient
from tests.web_desk.routes import browser_of, routes

OPEN = {
    f"desk.{name}" for name in ("sign_in", "check_password", "sign_in_code", "check_code", "ask_link", "link_sent")
}
OPEN |= {
    f"desk.{name}" for name in ("link", "use_link", "invitation", "accept_invitation", "window", "window_act")
}
_OURS = {"'self'", "'none'"}
_HEADERS = {
    "X-Content-Type-Options": {"nosniff"},
    "X-Frame-Options": {"DENY", "SAMEORIGIN"},
    "Referrer-Policy": {"same-origin", "no-referrer"},
    "Cache-Control": {"no-store"},
}


def test_every_route_says_which_role_it_needs(web: Flask) -> None:
    views = {
        rule.endpoint: web.view_functions[rule.endpoint] for way in ("GET", "POST") for rule, _ in routes(web, way)
    }
    silent = [name for name, view in views.items() if not hasattr(view, roles._MARK)]
    assert not silent, f"these views lack @needs(Role.…): {silent}"
    let_in = {name for name, view in views.items() if getattr(view, roles._MARK) is None}
    assert let_in == OPEN, "only these are for people who are not signed in"


def test_every_route_refuses_too_low_a_role(app: App, web: Flask, issue_id: int) -> None:
    below = dict(zip(list(Role)[1:], Role, strict=False))
    browsers = {role: browser_of(app, web, role) for role in below.values()}
    wrong = []
    for way in ("GET", "POST"):
        for rule, path in routes(web, way):
            needed = getattr(web.view_functions[rule.endpoint], roles._MARK, Role.ADMINISTRATOR)
            if needed not in below:
                continue
            answer = browsers[below[needed]].http.open(path, method=way, base_url=SITE)
            if answer.status_code != 403 or f"this needs {roles._with_article(needed)}" not in answer.text:
                wrong.append(f"{way} {rule} let a mere {below[needed]} in: {answer.status}")
            wrong += _lacking(f"{way} {rule}, refused,", answer)
            answer.close()
    assert not wrong, wrong


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_strangers_see_only_the_sign_in(web: Flask, stranger: DeskClient, method: str) -> None:
    walked = [(rule, path) for rule, path in routes(web, method) if rule.endpoint not in OPEN]
    assert len(walked) >= 4
    for rule, path in walked:
        answer = stranger.http.open(path, method=method, base_url=SITE)
        assert answer.status_code == 303, rule
        assert answer.location.startswith("/desk/sign-in"), rule


@pytest.mark.usefixtures("issue_id")
def test_no_post_acts_without_token(web: Flask, desk: DeskClient) -> None:
    for rule, path in routes(web, "POST"):
        answer = desk.post(path, version="1", history="1")
        assert answer.status_code == 400, f"POST {rule} took a form without CSRF token: {answer.status}"
        assert "came from elsewhere" in desk.words, rule


@pytest.mark.usefixtures("issue_id")
def test_every_answer_has_a_strict_policy(web: Flask, desk: DeskClient) -> None:
    wrong = []
    for rule, path in routes(web, "GET"):
        answer = desk.http.open(path, base_url=SITE)
        wrong += _lacking(f"GET {rule}", answer)
        answer.close()
    assert not wrong, wrong


def _lacking(what: str, answer: TestResponse) -> list[str]:
    """Return what an answer's headers lack, a sentence each."""
    policy = dict(
        part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";")
    )
    loose = [name for name in ("default-src", "base-uri") if policy.get(name) != "'none'"]
    loose += [
        name for name in ("script-src", "connect-src", "form-action") if policy.get(name, "'none'") not in _OURS
    ]
    loose += ["style-src"] if "unsafe" in policy.get("style-src", "") and "sandbox" not in policy else []
    loose += ["frame-ancestors"] if policy.get("frame-ancestors") not in _OURS else []
    loose += [name for name, good in _HEADERS.items() if answer.headers.get(name) not in good]
    return [f"{what} has too loose a {name}" for name in loose]


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


def test_readers_forms_need_no_token(web: Flask, stranger: DeskClient) -> None:
    for path in ("/unsubscribe/cut-link", "/confirm/cut-link", "/preferences/cut-link", "/subscribe/evening"):
        assert "came from elsewhere" not in stranger.post(path).text


def test_unknown_pages(desk: DeskClient) -> None:
    for path in ("/desk/issues/99", "/desk/issues/1/paint-it-red", "/desk/issues/99/preview/html"):
        assert desk.get(path).status_code == 404
        assert "There is no such" in desk.words


def test_pages_do_not_show_what_one_may_not_do(app: App, web: Flask, issue_id: int) -> None:
    seen = {}
    for role in (Role.VIEWER, Role.EDITOR, Role.PUBLISHER):
        browser = browser_of(app, web, role)
        browser.get(f"/desk/issues/{issue_id}")
        seen[role] = {button.get_text(strip=True) for button in browser.soup.select(".deeds button, .deeds a")}
        assert browser.soup.find("a", string="Keys") is None
        assert bool(browser.soup.find(id="trial")) is (role is not Role.VIEWER)
    assert seen[Role.VIEWER] == set()
    assert seen[Role.EDITOR] == {"Rebuild"}
    assert seen[Role.PUBLISHER] == {"Send now …", "Release", "Hold", "Rebuild", "Cancel …"}


def test_an_editor_may_rebuild_and_not_hold(app: App, web: Flask, issue_id: int) -> None:
    editor = browser_of(app, web, Role.EDITOR)
    editor.get(f"/desk/issues/{issue_id}")
    assert editor.press("Rebuild").status_code == 303
    editor.follow()
    token = str(editor.soup.select_one("[name=csrf_token]")["value"])  # type: ignore[index]
    refused = editor.post(f"/desk/issues/{issue_id}/hold", csrf_token=token, version="1", history="1")
    assert refused.status_code == 403
    assert "You are signed in as an editor, and this needs a publisher." in editor.words
